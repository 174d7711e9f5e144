//! Tests say what they expect: every compile-fail case has its output, none is ignored or expects any panic at all
//!
//! It looks at the fixtures of trybuild and at the attributes of tests.

use super::{Finding, Tree, source::numbered};

const FAIL: &str = "tests/ui/fail/";
const FORBIDDEN: &[(&str, &str)] = &[
    ("#[ignore", "a test that does not run proves nothing; fix it or remove it"),
    ("#[should_panic", "assert on the error, or catch the panic and look at it"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in tree.files.keys().filter(|path| path.starts_with(FAIL)) {
        let (partner, missing) = match path.rsplit_once('.') {
            Some((stem, "rs")) => (format!("{stem}.stderr"), "its expected output is missing"),
            Some((stem, "stderr")) => (format!("{stem}.rs"), "nothing produces this output"),
            _ => continue,
        };
        if !tree.files.contains_key(&partner) {
            findings.push(Finding::file(path, format!("{missing}: `{partner}`")));
        }
    }
    for source in tree.files.values() {
        for (number, line) in numbered(&source.code) {
            let found = FORBIDDEN.iter().filter(|(attribute, _)| line.contains(attribute));
            findings.extend(found.map(|(_, message)| Finding::line(&source.path, number, *message)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_and_its_output_are_a_pair() {
        let tree = Tree::of([
            ("tests/ui/fail/a.rs", ""),
            ("tests/ui/fail/b.stderr", ""),
            ("tests/ui/fail/c.rs", ""),
            ("tests/ui/fail/c.stderr", ""),
        ]);
        let found: Vec<String> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["tests/ui/fail/a.rs", "tests/ui/fail/b.stderr"]);
    }

    #[test]
    fn no_test_is_switched_off() {
        let tree = Tree::of([
            ("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n// #[ignore]\n"),
            ("b.rs", "#[should_panic]\n"),
        ]);
        assert_eq!(check(&tree).len(), 2);
    }
}
