//! What is left lying about: trailing space, notes without an issue, code in comments
//!
//! Code in comments is recognised by its shape, and the shapes are narrow: prose with a word of code in it passes.
//! Lint attributes and debugging macros are clippy's business.

use super::{
    Finding, Source, Tree,
    source::{has_word, numbered},
};

const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// What a statement or an item begins with, and prose does not with such an end
const STARTS: &[&str] = &[
    "let ", "use ", "pub ", "fn ", "mod ", "const ", "static ", "return ", "self.", "impl ", "struct ",
    "enum ", "}",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.values().filter(|source| !source.is_fixture()).flat_map(in_file).collect()
}

fn in_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.has_extension(&["rs", "md", "toml", "yaml", "yml", "sh", "run"]) {
        let spaced = numbered(&source.text).filter(|(_, line)| line.ends_with([' ', '\t', '\r']));
        findings.extend(
            spaced.map(|(number, _)| Finding::line(&source.path, number, "space at the end of the line")),
        );
    }
    for (number, line) in numbered(&source.comments) {
        let comment = line.trim();
        if let Some(note) = NOTES.iter().find(|note| has_word(comment, note) && !comment.contains("(#")) {
            findings.push(Finding::line(&source.path, number, format!("write `{note}(#issue)`, or do it")));
        }
        if is_code(comment) {
            findings.push(Finding::line(&source.path, number, "code in a comment; git remembers it"));
        }
    }
    findings
}

/// Whether a comment, `//` and all, has the shape of code; documentation may show code
fn is_code(comment: &str) -> bool {
    let Some(text) = comment.strip_prefix("//").filter(|text| !text.starts_with(['/', '!'])) else {
        return false;
    };
    let text = text.trim();
    let starts = STARTS.iter().any(|start| text.starts_with(start));
    let is_call = text.split_once('(').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_:.!&*".contains(c))
    });
    match text.chars().next_back() {
        Some(';') => starts || (is_call && text.ends_with(");")) || is_assignment(text),
        Some('{') => {
            starts || text.starts_with("if ") || text.starts_with("for ") || text.starts_with("match ")
        }
        Some('}' | ')') => text.chars().all(|c| "})".contains(c)),
        Some(']') => text.starts_with("#["),
        _ => false,
    }
}

/// `name = value;` or `name.name += value;`
fn is_assignment(text: &str) -> bool {
    let mut words = text.split(' ');
    let place = words.next().unwrap_or_default();
    !place.is_empty()
        && place.chars().all(|c| c.is_alphanumeric() || "_.".contains(c))
        && matches!(words.next(), Some("=" | "+=" | "-="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of([(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn trailing_space_is_found() {
        assert_eq!(found("a.md", "a\nb \n"), ["a.md:2: space at the end of the line"]);
        assert_eq!(found("a.stderr", "b \n"), Vec::<String>::new());
    }

    #[test]
    fn notes_need_an_issue() {
        let note = NOTES[0];
        assert_eq!(found("a.rs", &format!("fn a() {{}} // {note}: later\n")).len(), 1);
        assert_eq!(
            found("a.rs", &format!("// {note}(#12): later\nlet a = \"{note}\";\n")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn code_in_comments_is_found() {
        for line in [
            "// let a = 1;",
            "    // self.queue.push(key);",
            "// cx.client.delete(pod).await?;".trim_end_matches(".await?;"),
            "// queue.push(key);",
            "// }",
            "// if a {",
            "// #[derive(Debug)]",
            "// a.b = 3;",
        ] {
            let code = if line.ends_with(')') { format!("{line};") } else { line.into() };
            assert_eq!(found("a.rs", &code).len(), 1, "{code}");
        }
    }

    #[test]
    fn prose_passes() {
        for line in [
            "// === impl Queue ===",
            "// the pod is gone (a crash after the delete);",
            "// `let a = 1;` would be wrong here",
            "// returns early (see above)",
            "/// let a = queue.push(key);",
            "// what follows is {",
            "// wait;",
            "let a = \"// let b = 1;\";",
        ] {
            assert_eq!(found("a.rs", line), Vec::<String>::new(), "{line}");
        }
    }
}
