//! How lists and maps are merged, and which fields without a schema are kept

use serde_json::Value;

use super::{Class, Log, Place, Verdict};

/// Fields of an object that are not in `properties`
#[derive(Clone, Copy, Debug)]
pub(super) enum Extra<'v> {
    /// There are none
    None,
    /// Whatever they are
    Any,
    /// Each has this schema
    Map(&'v Value),
}

/// Why a change of ownership matters
const OWNERS: &str =
    "nothing is refused, but who owns which part in server-side apply changes with the next write";

/// Compares what is merged and kept at a place
pub(super) fn compare(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    extra(place, old, new, log);
    let verdict: Option<Verdict> = match (keeps_unknown(old), keeps_unknown(new)) {
        (true, false) => {
            let why = "fields without a schema are dropped from stored objects at their next write";
            Some((Class::Breaking, "pruning-on", why))
        }
        (false, true) => Some((Class::Compatible, "pruning-off", "fields without a schema are kept")),
        _ => None,
    };
    let key = "x-kubernetes-preserve-unknown-fields";
    log.note_if(place, (&old[key], &new[key]), verdict);
    let key = "x-kubernetes-embedded-resource";
    let verdict: Option<Verdict> = match (old[key] == true, new[key] == true) {
        (false, true) => {
            let why =
                "objects without `apiVersion` and `kind` there are refused at any update, changed or not";
            Some((Class::Breaking, "embedded-added", why))
        }
        (true, false) => Some((Class::Compatible, "embedded-removed", "what was right stays right")),
        _ => None,
    };
    log.note_if(place, (&old[key], &new[key]), verdict);
    list(place, old, new, log);
    let key = "x-kubernetes-map-type";
    let is_atomic = |schema: &Value| schema[key] == "atomic";
    let verdict =
        (is_atomic(old) != is_atomic(new)).then_some((Class::StorageAffecting, "map-type-changed", OWNERS));
    log.note_if(place, (&old[key], &new[key]), verdict);
}

fn extra(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let verdict = match (Extra::of(old), Extra::of(new)) {
        (Extra::None, Extra::Any | Extra::Map(_)) => {
            (Class::Compatible, "map-added", "keys of any name are let in")
        }
        (Extra::Any | Extra::Map(_), Extra::None) => {
            let why = "keys that are not fields are dropped from stored objects at their next write";
            (Class::Breaking, "map-removed", why)
        }
        (Extra::Any, Extra::Map(_)) => {
            (Class::Tightening, "map-values-checked", "values that nobody has checked yet may be refused")
        }
        (Extra::Map(_), Extra::Any) => {
            (Class::Compatible, "map-values-unchecked", "what was right stays right")
        }
        _ => return,
    };
    let key = "additionalProperties";
    log.note(place, (&old[key], &new[key]), verdict);
}

fn list(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let key = "x-kubernetes-list-type";
    let kind = |schema: &'_ Value| schema[key].as_str().unwrap_or("atomic").to_owned();
    let verdict: Option<Verdict> = match (kind(old).as_str(), kind(new).as_str()) {
        (old, new) if old == new => None,
        (_, "atomic") => Some((Class::StorageAffecting, "list-type-changed", OWNERS)),
        _ => {
            let why = "lists with an element twice are refused when they are set anew, and in server-side apply elements get owners of their own";
            Some((Class::Tightening, "list-type-changed", why))
        }
    };
    log.note_if(place, (&old[key], &new[key]), verdict);
    let key = "x-kubernetes-list-map-keys";
    let keys = |schema: &'_ Value| {
        let mut keys = schema[key].as_array().cloned().unwrap_or_default();
        keys.sort_by_key(ToString::to_string);
        keys
    };
    // with the type of the list all is told
    let is_told = kind(old) != kind(new);
    let (before, after) = (keys(old), keys(new));
    let verdict: Option<Verdict> = if is_told || before == after {
        None
    } else if before.iter().all(|key| after.contains(key)) {
        Some((Class::StorageAffecting, "list-keys-changed", OWNERS))
    } else {
        let why = "lists with an element twice by the new keys are refused when they are set anew, and others are merged differently";
        Some((Class::Tightening, "list-keys-changed", why))
    };
    log.note_if(place, (&old[key], &new[key]), verdict);
}

/// The same, as bad as it is where an API server never forgives
///
/// It forgives what is wrong with a value that an update does not change. A value with fields that have no schema, and the
/// object as a whole, are never taken for unchanged.
pub(super) fn unless_forgiven(place: &Place, schema: &Value, verdict: Verdict) -> Verdict {
    match verdict {
        (Class::Tightening, kind, _) if place.path.is_empty() || hides_sameness(schema) => {
            let why = "objects that break it are refused at any update: where fields have no schema, an API server never takes an object for unchanged";
            (Class::Breaking, kind, why)
        }
        verdict => verdict,
    }
}

/// Whether values may have fields that cannot be compared with those they had before
fn hides_sameness(schema: &Value) -> bool {
    let is_told_apart = schema["x-kubernetes-list-type"] == "map";
    keeps_unknown(schema)
        || schema["x-kubernetes-embedded-resource"] == true
        || match Extra::of(schema) {
            Extra::None => false,
            Extra::Any => true,
            Extra::Map(values) => hides_sameness(values),
        }
        || schema["properties"].as_object().is_some_and(|fields| fields.values().any(hides_sameness))
        || (is_told_apart && hides_sameness(&schema["items"]))
}

/// Whether fields without a schema are kept here
pub(super) fn keeps_unknown(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"] == true
}

// === impl Extra ===

impl<'v> Extra<'v> {
    pub(super) fn of(schema: &'v Value) -> Self {
        match &schema["additionalProperties"] {
            Value::Bool(true) => Self::Any,
            Value::Object(fields) if fields.is_empty() => Self::Any,
            map @ Value::Object(_) => Self::Map(map),
            _ => Self::None,
        }
    }
}

// === impl Log ===

impl Log<'_> {
    fn note_if(&mut self, place: &Place, values: (&Value, &Value), verdict: Option<Verdict>) {
        if let Some(verdict) = verdict {
            self.note(place, values, verdict);
        }
    }
}
