//! Knobs: the numbers that healing depends on, and their defaults
//!
//! How each is written and what it may be is in `table`; what a word means is in the file of its type.

mod removal;
mod replacement;
mod scale_down;
mod table;

use serde::{Deserialize, Serialize};

use crate::Amount;

pub use removal::Removal;
pub use replacement::Replacement;
pub use scale_down::ScaleDown;
pub use table::{KNOBS, KnobKind, KnobSpec, KnobValue};

/// All knobs, resolved; [`Default`] gives the documented defaults
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Knobs {
    /// Heals without progress until the breaker opens; default 5, 1 to 100
    pub failure_threshold: u32,
    /// Seconds healthy before a pod is available; default 0, at most 3600
    pub min_ready_secs: u32,
    /// Seconds that starting lasts at most; default 600, 1 to 86400
    pub startup_timeout_secs: u32,
    /// Seconds of Ready=False without a break, after having been Ready, until a pod is due; default 300, 1 to 86400
    pub unready_for_secs: u32,
    /// Restarts since the last 600 s run until a crash loop is due; default 5, 1 to 1000
    pub restart_threshold: u32,
    /// Seconds until a cause that is held (image, config, unschedulable) is reported as Degraded; default 120, at
    /// most 3600
    pub hold_grace_secs: u32,
    /// Seconds after deletionTimestamp until a pod counts as stuck; default 60, 10 to 86400
    pub stuck_terminating_after_secs: u32,
    /// Open heals at a time; default 1, 1 to 32 or a percentage of the replicas
    pub max_in_flight: Amount,
    /// Most live pods that may be unhealthy at once before heals wait; default 40% of the replicas, or 100% where there
    /// is a health threshold
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unhealthy: Option<Amount>,
    /// Seconds that heals wait at most for that to end; default 600, at most 3600
    pub storm_pause_secs: u32,
    /// Seconds between two heals of a slot, doubling with each; default 10, 1 to 3600
    pub heal_backoff_secs: u32,
    /// Upper bound of that wait in seconds; default 300, 1 to 3600
    pub heal_backoff_max_secs: u32,
    /// Seconds healthy until attempts are forgotten and the breaker of a slot closes; default 3600, 60 to 604800
    pub min_healthy_period_secs: u32,
    /// Order in which healthy pods leave on scale-down; default newest first, as Kubernetes does it
    pub scale_down: ScaleDown,
    /// How Ready pods leave on scale-down and in a rollout; default by DELETE, as with Kubernetes' own controllers
    pub ready_removal: Removal,
    /// Finished pods kept per resource as evidence; default 3, at most 100
    pub failed_pod_history: u32,
    /// Pods that may be missing while a template is rolled out, a percentage rounded down; default 25 %
    pub max_unavailable: Amount,
    /// When a slot gets its next pod; default as soon as the old one is being deleted
    pub replacement: Replacement,
    /// Whether stuck pods of a node that is fenced or gone are deleted without their grace period; default false
    pub force_delete: bool,
    /// Pods beyond the desired number while a template is rolled out, a percentage rounded up; default 25 %, or none
    /// where a slot gets its next pod only when the old one is gone
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_surge: Option<Amount>,
    /// Seconds that a new spec may stand still until that is reported; default 600, more than `min_ready_seconds`
    pub progress_deadline_secs: u32,
    /// Seconds after a start or a takeover in which nothing is removed; default 10, at most 600
    pub leader_warmup_secs: u32,
    /// Stored templates kept per resource beyond those in use; default 10, at most 100
    pub revision_history: u32,
    /// Whether a template that does not work is given up for the last one that did; default false
    pub auto_rollback: bool,
}

// === impl Knobs ===

impl Knobs {
    /// The upper bound of a knob that has none: as much as a field of 32 bits holds
    pub const UNBOUNDED: u32 = i32::MAX.unsigned_abs();

    /// Pods beyond the desired number while a template is rolled out: none where a slot never has two
    pub fn surge(&self) -> Amount {
        match self.replacement {
            Replacement::Gone => Amount::Count(0),
            Replacement::Terminating => self.max_surge.unwrap_or(Amount::Percent(25)),
        }
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            failure_threshold: 5,
            min_ready_secs: 0,
            startup_timeout_secs: 600,
            unready_for_secs: 300,
            restart_threshold: 5,
            hold_grace_secs: 120,
            stuck_terminating_after_secs: 60,
            max_in_flight: Amount::Count(1),
            max_unhealthy: None,
            storm_pause_secs: 600,
            heal_backoff_secs: 10,
            heal_backoff_max_secs: 300,
            min_healthy_period_secs: 3600,
            scale_down: ScaleDown::NewestFirst,
            ready_removal: Removal::Delete,
            failed_pod_history: 3,
            max_unavailable: Amount::Percent(25),
            replacement: Replacement::Terminating,
            force_delete: false,
            max_surge: None,
            progress_deadline_secs: 600,
            leader_warmup_secs: 10,
            revision_history: 10,
            auto_rollback: false,
        }
    }
}
