//! How the name of a property is written in CEL, and back
//!
//! It owns the rules of Kubernetes for it. Which properties there are is the schema's business.

/// Words that CEL keeps for itself
pub(super) const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// The identifier for a property, or none if there is no way to write it
pub(super) fn escape(name: &str) -> Option<String> {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("__") {
            text.push_str("__underscores__");
            rest = after;
            continue;
        }
        match c {
            '.' => text.push_str("__dot__"),
            '-' => text.push_str("__dash__"),
            '/' => text.push_str("__slash__"),
            c if c.is_ascii_alphanumeric() || c == '_' => text.push(c),
            _ => return None,
        }
        rest = &rest[c.len_utf8()..];
    }
    Some(text)
}

/// The property that an identifier stands for, or none if it has an escape that does not exist
pub(super) fn unescape(ident: &str) -> Option<String> {
    let mut text = String::with_capacity(ident.len());
    let mut rest = ident;
    while let Some(start) = rest.find("__") {
        // one underscore before the pair belongs to the name, the pair that opens an escape is followed by a letter
        let Some((before, word, after)) = escaped_word(rest, start) else { break };
        text.push_str(before);
        match word {
            "underscores" => text.push_str("__"),
            "dot" => text.push('.'),
            "dash" => text.push('-'),
            "slash" => text.push('/'),
            word if RESERVED.contains(&word) && word.len() + 4 == ident.len() => text.push_str(word),
            _ => return None,
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// What stands before the first `__word__` at or after `start`, the word, and what stands after it
fn escaped_word(text: &str, start: usize) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let mut open = start;
    while open + 2 < bytes.len() {
        if &bytes[open..open + 2] == b"__" && bytes[open + 2] != b'_' {
            let word_end = open + 2 + text[open + 2..].find('_')?;
            if text[word_end..].starts_with("__") {
                return Some((&text[..open], &text[open + 2..word_end], &text[word_end + 2..]));
            }
            open = word_end;
        } else {
            open += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};

    #[test]
    fn names_are_escaped_as_kubernetes_does_and_come_back() {
        for (name, ident) in [
            ("plain", Some("plain")),
            ("a_b", Some("a_b")),
            ("_x", Some("_x")),
            ("namespace", Some("__namespace__")),
            ("in", Some("__in__")),
            ("int", Some("int")),
            ("a-b.c/d", Some("a__dash__b__dot__c__slash__d")),
            ("a__b", Some("a__underscores__b")),
            ("a___b", Some("a__underscores___b")),
            ("__namespace__", Some("__underscores__namespace__underscores__")),
            ("1a", None),
            ("", None),
            ("a b", None),
            ("ä", None),
            ("a$", None),
        ] {
            assert_eq!(escape(name).as_deref(), ident, "{name}");
            if let Some(ident) = ident {
                assert_eq!(unescape(ident).as_deref(), Some(name), "{ident}");
            }
        }
        for ident in ["__what__", "a__namespace__"] {
            assert_eq!(unescape(ident), None, "{ident}");
        }
    }
}
