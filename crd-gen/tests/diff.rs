//! The corpus of changes: what is said of each, and that nothing is said of none
//!
//! The corpus is data, so that other tools can be asked about the same changes (`tests/crd-tools`).

use std::collections::BTreeSet;

use crd_gen::definition::{self, Definition};
use crd_gen::diff;
use crd_gen::lint::{self, Subject};
use crd_gen::validate::{Checker, Severity};
use serde_json::Value;

const BASE: &str = include_str!("corpus/diff/base.yaml");
const CHANGES: &str = include_str!("corpus/diff/changes.yaml");

fn cases() -> Vec<crd_tools::Case> {
    crd_tools::cases(BASE, CHANGES).expect("a corpus")
}

fn read(definition: &Value) -> Vec<Definition> {
    definition::read(&definition.to_string()).expect("a definition")
}

fn said(old: &Value, new: &Value) -> Vec<String> {
    let mut changes = diff::changes(&read(old), &read(new));
    changes.sort_by_key(|change| std::cmp::Reverse(change.class));
    changes.iter().map(|one| format!("{} {} {}", one.class, one.kind, one.place)).collect()
}

#[test]
fn the_corpus_is_judged_as_it_says() {
    let cases = cases();
    assert!(cases.len() > 60, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let found = said(&case.old, &case.new);
        if found != case.says {
            wrong.push(format!(
                "{}:\n  {}\nexpected:\n  {}",
                case.name,
                found.join("\n  "),
                case.says.join("\n  ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_the_same_has_no_changes() {
    for case in cases() {
        for side in [&case.old, &case.new] {
            assert_eq!(said(side, side), Vec::<String>::new(), "{}", case.name);
        }
    }
}

/// A change between definitions that no API server takes would prove nothing
#[test]
fn an_api_server_takes_both_sides() {
    let mut known = BTreeSet::new();
    for case in cases() {
        for side in [&case.old, &case.new] {
            if !known.insert(side.to_string()) {
                continue;
            }
            let refused: Vec<_> = Checker::default()
                .check(&read(side)[0].to_create())
                .into_iter()
                .filter(|finding| finding.severity != Severity::Warning)
                .collect();
            assert_eq!(refused, [], "{}", case.name);
        }
    }
}

#[test]
fn the_base_has_nothing_to_regret() {
    let base = definition::read(BASE).expect("a definition");
    let found = lint::lint(&[Subject { definition: &base[0], blueprint: None }]);
    assert_eq!(found, []);
}

#[test]
fn the_page_shows_what_is_printed() {
    let changes = "{name: page, says: [], new: {properties/title: null, properties/replicas/maximum: 9, \
                   properties/mode/default: Slow, properties/color: {description: A, type: string}}}";
    let case = crd_tools::cases(BASE, changes).expect("a corpus").remove(0);
    let page = include_str!("../../docs/guide/check-definitions.md");
    let changes = diff::changes(&read(&case.old), &read(&case.new));
    assert_eq!(changes.len(), 4);
    for change in changes {
        assert!(page.contains(&format!("{change}\n")), "not on the page: {change}");
    }
}
