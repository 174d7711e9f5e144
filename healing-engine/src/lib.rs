//! What to do: pure functions from what is observed and wanted to a plan
//!
//! This crate owns classification, decisions, status and names. It reads no clock, draws no random number, logs
//! nothing and knows no client: whatever it depends on is an argument, so that a plan can be explained, replayed
//! and tested as a value. Carrying a plan out is `healing-runtime`'s business.

pub mod condition;
pub mod observation;
pub mod plan;
pub mod pod;
pub mod status;

pub use condition::{Condition, ConditionStatus};
pub use observation::{CreateRefused, Observation, ObservedResource, PodMemory, Surroundings};
pub use plan::{Create, Delete, DeleteReason, Event, EventType, Heal, Plan, Refusal, Step, Wait};
pub use pod::ObservedPod;
pub use status::{BreakerStatus, HealingStatus, Intent, Status};
