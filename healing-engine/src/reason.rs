//! Reasons: the words under which gates refuse, conditions hold and events are sent
//!
//! Causes, the words for what is wrong with a pod, are in `health::cause`.

/// Why a heal is refused, or why a condition has its status
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The pod is coming up
    Starting,
    /// The waiting time or the observations of the pod's cause are not complete
    NotDue,
    /// A new pod would fail the same way
    Hold,
    /// Enough pods are healthy
    AboveThreshold,
    /// A person keeps the pod, or all pods of the resource, from being healed
    Skipped,
    /// The pod is being deleted
    Terminating,
    /// Pods are created or removed first
    Scaling,
    /// The cache does not show our own writes yet
    CacheStale,
    /// This process has just begun to work
    LeaderWarmup,
    /// Pods of an older template are being replaced
    RolloutInProgress,
    /// The API server refused the newest create
    CreateRefused,
    /// An object that is wanted beside the pods cannot be had as it is declared
    InvalidObject,
    /// Somebody else has the name of an object that is wanted
    ObjectConflict,
    /// The API server refused an object
    ApplyFailed,
    /// Healing did not help often enough
    RetryBudgetExhausted,
    /// All pods of the template fail alike
    SameCause,
    /// More pods are unhealthy at once than allowed
    TooManyUnhealthy,
    /// Pods of many resources are unhealthy at once
    ClusterStorm,
    /// As many heals as allowed are open
    InFlight,
    /// The slot was healed a short while ago
    Backoff,
    /// A disruption budget does not let a pod be evicted
    EvictionBlocked,
    /// The spec breaks its own rules
    InvalidSpec,
    /// A human asked for no changes
    Paused,
    /// The resource is being deleted
    Deleting,
    /// Enough pods are healthy, nothing is being carried out
    Healthy,
    /// No pods are wanted
    ScaledToZero,
    /// A new generation is being carried out
    Progressing,
    /// Fewer healthy pods than the threshold
    BelowThreshold,
    /// Not all pods are available
    NotAllAvailable,
    /// The first pods of the resource are being made
    NewResource,
    /// Pods of an older template are being replaced by newer ones
    RollingOut,
    /// What was asked for has not come forward for too long
    ProgressDeadlineExceeded,
    /// The newest template was given up for the last good one
    RolledBack,
    /// What was asked for is there
    Complete,
    /// A heal is open
    Replacing,
    /// An episode of healing is open
    Waiting,
    /// Nothing to heal
    Idle,
    /// Heals may happen
    Allowed,
    /// Nothing to report
    AsExpected,
}

/// Why an event is sent
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventReason {
    /// A heal's delete was accepted
    HealingTriggered,
    /// A heal helped
    Healed,
    /// A heal did not help
    HealFailed,
    /// Heals become rare trials
    BreakerOpened,
    /// Heals are normal again
    BreakerClosed,
    /// Too many pods are unhealthy at once: heals wait
    RemediationRestricted,
    /// That is over
    RemediationResumed,
    /// More pods are being made
    ScaledUp,
    /// Pods are being removed
    ScaledDown,
    /// Pods of an older template begin to be replaced
    RolloutStarted,
    /// All pods are of the newest template
    RolloutComplete,
    /// The newest spec has not come forward for too long
    ProgressDeadlineExceeded,
    /// The newest template is given up for the last good one
    RolledBack,
    /// Pods are held: unhealthy and not healed
    PodHeld,
    /// A pod does not go away
    StuckTerminating,
    /// A stuck pod of a node that is off was deleted without its grace period
    ForceDeleted,
    /// The spec cannot be acted on
    InvalidSpec,
    /// The API server refuses to create pods
    FailedCreate,
    /// An object beside the pods is not wanted any more and was removed
    Pruned,
    /// An object that is wanted cannot be had as it is declared
    InvalidObject,
    /// Somebody else has the name of an object that is wanted
    NameConflict,
    /// The API server refuses an object
    FailedApply,
    /// No pod is created or removed from now on
    Paused,
    /// Pods are created and removed again
    Resumed,
    /// A person asks for a pod to be replaced now
    RemediationRequested,
    /// A person keeps a pod, or all pods of the resource, from being healed
    RemediationSkipped,
    /// A person closes the breakers
    BreakerReset,
    /// All pods of a deleted resource are gone
    CleanupComplete,
}

// === impl Reason ===

impl Reason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "Starting",
            Self::NotDue => "NotDue",
            Self::Hold => "Hold",
            Self::AboveThreshold => "AboveThreshold",
            Self::Skipped => "Skipped",
            Self::Terminating => "Terminating",
            Self::Scaling => "Scaling",
            Self::CacheStale => "CacheStale",
            Self::LeaderWarmup => "LeaderWarmup",
            Self::RolloutInProgress => "RolloutInProgress",
            Self::CreateRefused => "CreateRefused",
            Self::InvalidObject => "InvalidObject",
            Self::ObjectConflict => "ObjectConflict",
            Self::ApplyFailed => "ApplyFailed",
            Self::RetryBudgetExhausted => "RetryBudgetExhausted",
            Self::SameCause => "SameCause",
            Self::TooManyUnhealthy => "TooManyUnhealthy",
            Self::ClusterStorm => "ClusterStorm",
            Self::InFlight => "InFlight",
            Self::Backoff => "Backoff",
            Self::EvictionBlocked => "EvictionBlocked",
            Self::InvalidSpec => "InvalidSpec",
            Self::Paused => "Paused",
            Self::Deleting => "Deleting",
            Self::Healthy => "Healthy",
            Self::ScaledToZero => "ScaledToZero",
            Self::Progressing => "Progressing",
            Self::BelowThreshold => "BelowThreshold",
            Self::NotAllAvailable => "NotAllAvailable",
            Self::NewResource => "NewResource",
            Self::RollingOut => "RollingOut",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::RolledBack => "RolledBack",
            Self::Complete => "Complete",
            Self::Replacing => "Replacing",
            Self::Waiting => "Waiting",
            Self::Idle => "Idle",
            Self::Allowed => "Allowed",
            Self::AsExpected => "AsExpected",
        }
    }
}

// === impl EventReason ===

impl EventReason {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::HealingTriggered => "HealingTriggered",
            Self::Healed => "Healed",
            Self::HealFailed => "HealFailed",
            Self::BreakerOpened => "BreakerOpened",
            Self::BreakerClosed => "BreakerClosed",
            Self::RemediationRestricted => "RemediationRestricted",
            Self::RemediationResumed => "RemediationResumed",
            Self::ScaledUp => "ScaledUp",
            Self::ScaledDown => "ScaledDown",
            Self::RolloutStarted => "RolloutStarted",
            Self::RolloutComplete => "RolloutComplete",
            Self::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
            Self::RolledBack => "RolledBack",
            Self::PodHeld => "PodHeld",
            Self::StuckTerminating => "StuckTerminating",
            Self::ForceDeleted => "ForceDeleted",
            Self::InvalidSpec => "InvalidSpec",
            Self::FailedCreate => "FailedCreate",
            Self::Pruned => "Pruned",
            Self::InvalidObject => "InvalidObject",
            Self::NameConflict => "NameConflict",
            Self::FailedApply => "FailedApply",
            Self::Paused => "Paused",
            Self::Resumed => "Resumed",
            Self::RemediationRequested => "RemediationRequested",
            Self::RemediationSkipped => "RemediationSkipped",
            Self::BreakerReset => "BreakerReset",
            Self::CleanupComplete => "CleanupComplete",
        }
    }

    /// What was done, as the verb that an event's `action` asks for
    pub(crate) fn action(self) -> &'static str {
        match self {
            Self::HealingTriggered
            | Self::Healed
            | Self::HealFailed
            | Self::RemediationRequested
            | Self::RemediationSkipped => "Heal",
            Self::BreakerOpened
            | Self::BreakerReset
            | Self::BreakerClosed
            | Self::RemediationRestricted
            | Self::RemediationResumed => "LimitHealing",
            Self::ScaledUp | Self::ScaledDown => "Scale",
            Self::RolloutStarted
            | Self::RolloutComplete
            | Self::ProgressDeadlineExceeded
            | Self::RolledBack => "RollOut",
            Self::PodHeld => "Hold",
            Self::StuckTerminating | Self::ForceDeleted => "Delete",
            Self::InvalidSpec => "Validate",
            Self::FailedCreate => "Create",
            Self::Pruned => "Prune",
            Self::InvalidObject | Self::NameConflict | Self::FailedApply => "Apply",
            Self::Paused | Self::Resumed => "Pause",
            Self::CleanupComplete => "CleanUp",
        }
    }
}
