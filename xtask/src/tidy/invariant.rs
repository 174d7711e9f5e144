//! Every invariant of ARCHITECTURE.md names a test that exists
//!
//! A test is a function, or a case that is registered by its name in a string. Whether it proves the invariant is for
//! a reader; that it is there is not left to one.

use super::{
    Finding, Tree,
    source::{has_word, numbered},
};

const PAGE: &str = "ARCHITECTURE.md";
const LABEL: &str = "**Invariant ";
const TESTS: &str = "*Test:*";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.files.get(PAGE) else { return Vec::new() };
    let mut findings = Vec::new();
    for (index, (line, label, text)) in invariants(&page.text).into_iter().enumerate() {
        if label != (index + 1).to_string() {
            findings.push(Finding::line(
                PAGE,
                line,
                format!("invariant {label} stands where {} is due", index + 1),
            ));
        }
        let names: Vec<&str> =
            text.split_once(TESTS).map_or("", |(_, tests)| tests).split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            findings.push(Finding::line(PAGE, line, format!("invariant {label} names no test")));
        }
        for name in names.into_iter().filter(|name| !is_test(tree, name)) {
            findings.push(Finding::line(
                PAGE,
                line,
                format!("invariant {label} names the test `{name}`, which does not exist"),
            ));
        }
    }
    findings
}

/// Line, number and text of each invariant; one ends with an empty line or where the next begins
fn invariants(page: &str) -> Vec<(usize, String, String)> {
    let mut found: Vec<(usize, String, String)> = Vec::new();
    let mut open = false;
    for (number, line) in numbered(page) {
        if let Some((_, rest)) = line.split_once(LABEL) {
            let label = rest.split('.').next().unwrap_or_default();
            found.push((number, label.into(), rest.into()));
            open = true;
        } else if line.trim().is_empty() {
            open = false;
        } else if let Some((_, _, text)) = found.last_mut().filter(|_| open) {
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    found
}

fn is_test(tree: &Tree, name: &str) -> bool {
    let name = name.rsplit("::").next().unwrap_or(name);
    let (function, case) = (format!("fn {name}"), format!("\"{name}\""));
    tree.rust()
        .any(|source| has_word(&source.code, &function) || (source.is_test() && source.text.contains(&case)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let tree = Tree::of([
            (PAGE, page),
            ("a/src/b.rs", "#[test]\nfn steady() {}\n// fn gone() {}\n"),
            ("tests/cluster/main.rs", "case(\"heals\", heals::run)"),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_invariant_names_its_tests() {
        assert_eq!(
            found("# A\n\n**Invariant 1.** Quiet.\n*Test:* `b::steady`, `heals`\n"),
            Vec::<String>::new()
        );
        assert!(
            found("**Invariant 1.** Quiet. *Test:* `gone`\n")[0].contains("`gone`, which does not exist")
        );
        assert!(found("**Invariant 1.** Quiet.\n\n*Test:* `steady`\n")[0].contains("names no test"));
    }

    #[test]
    fn invariants_are_numbered_in_order() {
        assert!(found("**Invariant 2.** Quiet. *Test:* `steady`\n")[0].contains("where 1 is due"));
    }
}
