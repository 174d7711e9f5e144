//! Files stay short: 400 lines without unit tests are reported, 600 stop; a crate's `lib.rs` is a map, 150 stop
//!
//! Exceptions stand in `xtask/tidy.ratchet` with their size and reason, and may only shrink. The length of functions
//! is clippy's business.

use std::collections::BTreeMap;

use super::{Finding, Source, Tree, source::numbered};

const TARGET: usize = 400;
const STOP: usize = 600;
const LIB_STOP: usize = 150;
const RATCHET: &str = "xtask/tidy.ratchet";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (exceptions, mut findings) = exceptions(tree);
    for source in tree.rust() {
        let (size, limit) = (size(source), limit(source));
        let message = match exceptions.get(source.path.as_str()) {
            None if size <= limit => continue,
            None => format!("{size} lines, {limit} are the stop; split it"),
            Some(allowed) if size > *allowed => format!("{size} lines, it may only shrink from {allowed}"),
            Some(_) if size <= limit => format!("{size} lines are within {limit}; take it out of {RATCHET}"),
            Some(allowed) if size < *allowed => {
                format!("shrank to {size} lines; write {size} into {RATCHET}")
            }
            Some(_) => continue,
        };
        findings.push(Finding::file(&source.path, message));
    }
    findings
}

/// Files between target and stop
pub(super) fn notes(tree: &Tree) -> Vec<Finding> {
    let long = tree.rust().filter(|source| (TARGET + 1..=limit(source)).contains(&size(source)));
    long.map(|source| Finding::file(&source.path, format!("{} lines, {TARGET} are the target", size(source))))
        .collect()
}

fn size(source: &Source) -> usize {
    if source.is_test() { source.text.lines().count() } else { source.production_length() }
}

fn limit(source: &Source) -> usize {
    if source.path.ends_with("src/lib.rs") { LIB_STOP } else { STOP }
}

/// The sizes that are allowed, by path; a line is `path size reason`
fn exceptions(tree: &Tree) -> (BTreeMap<&str, usize>, Vec<Finding>) {
    let (mut sizes, mut findings) = (BTreeMap::new(), Vec::new());
    let text = tree.files.get(RATCHET).map_or("", |source| &source.text);
    for (number, line) in numbered(text).filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        match words.as_slice() {
            [path, size, reason] if tree.files.contains_key(*path) && !reason.trim().is_empty() => {
                if let Ok(size) = size.parse() {
                    sizes.insert(*path, size);
                } else {
                    findings.push(Finding::line(RATCHET, number, format!("`{size}` is no number of lines")));
                }
            }
            _ => findings.push(Finding::line(
                RATCHET,
                number,
                "write `path size reason`, with the path of a file",
            )),
        }
    }
    (sizes, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> String {
        "//\n".repeat(count)
    }

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files.iter().copied())).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_files_are_stopped() {
        assert_eq!(
            messages(&[("a/src/b.rs", &lines(600)), ("a/src/lib.rs", &lines(150))]),
            Vec::<String>::new()
        );
        assert_eq!(
            messages(&[("a/src/b.rs", &lines(601))]),
            ["a/src/b.rs: 601 lines, 600 are the stop; split it"]
        );
        assert_eq!(
            messages(&[("a/src/lib.rs", &lines(151))]),
            ["a/src/lib.rs: 151 lines, 150 are the stop; split it"]
        );
        assert_eq!(messages(&[("tests/it/b.rs", &lines(601))]).len(), 1);
    }

    #[test]
    fn unit_tests_do_not_count_and_long_files_are_reported() {
        let with_tests = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(600), lines(100));
        assert_eq!(messages(&[("a/src/b.rs", &with_tests)]), Vec::<String>::new());
        assert_eq!(notes(&Tree::of([("a/src/b.rs", with_tests.as_str())])).len(), 1);
        assert!(notes(&Tree::of([("a/src/b.rs", lines(400).as_str())])).is_empty());
    }

    #[test]
    fn an_exception_may_only_shrink() {
        let file = |count, ratchet: &str| messages(&[("a.rs", &lines(count)), (RATCHET, ratchet)]);
        assert_eq!(file(700, "a.rs 700 a table\n"), Vec::<String>::new());
        assert!(file(701, "a.rs 700 a table\n")[0].contains("may only shrink from 700"));
        assert!(file(699, "a.rs 700 a table\n")[0].contains("write 699"));
        assert!(file(500, "a.rs 700 a table\n")[0].contains("take it out"));
        assert!(file(500, "a.rs 700\n")[0].contains("path size reason"));
        assert!(file(500, "gone.rs 700 a table\n")[0].contains("path size reason"));
        assert!(file(500, "a.rs many a table\n")[0].contains("no number"));
    }
}
