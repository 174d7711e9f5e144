//! The corpus of manifests, and bad input of every form: what is said, and that nothing panics
//!
//! The corpus is data, so that a real API server can be asked about the same objects.

use std::fmt::Write as _;

use crd_gen::manifest::{self, Node};
use crd_gen::validate::{self, Checker};

const DEFINITIONS: &str = include_str!("corpus/definitions.yaml");
const CASES: &str = include_str!("corpus/validate.txt");

/// A checker that knows the kinds of the corpus
fn checker() -> Checker {
    let mut checker = Checker::default();
    for definition in manifest::read(DEFINITIONS).expect("definitions are YAML") {
        assert_eq!(checker.check(&definition), Vec::new());
    }
    checker
}

/// What is said of a text, a line for each finding, definitions first
fn said(checker: &mut Checker, text: &str) -> String {
    let documents = match manifest::read(text) {
        Ok(documents) => documents,
        Err(error) => return format!("=> {error}\n"),
    };
    let objects: Vec<&Node> = documents.iter().flat_map(validate::objects).collect();
    let mut lines = String::new();
    for finding in checker.check_all(&objects).into_iter().flatten() {
        writeln!(lines, "=> {finding}").expect("a text takes all");
    }
    lines
}

/// Title, manifest and expected lines of each case
fn cases() -> Vec<(&'static str, String, String)> {
    let cases = CASES.split("\n=== ").skip(1).map(|case| {
        let (title, body) = case.split_once('\n').expect("a case has a body");
        let (expected, manifest): (Vec<&str>, Vec<&str>) =
            body.lines().partition(|line| line.starts_with("=> "));
        let text = |lines: Vec<&str>| lines.iter().map(|line| [*line, "\n"].concat()).collect();
        (title, text(manifest), text(expected))
    });
    cases.collect()
}

#[test]
fn the_corpus_is_judged_as_it_says() {
    let cases = cases();
    assert!(cases.len() > 15, "{} cases", cases.len());
    for (title, manifest, expected) in cases {
        let found = said(&mut checker(), &manifest);
        assert!(found == expected, "{title}:\n{found}expected:\n{expected}");
    }
}

/// Manifests that somebody broke by accident: whatever is said, it is said
#[test]
fn no_text_makes_it_panic() {
    const ROUNDS: usize = 400;
    let mut random = fastrand::Rng::with_seed(5);
    let mut checker = checker();
    let cases = cases();
    for _ in 0..ROUNDS {
        let (_, manifest, _) = random.choice(&cases).expect("there are cases");
        let broken = broken(&mut random, manifest);
        for line in said(&mut checker, &broken).lines() {
            assert!(line.starts_with("=> ") && line.matches(':').count() >= 2, "{line:?} of {broken:?}");
        }
    }
}

/// A text with up to four changes
fn broken(random: &mut fastrand::Rng, text: &str) -> String {
    const PIECES: &[&str] = &[
        "\n",
        " ",
        "  ",
        "\t",
        ":",
        ": ",
        "- ",
        "---\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a",
        "*a",
        "<<: *a",
        "!!str ",
        "!!binary ",
        "|",
        ">",
        "\"",
        "'",
        "~",
        "-1",
        "1e400",
        "99999999999999999999",
        "é",
        "\u{0}",
        "\u{2028}",
        ".",
        "/",
        "%2F",
        "..",
        "kind: List\nitems:\n",
        "metadata",
        "null",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..random.usize(1..=4) {
        let begin = random.usize(0..=chars.len());
        let end = if random.bool() { begin } else { random.usize(begin..=chars.len().min(begin + 20)) };
        let piece = random.choice(PIECES).expect("there are pieces");
        chars.splice(begin..end, piece.chars());
    }
    chars.into_iter().collect()
}
