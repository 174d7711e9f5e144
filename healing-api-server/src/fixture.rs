//! What the tests of several modules begin with: servers with kinds, and objects in them
//!
//! It owns no cases. What is here is a world; what happens in it is each test's business.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use structural_schema::Schema;

use crate::controller::Controllers;
use crate::kind::{Custom, Kind, ResourceKey, Source};
use crate::meta::{Meta, seconds};
use crate::server::ApiServer;
use crate::store::Store;

/// The moment at which tests begin
pub(crate) fn noon() -> Timestamp {
    "2026-11-25T10:00:00.5Z".parse().expect("a time")
}

/// That many seconds after the beginning
pub(crate) fn after(secs: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(secs)
}

/// A server with all kinds and the custom kinds `Healer` and, for the whole cluster, `Clinic`; with no object at all
pub(crate) fn bare_server() -> ApiServer {
    let mut server = ApiServer::new(1, noon());
    server.store = Store::default();
    server.controllers = Controllers::default();
    server.kinds.insert(custom_kind("Healer", "healers", true));
    server.kinds.insert(custom_kind("Clinic", "clinics", false));
    server
}

/// The same with the namespaces that every cluster has, and the namespace `ns`
pub(crate) fn server() -> ApiServer {
    let mut server = bare_server();
    server.begin(noon());
    let namespace = json!({ "metadata": { "name": "ns" }, "spec": { "finalizers": ["kubernetes"] } });
    put(&mut server, "namespaces", namespace);
    server.run_controllers(noon());
    server
}

/// The resource of this plural
pub(crate) fn resource(server: &ApiServer, plural: &str) -> ResourceKey {
    let kind = server.kinds.iter().find(|kind| kind.plural() == plural).expect("a kind");
    kind.key.clone()
}

/// Stores an object; its UID is its name unless it has one
pub(crate) fn put(server: &mut ApiServer, plural: &str, mut object: Value) -> Arc<Value> {
    let resource = resource(server, plural);
    let kind = server.kinds.any_version(&resource).cloned().expect("a kind");
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.kind.as_str().into();
    let name = object.name().to_owned();
    let metadata = &mut object["metadata"];
    if metadata["uid"].is_null() {
        metadata["uid"] = name.as_str().into();
    }
    if metadata["creationTimestamp"].is_null() {
        metadata["creationTimestamp"] = seconds(noon()).into();
    }
    let namespace = if kind.namespaced { metadata["namespace"].as_str().unwrap_or("ns") } else { "" };
    let namespace = namespace.to_owned();
    if kind.namespaced {
        metadata["namespace"] = namespace.as_str().into();
    }
    server.store.put(&resource, (namespace, name), object)
}

/// The object of this name, in the namespace `ns` if it is in one
pub(crate) fn get(server: &ApiServer, plural: &str, name: &str) -> Option<Arc<Value>> {
    let all = server.store.list(&resource(server, plural), "");
    let found =
        all.filter(|((namespace, known), _)| known == name && matches!(namespace.as_str(), "ns" | ""));
    found.map(|(_, object)| Arc::clone(object)).next()
}

fn custom_kind(kind: &str, plural: &str, namespaced: bool) -> Kind {
    Kind {
        group: "heal.example.com".into(),
        is_served: true,
        key: ResourceKey::new("heal.example.com", plural),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        singular: kind.to_lowercase(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced,
        subresources: Vec::new(),
        verbs: crate::kind::ALL_VERBS,
        schema: Arc::new(Schema::default()),
        source: Source::Custom(Arc::new(Custom::default())),
    }
}
