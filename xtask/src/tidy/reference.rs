//! The pages of flags, metrics and causes name what the code has, all of it and nothing else
//!
//! It compares names only. The page of knobs is compared with its table, word for word, by a test beside this rule.

use super::{Finding, Source, Tree, source::numbered};

/// A page and the code it is about: files, or folders with a slash, and how the names in its strings begin
struct Reference {
    page: &'static str,
    code: &'static [&'static str],
    beginnings: &'static [&'static str],
}

const REFERENCES: &[Reference] = &[
    Reference {
        page: "docs/reference/flags.md",
        code: &["healing-runtime/src/args.rs", "healing-runtime/src/args/"],
        beginnings: &["--"],
    },
    Reference {
        page: "docs/reference/metrics.md",
        code: &["healing-runtime/src/metrics.rs", "healing-runtime/src/metrics/"],
        beginnings: &["controller_runtime_", "workqueue_", "rest_client_", "certwatcher_", "healing_"],
    },
    Reference {
        page: "docs/concepts/healing.md",
        code: &["healing-engine/src/health/cause.rs"],
        beginnings: &[""],
    },
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    REFERENCES
        .iter()
        .filter_map(|reference| Some((reference, tree.files.get(reference.page)?)))
        .flat_map(|(reference, page)| {
            let code = code(tree, reference);
            [missing(reference, page, &code), invented(page, &code)].concat()
        })
        .collect()
}

/// Path, line and text of the code that the page is about, without tests
fn code<'a>(tree: &'a Tree, reference: &Reference) -> Vec<(&'a str, usize, &'a str)> {
    let is_meant = |path: &str| {
        reference
            .code
            .iter()
            .any(|place| if place.ends_with('/') { path.starts_with(place) } else { path == *place })
    };
    let files = tree.rust().filter(|source| is_meant(&source.path) && !source.is_test());
    files
        .flat_map(|source| {
            let lines = numbered(&source.text).take(source.production_length());
            lines.map(|(number, line)| (source.path.as_str(), number, line))
        })
        .collect()
}

/// Names in the code that are not on the page
fn missing(reference: &Reference, page: &Source, code: &[(&str, usize, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, number, line) in code {
        let strings = line.split('"').skip(1).step_by(2);
        let names = strings.filter(|text| {
            text.len() > 2 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        });
        for name in
            names.filter(|name| reference.beginnings.iter().any(|beginning| name.starts_with(beginning)))
        {
            if !page.text.contains(name) {
                findings.push(Finding::line(path, *number, format!("`{name}` is not in {}", reference.page)));
            }
        }
    }
    findings
}

/// Names in the first column of the page's tables that are not in the code
fn invented(page: &Source, code: &[(&str, usize, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in numbered(&page.text) {
        let Some(name) = line.strip_prefix("| `").and_then(|rest| rest.split('`').next()) else { continue };
        let name = name.split('{').next().unwrap_or(name).trim_end_matches("_total");
        let field = name.trim_start_matches('-').replace('-', "_");
        let is_there = |text: &str| text.contains(name) || text.to_lowercase().contains(&field);
        if !code.iter().any(|(_, _, text)| is_there(text)) {
            findings.push(Finding::line(&page.path, number, format!("`{name}` is not in the code")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, code: &str) -> Vec<String> {
        let tree = Tree::of([
            ("docs/reference/flags.md", page),
            ("healing-runtime/src/args/flags.rs", code),
            ("healing-runtime/src/args/tests.rs", "let a = \"--nonsense\";"),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_code_has_is_on_the_page() {
        let code = "(\"--log-level\", \"LOG_LEVEL\"), \"--not a flag\", log_level: u8";
        assert_eq!(found("| `--log-level` | x |\n", code), Vec::<String>::new());
        assert_eq!(
            found("# Flags\n", code),
            ["healing-runtime/src/args/flags.rs:1: `--log-level` is not in docs/reference/flags.md"]
        );
    }

    #[test]
    fn what_the_page_has_is_in_the_code() {
        assert_eq!(found("| `--dry-run` | x |\n", "dry_run: bool"), Vec::<String>::new());
        assert_eq!(
            found("| `--dry-run` | x |\n", "log_level: u8"),
            ["docs/reference/flags.md:1: `--dry-run` is not in the code"]
        );
    }
}
