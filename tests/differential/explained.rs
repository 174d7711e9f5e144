//! The table of differences that are known and have a reason: one line each, a pattern and why
//!
//! A pattern is the text of a difference, in which `*` stands for anything. A line that matches nothing any more has
//! to go, like an unexplained difference.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::play::Found;

const TABLE: &str = include_str!("explained.txt");
/// Between a pattern and its reason
const BETWEEN: &str = "  --  ";

/// How much of a step is in the text of a difference
const STEP_SHOWN: usize = 120;

/// The table, and which of its lines were needed
#[derive(Debug)]
pub(crate) struct Explained {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    pattern: String,
    used: AtomicBool,
}

// === impl Explained ===

impl Explained {
    /// The committed table
    pub(crate) fn table() -> Result<Self, String> {
        Self::parse(TABLE)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let lines: Result<Vec<Line>, String> = lines
            .map(|line| match line.split_once(BETWEEN) {
                Some((pattern, why)) if !why.trim().is_empty() => {
                    Ok(Line { pattern: pattern.trim().to_owned(), used: AtomicBool::new(false) })
                }
                _ => Err(format!("explained.txt: `PATTERN{BETWEEN}WHY` is needed: {line}")),
            })
            .collect();
        Ok(Self { lines: lines? })
    }

    /// Whether a line explains this difference
    pub(crate) fn covers(&self, found: &Found) -> bool {
        let text = text(found);
        let mut covered = false;
        for line in self.lines.iter().filter(|line| matches(&line.pattern, &text)) {
            line.used.store(true, Ordering::Relaxed);
            covered = true;
        }
        covered
    }

    /// Patterns that matched nothing
    pub(crate) fn unused(&self) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| !line.used.load(Ordering::Relaxed));
        lines.map(|line| line.pattern.as_str()).collect()
    }
}

/// A difference in one line, as patterns see it
pub(crate) fn text(found: &Found) -> String {
    let step: String = found.step.chars().take(STEP_SHOWN).collect();
    format!("{}: {}: #{} {step}: {}", found.topic, found.title, found.number, found.difference)
}

/// Whether a text is what a pattern says
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    // what is left is allowed only where the pattern ends with a star, or where its end was found too early
    last.map_or(rest.is_empty(), |part| rest.is_empty() || part.is_empty() || rest.ends_with(part))
}
