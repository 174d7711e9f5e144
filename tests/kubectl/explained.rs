//! The table of differences that are known and have a reason: one line each, a pattern and why
//!
//! A pattern is the text of a difference, in which `*` stands for anything. A line that matches nothing any more has
//! to go, like an unexplained difference.

const TABLE: &str = include_str!("explained.txt");
/// Between a pattern and its reason
const BETWEEN: &str = "  --  ";

/// The table: patterns, and which of them were needed
#[derive(Debug)]
pub(crate) struct Explained(Vec<(String, bool)>);

// === impl Explained ===

impl Explained {
    /// The committed table
    pub(crate) fn table() -> Result<Self, String> {
        let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let lines: Result<Vec<_>, String> = lines
            .map(|line| match line.split_once(BETWEEN) {
                Some((pattern, why)) if !why.trim().is_empty() => Ok((pattern.trim().to_owned(), false)),
                _ => Err(format!("explained.txt: `PATTERN{BETWEEN}WHY` is needed: {line}")),
            })
            .collect();
        Ok(Self(lines?))
    }

    /// Whether a line explains this difference
    pub(crate) fn covers(&mut self, text: &str) -> bool {
        let mut covered = false;
        for (_, used) in self.0.iter_mut().filter(|(pattern, _)| matches(pattern, text)) {
            (*used, covered) = (true, true);
        }
        covered
    }

    /// Patterns that matched nothing
    pub(crate) fn unused(&self) -> Vec<&str> {
        self.0.iter().filter(|(_, used)| !used).map(|(pattern, _)| pattern.as_str()).collect()
    }
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
    last.map_or(rest.is_empty(), |part| rest.is_empty() || part.is_empty() || rest.ends_with(part))
}
