//! A plan: what shall happen to one resource now, what shall not and why, and when to look again
//!
//! Plans are values. Carrying one out is the runtime's business; a plan says in which order.

use healing_model::Removal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Status, object::ObjectKey, status::Intent};

/// The outcome of one decision
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Changes to carry out, in this order
    pub steps: Vec<Step>,
    /// The status to write, if it differs from the one on the object. Where the plan has a [`Step::Heal`], it holds
    /// the heal's intent and must be written, with the resourceVersion that was decided on, before any step
    pub status: Status,
    /// Events to send once the status is written
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Heals that were considered and not planned, and why
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// When to look again even if nothing changes; `None`: only a change is of interest
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Wait>,
    /// What this resource adds to a storm across resources; `None`: nothing was counted
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// Whether something is held back until the process has looked at each of its resources once: to be decided again
    /// when that is so
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub awaits_round: bool,
}

/// How many pods of a resource are unhealthy, of how many
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Live pods that are unhealthy; those that no new pod would help are not counted
    pub unhealthy: u32,
    /// Live pods
    pub live: u32,
}

/// One change
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Put our finalizer on the resource; alone in its plan
    AddFinalizer,
    /// Make an object beside the pods what it should be; before pods are made, which may need it
    Apply(Apply),
    /// Remove an object that is not wanted any more
    Prune(Prune),
    /// Store the newest template, or give the stored one the highest number; before a pod of it is made
    StoreRevision(StoreRevision),
    /// Remove a stored template that nothing needs any more
    PruneRevision(PruneRevision),
    /// Make a pod
    Create(Create),
    /// Remove a pod that is not wanted any more; no heal, not charged
    Delete(Delete),
    /// Remove a pod that is stuck on a node that is off, without its grace period; no heal, not charged
    ForceDelete(ForceDelete),
    /// Remove an unhealthy pod so that its slot gets a new one; its intent is in the plan's status
    Heal(Heal),
    /// Take our finalizer off the resource: allowed only after a live list shows no owned pod
    RemoveFinalizer,
}

/// An object to apply on the server's side, as a whole
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Apply {
    /// Which object
    pub key: ObjectKey,
    /// Hash of what is wanted
    pub hash: String,
    /// `metadata.uid` of the object that was decided on, which must still be there; absent: there is none yet
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

/// An object to remove; carried out with UID and resourceVersion as preconditions
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prune {
    /// Which object
    pub key: ObjectKey,
    /// `metadata.uid` of the object that was decided on
    pub uid: String,
    /// `metadata.resourceVersion` of the object that was decided on
    pub resource_version: String,
    /// Event to send when the API server has accepted the delete
    pub event: Event,
}

/// The newest template, to be stored
///
/// Carried out before the plan's pods of it are made: those wait where it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreRevision {
    /// Name, a function of the resource's UID, the template hash and how often that name was taken
    pub name: String,
    /// Template hash, for the label
    pub revision: String,
    /// Its number, higher than that of every other
    pub number: i64,
    /// It is stored already and gets the number alone, with these as preconditions
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredVersion>,
}

/// A stored template in exactly one version
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredVersion {
    /// `metadata.uid`
    pub uid: String,
    /// `metadata.resourceVersion`
    pub resource_version: String,
}

/// A stored template to remove; carried out with UID and resourceVersion as preconditions
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PruneRevision {
    /// `metadata.name`
    pub name: String,
    /// What was decided on
    pub stored: StoredVersion,
}

/// A pod to make
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Create {
    /// Slot that the pod fills
    pub slot: u32,
    /// Incarnation inside the slot
    pub incarnation: u32,
    /// Name, a function of the resource's UID, the slot and the incarnation
    pub name: String,
    /// Template hash, for the label
    pub revision: String,
    /// Charged attempts of the slot, for the annotation
    pub attempt: u32,
    /// Name of the pod that this one replaces
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// Node that should be avoided if possible (a preference, never a requirement)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avoid_node: Option<String>,
}

/// A pod to remove; carried out with UID and resourceVersion as preconditions
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delete {
    /// `metadata.name`
    pub name: String,
    /// `metadata.uid` of the pod that was decided on
    pub uid: String,
    /// `metadata.resourceVersion` of the pod that was decided on
    pub resource_version: String,
    /// Why it goes
    pub why: DeleteReason,
    /// How it is asked for
    #[serde(default, skip_serializing_if = "Removal::is_delete")]
    pub how: Removal,
}

/// A stuck pod to remove without its grace period; carried out with UID and resourceVersion as preconditions, once a
/// live read of the node has shown that it is fenced or gone
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForceDelete {
    /// `metadata.name`
    pub name: String,
    /// `metadata.uid` of the pod that was decided on
    pub uid: String,
    /// `metadata.resourceVersion` of the pod that was decided on
    pub resource_version: String,
    /// Name of its node
    pub node: String,
    /// Event to send when the API server has accepted the delete
    pub event: Event,
}

/// Why a pod is removed
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeleteReason {
    /// More pods than desired
    ScaleDown,
    /// A pod of an older template
    Rollout,
    /// A finished pod beyond `failed_pod_history`
    Finished,
    /// The resource is being deleted
    OwnerDeleted,
}

/// An unhealthy pod to remove; carried out with UID and resourceVersion as preconditions, after the intent
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heal {
    /// `metadata.resourceVersion` of the pod that was decided on
    pub resource_version: String,
    /// What is announced in the status: pod, UID, cause, attempt
    pub intent: Intent,
    /// How it is asked for: a Ready pod serves somebody, so its disruption budget is heard
    #[serde(default, skip_serializing_if = "Removal::is_delete")]
    pub how: Removal,
    /// Event to send when the API server has accepted the removal
    pub event: Event,
}

/// A heal that was considered and not planned
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Name of the pod
    pub pod: String,
    /// The gate that refused, or the state that makes the pod no candidate; `PascalCase`, such as `NotDue`,
    /// `AboveThreshold`, `Backoff`, `RetryBudgetExhausted`
    pub reason: String,
    /// The pod's cause, where it has one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// When the refusal ends by itself, where that is known
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A time to look again
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// When
    pub until: Timestamp,
    /// What is waited for, for logs and `explain`
    pub reason: String,
}

/// A Kubernetes Event about the resource
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Normal or Warning
    #[serde(rename = "type")]
    pub kind: EventType,
    /// `PascalCase` reason, such as `HealingTriggered`
    pub reason: String,
    /// What was done, as a verb, such as `Heal`
    pub action: String,
    /// Text for humans
    pub note: String,
    /// Name and UID of the pod that it is about, where it is about one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<(String, String)>,
}

/// Type of an event
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// Something happened as it should
    Normal,
    /// Somebody should look
    Warning,
}
