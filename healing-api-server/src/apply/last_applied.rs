//! The annotation of client-side apply, kept in step when `kubectl` goes over to server-side apply
//!
//! It owns `last-applied-configuration`. Client-side apply itself is the client's business.

use serde_json::{Value, json};

use super::compare::compare;
use super::element::go_json;
use super::field_set::FieldSet;
use super::owned::fields_of;
use super::place::Place;

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// All annotations together may have this many bytes
const ANNOTATIONS_MAX_BYTES: usize = 256 * 1024;

fn annotation(object: &Value) -> Option<&str> {
    object["metadata"]["annotations"][ANNOTATION].as_str().filter(|text| !text.is_empty())
}

/// The fields that client-side apply set and nobody changed since: `kubectl` may take them without force
pub(crate) fn fields_of_client(live: &Value, place: Place<'_>, api_version: &str) -> Option<FieldSet> {
    let last: Value = serde_json::from_str(annotation(live)?).ok()?;
    if last["apiVersion"] != api_version || super::check::check(place, &last).is_some() {
        return None;
    }
    let changes = compare(place, &last, live);
    let set = fields_of(place, &last);
    Some(set.difference(&changes.modified).difference(&changes.added).difference(&changes.removed))
}

/// Writes what was applied into the annotation, if the object has one
pub(crate) fn keep_in_step(object: &mut Value, applied: &Value) {
    if annotation(object).is_none() {
        return;
    }
    let mut applied = applied.clone();
    if let Some(annotations) = applied["metadata"].get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(ANNOTATION);
    }
    let text = go_json(&applied) + "\n";
    let Some(annotations) = object["metadata"]["annotations"].as_object_mut() else { return };
    annotations.insert(ANNOTATION.to_owned(), json!(text));
    let length = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(0, str::len);
    if annotations.iter().map(length).sum::<usize>() > ANNOTATIONS_MAX_BYTES {
        annotations.remove(ANNOTATION);
    }
}
