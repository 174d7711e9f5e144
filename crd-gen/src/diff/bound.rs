//! Keywords that refuse values: bounds, patterns, formats, enums
//!
//! What a schema lets in at all (types, fields) is `schema`'s business.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{Class, Log, Place, Verdict, shape};

/// Why what takes more values is compatible
const LOOSER: &str = "what was right stays right; clients must be ready for the new values";
/// Why what takes fewer values is a tightening
const TIGHTER: &str = "a value that was right is refused when it is set anew; objects that have it keep it while it is not changed";
/// As above, where nobody can tell
const UNKNOWN: &str =
    "values that were right may be refused when they are set anew; which ones cannot be told";

const UPPER: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
const LOWER: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
const EXCLUSIVE: [&str; 2] = ["exclusiveMinimum", "exclusiveMaximum"];
/// What combines schemas
const JUNCTORS: [&str; 4] = ["allOf", "anyOf", "oneOf", "not"];

/// The keywords that are compared here
pub(super) const KEYWORDS: [&[&str]; 5] =
    [&UPPER, &LOWER, &EXCLUSIVE, &JUNCTORS, &["multipleOf", "uniqueItems", "pattern", "format", "enum"]];

/// Compares what two schemas refuse
pub(super) fn compare(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    for key in KEYWORDS.into_iter().flatten() {
        // false is what goes without saying
        let plain = |schema: &Value| match &schema[*key] {
            Value::Bool(false) => Value::Null,
            value => value.clone(),
        };
        let (before, after) = (plain(old), plain(new));
        if same(&before, &after) {
            continue;
        }
        if *key == "enum" {
            values(place, &before, &after, log);
        } else {
            let verdict = shape::unless_forgiven(place, new, verdict(key, &before, &after));
            // which bound it is, nothing else tells
            let named = |value: Value| if value.is_null() { value } else { json!({ *key: value }) };
            log.note(place, (&named(before), &named(after)), verdict);
        }
    }
}

fn verdict(key: &str, old: &Value, new: &Value) -> Verdict {
    if JUNCTORS.contains(&key) {
        return match (old.is_null(), new.is_null()) {
            (_, true) => (Class::Compatible, "junctor-removed", LOOSER),
            (true, false) => (Class::Tightening, "junctor-added", TIGHTER),
            (false, false) => (Class::Tightening, "junctor-changed", UNKNOWN),
        };
    }
    let (added, removed, tightened, loosened) = match key {
        "pattern" => ("pattern-added", "pattern-removed", "pattern-changed", ""),
        "format" => ("format-added", "format-removed", "format-changed", "format-loosened"),
        _ => ("bound-added", "bound-removed", "bound-tightened", "bound-loosened"),
    };
    if old.is_null() {
        return (Class::Tightening, added, TIGHTER);
    }
    if new.is_null() {
        return (Class::Compatible, removed, LOOSER);
    }
    let looser = match key {
        "format" if is_wider(old, new) => true,
        "pattern" | "format" => return (Class::Tightening, tightened, UNKNOWN),
        "multipleOf" => is_multiple(old, new),
        _ if UPPER.contains(&key) => order(old, new) == Some(Ordering::Less),
        _ => order(old, new) == Some(Ordering::Greater),
    };
    if looser { (Class::Compatible, loosened, LOOSER) } else { (Class::Tightening, tightened, TIGHTER) }
}

fn values(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let (Some(before), Some(after)) = (old.as_array(), new.as_array()) else {
        let verdict = if old.is_null() {
            (Class::Tightening, "enum-added", TIGHTER)
        } else {
            (Class::Compatible, "enum-removed", LOOSER)
        };
        log.note(place, (old, new), verdict);
        return;
    };
    let only = |these: &[Value], those: &[Value]| -> Vec<Value> {
        these.iter().filter(|one| !those.iter().any(|other| same(one, other))).cloned().collect()
    };
    let (gone, added) = (only(before, after), only(after, before));
    if !gone.is_empty() {
        log.note(
            place,
            (&Value::Array(gone), &Value::Null),
            (Class::Tightening, "enum-value-removed", TIGHTER),
        );
    }
    if !added.is_empty() {
        let why =
            "what was right stays right; clients that know the old values alone meet ones they do not know";
        log.note(place, (&Value::Null, &Value::Array(added)), (Class::Compatible, "enum-value-added", why));
    }
}

/// Whether values mean the same: `1` and `1.0` do
pub(super) fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Number(_), Value::Number(_)) => order(old, new) == Some(Ordering::Equal),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(key, old)| new.get(key).is_some_and(|new| same(old, new)))
        }
        _ => old == new,
    }
}

fn order(old: &Value, new: &Value) -> Option<Ordering> {
    match (old.as_i64(), new.as_i64()) {
        (Some(old), Some(new)) => Some(old.cmp(&new)),
        _ => old.as_f64()?.partial_cmp(&new.as_f64()?),
    }
}

fn is_multiple(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_f64(), new.as_f64()) else { return false };
    new != 0.0 && (old / new).fract() == 0.0
}

/// Whether the new format takes all that the old one takes
fn is_wider(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some("int32"), Some("int64")) | (Some("float"), Some("double")))
}
