//! What is wrong with the text of an expression, printed as the server prints it
//!
//! It owns the form: the place, the line and a mark under it. What is wrong is told by `parser` and `checker`.

/// How many issues of one expression are kept; more say nothing new
pub(super) const ISSUES_MAX: usize = 100;

/// One thing that is wrong
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Issue {
    /// In characters from the start; none if it concerns the whole
    pub(super) at: Option<usize>,
    pub(super) message: String,
}

// === impl Issue ===

impl Issue {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at: Some(at), message: message.into() }
    }
}

/// All of them, in the order of their places
pub(super) fn render(source: &str, issues: &[Issue]) -> String {
    let mut sorted: Vec<_> = issues.iter().collect();
    sorted.sort_by_key(|issue| issue.at);
    let mut lines: Vec<_> = sorted.into_iter().map(|issue| render_one(source, issue)).collect();
    lines.dedup();
    lines.join("\n")
}

fn render_one(source: &str, issue: &Issue) -> String {
    let Some(at) = issue.at else { return format!("ERROR: <input>:-1:0: {}", issue.message) };
    let (mut line, mut column, mut start) = (1, 0, 0);
    for (index, (byte, c)) in source.char_indices().enumerate() {
        if index == at {
            break;
        }
        column += 1;
        if c == '\n' {
            (line, column, start) = (line + 1, 0, byte + 1);
        }
    }
    let text: String =
        source[start..].chars().take_while(|c| *c != '\n').collect::<String>().replace('\t', " ");
    let mut mark: String =
        text.chars().take(column).map(|c| if c.is_ascii() { '.' } else { '\u{ff0e}' }).collect();
    mark.push(if text.chars().nth(column).is_none_or(|c| c.is_ascii()) { '^' } else { '\u{ff3e}' });
    format!("ERROR: <input>:{line}:{}: {}\n | {text}\n | {mark}", column + 1, issue.message)
}
