//! One pod as we see it: only the fields that decisions depend on, decoded from the API's JSON
//!
//! It does not judge: whether a pod is healthy is decided in `health`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Verdict;

/// Label with the name of the resource that a pod belongs to, as documented
pub const APP_LABEL: &str = "app";
/// Label with the operator's name; pods are watched by it
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";
/// Label with the UID of the owning resource
pub const OWNER_UID_LABEL: &str = "healing.dev/owner-uid";
/// Label with the number of the slot that a pod fills
pub const SLOT_LABEL: &str = "healing.dev/slot";
/// Label with the hash of the template that a pod was made from
pub const REVISION_LABEL: &str = "healing.dev/revision";
/// Annotation with the number of charged attempts of the slot, carried by the newest pod of the slot
pub const ATTEMPT_ANNOTATION: &str = "healing.dev/attempt";
/// Annotation with the name of the pod that this one replaces
pub const REPLACES_ANNOTATION: &str = "healing.dev/replaces";
/// Annotation by which a person keeps a pod, or all pods of a resource, from being healed
pub const SKIP_ANNOTATION: &str = "healing.dev/skip-remediation";
/// Annotation by which a person asks for a pod to be replaced now
pub const REMEDIATE_ANNOTATION: &str = "healing.dev/remediate-now";
/// Annotation of a resource by which a person closes its breakers: each new value does so once
pub const RESET_BREAKER_ANNOTATION: &str = "healing.dev/reset-breaker";

/// Kubernetes' own annotation: among equals, pods of a lower cost leave first
pub const DELETION_COST_ANNOTATION: &str = "controller.kubernetes.io/pod-deletion-cost";

/// Kubernetes' own taint of a node that a person, or a machine of theirs, knows to be off
pub const OUT_OF_SERVICE_TAINT: &str = "node.kubernetes.io/out-of-service";

/// One pod of a snapshot
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedPod {
    /// `metadata.name`
    pub name: String,
    /// `metadata.uid`
    pub uid: String,
    /// `metadata.resourceVersion`
    pub resource_version: String,
    /// `metadata.creationTimestamp`
    pub created: Timestamp,
    /// `metadata.deletionTimestamp`: the time at which the pod must be gone (the grace period is part of it)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Timestamp>,
    /// `metadata.deletionGracePeriodSeconds`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_grace_secs: Option<i64>,
    /// UID of the *controller* ownerReference, the only thing that makes a pod ours
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller_uid: Option<String>,
    /// Value of [`SLOT_LABEL`], where it is a number
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// Value of [`REVISION_LABEL`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Value of [`ATTEMPT_ANNOTATION`]; 0 where absent or not a number
    #[serde(default)]
    pub attempt: u32,
    /// Value of the annotation `controller.kubernetes.io/pod-deletion-cost`; 0 where absent or not a number
    #[serde(default)]
    pub deletion_cost: i32,
    /// Whether a person keeps it from being healed: [`SKIP_ANNOTATION`]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// Whether a person asks for it to be replaced now: [`REMEDIATE_ANNOTATION`]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remediate_now: bool,
    /// What the user's own check says of it, where there is one and the pod is Ready
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// `metadata.finalizers`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    /// State of its node; absent where it has none, and where nodes are not read
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeState>,
    /// `spec`
    #[serde(default)]
    pub spec: PodSpec,
    /// `status`
    #[serde(default)]
    pub status: PodStatus,
}

/// What is known of a node
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NodeState {
    /// It reports that it is well
    Ready,
    /// It does not report that: whether its pods still run is not known
    NotReady,
    /// The same, and somebody has said that it is off, with the taint [`OUT_OF_SERVICE_TAINT`]
    Fenced,
    /// There is no such node any more
    Gone,
}

/// The part of a pod's `spec` that we need
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Node that the pod is bound to
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_name: Option<String>,
    /// Seconds between SIGTERM and SIGKILL
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_grace_period_seconds: Option<i64>,
    /// Init containers, in order
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub init_containers: Vec<InitContainer>,
}

/// The part of an init container's declaration that we need
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InitContainer {
    /// Name of the container
    pub name: String,
    /// `Always` makes it a sidecar: it goes on beside the containers
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<String>,
}

/// The part of a pod's `status` that we need
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// Phase; [`Phase::Pending`] where absent
    pub phase: Phase,
    /// Why the pod is in this state, such as `Evicted`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same for humans
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Conditions such as `Ready` and `PodScheduled`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<PodCondition>,
    /// Init containers, in order
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub init_container_statuses: Vec<ContainerStatus>,
    /// Containers
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub container_statuses: Vec<ContainerStatus>,
}

/// Phase of a pod
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Accepted, not all containers started yet
    #[default]
    Pending,
    /// Bound to a node, at least one container runs or restarts
    Running,
    /// All containers ended well and stay so
    Succeeded,
    /// All containers ended, at least one badly
    Failed,
    /// The node does not report; also any word that Kubernetes may add
    #[serde(other)]
    Unknown,
}

/// One condition of a pod
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodCondition {
    /// Type, such as `Ready`
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`
    pub status: String,
    /// Machine-readable reason
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same for humans
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When `status` changed last
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
}

/// State of one container
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Name of the container
    pub name: String,
    /// Whether its readiness probe passes
    pub ready: bool,
    /// Whether its startup probe has passed; a sidecar lets the next container start then
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<bool>,
    /// Restarts in the pod's life
    pub restart_count: i32,
    /// State now
    #[serde(skip_serializing_if = "ContainerState::is_empty")]
    pub state: ContainerState,
    /// State before that
    #[serde(skip_serializing_if = "ContainerState::is_empty")]
    pub last_state: ContainerState,
}

/// State of a container: at most one of the three is set
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerState {
    /// Not running yet, or not again yet
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Running
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Running>,
    /// Ended
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated: Option<Terminated>,
}

/// Why a container waits
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Waiting {
    /// Such as `CrashLoopBackOff`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The same for humans
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Since when a container runs
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// Start of the present run
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
}

/// How a container ended
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// Exit code
    pub exit_code: i32,
    /// Such as `OOMKilled` or `Error`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Start of the run that ended
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Its end
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

/// Whether an annotation with this value asks for something: it is there, and does not say `false`
pub fn is_asked(value: Option<&str>) -> bool {
    value.is_some_and(|value| value != "false")
}

// === impl NodeState ===

impl NodeState {
    /// Whether nothing runs on it for certain
    pub fn is_off(self) -> bool {
        matches!(self, Self::Fenced | Self::Gone)
    }
}

// === impl PodSpec ===

impl PodSpec {
    /// Whether the init container of this name goes on beside the containers
    pub fn is_sidecar(&self, name: &str) -> bool {
        self.init_containers
            .iter()
            .any(|container| container.name == name && container.restart_policy.as_deref() == Some("Always"))
    }
}

// === impl PodStatus ===

impl PodStatus {
    /// The condition of this type, if the pod has it
    pub fn condition(&self, kind: &str) -> Option<&PodCondition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Init containers and containers
    pub fn all_containers(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.init_container_statuses.iter().chain(&self.container_statuses)
    }
}

// === impl ContainerStatus ===

impl ContainerStatus {
    /// Start of the present run
    pub fn running_since(&self) -> Option<Timestamp> {
        self.state.running.as_ref()?.started_at
    }

    /// The newest run that has ended
    pub fn last_end(&self) -> Option<&Terminated> {
        self.state.terminated.as_ref().or(self.last_state.terminated.as_ref())
    }

    /// When the newest run that has ended did so
    pub fn finished_at(&self) -> Option<Timestamp> {
        self.last_end()?.finished_at
    }

    /// How long that run was, in whole seconds
    pub fn last_run_secs(&self) -> Option<i64> {
        let end = self.last_end()?;
        Some(end.finished_at?.duration_since(end.started_at?).as_secs())
    }

    /// Start times of all runs that the status still shows
    pub fn starts(&self) -> impl Iterator<Item = Timestamp> {
        let ended = [&self.state, &self.last_state]
            .into_iter()
            .filter_map(|state| state.terminated.as_ref().and_then(|terminated| terminated.started_at));
        self.running_since().into_iter().chain(ended)
    }
}

// === impl ContainerState ===

impl ContainerState {
    /// Whether none of the three states is set
    pub fn is_empty(&self) -> bool {
        self.waiting.is_none() && self.running.is_none() && self.terminated.is_none()
    }
}
