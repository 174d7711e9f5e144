//! Knobs: the numbers that healing depends on, their defaults and their ranges, in one table
//!
//! The table is what the derive accepts in `policy(...)`, what it checks, and what the reference documents.

use serde::{Deserialize, Serialize};

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
    /// Open heals at a time; default 1, 1 to 32
    pub max_in_flight: u32,
    /// Seconds between two heals of a slot, doubling with each; default 10, 1 to 3600
    pub heal_backoff_secs: u32,
    /// Upper bound of that wait in seconds; default 300, 1 to 3600
    pub heal_backoff_max_secs: u32,
    /// Seconds healthy until attempts are forgotten and the breaker of a slot closes; default 3600, 60 to 604800
    pub min_healthy_period_secs: u32,
    /// Order in which healthy pods leave on scale-down; default newest first, as Kubernetes does it
    pub scale_down: ScaleDown,
    /// Finished pods kept per resource as evidence; default 3, at most 100
    pub failed_pod_history: u32,
}

/// Order in which healthy pods leave on scale-down; unhealthy ones always go first
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleDown {
    /// Younger pods go first, as with Kubernetes' own controllers
    #[default]
    NewestFirst,
    /// Older pods go first
    OldestFirst,
}

/// How a knob is written in `policy(...)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobKind {
    /// A whole number, such as `max_in_flight = 2`
    Count,
    /// Seconds, or text with a unit, such as `startup_timeout = 600` or `"600s"`, `"10m"`, `"1h"`
    Duration,
    /// One of these words, such as `scale_down = "oldest-first"`
    Word(&'static [&'static str]),
}

/// One row of the table
#[derive(Clone, Copy, Debug)]
pub struct KnobSpec {
    /// The word used in `policy(...)`
    pub name: &'static str,
    /// How its value is written
    pub kind: KnobKind,
    /// Smallest value allowed, in the knob's unit
    pub min: u32,
    /// Largest value allowed, in the knob's unit
    pub max: u32,
    /// What it means, as one phrase
    pub doc: &'static str,
    number: Option<fn(&mut Knobs) -> &mut u32>,
}

/// Every knob that `policy(...)` takes
pub const KNOBS: &[KnobSpec] = &[
    count(
        "failure_threshold",
        1,
        100,
        |k| &mut k.failure_threshold,
        "heals without progress until the breaker opens",
    ),
    duration("min_ready_seconds", 0, 3600, |k| &mut k.min_ready_secs, "how long healthy before available"),
    duration(
        "startup_timeout",
        1,
        86_400,
        |k| &mut k.startup_timeout_secs,
        "how long starting lasts at most",
    ),
    duration(
        "unready_for",
        1,
        86_400,
        |k| &mut k.unready_for_secs,
        "Ready=False without a break until a pod is due",
    ),
    count("restart_threshold", 1, 1000, |k| &mut k.restart_threshold, "restarts until a crash loop is due"),
    duration("hold_grace", 0, 3600, |k| &mut k.hold_grace_secs, "until a held cause is reported as Degraded"),
    duration(
        "stuck_terminating_after",
        10,
        86_400,
        |k| &mut k.stuck_terminating_after_secs,
        "until a terminating pod counts as stuck",
    ),
    count("max_in_flight", 1, 32, |k| &mut k.max_in_flight, "open heals at a time"),
    duration("heal_backoff", 1, 3600, |k| &mut k.heal_backoff_secs, "wait between heals of a slot, doubling"),
    duration("heal_backoff_max", 1, 3600, |k| &mut k.heal_backoff_max_secs, "upper bound of that wait"),
    duration(
        "min_healthy_period",
        60,
        604_800,
        |k| &mut k.min_healthy_period_secs,
        "healthy this long resets attempts",
    ),
    KnobSpec {
        name: "scale_down",
        kind: KnobKind::Word(&["newest-first", "oldest-first"]),
        min: 0,
        max: 0,
        doc: "order in which healthy pods leave",
        number: None,
    },
    count("failed_pod_history", 0, 100, |k| &mut k.failed_pod_history, "finished pods kept per resource"),
];

/// Knobs that healing will have; they are refused until it has them, not taken in silence
pub const PLANNED_KNOBS: &[&str] = &[
    "force_delete",
    "max_unhealthy",
    "storm_pause",
    "auto_rollback",
    "ready_removal",
    "replacement",
    "max_unavailable",
    "max_surge",
    "progress_deadline",
    "revision_history",
    "leader_warmup",
];

// === impl Knobs ===

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
            max_in_flight: 1,
            heal_backoff_secs: 10,
            heal_backoff_max_secs: 300,
            min_healthy_period_secs: 3600,
            scale_down: ScaleDown::NewestFirst,
            failed_pod_history: 3,
        }
    }
}

// === impl ScaleDown ===

impl ScaleDown {
    /// The order with this word
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "newest-first" => Some(Self::NewestFirst),
            "oldest-first" => Some(Self::OldestFirst),
            _ => None,
        }
    }
}

// === impl KnobSpec ===

impl KnobSpec {
    /// The row with this name
    pub fn find(name: &str) -> Option<&'static Self> {
        KNOBS.iter().find(|spec| spec.name == name)
    }

    /// Seconds in a duration as attributes write it: `600`, `"600s"`, `"10m"`, `"1h"`; `None` for anything else
    pub fn seconds(text: &str) -> Option<u32> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match text.get(digits.len()..)? {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        digits.parse::<u32>().ok()?.checked_mul(unit)
    }

    /// The place of a numeric knob's value; `None` for a knob that is a word
    pub fn number<'k>(&self, knobs: &'k mut Knobs) -> Option<&'k mut u32> {
        self.number.map(|place| place(knobs))
    }
}

const fn count(
    name: &'static str,
    min: u32,
    max: u32,
    number: fn(&mut Knobs) -> &mut u32,
    doc: &'static str,
) -> KnobSpec {
    KnobSpec { name, kind: KnobKind::Count, min, max, doc, number: Some(number) }
}

const fn duration(
    name: &'static str,
    min: u32,
    max: u32,
    number: fn(&mut Knobs) -> &mut u32,
    doc: &'static str,
) -> KnobSpec {
    KnobSpec { name, kind: KnobKind::Duration, min, max, doc, number: Some(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        for (text, seconds) in [
            ("600", Some(600)),
            ("600s", Some(600)),
            ("10m", Some(600)),
            ("1h", Some(3600)),
            ("", None),
            ("s", None),
            ("1d", None),
            ("1h30m", None),
            ("-1s", None),
            ("9999999h", None),
        ] {
            assert_eq!(KnobSpec::seconds(text), seconds, "{text}");
        }
    }

    #[test]
    fn every_default_is_within_its_range() {
        for spec in KNOBS {
            let mut knobs = Knobs::default();
            let Some(value) = spec.number(&mut knobs) else { continue };
            assert!((spec.min..=spec.max).contains(value), "{}", spec.name);
        }
    }
}
