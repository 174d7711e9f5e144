//! Constraints of a field and of what stands in its list or map
//!
//! Words, keywords and forms are the model's table; what a value must be besides is checked there too.

use healing_model::attribute::{Attribute, Constraint, ConstraintForm, FIELD, ITEM_WORDS, find, suggest};
use serde_json::Value;
use syn::Ident;

use super::{
    entry,
    entry::{Entry, Written},
};
use crate::{
    accumulator::Errors,
    draft::{ConstraintDraft, ItemsDraft},
    spanned::Spanned,
};

/// One constraint as written
pub(crate) fn constraint(
    constraint: &'static Constraint,
    entry: &Entry,
    errors: &mut Errors,
) -> Option<Spanned<ConstraintDraft>> {
    let (value, at) = match constraint.form {
        ConstraintForm::Flag => {
            entry.flag(FIELD, errors)?;
            return Some(Spanned::new(draft(constraint, true.into()), &entry.key, &entry.key));
        }
        ConstraintForm::Text | ConstraintForm::Texts => {
            let text = entry.text(FIELD, errors)?;
            (Value::String(text.value), text.at)
        }
        ConstraintForm::Count => {
            let count = entry.integer(FIELD, errors)?;
            if count.value < 0 {
                return entry.misread(FIELD, errors);
            }
            (count.value.into(), count.at)
        }
        ConstraintForm::Number => match entry.value(FIELD, errors)? {
            Spanned { value: Value::Number(number), at, .. } => (Value::Number(number), at),
            _ => return entry.misread(FIELD, errors),
        },
        ConstraintForm::Literal => {
            let literal = entry.value(FIELD, errors)?;
            (literal.value, literal.at)
        }
        ConstraintForm::Word(words) => {
            let text = entry.text(FIELD, errors)?;
            if !words.contains(&text.value.as_str()) {
                errors.push(
                    &text,
                    format!("unknown `{}` `{}`; {}", entry.key, text.value, hint(&text.value, words)),
                );
                return None;
            }
            (Value::String(text.value), text.at)
        }
    };
    Some(Spanned::new(draft(constraint, value), &entry.key, at))
}

/// `items(...)` or `values(...)`
pub(crate) fn items(entry: &Entry, place: &mut Option<ItemsDraft>, errors: &mut Errors) {
    let Written::List(tokens) = &entry.written else {
        entry.misread::<()>(FIELD, errors);
        return;
    };
    if let Some(before) = place.as_ref() {
        let message = if before.key == entry.key {
            format!("duplicate `{}`; give it once", entry.key)
        } else {
            "`items` is for lists and `values` for maps; keep one of them".to_owned()
        };
        errors.push(&entry.key, message);
        return;
    }
    let mut draft = ItemsDraft { key: entry.key.clone(), constraints: Vec::new() };
    for part in entry::of_tokens(tokens.clone(), errors) {
        let word = part.key.to_string();
        let known = Constraint::find(&word).filter(|known| ITEM_WORDS.contains(&known.word));
        match known {
            Some(known) => draft.constraints.extend(constraint(known, &part, errors)),
            None => unknown(&part.key, &entry.key, errors),
        }
    }
    *place = Some(draft);
}

fn unknown(key: &Ident, around: &Ident, errors: &mut Errors) {
    let table: Vec<Attribute> = ITEM_WORDS.iter().filter_map(|word| find(FIELD, word)).collect();
    entry::unknown(key, &table, &format!("in `{around}(...)`"), errors);
}

fn draft(constraint: &'static Constraint, value: Value) -> ConstraintDraft {
    ConstraintDraft { constraint, value }
}

fn hint(word: &str, words: &[&'static str]) -> String {
    suggest(word, words.iter().copied()).map_or_else(
        || format!("expected one of {}", words.join(", ")),
        |near| format!("did you mean `{near}`?"),
    )
}
