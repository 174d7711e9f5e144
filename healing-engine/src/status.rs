//! The status of a resource: what we observed and remember, and nothing that moves by itself
//!
//! Size is bounded whatever the number of pods. Absent fields are left out, never written as null.

#![expect(
    clippy::doc_markdown,
    reason = "these texts are descriptions in the CRD, which kubectl explain shows as they are"
)]

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Condition;

/// Observed state of a self-healing resource
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// Generation whose spec gave the numbers below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Live pods: owned, not terminating, not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Selector of the pods, for the scale subresource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Live pods that are healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthy_replicas: Option<i32>,
    /// Live pods whose Ready condition is True.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_replicas: Option<i32>,
    /// Live pods that have been healthy for minReadySeconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_replicas: Option<i32>,
    /// Live pods that are coming up: neither healthy nor unhealthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_replicas: Option<i32>,
    /// Live pods that are neither healthy nor starting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhealthy_replicas: Option<i32>,
    /// Pods that are being deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminating_replicas: Option<i32>,
    /// Live pods of the newest template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_replicas: Option<i32>,
    /// Time of the newest heal, written before the pod is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_heal_time: Option<Timestamp>,
    /// Hash of the pod template that was carried out last: the one that a roll-back goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_revision: Option<String>,
    /// Hash of the pod template that the resource asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_revision: Option<String>,
    /// What healing remembers between two passes and across restarts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healing: Option<HealingStatus>,
    /// Conditions: Ready, Progressing, Healing, RemediationAllowed, Degraded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
}

/// What healing remembers; each field is absent when it says nothing
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct HealingStatus {
    /// Since when an episode of healing is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_since: Option<Timestamp>,
    /// When the number of healthy pods came back to the threshold in this episode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered_at: Option<Timestamp>,
    /// Since when too many pods are unhealthy at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storm_since: Option<Timestamp>,
    /// When that was over; if it comes back within the pause, it is the same storm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storm_over_at: Option<Timestamp>,
    /// Heals in a row that did not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_heals: Option<u32>,
    /// The newest heal that did not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_failure: Option<FailedHeal>,
    /// Pods older than this do not count for attempts: their breaker was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_reset_time: Option<Timestamp>,
    /// Hash of the spec that attempts and failedHeals belong to, without the number of replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec_hash: Option<String>,
    /// Value of the annotation healing.dev/reset-breaker that was carried out; a long one stands as its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_token: Option<String>,
    /// The breaker, while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerStatus>,
    /// How far the newest spec has come, while it is being carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutStatus>,
    /// The newest pod template, if it was given up for an older one: until the spec changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_revision: Option<FailedRevision>,
    /// Heals that are announced or under way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["podUid"]), length(max = 32))]
    pub intents: Vec<Intent>,
}

/// How far the newest spec has come
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutStatus {
    /// When it began, or came forward last.
    pub progressed_at: Timestamp,
    /// Most pods of the newest template that were available at one time.
    #[serde(default)]
    pub available: u32,
    /// Whether a pod of the newest template has been healthy for long enough to trust it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settled: bool,
}

/// A pod template that was given up
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedRevision {
    /// Its hash.
    pub revision: String,
    /// Why, such as ProgressDeadlineExceeded.
    pub reason: String,
}

/// A heal that did not help
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedHeal {
    /// Slot that was healed.
    pub slot: u32,
    /// Why it was healed, such as CrashLoop.
    pub cause: String,
}

/// An open breaker: healing did not help, so heals are rare trials now
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakerStatus {
    /// Why it is open, such as RetryBudgetExhausted.
    pub reason: String,
    /// Cause of the newest failed heal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// When the next trial is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_trial: Option<Timestamp>,
}

/// A heal that is announced: written before the pod is deleted, kept until it is known whether it helped
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Name of the pod that is removed.
    pub pod_name: String,
    /// UID of the pod that is removed.
    pub pod_uid: String,
    /// Slot that gets a new pod.
    pub slot: u32,
    /// Why the pod is removed, such as CrashLoop.
    pub cause: String,
    /// What is done about it: Replace or ReplaceElsewhere.
    pub remedy: String,
    /// Charged attempts of the slot, this one included.
    pub attempt: u32,
    /// Node that the replacement should avoid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avoid_node: Option<String>,
    /// Term of the leader that announced it; absent without leader election.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i32>,
    /// When the heal was announced.
    pub time: Timestamp,
}

// === impl Status ===

impl Status {
    /// Whether a heal is open that a leader of another term announced, or somebody without leader election
    pub fn has_intent_of_another(&self, epoch: i32) -> bool {
        let intents = self.healing.iter().flat_map(|healing| &healing.intents);
        intents.into_iter().any(|intent| intent.epoch != Some(epoch))
    }
}
