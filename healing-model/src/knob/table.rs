//! The table of knobs: how each is written, its range, what it means, and where its value is
//!
//! It is what the derive accepts in `policy(...)`, what it checks, and what the reference documents.

use super::{Knobs, Removal, Replacement, ScaleDown};
use crate::{
    Amount,
    amount::{PERCENT, PERCENT_FROM_ONE},
};

/// How a knob is written in `policy(...)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobKind {
    /// A whole number, such as `max_in_flight = 2`
    Count,
    /// Seconds, or text with a unit, such as `startup_timeout = 600` or `"600s"`, `"10m"`, `"1h"`
    Duration,
    /// A whole number or a percentage, such as `max_in_flight = 2` or `"40%"`
    Amount,
    /// One of these words, such as `scale_down = "oldest-first"`
    Word(&'static [&'static str]),
    /// `true` or `false`
    Flag,
}

/// The value of a knob
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnobValue {
    /// A number in the knob's unit
    Number(u32),
    /// A number or a percentage
    Amount(Amount),
    /// One of the knob's words
    Word(String),
    /// Whether it is switched on
    Flag(bool),
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
    place: Place,
}

/// Where a knob's value is in [`Knobs`]
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A number
    Number(fn(&mut Knobs) -> &mut u32),
    /// An amount, which may be absent
    Amount(fn(&Knobs) -> Option<Amount>, fn(&mut Knobs, Amount)),
    /// The word, and what a word of the table sets
    Word(fn(&Knobs) -> &'static str, fn(&mut Knobs, &str)),
    /// A switch
    Flag(fn(&mut Knobs) -> &mut bool),
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
    amount(
        "max_in_flight",
        (1, 32),
        |k| Some(k.max_in_flight),
        |k, amount| k.max_in_flight = amount,
        "open heals at a time",
    ),
    amount(
        "max_unhealthy",
        (1, Knobs::UNBOUNDED),
        |k| k.max_unhealthy,
        |k, amount| k.max_unhealthy = Some(amount),
        "unhealthy pods above which heals wait; by default 40%, with a `health_threshold` 100%",
    ),
    duration(
        "storm_pause",
        0,
        3600,
        |k| &mut k.storm_pause_secs,
        "how long heals wait at most for that to end",
    ),
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
        place: Place::Word(
            |k| k.scale_down.as_str(),
            |k, word| {
                k.scale_down = ScaleDown::from_word(word).unwrap_or_default();
            },
        ),
    },
    KnobSpec {
        name: "ready_removal",
        kind: KnobKind::Word(&["delete", "evict"]),
        min: 0,
        max: 0,
        doc: "how Ready pods leave on scale-down and in a rollout; `evict` asks disruption budgets",
        place: Place::Word(
            |k| k.ready_removal.as_str(),
            |k, word| {
                k.ready_removal = Removal::from_word(word).unwrap_or_default();
            },
        ),
    },
    count("failed_pod_history", 0, 100, |k| &mut k.failed_pod_history, "finished pods kept per resource"),
    KnobSpec {
        name: "replacement",
        kind: KnobKind::Word(&["terminating", "gone"]),
        min: 0,
        max: 0,
        doc: "what the old pod of a slot must be before the next one is made",
        place: Place::Word(
            |k| k.replacement.as_str(),
            |k, word| {
                k.replacement = Replacement::from_word(word).unwrap_or_default();
            },
        ),
    },
    flag(
        "force_delete",
        |k| &mut k.force_delete,
        "stuck pods of a node that is fenced or gone are deleted without their grace period",
    ),
    amount(
        "max_unavailable",
        (0, Knobs::UNBOUNDED),
        |k| Some(k.max_unavailable),
        |k, amount| k.max_unavailable = amount,
        "pods that may be missing in a rollout, rounded down",
    ),
    amount(
        "max_surge",
        (0, Knobs::UNBOUNDED),
        |k| k.max_surge,
        |k, amount| k.max_surge = Some(amount),
        "pods beyond the desired number in a rollout, rounded up; by default 25%, with `replacement = \"gone\"` 0",
    ),
    duration(
        "progress_deadline",
        1,
        86_400,
        |k| &mut k.progress_deadline_secs,
        "how long a new spec may stand still; more than `min_ready_seconds`",
    ),
    duration(
        "leader_warmup",
        0,
        600,
        |k| &mut k.leader_warmup_secs,
        "after a start or a takeover, how long nothing is removed",
    ),
    count(
        "revision_history",
        0,
        100,
        |k| &mut k.revision_history,
        "stored templates kept per resource, beyond those in use",
    ),
    flag(
        "auto_rollback",
        |k| &mut k.auto_rollback,
        "whether a template that does not work is given up for the last one that did",
    ),
];

// === impl KnobValue ===

impl std::fmt::Display for KnobValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Amount(amount) => write!(f, "{amount}"),
            Self::Word(word) => f.write_str(word),
            Self::Flag(flag) => write!(f, "{flag}"),
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

    /// The value in `knobs`; `None` where it follows from something else
    pub fn value(&self, knobs: &Knobs) -> Option<KnobValue> {
        // numbers and switches have one way to their place, which is to change them
        let mut copy = knobs.clone();
        match self.place {
            Place::Number(place) => Some(KnobValue::Number(*place(&mut copy))),
            Place::Amount(get, _) => get(knobs).map(KnobValue::Amount),
            Place::Word(get, _) => Some(KnobValue::Word(get(knobs).to_owned())),
            Place::Flag(place) => Some(KnobValue::Flag(*place(&mut copy))),
        }
    }

    /// Sets the value; one of another kind than the knob's sets nothing
    pub fn set(&self, knobs: &mut Knobs, value: &KnobValue) {
        match (self.place, value) {
            (Place::Number(place), KnobValue::Number(number)) => *place(knobs) = *number,
            (Place::Amount(_, set), KnobValue::Amount(amount)) => set(knobs, *amount),
            (Place::Amount(_, set), KnobValue::Number(number)) => set(knobs, Amount::Count(*number)),
            (Place::Word(_, set), KnobValue::Word(word)) => set(knobs, word),
            (Place::Flag(place), KnobValue::Flag(flag)) => *place(knobs) = *flag,
            _ => {}
        }
    }

    /// The value nearest to `value` that the knob takes
    #[must_use]
    pub fn clamp(&self, value: KnobValue) -> KnobValue {
        match value {
            KnobValue::Number(number) => KnobValue::Number(number.clamp(self.min, self.max)),
            KnobValue::Amount(amount) => KnobValue::Amount(amount.clamp(self.min, self.max)),
            other => other,
        }
    }

    /// The range in words, such as `between 1 and 32`
    pub fn range(&self) -> String {
        let (min, max) = (self.min, self.max);
        let count = match max {
            Knobs::UNBOUNDED => format!("at least {min}"),
            _ => format!("between {min} and {max}"),
        };
        match self.kind {
            KnobKind::Amount => format!("{count}, or between {min}% and 100%"),
            _ => count,
        }
    }

    /// The regular expression that text in a field of this knob matches; only a percentage is text
    pub fn pattern(&self) -> Option<&'static str> {
        match (self.kind, self.min) {
            (KnobKind::Amount, 0) => Some(PERCENT),
            (KnobKind::Amount, _) => Some(PERCENT_FROM_ONE),
            _ => None,
        }
    }
}

const fn count(
    name: &'static str,
    min: u32,
    max: u32,
    number: fn(&mut Knobs) -> &mut u32,
    doc: &'static str,
) -> KnobSpec {
    KnobSpec { name, kind: KnobKind::Count, min, max, doc, place: Place::Number(number) }
}

const fn duration(
    name: &'static str,
    min: u32,
    max: u32,
    number: fn(&mut Knobs) -> &mut u32,
    doc: &'static str,
) -> KnobSpec {
    KnobSpec { name, kind: KnobKind::Duration, min, max, doc, place: Place::Number(number) }
}

const fn flag(name: &'static str, flag: fn(&mut Knobs) -> &mut bool, doc: &'static str) -> KnobSpec {
    KnobSpec { name, kind: KnobKind::Flag, min: 0, max: 0, doc, place: Place::Flag(flag) }
}

const fn amount(
    name: &'static str,
    (min, max): (u32, u32),
    get: fn(&Knobs) -> Option<Amount>,
    set: fn(&mut Knobs, Amount),
    doc: &'static str,
) -> KnobSpec {
    KnobSpec { name, kind: KnobKind::Amount, min, max, doc, place: Place::Amount(get, set) }
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
            let Some(value) = spec.value(&Knobs::default()) else { continue };
            assert_eq!(spec.clamp(value.clone()), value, "{}", spec.name);
            let mut knobs = Knobs::default();
            spec.set(&mut knobs, &value);
            assert_eq!(knobs, Knobs::default(), "{}", spec.name);
        }
    }
}
