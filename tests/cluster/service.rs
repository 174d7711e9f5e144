//! A resource of a case, a HealingService mostly: made, looked at and waited for as a user of the operator would
//!
//! It owns how the operators are installed and their resources read. What must hold is the case's.

use control_plane::AuditEntry;
use healing_sandbox::{Failure as PodFailure, FailureGuard, Pods};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams,
    PropagationPolicy,
};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::embedded::{brisk, keeper, lone, spread};
use crate::failure::Failure;
use crate::operator::{Operator, RunningOperator};
use crate::wait::eventually;
use crate::world::World;

/// Name of the example, and of its program
pub(crate) const EXAMPLE: &str = "healingservice";
/// The role that crd-gen writes for the operator: all that it may do in a case
pub(crate) const ROLE: &str = "healing-operator-manager-role";
/// The same for the operator with short waits
const BRISK_ROLE: &str = "brisk-operator-manager-role";
/// The same for the operator whose resources own more than pods
const KEEPER_ROLE: &str = "keeper-operator-manager-role";

/// The same for the operator of pods that must never run twice
const LONE_ROLE: &str = "lone-operator-manager-role";

/// The same for the operator whose resource belongs to no namespace
const SPREAD_ROLE: &str = "spread-operator-manager-role";

/// One resource whose pods an operator keeps
pub(crate) struct Service {
    pub(crate) world: World,
    pub(crate) name: String,
    kind: Kind,
}

/// A kind of such resources; its version is `v1`
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    group: &'static str,
    name: &'static str,
    plural: &'static str,
}

const HEALING_SERVICE: Kind =
    Kind { group: "example.com", name: "HealingService", plural: "healingservices" };
/// The kind of `embedded::brisk`
pub(crate) const BRISK_SERVICE: Kind =
    Kind { group: "harness.test", name: "BriskService", plural: "briskservices" };
/// The kind of `embedded::keeper`
pub(crate) const KEPT_SERVICE: Kind =
    Kind { group: "harness.test", name: "KeptService", plural: "keptservices" };

/// The kind of `embedded::lone`
pub(crate) const LONE_SERVICE: Kind =
    Kind { group: "harness.test", name: "LoneService", plural: "loneservices" };

/// Installs the documented operator's manifests, as a user does, and lets the case's account act under its role
pub(crate) async fn install(world: &World) -> Result<(), Failure> {
    world.arm().install(&Operator::example(EXAMPLE)).await?;
    world.allow(ROLE).await
}

/// Installs and starts the documented operator
pub(crate) async fn start(world: &World) -> Result<RunningOperator, Failure> {
    install(world).await?;
    world.operator(Operator::example(EXAMPLE)).await
}

/// Installs the operator with short waits, and lets the case's account act under its role
pub(crate) async fn install_brisk(world: &World) -> Result<(), Failure> {
    world.arm().install(&Operator::embedded(brisk::NAME)).await?;
    world.allow(BRISK_ROLE).await
}

/// Installs and starts the operator with short waits
pub(crate) async fn start_brisk(world: &World) -> Result<RunningOperator, Failure> {
    install_brisk(world).await?;
    world.operator(Operator::embedded(brisk::NAME)).await
}

/// Installs and starts the operator whose resources own more than pods
pub(crate) async fn start_keeper(world: &World) -> Result<RunningOperator, Failure> {
    let operator = Operator::embedded(keeper::NAME);
    world.arm().install(&operator).await?;
    world.allow(KEEPER_ROLE).await?;
    world.operator(operator).await
}

/// Installs and starts the operator of pods that must never run twice; its role is for nodes too
pub(crate) async fn start_lone(world: &World) -> Result<RunningOperator, Failure> {
    let operator = Operator::embedded(lone::NAME);
    world.arm().install(&operator).await?;
    world.allow_everywhere(LONE_ROLE).await?;
    world.operator(operator).await
}

/// Installs and starts the operator whose resource belongs to no namespace
pub(crate) async fn start_spread(world: &World) -> Result<RunningOperator, Failure> {
    let operator = Operator::embedded(spread::NAME);
    world.arm().install(&operator).await?;
    world.allow_everywhere(SPREAD_ROLE).await?;
    world.operator(operator).await
}

// === impl Service ===

impl Service {
    /// Makes a HealingService with this spec
    pub(crate) async fn create(world: &World, name: &str, spec: Value) -> Result<Self, Failure> {
        Self::create_of(HEALING_SERVICE, world, name, spec).await
    }

    /// A HealingService that is made otherwise
    pub(crate) fn named(world: &World, name: &str) -> Self {
        Self { world: world.clone(), name: name.to_owned(), kind: HEALING_SERVICE }
    }

    /// Makes a resource of this kind with this spec
    pub(crate) async fn create_of(
        kind: Kind,
        world: &World,
        name: &str,
        spec: Value,
    ) -> Result<Self, Failure> {
        let service = Self { world: world.clone(), name: name.to_owned(), kind };
        let object = serde_json::from_value(json!({
            "apiVersion": format!("{}/v1", kind.group),
            "kind": kind.name,
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

    /// Asks for another number of pods, as `kubectl scale` does
    pub(crate) async fn scale(&self, replicas: u32) -> kube::Result<()> {
        let patch = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
        self.api().patch_scale(&self.name, &PatchParams::default(), &patch).await.map(drop)
    }

    /// Changes its metadata
    pub(crate) async fn patch_metadata(&self, metadata: Value) -> Result<(), Failure> {
        let patch = Patch::Merge(json!({ "metadata": metadata }));
        self.api().patch(&self.name, &PatchParams::default(), &patch).await?;
        Ok(())
    }

    /// Annotates a pod as a person does
    pub(crate) async fn annotate_pod(&self, pod: &str, annotation: &str, value: &str) -> Result<(), Failure> {
        let patch = Patch::Merge(json!({ "metadata": { "annotations": { annotation: value } } }));
        self.world.api::<Pod>().patch(pod, &PatchParams::default(), &patch).await?;
        Ok(())
    }

    /// Asks for its deletion
    pub(crate) async fn delete(&self, propagation: PropagationPolicy) -> Result<(), Failure> {
        let params = DeleteParams { propagation_policy: Some(propagation), ..DeleteParams::default() };
        self.api().delete(&self.name, &params).await?;
        Ok(())
    }

    /// Waits until it is gone
    pub(crate) async fn gone(&self) -> Result<(), Failure> {
        eventually("the resource is gone", async || {
            let left = self.api().get_opt(&self.name).await?;
            Failure::unless(left.is_none(), || format!("{:?}", left.map(|left| left.metadata)))
        })
        .await
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

    /// Breaks the first of its pods, and no other
    pub(crate) async fn break_first(&self, failure: PodFailure) -> Result<(String, FailureGuard), Failure> {
        let name = self.pod_names().await?.swap_remove(0);
        let guard = self.break_pod(&name, failure).await?;
        Ok((name, guard))
    }

    /// Breaks one pod, and no other: a successor may get the same name, so that the UID decides
    pub(crate) async fn break_pod(&self, name: &str, failure: PodFailure) -> Result<FailureGuard, Failure> {
        let uid = self.world.api::<Pod>().get(name).await?.metadata.uid;
        let this = Pods::all().matching(move |pod| pod.metadata.uid == uid);
        Ok(self.world.kubelet().fail(this, failure))
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
        let account = self.world.account();
        let mut entries = self.world.audit()?;
        entries
            .retain(|entry| entry.user.username == account && entry.verb == verb && entry.is_about(resource));
        entries.sort_by_key(|entry| entry.request_received_timestamp);
        Ok(entries)
    }

    /// Those of them that the API server carried out
    ///
    /// A DELETE of a pod that has just changed is refused, and decided on anew.
    pub(crate) fn accepted(&self, verb: &str, resource: &str) -> Result<Vec<Arc<AuditEntry>>, Failure> {
        let mut entries = self.requests(verb, resource)?;
        entries.retain(|entry| (200..300).contains(&entry.code()));
        Ok(entries)
    }

    /// The operator's writes of the status that were accepted, with what they said, in the order of their time
    pub(crate) fn statuses(&self) -> Result<Vec<(Arc<AuditEntry>, Value)>, Failure> {
        let writes = self.accepted("update", &format!("{}/status", self.kind.plural))?;
        let status = |write: &AuditEntry| {
            write.request_object.as_ref().map(|body| body["status"].clone()).unwrap_or_default()
        };
        Ok(writes.into_iter().map(|write| (Arc::clone(&write), status(&write))).collect())
    }

    /// The events of this reason about it
    pub(crate) async fn events(&self, reason: &str) -> Result<Vec<Event>, Failure> {
        let mut events = self.world.api::<Event>().list(&ListParams::default()).await?.items;
        events.retain(|event| {
            let about = event.regarding.as_ref().and_then(|regarding| regarding.name.as_ref());
            event.reason.as_deref() == Some(reason) && about == Some(&self.name)
        });
        Ok(events)
    }

    /// Waits for an event of this reason about it
    pub(crate) async fn told(&self, reason: &str) -> Result<Event, Failure> {
        eventually(&format!("event {reason}"), async || {
            self.events(reason).await?.pop().ok_or_else(|| Failure::new("no such event"))
        })
        .await
    }

    /// Its kind as clients see it
    pub(crate) fn api(&self) -> Api<DynamicObject> {
        let kind = GroupVersionKind::gvk(self.kind.group, "v1", self.kind.name);
        Api::namespaced_with(
            self.world.client(),
            self.world.namespace(),
            &ApiResource::from_gvk_with_plural(&kind, self.kind.plural),
        )
    }
}

/// The condition of this type; null if there is none
pub(crate) fn condition<'o>(object: &'o Value, kind: &str) -> &'o Value {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}
