//! The policy of one object: what its fields declare, together with the knobs

use serde::{Deserialize, Serialize};

use crate::{Amount, KnobValue, Knobs, Removal, Replacement, Role, ScaleDown};

/// What the fields of one object say, by role
///
/// Read by generated code from the typed spec. Roles that no field plays are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Declared {
    /// Value of the `replicas` role
    pub replicas: i32,
    /// Value of the `health_threshold` role
    pub health_threshold: Option<i32>,
    /// Value of the `failure_threshold` role
    pub failure_threshold: Option<i32>,
    /// Value of the `min_ready_seconds` role
    pub min_ready_seconds: Option<i32>,
    /// Value of the `startup_timeout` role
    pub startup_timeout: Option<i32>,
    /// Value of the `unready_for` role
    pub unready_for: Option<i32>,
    /// Value of the `restart_threshold` role
    pub restart_threshold: Option<i32>,
    /// Value of the `hold_grace` role
    pub hold_grace: Option<i32>,
    /// Value of the `stuck_terminating_after` role
    pub stuck_terminating_after: Option<i32>,
    /// Value of the `max_in_flight` role
    pub max_in_flight: Option<Amount>,
    /// Value of the `max_unhealthy` role
    pub max_unhealthy: Option<Amount>,
    /// Value of the `storm_pause` role
    pub storm_pause: Option<i32>,
    /// Value of the `heal_backoff` role
    pub heal_backoff: Option<i32>,
    /// Value of the `heal_backoff_max` role
    pub heal_backoff_max: Option<i32>,
    /// Value of the `min_healthy_period` role
    pub min_healthy_period: Option<i32>,
    /// Value of the `scale_down` role
    pub scale_down: Option<ScaleDown>,
    /// Value of the `ready_removal` role
    pub ready_removal: Option<Removal>,
    /// Value of the `failed_pod_history` role
    pub failed_pod_history: Option<i32>,
    /// Value of the `replacement` role
    pub replacement: Option<Replacement>,
    /// Value of the `force_delete` role
    pub force_delete: Option<bool>,
    /// Value of the `max_unavailable` role
    pub max_unavailable: Option<Amount>,
    /// Value of the `max_surge` role
    pub max_surge: Option<Amount>,
    /// Value of the `progress_deadline` role
    pub progress_deadline: Option<i32>,
    /// Value of the `leader_warmup` role
    pub leader_warmup: Option<i32>,
    /// Value of the `revision_history` role
    pub revision_history: Option<i32>,
    /// Value of the `auto_rollback` role
    pub auto_rollback: Option<bool>,
    /// Value of the `paused` role
    pub paused: Option<bool>,
}

/// All that decisions about one object depend on besides what is observed
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Desired live pods; 0 means scaled to zero
    pub replicas: u32,
    /// Heal while fewer pods than this are healthy; absent: every candidate is its own trigger
    pub health_threshold: Option<u32>,
    /// Whether no pod is created or removed
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Everything else
    pub knobs: Knobs,
}

// === impl Declared ===

impl Declared {
    /// What a field gives a knob, if one does
    pub fn value(&self, role: Role) -> Option<KnobValue> {
        match role {
            Role::MaxInFlight => self.max_in_flight.map(KnobValue::Amount),
            Role::MaxUnhealthy => self.max_unhealthy.map(KnobValue::Amount),
            Role::MaxUnavailable => self.max_unavailable.map(KnobValue::Amount),
            Role::MaxSurge => self.max_surge.map(KnobValue::Amount),
            Role::ScaleDown => self.scale_down.map(|order| KnobValue::Word(order.as_str().to_owned())),
            Role::ReadyRemoval => self.ready_removal.map(|how| KnobValue::Word(how.as_str().to_owned())),
            Role::Replacement => self.replacement.map(|when| KnobValue::Word(when.as_str().to_owned())),
            Role::AutoRollback => self.auto_rollback.map(KnobValue::Flag),
            Role::ForceDelete => self.force_delete.map(KnobValue::Flag),
            other => self.number(other).map(|number| KnobValue::Number(u32::try_from(number).unwrap_or(0))),
        }
    }

    fn number(&self, role: Role) -> Option<i32> {
        match role {
            Role::FailureThreshold => self.failure_threshold,
            Role::MinReadySeconds => self.min_ready_seconds,
            Role::StartupTimeout => self.startup_timeout,
            Role::UnreadyFor => self.unready_for,
            Role::RestartThreshold => self.restart_threshold,
            Role::HoldGrace => self.hold_grace,
            Role::StuckTerminatingAfter => self.stuck_terminating_after,
            Role::StormPause => self.storm_pause,
            Role::HealBackoff => self.heal_backoff,
            Role::HealBackoffMax => self.heal_backoff_max,
            Role::MinHealthyPeriod => self.min_healthy_period,
            Role::FailedPodHistory => self.failed_pod_history,
            Role::ProgressDeadline => self.progress_deadline,
            Role::LeaderWarmup => self.leader_warmup,
            Role::RevisionHistory => self.revision_history,
            Role::Replicas
            | Role::HealthThreshold
            | Role::MaxInFlight
            | Role::MaxUnhealthy
            | Role::ScaleDown
            | Role::ReadyRemoval
            | Role::Replacement
            | Role::ForceDelete
            | Role::AutoRollback
            | Role::MaxUnavailable
            | Role::MaxSurge
            | Role::Paused => None,
        }
    }
}

// === impl Policy ===

impl Policy {
    /// Most live pods that may be unhealthy at once before heals wait
    ///
    /// With a threshold healing begins when many pods are unhealthy already, so the limit is off unless it is declared.
    pub fn max_unhealthy(&self) -> Amount {
        let default = if self.health_threshold.is_some() { 100 } else { 40 };
        self.knobs.max_unhealthy.unwrap_or(Amount::Percent(default))
    }
}
