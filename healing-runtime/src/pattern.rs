//! Regular expressions of rules and patterns, each read once

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use regex::Regex;

/// Whether `pattern` is found in `text`; `None` for a pattern that cannot be read
///
/// Patterns come from declarations alone, so they are few and are kept.
pub(crate) fn matches(pattern: &str, text: &str) -> Option<bool> {
    static READ: LazyLock<Mutex<BTreeMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let regex = read.entry(pattern.to_owned()).or_insert_with(|| {
        let pattern = healing_model::translate(pattern).ok()?;
        Regex::new(&pattern).ok()
    });
    regex.as_ref().map(|regex| regex.is_match(text))
}
