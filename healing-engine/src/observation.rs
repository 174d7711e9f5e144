//! Everything a decision about one resource depends on, as one plain value
//!
//! An observation is serializable and complete: the same observation, policy and time give the same plan anywhere.

use std::collections::{BTreeMap, BTreeSet};

use healing_model::FieldError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ObservedPod, Status, object::Objects};

/// One resource with all that is seen of it
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The resource itself
    pub resource: ObservedResource,
    /// What `validate` says of its spec; empty when it is valid
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalid: Vec<FieldError>,
    /// Pods whose controller ownerReference carries the resource's UID, one cache snapshot, in order of their names
    pub pods: Vec<ObservedPod>,
    /// What this process remembers of each of these pods, by UID; kept up to date with `remember` before deciding
    pub memory: BTreeMap<String, PodMemory>,
    /// What the resource owns beside its pods, and what it wants of that
    #[serde(default, skip_serializing_if = "Objects::is_empty")]
    pub objects: Objects,
    /// Hash of the pod template that the resource asks for now
    pub revision: String,
    /// Templates that are stored: from these alone pods of an older template can be made
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<ObservedRevision>,
    /// The world around the resource
    pub surroundings: Surroundings,
}

/// A template that is stored beside the resource
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedRevision {
    /// `metadata.name`
    pub name: String,
    /// `metadata.uid`
    pub uid: String,
    /// `metadata.resourceVersion`
    pub resource_version: String,
    /// Hash of the template
    pub revision: String,
    /// Its number: newer templates have higher ones
    pub number: i64,
}

/// The resource that is reconciled
#[expect(clippy::struct_excessive_bools, reason = "each is one independent observation")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservedResource {
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`; empty for a cluster-scoped resource
    #[serde(default)]
    pub namespace: String,
    /// `metadata.uid`
    pub uid: String,
    /// `metadata.generation`
    pub generation: i64,
    /// `metadata.deletionTimestamp`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Timestamp>,
    /// Whether the deletion leaves the pods behind, as with `--cascade=orphan`: the garbage collector is about to take
    /// our owner references off them
    #[serde(default)]
    pub orphaning: bool,
    /// Whether a finalizer of ours is declared and not on the object yet
    pub finalizer_missing: bool,
    /// Whether our finalizer is on the object
    pub finalizer_present: bool,
    /// Whether a person keeps its pods from being healed
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// Value of the annotation that closes its breakers
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_breaker: Option<String>,
    /// Hash of the spec without the field of the `replicas` role: a change of it closes every breaker
    pub spec_hash: String,
    /// The status on the object
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// What this process remembers of a pod between two observations
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodMemory {
    /// The cause that the pod had when it was seen last; `None` while it is healthy or starting
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Since when it has had this cause, as seen by this process
    pub since: Timestamp,
    /// Observations of this cause at least one second apart, up to 3
    pub observations: u32,
    /// When the newest of them was made
    pub last_observation: Timestamp,
    /// Whether this process has seen the pod Ready
    pub seen_ready: bool,
    /// Restart count from which restarts are counted, by container name
    #[serde(default)]
    pub restart_baseline: BTreeMap<String, i32>,
    /// What a person asks for about it
    #[serde(default, skip_serializing_if = "Asked::is_nothing")]
    pub asked: Asked,
    /// Since when containers of the pod end again and again, short runs in between included
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
}

/// What a person asks for about a pod, and whether this process knew it before
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    /// That it is not healed
    pub skip: Wish,
    /// That it is replaced now
    pub remediate_now: Wish,
}

/// A wish about a pod
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// Nobody has it
    #[default]
    None,
    /// It has come since the observation before
    New,
    /// It was there when the pod was seen before, or first
    Known,
}

/// The world around one resource
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent observation")]
pub struct Surroundings {
    /// Whether the cache shows all that we wrote to this resource and its pods; if not, nothing may be created,
    /// removed or healed
    pub cache_fresh: bool,
    /// The newest create of this resource, if the API server refused it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_refused: Option<CreateRefused>,
    /// The newest eviction of each pod that the API server refused, by the pod's UID; until one is accepted
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evictions_refused: BTreeMap<String, EvictionRefused>,
    /// Whether pods across many resources of the process are unhealthy at once
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cluster_storm: bool,
    /// Whether nodes should be read and may not be: what depends on them is left undone
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nodes_unreadable: bool,
    /// Pod names that are known to belong to others: an incarnation with such a name is skipped
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub taken_names: BTreeSet<String>,
    /// How far the process has come since it began to work; absent: far enough
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Warmup>,
    /// Term of this leader, `leaseTransitions`; absent without leader election
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i32>,
    /// Whether the API server said that the lease is ours, after the open heals of other terms had been seen
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lease_confirmed: bool,
}

/// How far a process has come that began to work a short while ago
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warmup {
    /// When it had listed everything, and led where there is an election
    pub began: Timestamp,
    /// Whether it has looked at each resource that it knew then
    #[serde(default)]
    pub round_done: bool,
}

/// A create that the API server refused, such as for a quota
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRefused {
    /// The API server's message
    pub message: String,
    /// When to try again
    pub until: Timestamp,
    /// Generation of the resource that was refused: a later one is tried at once
    pub generation: i64,
}

/// An eviction that the API server refused: a disruption budget allows none now, or the budgets of the pod are at odds
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvictionRefused {
    /// The API server's message
    pub message: String,
    /// When it was refused
    pub at: Timestamp,
    /// When to ask again
    pub until: Timestamp,
}

// === impl Asked ===

impl Asked {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

// === impl Wish ===

impl Wish {
    /// The wish now that the pod has it or not; a pod that is seen for the first time has nothing new to say
    pub(crate) fn follow(before: Option<Self>, is_asked: bool) -> Self {
        match (is_asked, before) {
            (false, _) => Self::None,
            (true, Some(Self::None)) => Self::New,
            (true, _) => Self::Known,
        }
    }
}
