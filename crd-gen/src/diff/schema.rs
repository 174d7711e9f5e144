//! The walk through two schemas of one version: fields, types, defaults, what must be there
//!
//! What refuses values is `bound`'s business, how lists and maps are merged `shape`'s, rules are `rule`'s.

use serde_json::{Map, Value};

use super::bound::{self, same};
use super::shape::{self, Extra};
use super::{Class, Log, Place, Verdict, rule};

/// Keywords that explain
const WORDS: [&str; 6] = ["description", "title", "example", "externalDocs", "id", "$schema"];
/// Keywords that are compared here, in `rule` and in `shape`
const KNOWN: [&str; 15] = [
    "type",
    "properties",
    "additionalProperties",
    "items",
    "required",
    "default",
    "nullable",
    "x-kubernetes-validations",
    "x-kubernetes-int-or-string",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "x-kubernetes-patch-strategy",
];

/// Compares two schemas of one place, and all that is below it
pub(super) fn compare(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    words(place, old, new, log);
    if kind(old) != kind(new) {
        let why = "stored objects and manifests have values of the old type; add a field, or a version with a conversion";
        let values = (&Value::from(kind(old)), &Value::from(kind(new)));
        log.note(place, values, (Class::Breaking, "type-changed", why));
        return;
    }
    nullable(place, old, new, log);
    default(place, old, new, log);
    bound::compare(place, old, new, log);
    shape::compare(place, old, new, log);
    rule::compare(place, old, new, log);
    others(place, old, new, log);
    fields(place, old, new, log);
    required(place, old, new, log);
    if let (Extra::Map(old), Extra::Map(new)) = (Extra::of(old), Extra::of(new)) {
        compare(&place.values(), old, new, log);
    }
    if old["items"].is_object() && new["items"].is_object() {
        compare(&place.items(), &old["items"], &new["items"], log);
    }
}

/// The type of a place, as one word
fn kind(schema: &Value) -> &str {
    if schema["x-kubernetes-int-or-string"] == true {
        return "int-or-string";
    }
    schema["type"].as_str().unwrap_or("any")
}

fn words(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    for key in WORDS {
        if old[key] != new[key] {
            let why = "no object is concerned; read whether the field means something else now";
            log.note(place, (&old[key], &new[key]), (Class::Compatible, "description-changed", why));
        }
    }
}

fn nullable(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let verdict: Verdict = match (old["nullable"] == true, new["nullable"] == true) {
        (true, false) if place.path.ends_with(']') => {
            (Class::Tightening, "null-refused", "a list with null in it is refused when it is set anew")
        }
        (true, false) => {
            let why = "null is dropped, or replaced by the default, when it is read next";
            (Class::StorageAffecting, "null-dropped", why)
        }
        (false, true) => {
            (Class::Compatible, "null-allowed", "what was right stays right; clients must be ready for null")
        }
        _ => return,
    };
    log.note(place, (&old["nullable"], &new["nullable"]), verdict);
}

fn default(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let (before, after) = (&old["default"], &new["default"]);
    if same(before, after) {
        return;
    }
    let verdict = match (before.is_null(), after.is_null()) {
        (true, false) => {
            let why = "stored objects that leave the field out get the value when they are read next";
            (Class::StorageAffecting, "default-added", why)
        }
        (false, true) => {
            let why =
                "objects that leave the field out have no value there any more; clients may rely on one";
            (Class::StorageAffecting, "default-removed", why)
        }
        _ => {
            let why = "objects that leave the field out mean something else now; those written before keep the old value";
            (Class::StorageAffecting, "default-changed", why)
        }
    };
    log.note(place, (before, after), verdict);
}

/// Keywords that are compared nowhere else
fn others(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let empty = Map::new();
    let (before, after) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let is_known = |key: &str| {
        KNOWN.contains(&key) || WORDS.contains(&key) || bound::KEYWORDS.iter().any(|keys| keys.contains(&key))
    };
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).filter(|key| !is_known(key)).collect();
    keys.sort();
    keys.dedup();
    for key in keys.into_iter().filter(|key| old[key.as_str()] != new[key.as_str()]) {
        let why = "crd-gen does not know what this keyword does";
        let verdict = (Class::Tightening, "keyword-changed", why);
        log.note(&place.field(key), (&old[key.as_str()], &new[key.as_str()]), verdict);
    }
}

fn fields(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let empty = Map::new();
    let of = |schema: &'_ Value| schema["properties"].as_object().cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (of(old), of(new));
    for (name, field) in &before {
        let here = place.field(name);
        match after.get(name) {
            Some(now) => compare(&here, field, now, log),
            None => log.note(&here, (&Value::from(kind(field)), &Value::Null), gone(new)),
        }
    }
    for (name, field) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let values = (&Value::Null, &Value::from(kind(field)));
        log.note(&place.field(name), values, added(old, new, name, field));
    }
}

fn gone(new: &Value) -> Verdict {
    if shape::keeps_unknown(new) || matches!(Extra::of(new), Extra::Any) {
        let why = "the value is kept, but nothing checks it any more";
        return (Class::Compatible, "field-unchecked", why);
    }
    let why = "its values are dropped from stored objects at their next write; keep the field, and say that it is not used";
    (Class::Breaking, "field-removed", why)
}

fn added(old: &Value, new: &Value, name: &str, field: &Value) -> Verdict {
    if requires(new, name) && field["default"].is_null() {
        let why = "manifests lack it and are refused, objects as soon as anything beside it is changed; make it optional, or give it a default";
        return (Class::Breaking, "field-added-required", why);
    }
    if shape::keeps_unknown(old) || !matches!(Extra::of(old), Extra::None) {
        let why = "objects may have a value of this name that nobody has checked yet";
        return (Class::Tightening, "field-added-known", why);
    }
    (Class::Compatible, "field-added", "objects that lack it stay right")
}

fn required(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let listed = |schema: &'_ Value| schema["required"].as_array().cloned().unwrap_or_default();
    for name in listed(new).iter().filter_map(Value::as_str) {
        // a new field has been told of
        let (before, after) = (&old["properties"][name], &new["properties"][name]);
        if requires(old, name) && !before["default"].is_null() && after["default"].is_null() {
            let why = "manifests that leave it out are refused: nothing fills it any more";
            let values = (&before["default"], &Value::Null);
            log.note(&place.field(name), values, (Class::Breaking, "required-unfilled", why));
        }
        if requires(old, name) || before.is_null() {
            continue;
        }
        let verdict = if after["default"].is_null() {
            let why = "manifests that leave it out are refused, objects as soon as anything beside it is changed; give it a default, or leave it optional";
            (Class::Breaking, "required-added", why)
        } else {
            (Class::Compatible, "required-added", "the default fills it where it is left out")
        };
        log.note(&place.field(name), (&Value::Null, &Value::from("required")), verdict);
    }
    for name in listed(old).iter().filter_map(Value::as_str) {
        if requires(new, name) || new["properties"][name].is_null() {
            continue;
        }
        let why = "what was right stays right; clients must be ready for objects without it";
        let values = (&Value::from("required"), &Value::Null);
        log.note(&place.field(name), values, (Class::Compatible, "required-removed", why));
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
}
