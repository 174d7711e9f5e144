//! The table of differences that are known and have a reason, and how a difference reads there

use explained::Explained;

use crate::play::Found;

/// How much of a step is in the text of a difference
const STEP_SHOWN: usize = 120;

/// The committed table
pub(crate) fn table() -> Result<Explained, String> {
    Explained::parse(include_str!("explained.txt"))
}

/// A difference in one line, as patterns see it
pub(crate) fn text(found: &Found) -> String {
    let step: String = found.step.chars().take(STEP_SHOWN).collect();
    format!("{}: {}: #{} {step}: {}", found.topic, found.title, found.number, found.difference)
}
