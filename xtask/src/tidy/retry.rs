//! Every error says whether it is retried: the doc of each variant of an enum named `…Error` begins with it
//!
//! It applies where something can be retried: engine, runtime and sandbox. Elsewhere nothing is.

use super::{Finding, Source, Tree};

const ROOMS: &[&str] = &["healing-engine/src/", "healing-runtime/src/", "healing-sandbox/src/"];
const BEGINNINGS: &[&str] = &["Retried", "Not retried"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let rooms = tree.rust().filter(|source| ROOMS.iter().any(|room| source.path.starts_with(room)));
    rooms.flat_map(in_file).collect()
}

fn in_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, _) in source.code.match_indices("enum ") {
        let rest = &source.code[at + "enum ".len()..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(open) = rest.find('{').filter(|_| name.ends_with("Error")) else { continue };
        let body = at + "enum ".len() + open + 1;
        for start in variants(&source.code[body..]) {
            let line = source.code[..body + start].matches('\n').count();
            if !documented(source, line) {
                let variant: String =
                    source.code[body + start..].chars().take_while(|c| c.is_alphanumeric()).collect();
                let message = format!(
                    "begin the doc of `{name}::{variant}` with `Retried`, `Retried with backoff` or `Not retried`"
                );
                findings.push(Finding::line(&source.path, line + 1, message));
            }
        }
    }
    findings
}

/// Where the names of variants begin in the body of an enum
fn variants(body: &str) -> Vec<usize> {
    let (mut depth, mut expected, mut starts) = (0_i32, true, Vec::new());
    for (at, c) in body.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' if depth == 0 => break,
            '}' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => expected = true,
            c if depth == 0 && expected && c.is_alphabetic() => {
                expected = false;
                starts.push(at);
            }
            _ => {}
        }
    }
    starts
}

/// Whether the doc comment above line `variant` (from 0) begins as it must; attributes may stand between
fn documented(source: &Source, variant: usize) -> bool {
    let lines: Vec<&str> = source.comments.lines().collect();
    let code: Vec<&str> = source.code.lines().collect();
    let is_doc = |at: usize| lines[at].trim_start().starts_with("///");
    let own = if is_doc(variant) { Some(variant) } else { None };
    let is_attribute = |at: usize| !code[at].trim_end().ends_with([',', '{', '}']);
    let doc = own.or_else(|| (0..variant).rev().take_while(|at| is_attribute(*at)).find(|at| is_doc(*at)));
    let first = doc.map(|at| (0..=at).rev().take_while(|at| is_doc(*at)).last().unwrap_or(at));
    let words = first.map_or("", |at| lines[at].trim_start().trim_start_matches('/').trim());
    BEGINNINGS.iter().any(|beginning| words.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of([(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_variant_says_whether_it_is_retried() {
        let text = "\
/// Why
pub enum DeleteError {
    /// Retried: it changed
    /// under us
    #[error(\"pod `{pod}`, changed\")]
    Changed { pod: String },
    /// Not allowed
    #[error(
        \"no\"
    )]
    Forbidden(#[source] kube::Error),
    Undocumented,
    /// Not retried: a person must act
    Last,
}
";
        let found = found("healing-runtime/src/a.rs", text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("healing-runtime/src/a.rs:11: begin the doc of `DeleteError::Forbidden`"),
            "{found:?}"
        );
        assert!(found[1].contains("`DeleteError::Undocumented`"), "{found:?}");
    }

    #[test]
    fn other_enums_and_rooms_pass() {
        assert_eq!(found("healing-runtime/src/a.rs", "enum Step { One, Two }"), Vec::<String>::new());
        assert_eq!(found("crd-gen/src/a.rs", "enum EmitError { One }"), Vec::<String>::new());
        assert_eq!(found("healing-engine/src/a.rs", "enum EmitError { One }").len(), 1);
    }
}
