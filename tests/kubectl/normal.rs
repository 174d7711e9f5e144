//! Makes the outputs of two servers comparable: what must differ gets a name by its first appearance

use std::sync::LazyLock;

use regex::{Captures, Regex};

static UID: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
static REVISION: LazyLock<Regex> = LazyLock::new(|| regex(r#"("?[rR]esource ?[vV]ersion"?: *"?)(\d+)\b"#));
/// Each is replaced by its name, in this order
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"20(2[5-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "<time>"),
        (r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}", "<time>"),
        (r"/tmp/(LIVE|MERGED)-\d+/", "$1/"),
        (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
        (r"\b(\d+[smhd])+ ago\b", "<age> ago"),
        (r"(?m)(^|\s)(\d+[dhms])+(\s|$)", "$1<age>$3"),
        (r"\(x\d+ over (\d+[smhd])+\)", "(<count> over <age>)"),
        (r"kube-api-access-[a-z0-9]{5}", "kube-api-access-<random>"),
        (r"\bnode-[1-3]\b", "<node>"),
        (r"\b10\.\d+\.\d+\.\d+\b", "<address>"),
        (r"https://127\.0\.0\.1:\d+", "<server>"),
        (r"\.[0-9a-f]{16}\b", ".<event>"),
        (r"/tmp/[^\s\x22]*?(kubectl-edit-[a-z0-9]+\.yaml)", "<file>"),
        // the width of a table follows what is masked in it
        (r"(?m)[ \t]+$", ""),
        (r" {2,}", "  "),
    ]
    .map(|(pattern, name)| (regex(pattern), name))
    .into()
});

/// The names that one script has given on one server
#[derive(Debug, Default)]
pub(crate) struct Normal {
    namespace: String,
    uids: Vec<String>,
    revisions: Vec<String>,
}

// === impl Normal ===

impl Normal {
    pub(crate) fn new(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..Self::default() }
    }

    /// The text with names for what differs from server to server
    pub(crate) fn text(&mut self, text: &str) -> String {
        let mut text = text.replace(&self.namespace, "<ns>");
        text =
            UID.replace_all(&text, |found: &Captures<'_>| numbered(&mut self.uids, &found[0], "uid")).into();
        text = REVISION
            .replace_all(&text, |found: &Captures<'_>| {
                format!("{}{}", &found[1], numbered(&mut self.revisions, &found[2], "rv"))
            })
            .into();
        // indentation has meaning, and only spaces between words follow a width
        let lines = text.split('\n').map(|line| {
            let body = line.trim_start_matches(' ');
            let mut masked = body.to_owned();
            for (pattern, name) in PATTERNS.iter() {
                masked = pattern.replace_all(&masked, *name).into();
            }
            format!("{}{masked}", &line[..line.len() - body.len()])
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are valid")
}

/// `<kind N>`, with the number of the value's first appearance
fn numbered(known: &mut Vec<String>, value: &str, kind: &str) -> String {
    let index = known.iter().position(|old| old == value).unwrap_or_else(|| {
        known.push(value.to_owned());
        known.len() - 1
    });
    format!("<{kind}{}>", index + 1)
}
