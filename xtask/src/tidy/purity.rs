//! The model, the engine, schemas and the API server are pure: nothing awaits, reads a clock, prints or logs
//!
//! It searches their code outside of tests. What they may depend on is the rule `layer`'s business.

use super::{Finding, Tree, source::has_word};

const ROOMS: &[&str] =
    &["healing-model/src/", "healing-engine/src/", "structural-schema/src/", "healing-api-server/src/"];
/// What only some rooms may do: chance from a seed, and a field that is named `log`
const ALLOWED: &[(&str, &[&str])] =
    &[("healing-api-server/src/random.rs", &["fastrand"]), ("healing-api-server/src/", &["log"])];
const FORBIDDEN: &[&str] = &[
    "async",
    "await",
    "now()",
    "SystemTime",
    "Instant",
    "rand",
    "fastrand",
    "tracing",
    "log",
    "println",
    "eprintln",
    "dbg",
    "thread",
    "static mut",
    "RandomState",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust().filter(|source| ROOMS.iter().any(|room| source.path.starts_with(room))) {
        for (number, line) in source.production() {
            let allowed = |word: &&&str| {
                let mut here = ALLOWED.iter().filter(|(room, _)| source.path.starts_with(room));
                here.any(|(_, words)| words.contains(word))
            };
            let found = FORBIDDEN.iter().filter(|word| has_word(line, word) && !allowed(word));
            findings.extend(found.map(|word| {
                Finding::line(
                    &source.path,
                    number,
                    format!("`{word}` is not pure; take what it gives as an argument"),
                )
            }));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_tasks_chance_and_logs_are_found() {
        for line in [
            "let at = Timestamp::now();",
            "async fn f() {}",
            "f().await;",
            "rand::random::<u8>();",
            "tracing::info!(\"x\");",
            "println!(\"x\");",
        ] {
            let tree = Tree::of([("healing-engine/src/a.rs", line)]);
            assert_eq!(check(&tree).len(), 1, "{line}");
        }
    }

    #[test]
    fn arguments_comments_tests_and_other_rooms_pass() {
        let tree = Tree::of([
            (
                "healing-engine/src/a.rs",
                "fn f(now: Timestamp) {} // never now()\n#[cfg(test)]\nmod tests {\n now();\n}\n",
            ),
            ("healing-engine/src/a/tests.rs", "now();\n"),
            ("healing-runtime/src/clock.rs", "now();\n"),
        ]);
        assert_eq!(check(&tree), []);
    }
}
