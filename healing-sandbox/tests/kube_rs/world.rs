//! A server for one case, a client of it, and the kind that cases use

use healing_sandbox::{Call, Embedded, EmbeddedOptions, FaultGuard, Pace, Sandbox, Verdict};
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ApiResource, Object, PostParams};
use kube::core::GroupVersionKind;
use kube::runtime::wait::{await_condition, conditions};
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A server, and how to ask it
pub(crate) struct World {
    pub(crate) client: Client,
    held: Held,
}

enum Held {
    Sandbox(Box<Sandbox>),
    Embedded(Box<Embedded>),
}

/// What a shelf is to hold
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ShelfSpec {
    pub(crate) books: i32,
}

/// What a shelf holds
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct ShelfStatus {
    pub(crate) books: i32,
    pub(crate) note: String,
}

/// A resource as users declare it
pub(crate) type Shelf = Object<ShelfSpec, ShelfStatus>;

// === impl World ===

impl World {
    pub(crate) async fn in_process() -> Self {
        let sandbox = Sandbox::start(1).await.unwrap();
        Self { client: sandbox.client(), held: Held::Sandbox(Box::new(sandbox)) }
    }

    pub(crate) async fn over_https() -> Self {
        let options = EmbeddedOptions { pace: Pace::quick(), ..EmbeddedOptions::default() };
        let embedded = Embedded::start(options).await.unwrap();
        // a refusal is what some cases are about, and kube would ask again for minutes
        let mut config = embedded.config().clone();
        config.default_retry = false;
        let client = Client::try_from(config).unwrap();
        Self { client, held: Held::Embedded(Box::new(embedded)) }
    }

    pub(crate) async fn stop(self) {
        if let Held::Embedded(embedded) = self.held {
            embedded.stop().await;
        }
    }

    pub(crate) fn fault(&self, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) -> FaultGuard {
        match &self.held {
            Held::Sandbox(sandbox) => sandbox.fault(rule),
            Held::Embedded(embedded) => embedded.fault(rule),
        }
    }

    pub(crate) fn forget_history(&self) {
        match &self.held {
            Held::Sandbox(sandbox) => sandbox.forget_history(),
            Held::Embedded(embedded) => embedded.forget_history(),
        }
    }

    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::default_namespaced(self.client.clone())
    }

    /// Defines shelves and waits until they can be used
    pub(crate) async fn shelves(&self) -> Api<Shelf> {
        let definitions: Api<CustomResourceDefinition> = Api::all(self.client.clone());
        let made = definitions.create(&PostParams::default(), &from(definition())).await.unwrap();
        let name = made.metadata.name.unwrap();
        await_condition(definitions, &name, conditions::is_crd_established()).await.unwrap();
        Api::default_namespaced_with(self.client.clone(), &shelf())
    }

    pub(crate) async fn create_map(&self, name: &str, labels: Value) -> ConfigMap {
        let map = from(json!({ "metadata": { "name": name, "labels": labels } }));
        self.api::<ConfigMap>().create(&PostParams::default(), &map).await.unwrap()
    }
}

/// An object as it is typed
pub(crate) fn from<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// Code of a refusal
pub(crate) fn code<K: std::fmt::Debug>(answer: Result<K, kube::Error>) -> u16 {
    match answer {
        Err(kube::Error::Api(status)) => status.code,
        other => panic!("no refusal: {other:?}"),
    }
}

/// The kind that cases use
pub(crate) fn shelf() -> ApiResource {
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("tests.example.com", "v1", "Shelf"), "shelves")
}

fn definition() -> Value {
    let books = json!({ "type": "object", "properties": {
        "books": { "type": "integer", "minimum": 0 },
        "note": { "type": "string" },
    } });
    json!({
        "metadata": { "name": "shelves.tests.example.com" },
        "spec": {
            "group": "tests.example.com",
            "scope": "Namespaced",
            "names": { "plural": "shelves", "kind": "Shelf", "shortNames": ["sh"] },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                    "spec": books, "status": books,
                } } },
                "subresources": {
                    "status": {},
                    "scale": { "specReplicasPath": ".spec.books", "statusReplicasPath": ".status.books" },
                },
            }],
        },
    })
}
