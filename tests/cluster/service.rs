//! A HealingService of a case: made, looked at and waited for as a user of the documented operator would
//!
//! It owns how the example is installed and read. What must hold is the case's.

use control_plane::AuditEntry;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::failure::Failure;
use crate::operator::{Operator, OperatorProcess};
use crate::wait::eventually;
use crate::world::{ACCOUNT, World};

/// Name of the example, and of its program
pub(crate) const EXAMPLE: &str = "healingservice";
/// The role that crd-gen writes for the operator: all that it may do in a case
pub(crate) const ROLE: &str = "healing-operator-manager-role";

/// One HealingService
pub(crate) struct Service {
    pub(crate) world: World,
    pub(crate) name: String,
}

/// Installs the documented operator's manifests, as a user does, and lets the case's account act under its role
pub(crate) async fn install(world: &World) -> Result<(), Failure> {
    let manifests = world.arm().examples.print(EXAMPLE, "manifests", world.plane().supervisor()).await?;
    world.arm().install(&manifests).await?;
    world.allow(ROLE).await
}

/// Installs and starts the documented operator
pub(crate) async fn start(world: &World) -> Result<OperatorProcess, Failure> {
    install(world).await?;
    world.operator(Operator::example(EXAMPLE)).await
}

// === impl Service ===

impl Service {
    /// Makes a HealingService with this spec
    pub(crate) async fn create(world: &World, name: &str, spec: Value) -> Result<Self, Failure> {
        let service = Self { world: world.clone(), name: name.to_owned() };
        let object = serde_json::from_value(json!({
            "apiVersion": "example.com/v1",
            "kind": "HealingService",
            "metadata": { "name": name },
            "spec": spec,
        }))?;
        service.api().create(&PostParams::default(), &object).await?;
        Ok(service)
    }

    /// Changes its spec
    pub(crate) async fn patch(&self, spec: Value) -> Result<(), Failure> {
        let patch = Patch::Merge(json!({ "spec": spec }));
        self.api().patch(&self.name, &PatchParams::default(), &patch).await?;
        Ok(())
    }

    /// It, as it is now
    pub(crate) async fn get(&self) -> Result<Value, Failure> {
        Ok(serde_json::to_value(self.api().get(&self.name).await?)?)
    }

    /// Its UID
    pub(crate) async fn uid(&self) -> Result<String, Failure> {
        Ok(self.api().get(&self.name).await?.metadata.uid.unwrap_or_default())
    }

    /// The pods whose controller it is, in the order of their names
    pub(crate) async fn pods(&self) -> Result<Vec<Pod>, Failure> {
        let uid = self.uid().await?;
        let mut pods = self.world.api::<Pod>().list(&ListParams::default()).await?.items;
        pods.retain(|pod| {
            let owners = pod.metadata.owner_references.iter().flatten();
            owners.into_iter().any(|owner| owner.controller == Some(true) && owner.uid == uid)
        });
        pods.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
        Ok(pods)
    }

    /// The names of these pods
    pub(crate) async fn pod_names(&self) -> Result<Vec<String>, Failure> {
        Ok(self.pods().await?.into_iter().filter_map(|pod| pod.metadata.name).collect())
    }

    /// Waits until what `holds` asks of the object is true; returns the object
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        eventually(what, async || {
            let object = self.get().await?;
            Failure::unless(holds(&object), || object["status"].to_string())?;
            Ok(object)
        })
        .await
    }

    /// Waits until it has this many pods, all healthy, and says that it is Ready in its present generation
    pub(crate) async fn converged(&self, replicas: usize) -> Result<Value, Failure> {
        let object = self
            .until(&format!("{} is Ready with {replicas} healthy pods", self.name), |object| {
                let status = &object["status"];
                status["healthyReplicas"] == replicas
                    && status["replicas"] == replicas
                    && status["terminatingReplicas"] == 0
                    && status["observedGeneration"] == object["metadata"]["generation"]
                    && condition(object, "Ready")["status"] == "True"
                    && condition(object, "Progressing")["status"] == "False"
            })
            .await?;
        let pods = self.pods().await?.len();
        Failure::unless(pods == replicas, || format!("{pods} pods instead of {replicas}"))?;
        Ok(object)
    }

    /// The operator's requests with this verb about one kind in this namespace, in the order of their time
    pub(crate) fn requests(&self, verb: &str, resource: &str) -> Result<Vec<Arc<AuditEntry>>, Failure> {
        let account = format!("system:serviceaccount:{}:{ACCOUNT}", self.world.namespace());
        let mut entries = self.world.audit()?;
        entries
            .retain(|entry| entry.user.username == account && entry.verb == verb && entry.is_about(resource));
        entries.sort_by_key(|entry| entry.request_received_timestamp);
        Ok(entries)
    }

    fn api(&self) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk("example.com", "v1", "HealingService");
        Api::namespaced_with(
            self.world.client(),
            self.world.namespace(),
            &ApiResource::from_gvk_with_plural(&kind, "healingservices"),
        )
    }
}

/// The condition of this type; null if there is none
pub(crate) fn condition<'o>(object: &'o Value, kind: &str) -> &'o Value {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}
