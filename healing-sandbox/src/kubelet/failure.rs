//! The ways in which a simulated pod can fail, one file each
//!
//! A failure only says what is wrong at a given moment (a `Verdict`); what the pod's status becomes follows in `pod`
//! and `container`, so that no failure can write an illegal history.

mod completed;
mod config_error;
mod crash_loop;
mod evicted;
mod exit_non_zero;
mod image_pull;
mod never_ready;
mod out_of_memory;
mod stuck_creating;
mod stuck_terminating;
mod unready;
mod unschedulable;

#[cfg(test)]
mod tests;

use std::fmt;
use std::mem::discriminant;
use std::str::FromStr;

use super::scene::Scene;

/// Something that goes wrong with a pod
///
/// Failures of containers strike the first container of the spec. The text form (`crash-loop`, `exit-non-zero:3`) is
/// what [`FAIL_ANNOTATION`](super::FAIL_ANNOTATION) takes and what `Display` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// `crash-loop`: the container exits with 1 soon after each start, before it is ready
    ///
    /// The waits between restarts grow as [`Pace`](crate::Pace) says; the pod stays in phase `Running`.
    CrashLoop,
    /// `image-pull`: the image cannot be pulled; `ErrImagePull`, then `ImagePullBackOff`
    ///
    /// Strikes when the container is to be started: a running one has its image.
    ImagePull,
    /// `out-of-memory`: as a crash loop, each run ends `OOMKilled` with 137
    OutOfMemory,
    /// `exit-non-zero[:CODE]`: the container exits once with this code (1 if none is given), then runs well
    ///
    /// With `restartPolicy: Never` the pod ends as `Failed`.
    ExitNonZero {
        /// Exit code, 1 to 255
        code: i32,
    },
    /// `evicted`: a running pod is evicted by its node for want of resources and ends as `Failed`
    Evicted,
    /// `never-ready`: runs, but its readiness probe never passes; a pod that is Ready already stays so
    NeverReady,
    /// `unready`: becomes Ready, then its readiness probe fails for good
    Unready,
    /// `unschedulable`: no node takes the pod; has no effect on a pod that is bound
    Unschedulable,
    /// `stuck-creating`: stays in `ContainerCreating`
    StuckCreating,
    /// `stuck-terminating`: lives well, but does not end when it is deleted
    StuckTerminating,
    /// `config-error`: `CreateContainerConfigError`, as for a missing `ConfigMap`
    ///
    /// Strikes when the container is to be started, as [`Failure::ImagePull`] does.
    ConfigError,
    /// `completed`: all containers end with 0 and the pod is `Succeeded`, whatever its restart policy
    ///
    /// This is what a graceful shutdown of the node leaves of a program that ends well.
    Completed,
}

/// What is wrong with a pod at one moment
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing
    Run,
    /// The target's readiness probe fails, where `once_ready` only after it has passed
    Unready { once_ready: bool },
    /// The target exits
    Exit { code: i32, reason: &'static str },
    /// The target cannot be started and waits for this reason
    Hold { reason: &'static str, message: String },
    /// The whole pod ends
    End(End),
    /// No node takes the pod
    Unschedulable { message: String },
    /// The containers do not end
    Linger,
}

/// How a whole pod ends
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every container exits with 0
    Succeeded,
    /// The node throws it out
    Evicted,
}

/// A text that names no failure
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownFailure {
    /// Not retried: no failure has this name
    #[error("unknown failure `{given}`; {hint}")]
    Name {
        /// The text as it was given
        given: String,
        /// The nearest name, or all names
        hint: String,
    },
    /// Not retried: what follows the colon is no exit code of a failed container
    #[error("`{given}` is no exit code; write a number from 1 to 255, as in `exit-non-zero:3`")]
    ExitCode {
        /// The text after the colon
        given: String,
    },
    /// Not retried: only `exit-non-zero` takes a value
    #[error("`{name}` takes no value; write `{name}` alone")]
    Value {
        /// Name of the failure
        name: &'static str,
    },
}

type Play = fn(&Failure, &Scene<'_>) -> Verdict;

/// Every failure: its name, an example, its play
const REGISTRY: &[(&str, Failure, Play)] = &[
    ("completed", Failure::Completed, completed::verdict),
    ("config-error", Failure::ConfigError, config_error::verdict),
    ("crash-loop", Failure::CrashLoop, crash_loop::verdict),
    ("evicted", Failure::Evicted, evicted::verdict),
    ("exit-non-zero", Failure::ExitNonZero { code: 1 }, exit_non_zero::verdict),
    ("image-pull", Failure::ImagePull, image_pull::verdict),
    ("never-ready", Failure::NeverReady, never_ready::verdict),
    ("out-of-memory", Failure::OutOfMemory, out_of_memory::verdict),
    ("stuck-creating", Failure::StuckCreating, stuck_creating::verdict),
    ("stuck-terminating", Failure::StuckTerminating, stuck_terminating::verdict),
    ("unready", Failure::Unready, unready::verdict),
    ("unschedulable", Failure::Unschedulable, unschedulable::verdict),
];

// === impl Failure ===

impl Failure {
    /// One of each, in the order of their names
    pub fn all() -> impl Iterator<Item = Self> {
        REGISTRY.iter().map(|(_, example, _)| example.clone())
    }

    /// The name, without a value
    pub fn name(&self) -> &'static str {
        self.entry().0
    }

    pub(crate) fn verdict(&self, scene: &Scene<'_>) -> Verdict {
        (self.entry().2)(self, scene)
    }

    fn entry(&self) -> &'static (&'static str, Self, Play) {
        let mut entries = REGISTRY.iter();
        entries
            .find(|(_, example, _)| discriminant(example) == discriminant(self))
            .expect("every failure is registered")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExitNonZero { code } => write!(f, "{}:{code}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl FromStr for Failure {
    type Err = UnknownFailure;

    fn from_str(text: &str) -> Result<Self, UnknownFailure> {
        let (name, value) = text.split_once(':').map_or((text, None), |(name, value)| (name, Some(value)));
        let Some((name, example, _)) = REGISTRY.iter().find(|(known, ..)| *known == name) else {
            return Err(UnknownFailure::Name { given: text.to_owned(), hint: hint(name) });
        };
        match (example, value) {
            (Self::ExitNonZero { .. }, Some(value)) => match value.parse() {
                Ok(code @ 1..=255) => Ok(Self::ExitNonZero { code }),
                _ => Err(UnknownFailure::ExitCode { given: value.to_owned() }),
            },
            (_, Some(_)) => Err(UnknownFailure::Value { name }),
            (example, None) => Ok(example.clone()),
        }
    }
}

// === did you mean ===

fn hint(given: &str) -> String {
    let nearest = REGISTRY.iter().map(|(name, ..)| (distance(given, name), *name)).min();
    match nearest {
        Some((far, name)) if far <= 3 => format!("did you mean `{name}`?"),
        _ => format!("known are {}", REGISTRY.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")),
    }
}

/// Insertions, deletions and substitutions between two words
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.chars().enumerate() {
            let substituted = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}
