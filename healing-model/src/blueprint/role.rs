//! Roles: the meaning that a spec field has for healing
//!
//! Beside the number of pods and the threshold every knob is a role. It owns which roles there are; what a knob means
//! and how far it goes is the table of knobs.

use serde::{Deserialize, Serialize};

use crate::{FieldKind, KnobKind, KnobSpec};

/// A meaning that a field of the spec can have
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Desired number of live pods; the one mandatory role
    Replicas,
    /// Heal while fewer pods than this are healthy
    HealthThreshold,
    /// Failed heals in a row before the breaker opens
    FailureThreshold,
    /// Seconds healthy before a pod is available
    MinReadySeconds,
    /// Seconds that starting lasts at most
    StartupTimeout,
    /// Seconds of Ready=False without a break until a pod is due
    UnreadyFor,
    /// Restarts until a crash loop is due
    RestartThreshold,
    /// Seconds until a held cause is reported as Degraded
    HoldGrace,
    /// Seconds until a terminating pod counts as stuck
    StuckTerminatingAfter,
    /// Open heals at a time
    MaxInFlight,
    /// Unhealthy pods above which heals wait
    MaxUnhealthy,
    /// Seconds that they wait at most for that to end
    StormPause,
    /// Seconds between two heals of a slot, doubling
    HealBackoff,
    /// Upper bound of that wait in seconds
    HealBackoffMax,
    /// Seconds healthy until attempts are forgotten
    MinHealthyPeriod,
    /// Order in which healthy pods leave on scale-down
    ScaleDown,
    /// How Ready pods leave on scale-down and in a rollout
    ReadyRemoval,
    /// Finished pods kept per resource
    FailedPodHistory,
    /// When a slot gets its next pod
    Replacement,
    /// Whether stuck pods of a node that is fenced or gone are deleted without their grace period
    ForceDelete,
    /// Pods that may be missing while a template is rolled out
    MaxUnavailable,
    /// Pods beyond the desired number while a template is rolled out
    MaxSurge,
    /// Seconds that a new spec may stand still until that is reported
    ProgressDeadline,
    /// Seconds after a start or a takeover in which nothing is removed
    LeaderWarmup,
    /// Stored templates kept per resource, beyond those in use
    RevisionHistory,
    /// Whether a template that does not work is given up for the last one that did
    AutoRollback,
    /// Whether no pod is created or removed
    Paused,
}

/// A role and the spec field that plays it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleBinding {
    /// The meaning
    pub role: Role,
    /// The field's name in the spec as serialized, such as `replicaCount`
    pub field: String,
}

// === impl Role ===

impl Role {
    /// Every role, in the order of the documentation
    pub const ALL: &'static [Self] = &[
        Self::Replicas,
        Self::HealthThreshold,
        Self::FailureThreshold,
        Self::MinReadySeconds,
        Self::StartupTimeout,
        Self::UnreadyFor,
        Self::RestartThreshold,
        Self::HoldGrace,
        Self::StuckTerminatingAfter,
        Self::MaxInFlight,
        Self::MaxUnhealthy,
        Self::StormPause,
        Self::HealBackoff,
        Self::HealBackoffMax,
        Self::MinHealthyPeriod,
        Self::ScaleDown,
        Self::ReadyRemoval,
        Self::FailedPodHistory,
        Self::Replacement,
        Self::ForceDelete,
        Self::MaxUnavailable,
        Self::MaxSurge,
        Self::ProgressDeadline,
        Self::LeaderWarmup,
        Self::RevisionHistory,
        Self::AutoRollback,
        Self::Paused,
    ];

    /// The word used in `#[healing(...)]`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replicas => "replicas",
            Self::HealthThreshold => "health_threshold",
            Self::FailureThreshold => "failure_threshold",
            Self::MinReadySeconds => "min_ready_seconds",
            Self::StartupTimeout => "startup_timeout",
            Self::UnreadyFor => "unready_for",
            Self::RestartThreshold => "restart_threshold",
            Self::HoldGrace => "hold_grace",
            Self::StuckTerminatingAfter => "stuck_terminating_after",
            Self::MaxInFlight => "max_in_flight",
            Self::MaxUnhealthy => "max_unhealthy",
            Self::StormPause => "storm_pause",
            Self::HealBackoff => "heal_backoff",
            Self::HealBackoffMax => "heal_backoff_max",
            Self::MinHealthyPeriod => "min_healthy_period",
            Self::ScaleDown => "scale_down",
            Self::ReadyRemoval => "ready_removal",
            Self::FailedPodHistory => "failed_pod_history",
            Self::Replacement => "replacement",
            Self::ForceDelete => "force_delete",
            Self::MaxUnavailable => "max_unavailable",
            Self::MaxSurge => "max_surge",
            Self::ProgressDeadline => "progress_deadline",
            Self::LeaderWarmup => "leader_warmup",
            Self::RevisionHistory => "revision_history",
            Self::AutoRollback => "auto_rollback",
            Self::Paused => "paused",
        }
    }

    /// The knob that a field with this role sets
    pub fn knob(self) -> Option<&'static KnobSpec> {
        KnobSpec::find(self.as_str())
    }

    /// The words that a field with this role may have
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self.knob()?.kind {
            KnobKind::Word(words) => Some(words),
            KnobKind::Count | KnobKind::Duration | KnobKind::Amount | KnobKind::Flag => None,
        }
    }

    /// Whether a field with this role is a number or a percentage
    pub fn is_amount(self) -> bool {
        self.knob().is_some_and(|knob| knob.kind == KnobKind::Amount)
    }

    /// The types that a field with this role may have, as written in Rust
    pub fn types(self) -> &'static str {
        match self.knob().map(|knob| knob.kind) {
            Some(KnobKind::Word(_)) => "`String` or an enum, or either in an `Option`",
            Some(KnobKind::Amount) => "`IntOrString` or `i32`, or either in an `Option`",
            Some(KnobKind::Flag) => "`bool` or `Option<bool>`",
            None if self == Self::Paused => "`bool` or `Option<bool>`",
            _ => "`i32` or `Option<i32>`",
        }
    }

    /// Whether a field of this type can play the role
    pub fn admits(self, kind: &FieldKind) -> bool {
        match (self.knob().map(|knob| knob.kind), kind) {
            // Another type is the program's to know; generated code names the conversion, which few types have.
            (Some(KnobKind::Word(_)), FieldKind::String)
            | (Some(KnobKind::Word(_) | KnobKind::Amount), FieldKind::Other) => true,
            (Some(KnobKind::Word(words)), FieldKind::Enumeration(found)) => {
                found.iter().all(|word| words.contains(&word.as_str()))
            }
            (Some(KnobKind::Word(_)), _) => false,
            (Some(KnobKind::Flag), kind) => *kind == FieldKind::Boolean,
            (None, kind) if self == Self::Paused => *kind == FieldKind::Boolean,
            (_, kind) => *kind == FieldKind::Integer { bits: 32, signed: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KNOBS;

    #[test]
    fn every_knob_is_a_role() {
        for knob in KNOBS {
            assert!(Role::ALL.iter().any(|role| role.as_str() == knob.name), "{}", knob.name);
        }
        assert_eq!(Role::ALL.len(), KNOBS.len() + 3, "replicas, health_threshold and paused are no knobs");
    }
}
