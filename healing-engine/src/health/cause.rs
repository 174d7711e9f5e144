//! Causes: why a pod is not healthy, each a stable word
//!
//! What is done about a cause is decided by the row that finds it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a pod is not healthy; the words appear in status, events and `explain`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cause {
    /// Being deleted
    Terminating,
    /// Being deleted for longer than `stuck_terminating_after`
    StuckTerminating,
    /// Ended: evicted because its node ran out of something
    Evicted,
    /// Ended: evicted because it used more than its own limit
    LimitExceeded,
    /// Ended: its node refused to run it
    Rejected,
    /// Ended: its node was shut down
    NodeShutdown,
    /// Ended, or about to: preempted, drained or evicted on request
    Disrupted,
    /// Ended: `activeDeadlineSeconds` is over
    DeadlineExceeded,
    /// Ended badly, for any other reason
    Failed,
    /// Ended well, though it should go on
    Completed,
    /// Its node does not report
    NodeLost,
    /// Its node does not exist any more
    Orphaned,
    /// No node can take it
    Unschedulable,
    /// Held back before scheduling, or the scheduler failed
    SchedulingGated,
    /// Its containers are restarted by their own rules
    Restarting,
    /// Containers are not created in time
    ContainerCreating,
    /// Its node cannot set it up
    NodeInfra,
    /// An image cannot be had
    ImageError,
    /// A `ConfigMap`, a `Secret` or a setting is missing or wrong
    ConfigError,
    /// The container runtime cannot create a container
    RuntimeError,
    /// A container cannot be started
    StartError,
    /// A lifecycle hook fails
    HookError,
    /// A container runs out of memory again and again
    OutOfMemory,
    /// A container ends again and again
    CrashLoop,
    /// A container has ended and is about to be restarted
    Exited,
    /// A word that this version does not know
    UnknownTransient,
    /// Containers are ready, a readiness gate is not
    ReadinessGate,
    /// Coming up
    Starting,
    /// Not Ready within `startup_timeout`
    StartTimeout,
    /// Not Ready any more
    Unready,
    /// Ready, and the user's own check says that it is unhealthy
    Custom,
}

// === impl Cause ===

impl Cause {
    /// The word for it
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminating => "Terminating",
            Self::StuckTerminating => "StuckTerminating",
            Self::Evicted => "Evicted",
            Self::LimitExceeded => "LimitExceeded",
            Self::Rejected => "Rejected",
            Self::NodeShutdown => "NodeShutdown",
            Self::Disrupted => "Disrupted",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::Failed => "Failed",
            Self::Completed => "Completed",
            Self::NodeLost => "NodeLost",
            Self::Orphaned => "Orphaned",
            Self::Unschedulable => "Unschedulable",
            Self::SchedulingGated => "SchedulingGated",
            Self::Restarting => "Restarting",
            Self::ContainerCreating => "ContainerCreating",
            Self::NodeInfra => "NodeInfra",
            Self::ImageError => "ImageError",
            Self::ConfigError => "ConfigError",
            Self::RuntimeError => "RuntimeError",
            Self::StartError => "StartError",
            Self::HookError => "HookError",
            Self::OutOfMemory => "OutOfMemory",
            Self::CrashLoop => "CrashLoop",
            Self::Exited => "Exited",
            Self::UnknownTransient => "UnknownTransient",
            Self::ReadinessGate => "ReadinessGate",
            Self::Starting => "Starting",
            Self::StartTimeout => "StartTimeout",
            Self::Unready => "Unready",
            Self::Custom => "Custom",
        }
    }

    /// What a person can do about it, as the end of a message
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::ImageError => "check the image's name, its registry and the pull secret",
            Self::ConfigError => "check the ConfigMaps, Secrets and security settings that the pod names",
            Self::Unschedulable => "check resource requests, node selectors and free capacity",
            Self::ReadinessGate => "check the controller that sets the readiness gate",
            Self::StuckTerminating => "check the pod's node and its finalizers",
            _ => "check the pod's events",
        }
    }

    /// Whether it comes from containers that end again and again
    pub(crate) fn is_restarting(self) -> bool {
        matches!(self, Self::CrashLoop | Self::OutOfMemory | Self::StartError | Self::HookError)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
