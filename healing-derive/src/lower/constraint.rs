//! Constraints: what was written about a field's value, as keywords of the schema
//!
//! It owns what a word means on a type: bounds of numbers with a fraction are keywords, those of whole numbers are
//! the field's own.

use healing_model::{Field, FieldKind, attribute::Constraint};
use serde_json::{Map, Value};

use crate::{
    accumulator::Errors,
    draft::{BoundDraft, ConstraintDraft, FieldDraft, ItemsDraft},
    spanned::Spanned,
};

/// Adds all constraints of `draft` to `field`, whose name, type and bounds are known
pub(crate) fn constraints(draft: &FieldDraft<'_>, field: &mut Field, errors: &mut Errors) {
    let mut own = Keywords::default();
    for (word, bound, place) in
        [("minimum", &draft.minimum, &mut field.minimum), ("maximum", &draft.maximum, &mut field.maximum)]
    {
        let Some(written) = bound else { continue };
        own.claim(word, written, errors);
        // A bound with a message stays: the model says why it cannot be on such a field.
        if let (FieldKind::Number, BoundDraft { value, message: None }) = (&field.kind, &written.value) {
            *place = None;
            own.keywords.insert(word.to_owned(), (*value).into());
        }
    }
    own.extend(&draft.constraints, errors);
    field.constraints = own.keywords;
    let mut items = Keywords::default();
    items.extend(draft.items.iter().flat_map(|items| &items.constraints), errors);
    field.items = items.keywords;
    if let Some(written) = &draft.items {
        items_word(written, field, errors);
    }
    field.selectable = draft.selectable.is_some();
}

/// What is in a list is its items, what is in a map its values.
fn items_word(written: &ItemsDraft, field: &Field, errors: &mut Errors) {
    let word = match field.kind {
        FieldKind::List(_) => "items",
        FieldKind::Map(_) => "values",
        _ => return,
    };
    if written.key != word {
        let what = field.kind.describe();
        errors.push(&written.key, format!("`{}` is {what}; write `{word}(...)`", field.name));
    }
}

/// Keywords, and which words they came from
#[derive(Default)]
struct Keywords {
    keywords: Map<String, Value>,
    claimed: Vec<(&'static str, String)>,
}

// === impl Keywords ===

impl Keywords {
    fn extend<'d>(
        &mut self,
        drafts: impl IntoIterator<Item = &'d Spanned<ConstraintDraft>>,
        errors: &mut Errors,
    ) {
        for draft in drafts {
            let constraint: &'static Constraint = draft.value.constraint;
            if self.claim(subject(constraint.word), draft, errors) {
                constraint.add(&mut self.keywords, draft.value.value.clone());
            }
        }
    }

    /// Whether nothing was said about this subject before; a key of a list map may be one of several
    fn claim<T>(&mut self, subject: &'static str, written: &Spanned<T>, errors: &mut Errors) -> bool {
        let word = written.key.to_string();
        let before = self.claimed.iter().find(|(other, _)| *other == subject && subject != "list_map_key");
        if let Some((_, other)) = before {
            let message = if *other == word {
                format!("duplicate `{word}`; give it once")
            } else {
                format!("`{other}` speaks about the same as `{word}`; keep one of them")
            };
            errors.push(&written.key, message);
            return false;
        }
        self.claimed.push((subject, word));
        true
    }
}

/// A bound is one, whether it excludes itself or not.
fn subject(word: &'static str) -> &'static str {
    match word {
        "exclusive_minimum" => "minimum",
        "exclusive_maximum" => "maximum",
        other => other,
    }
}
