//! Every Rust file opens with `//!`: a sentence on what it owns, then what it deliberately does not
//!
//! It checks that the header is there and says something; whether it says the right thing is for a reader.

use super::{Finding, Tree};

/// Shortest header that can say anything; one word cannot
const CHARACTERS_MIN: usize = 14;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let bad = |text: &str| match text.lines().next().and_then(|line| line.strip_prefix("//!")) {
        None => Some("open the file with `//!`: what it owns, then what it deliberately does not"),
        Some(words) if words.trim().chars().count() < CHARACTERS_MIN => {
            Some("say in the header what the file owns")
        }
        Some(_) => None,
    };
    tree.rust().filter_map(|source| Some(Finding::line(&source.path, 1, bad(&source.text)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_must_be_there_and_say_something() {
        let tree = Tree::of([
            ("a.rs", "use b;\n//! too late for this\n"),
            ("b.rs", "//! placeholder\n"),
            ("c.rs", "//! The queue: one key in flight, once\n"),
            ("c/tests.rs", "//! Polls\n"),
            ("tests/ui/fail/d.rs", "struct D;\n"),
        ]);
        let paths: Vec<String> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["a.rs", "b.rs", "c/tests.rs"]);
    }
}
