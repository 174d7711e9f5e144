//! Which fields a rule in CEL goes through, as far as its text shows
//!
//! It reads names and dots alone. Whether a rule is right, and what it costs, is known elsewhere.

/// A field of `self` whose whole content is looked at
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// The names after `self`
    pub(super) steps: Vec<String>,
}

/// Functions that look at each element or character of what they are called on
const THROUGH: [&str; 24] = [
    "all",
    "exists",
    "exists_one",
    "map",
    "filter",
    "transformList",
    "transformMap",
    "matches",
    "contains",
    "find",
    "findAll",
    "split",
    "replace",
    "lowerAscii",
    "upperAscii",
    "trim",
    "join",
    "sum",
    "min",
    "max",
    "isSorted",
    "sets",
    "indexOf",
    "lastIndexOf",
];

/// The fields that a rule goes through
pub(super) fn gone_through(rule: &str) -> Vec<Use> {
    let text = without_literals(rule);
    let mut uses = Vec::new();
    for (begin, _) in text.match_indices("self") {
        let before = text[..begin].chars().next_back();
        if before.is_some_and(is_part) || before == Some('.') {
            continue;
        }
        let rest = &text[begin + "self".len()..];
        let end = rest.find(|char: char| !is_part(char) && char != '.').unwrap_or(rest.len());
        let (chain, after) = rest.split_at(end);
        if chain.chars().next().is_some_and(is_part) {
            continue;
        }
        let mut steps: Vec<String> =
            chain.split('.').filter(|step| !step.is_empty()).map(ToOwned::to_owned).collect();
        let is_looked_up = is_after_in(&text[..begin]);
        let is_called = after.trim_start().starts_with('(');
        let function = if is_called { steps.pop() } else { None };
        let goes_through = function.is_some_and(|function| THROUGH.contains(&function.as_str()));
        if goes_through || (is_looked_up && !is_called) {
            uses.push(Use { steps });
        }
    }
    uses
}

fn is_part(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn is_after_in(text: &str) -> bool {
    let text = text.trim_end();
    text.strip_suffix("in").is_some_and(|before| before.ends_with([' ', ')', ']', '"', '\'']))
}

/// The text with blanks in place of what is in quotes
fn without_literals(rule: &str) -> String {
    let mut text = String::with_capacity(rule.len());
    let mut quote = None;
    let mut is_escaped = false;
    for char in rule.chars() {
        match quote {
            None if matches!(char, '"' | '\'') => {
                quote = Some(char);
                text.push(char);
            }
            None => text.push(char),
            Some(_) if is_escaped => is_escaped = false,
            Some(_) if char == '\\' => is_escaped = true,
            Some(open) if char == open => {
                quote = None;
                text.push(char);
            }
            Some(_) => {}
        }
    }
    text
}
