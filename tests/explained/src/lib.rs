//! Differences between two servers that are known and have a reason: a line each, a pattern and why
//!
//! A pattern is the text of a difference, in which `*` stands for anything. A line that matches nothing any more has to
//! go, like a difference that no line explains. What a difference is and how it reads is the business of whoever compares.

use std::sync::atomic::{AtomicBool, Ordering};

/// Between a pattern and its reason
const BETWEEN: &str = "  --  ";

/// A table, and which of its lines were needed so far
#[derive(Debug)]
pub struct Explained {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    pattern: String,
    used: AtomicBool,
}

// === impl Explained ===

impl Explained {
    /// Reads a table: empty lines and lines that begin with `#` count for nothing
    ///
    /// # Errors
    /// A line without a reason, as a message that names it.
    pub fn parse(text: &str) -> Result<Self, String> {
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
    pub fn covers(&self, difference: &str) -> bool {
        let mut covered = false;
        for line in self.lines.iter().filter(|line| matches(&line.pattern, difference)) {
            line.used.store(true, Ordering::Relaxed);
            covered = true;
        }
        covered
    }

    /// Patterns that matched nothing so far
    pub fn unused(&self) -> Vec<&str> {
        let lines = self.lines.iter().filter(|line| !line.used.load(Ordering::Relaxed));
        lines.map(|line| line.pattern.as_str()).collect()
    }
}

/// Whether a text is what a pattern says
fn matches(pattern: &str, text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, holds) in [
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("a*", "abcd", true),
            ("*c", "abcbc", true),
            ("abc", "abc", true),
            ("b*", "abc", false),
        ] {
            assert_eq!(matches(pattern, text), holds, "{pattern} and {text}");
        }
    }

    #[test]
    fn a_line_has_a_reason_and_is_needed() {
        assert!(Explained::parse("a pattern without a reason").is_err());
        let table = Explained::parse("# note\n\na*b  --  because\nc*  --  so it is\n").unwrap();
        assert!(table.covers("a and b") && !table.covers("d"));
        assert_eq!(table.unused(), ["c*"]);
    }
}
