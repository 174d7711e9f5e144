//! What serde's own attributes say about names and presence
//!
//! They are forwarded to serde untouched, which reports what is wrong with them; only what the schema, the rules and
//! the columns must agree with is read here.

use super::{
    entry,
    entry::{Entry, Written},
};
use crate::{accumulator::Errors, draft::SerdeDraft, spanned::Spanned};

const TWO_NAMES: &str =
    "one name for reading and writing is needed: the API server gives back what it was sent";

/// `#[serde(rename_all = "...")]` on the struct
pub(crate) fn rename_all(attributes: &[syn::Attribute], errors: &mut Errors) -> Option<Spanned<String>> {
    let entries = entry::of_attributes(attributes, "serde", errors);
    entries.iter().filter(|entry| entry.key == "rename_all").find_map(|entry| name(entry, errors))
}

/// What serde's attributes on a field say
pub(crate) fn field(attributes: &[syn::Attribute], errors: &mut Errors) -> SerdeDraft {
    let mut draft = SerdeDraft::default();
    for entry in entry::of_attributes(attributes, "serde", errors) {
        match entry.key.to_string().as_str() {
            "rename" => draft.rename = name(&entry, errors),
            "skip" => draft.skip = true,
            "flatten" => draft.flatten = true,
            "default" => draft.default = Some(entry.key),
            "skip_serializing_if" | "skip_serializing" | "with" | "serialize_with" => {
                draft.skip_serializing = true;
            }
            _ => {}
        }
    }
    draft
}

fn name(entry: &Entry, errors: &mut Errors) -> Option<Spanned<String>> {
    if let Written::List(tokens) = &entry.written {
        errors.push(tokens, TWO_NAMES);
        return None;
    }
    let (value, at) = entry.literal()?;
    Some(Spanned::new(value.as_str()?.to_owned(), &entry.key, at))
}
