//! `policy(...)`: knobs fixed for every object
//!
//! The words and how their values are written are the model's table of knobs.

use healing_model::{
    Amount, KNOBS, KnobKind, KnobSpec, KnobValue, Role,
    attribute::{CONTAINER, suggest},
};
use serde_json::Value;

use super::{
    entry,
    entry::{Entry, Written},
};
use crate::{accumulator::Errors, draft::KnobDraft, spanned::Spanned};

/// Adds the knobs of one `policy(...)`
pub(crate) fn policy(entry: &Entry, knobs: &mut Vec<Spanned<KnobDraft>>, errors: &mut Errors) {
    let Written::List(tokens) = &entry.written else {
        entry.misread::<()>(CONTAINER, errors);
        return;
    };
    for part in entry::of_tokens(tokens.clone(), errors) {
        let word = part.key.to_string();
        let Some(spec) = KnobSpec::find(&word) else {
            errors.push(&part.key, unknown(&word));
            continue;
        };
        if knobs.iter().any(|knob| knob.value.spec.name == spec.name) {
            errors.push(&part.key, format!("duplicate `{word}`; give it once"));
        } else if let Some((value, at)) = knob(&part, spec, errors) {
            knobs.push(Spanned::new(KnobDraft { spec, value }, &part.key, at));
        }
    }
}

fn unknown(word: &str) -> String {
    if word == Role::Paused.as_str() {
        return "`paused` is a role: put it on a `bool` field, so that each object can be paused".to_owned();
    }
    let words: Vec<&str> = KNOBS.iter().map(|knob| knob.name).collect();
    let hint = suggest(word, words.iter().copied()).map_or_else(
        || format!("expected one of {}", words.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    format!("unknown knob `{word}` in `policy(...)`; {hint}")
}

fn knob(part: &Entry, spec: &KnobSpec, errors: &mut Errors) -> Option<(KnobValue, syn::Expr)> {
    let name = spec.name;
    let form = match spec.kind {
        KnobKind::Count => format!("expected a whole number: `{name} = 2`"),
        KnobKind::Duration => format!("expected seconds or a duration: `{name} = 600` or `{name} = \"10m\"`"),
        KnobKind::Amount => {
            format!("expected a whole number or a percentage: `{name} = 2` or `{name} = \"40%\"`")
        }
        KnobKind::Flag => format!("expected `{name} = true` or `{name} = false`"),
        KnobKind::Word(words) => format!("expected `{name} = \"{}\"`", words.join("\"` or `\"")),
    };
    let literal = part.literal();
    let value = literal.as_ref().and_then(|(value, _)| match (spec.kind, value) {
        (KnobKind::Count | KnobKind::Duration, Value::Number(number)) => whole(number).map(KnobValue::Number),
        (KnobKind::Amount, Value::Number(number)) => whole(number).map(Amount::Count).map(KnobValue::Amount),
        (KnobKind::Amount, Value::String(text)) => Amount::percent(text).map(KnobValue::Amount),
        (KnobKind::Flag, Value::Bool(flag)) => Some(KnobValue::Flag(*flag)),
        (KnobKind::Duration, Value::String(text)) => KnobSpec::seconds(text).map(KnobValue::Number),
        (KnobKind::Word(words), Value::String(text)) if words.contains(&text.as_str()) => {
            Some(KnobValue::Word(text.clone()))
        }
        _ => None,
    });
    match (value, literal) {
        (Some(value), Some((_, at))) => Some((value, at)),
        (_, Some((_, at))) => {
            errors.push(at, form);
            None
        }
        _ => {
            errors.push(&part.key, form);
            None
        }
    }
}

fn whole(number: &serde_json::Number) -> Option<u32> {
    number.as_u64().and_then(|number| u32::try_from(number).ok())
}
