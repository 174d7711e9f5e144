//! The sequences: one topic a file, and one line here

use std::collections::BTreeSet;

use crate::format::{self, Lets};
use crate::generate;
use crate::sequence::Sequence;

/// Names for pieces of text that all topics use
const LETS: &str = include_str!("cases/lets.txt");

macro_rules! topics {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("cases/", $name, ".txt")))),*] };
}

/// Name and text of each file
const TOPICS: &[(&str, &str)] = &topics! {
    "create" "read" "table" "update" "apply" "delete" "subresource" "dryrun" "unknown" "validate" "definition" "watch" "pod" "lease" "event" "namespace" "quota" "discovery"
};

/// All sequences
pub(crate) fn all() -> Result<Vec<Sequence>, String> {
    let lets = format::lets(LETS, &Lets::new());
    let mut all = Vec::new();
    for (topic, text) in TOPICS {
        all.extend(format::parse(topic, text, &lets)?);
    }
    all.extend(generate::all(&lets)?);
    let mut names = BTreeSet::new();
    match all.iter().find(|sequence| !names.insert(sequence.name())) {
        Some(twice) => Err(format!("two sequences are called `{}`", twice.name())),
        None => Ok(all),
    }
}
