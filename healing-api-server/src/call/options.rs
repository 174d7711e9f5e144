//! Whether the options of a write are ones that it can have
//!
//! It owns the check of those in the query. The options of a DELETE may be in its body and are `delete`'s business.

use serde_json::Value;
use structural_schema::{FieldError, Reason};

use super::{Query, Verb};
use crate::Refusal;
use crate::refusal::Subject;

/// Longest name of a field manager
const MANAGER_MAX: usize = 128;

/// Checks the options of a create, an update or a patch
///
/// # Errors
/// 422 that names the options which the verb cannot have.
pub(crate) fn check_options(verb: Verb, query: &Query) -> Result<(), Refusal> {
    let what = match verb {
        Verb::Create => "CreateOptions",
        Verb::Update => "UpdateOptions",
        Verb::Patch(_) => "PatchOptions",
        _ => return Ok(()),
    };
    let mut errors: Vec<FieldError> = query.field_manager.iter().flat_map(|name| manager(name)).collect();
    errors.extend(dry_run(&query.values("dryRun")));
    errors.extend(query.get("fieldValidation").and_then(validation));
    if errors.is_empty() {
        return Ok(());
    }
    Err(Refusal::invalid(&Subject { group: "meta.k8s.io", what, name: "" }, &errors))
}

/// What is wrong with the values of `dryRun`
pub(crate) fn dry_run(values: &[&str]) -> Option<FieldError> {
    if values.iter().all(|value| *value == "All") {
        return None;
    }
    let values = Value::from(values.to_vec());
    Some(FieldError::of_value(Reason::NotSupported, "dryRun", &values, "supported values: \"All\""))
}

fn manager(name: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if name.len() > MANAGER_MAX {
        let detail = format!("may not be more than {MANAGER_MAX} bytes");
        errors.push(FieldError::new(Reason::TooLong, "fieldManager", detail));
    }
    for (at, letter) in name.char_indices().filter(|(_, letter)| letter.is_control()) {
        let detail = format!("invalid character U+{:04X} (at position {at})", u32::from(letter));
        errors.push(FieldError::of_value(Reason::Invalid, "fieldManager", &name.into(), detail));
    }
    errors
}

fn validation(value: &str) -> Option<FieldError> {
    if matches!(value, "" | "Ignore" | "Strict" | "Warn") {
        return None;
    }
    let detail = "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"";
    Some(FieldError::of_value(Reason::NotSupported, "fieldValidation", &value.into(), detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::PatchKind;

    #[test]
    fn options_that_a_write_cannot_have_are_named() {
        let long = format!("fieldManager={}", "a".repeat(129));
        for (verb, query, message) in [
            (Verb::Create, "dryRun=All&fieldValidation=Strict&fieldManager=a", None),
            (Verb::Get, "dryRun=x", None),
            (
                Verb::Create,
                "dryRun=",
                Some(
                    "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"\"]: supported values: \"All\"",
                ),
            ),
            (
                Verb::Update,
                "fieldValidation=strict",
                Some(
                    "UpdateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"strict\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"",
                ),
            ),
            (
                Verb::Patch(PatchKind::Apply),
                &long,
                Some(
                    "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Too long: may not be more than 128 bytes",
                ),
            ),
        ] {
            let found = check_options(verb, &Query::parse(query).unwrap());
            assert_eq!(found.err().map(|refusal| refusal.message).as_deref(), message, "{query}");
        }
    }
}
