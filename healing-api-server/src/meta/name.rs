//! What names, keys and values of metadata may look like, and the words for those that may not
//!
//! It owns the forms of texts. Where in an object they stand is the caller's business.

/// What names of a kind may look like
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameRule {
    /// RFC 1123 subdomain, at most 253 characters
    Subdomain,
    /// RFC 1123 label, at most 63 characters
    Label,
    /// Whatever a path segment can be
    PathSegment,
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const KEY: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_WORDS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

// === impl NameRule ===

impl NameRule {
    /// What is wrong with a name; with the beginning of one, to which something will be added, if `is_prefix`
    pub(crate) fn problems(self, name: &str, is_prefix: bool) -> Vec<String> {
        let whole = if is_prefix { without_last_dash(name) } else { name.to_owned() };
        match self {
            Self::Subdomain => subdomain(&whole),
            Self::Label => label(&whole),
            Self::PathSegment => path_segment(name, is_prefix),
        }
    }
}

/// A dash may end a prefix, for letters will follow
fn without_last_dash(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut kept: String = rest.to_owned();
            kept.pop();
            kept + "a"
        }
        _ => name.to_owned(),
    }
}

fn path_segment(name: &str, is_prefix: bool) -> Vec<String> {
    if !is_prefix && (name == "." || name == "..") {
        return vec![format!("may not be '{name}'")];
    }
    let forbidden = ["/", "%"].into_iter().filter(|part| name.contains(part));
    forbidden.map(|part| format!("may not contain '{part}'")).collect()
}

/// What is wrong with an RFC 1123 label
pub(crate) fn label(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push("must be no more than 63 characters".to_owned());
    }
    if is_label(text) {
        return problems;
    }
    problems.push(if is_subdomain(text) {
        "must not contain dots".to_owned()
    } else {
        format!(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
        )
    });
    problems
}

/// What is wrong with an RFC 1123 subdomain
pub(crate) fn subdomain(text: &str) -> Vec<String> {
    subdomain_of_at_most(text, "characters")
}

fn subdomain_of_at_most(text: &str, unit: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 253 {
        problems.push(format!("must be no more than 253 {unit}"));
    }
    if !is_subdomain(text) {
        problems.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{SUBDOMAIN}')"
        ));
    }
    problems
}

/// What is wrong with the key of a label or an annotation, or with another qualified name
pub(crate) fn label_key(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        ["", name] => {
            problems.push("prefix part must be non-empty".to_owned());
            name
        }
        [prefix, name] => {
            let wrong = subdomain_of_at_most(prefix, "bytes");
            problems.extend(wrong.into_iter().map(|problem| format!("prefix part {problem}")));
            name
        }
        _ => {
            problems.push(format!(
                "a valid label key {KEY_WORDS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{KEY}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
            return problems;
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        problems.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_key(name) {
        problems.push(format!(
            "name part {KEY_WORDS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{KEY}')"
        ));
    }
    problems
}

/// What is wrong with the value of a label
pub(crate) fn label_value(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push("must be no more than 63 bytes".to_owned());
    }
    if !text.is_empty() && !is_key(text) {
        problems.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '({KEY})?')"
        ));
    }
    problems
}

fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    framed(text, plain, |byte| plain(byte) || byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    framed(text, plain, |byte| plain(byte) || b"-_.".contains(&byte))
}

/// Whether all bytes are of one sort and the first and the last of a narrower one
fn framed(text: &str, edge: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    edge(*first) && edge(*last) && bytes.iter().all(|byte| inner(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_the_rule_of_their_kind() {
        let long = "a".repeat(64);
        let cases: &[(NameRule, &str, bool, usize)] = &[
            (NameRule::Subdomain, "a.b-c.d9", false, 0),
            (NameRule::Subdomain, "A", false, 1),
            (NameRule::Subdomain, "a-", false, 1),
            (NameRule::Subdomain, "a-", true, 0),
            (NameRule::Subdomain, "a.", true, 1),
            (NameRule::Subdomain, "", false, 1),
            (NameRule::Label, "a.b", false, 1),
            (NameRule::Label, &long, false, 1),
            (NameRule::PathSegment, "system:x", false, 0),
            (NameRule::PathSegment, "a/b%", false, 2),
            (NameRule::PathSegment, "..", false, 1),
            (NameRule::PathSegment, "..", true, 0),
        ];
        for (rule, name, is_prefix, count) in cases {
            assert_eq!(rule.problems(name, *is_prefix).len(), *count, "{rule:?} {name}");
        }
        assert_eq!(label("a.b"), ["must not contain dots"]);
    }

    #[test]
    fn keys_and_values_are_judged() {
        let long = "v".repeat(64);
        for (key, count) in
            [("a", 0), ("x.io/a_b", 0), ("/a", 1), ("X/a", 1), ("a/b/c", 1), ("a/", 2), ("-", 1)]
        {
            assert_eq!(label_key(key).len(), count, "{key}");
        }
        for (value, count) in [("", 0), ("a.B_c", 0), ("-a", 1), (long.as_str(), 1), ("a b", 1)] {
            assert_eq!(label_value(value).len(), count, "{value}");
        }
    }
}
