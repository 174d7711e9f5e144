//! `column(...)` on the struct

use healing_model::{
    ColumnType,
    attribute::{COLUMN, CONTAINER, suggest},
};

use super::{
    entry,
    entry::{Entry, Written, once},
};
use crate::{accumulator::Errors, draft::ColumnDraft, spanned::Spanned};

/// One column as written
pub(crate) fn column(entry: &Entry, errors: &mut Errors) -> Option<ColumnDraft> {
    let Written::List(tokens) = &entry.written else {
        return entry.misread(CONTAINER, errors);
    };
    let mut draft = ColumnDraft::new(&entry.key);
    let mut own = Errors::default();
    for part in entry::of_tokens(tokens.clone(), &mut own) {
        match part.key.to_string().as_str() {
            "name" => once(&mut draft.name, part.text(COLUMN, &mut own), &mut own),
            "path" => once(&mut draft.path, part.text(COLUMN, &mut own), &mut own),
            "type" => once(&mut draft.kind, kind(&part, &mut own), &mut own),
            "description" => once(&mut draft.description, part.text(COLUMN, &mut own), &mut own),
            "priority" => once(&mut draft.priority, priority(&part, &mut own), &mut own),
            _ => entry::unknown(&part.key, COLUMN, "in `column(...)`", &mut own),
        }
    }
    if let Err(found) = own.finish() {
        draft.broken = true;
        for error in found {
            errors.take::<()>(Err(error));
        }
    }
    Some(draft)
}

fn kind(entry: &Entry, errors: &mut Errors) -> Option<Spanned<ColumnType>> {
    let text = entry.text(COLUMN, errors)?;
    let Some(kind) = ColumnType::from_word(&text.value) else {
        let words: Vec<&str> = ColumnType::ALL.iter().map(|kind| kind.as_str()).collect();
        let hint = suggest(&text.value, words.iter().copied()).map_or_else(
            || format!("expected one of {}", words.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        errors.push(&text, format!("unknown column type `{}`; {hint}", text.value));
        return None;
    };
    Some(Spanned { value: kind, key: text.key, at: text.at })
}

fn priority(entry: &Entry, errors: &mut Errors) -> Option<Spanned<i32>> {
    let number = entry.integer(COLUMN, errors)?;
    match i32::try_from(number.value) {
        Ok(value) => Some(Spanned { value, key: number.key, at: number.at }),
        Err(_) => entry.misread(COLUMN, errors),
    }
}
