//! What to do: pure functions from what is observed and wanted to a plan
//!
//! This crate owns classification, decisions, status and names. It reads no clock, draws no random number, logs
//! nothing and knows no client: whatever it depends on is an argument, so that a plan can be explained, replayed
//! and tested as a value. Carrying a plan out is `healing-runtime`'s business.

#[cfg(test)]
mod fixture;
mod deadline;
pub mod pod;
mod verdict;
mod object;
mod observation;
mod memory;
mod health;
mod revision;
mod name;
mod backoff;
mod slot;
mod reason;
mod plan;
mod status;
mod condition;
mod decide;
pub mod election;

pub use condition::{Condition, ConditionStatus};
pub use decide::{decide, is_cluster_storm};
pub use health::{Action, Budget, Cause, Health, Judgement, classify};
pub use memory::remember;
pub use name::{pod_name, revision_name};
pub use object::{
    APPLIED_HASH_ANNOTATION, OBJECTS_MAX, ObjectKey, Objects, RefusedObject, SeenObject, WantedObject,
    covers, without_nulls,
};
pub use observation::{
    Asked, CreateRefused, EvictionRefused, Observation, ObservedResource, ObservedRevision, PodMemory,
    Surroundings, Warmup, Wish,
};
pub use plan::{
    Apply, Create, Delete, DeleteReason, Event, EventType, ForceDelete, Heal, Plan, Prune, PruneRevision,
    Refusal, Step, StoreRevision, StoredVersion, Tally, Wait,
};
pub use pod::{NodeState, ObservedPod};
pub use revision::{revision, spec_hash};
pub use status::{BreakerStatus, FailedHeal, FailedRevision, HealingStatus, Intent, RolloutStatus, Status};
pub use verdict::Verdict;
