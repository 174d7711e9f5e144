//! What is wrong with the metadata of an object, and with a change of it
//!
//! It owns the rules that hold for objects of all kinds. What the server itself puts into metadata is `write`'s
//! business.

use serde_json::{Map, Value};
use structural_schema::{FieldError, Reason};

use super::Meta;
use super::name::{self, NameRule};

/// Bytes of all keys and values of annotations together
const ANNOTATIONS_MAX_BYTES: usize = 256 * 1024;
const IMMUTABLE: &str = "field is immutable";
/// Finalizers of the server itself, that need no domain
const FINALIZERS: &[&str] = &["orphan", "foregroundDeletion", "kubernetes"];
/// Groups whose kinds take only finalizers with a domain
const GROUPS: &[&str] = &[
    "",
    "apps",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
];

/// Groups of built-in kinds that take any finalizer
const UNCHECKED_GROUPS: &[&str] = &["admissionregistration.k8s.io", "apiextensions.k8s.io"];

/// What is wrong with the metadata of an object that is to be created, whose name was generated if it had to be
pub(crate) fn validate_meta(object: &Value, names: NameRule, namespaced: bool) -> Vec<FieldError> {
    let mut errors = generic(object, names, namespaced);
    errors.extend(domains(object));
    errors
}

/// What is wrong with the metadata of an object that is to replace another
///
/// Mistakes of custom resources are told more than once, as the real server does: its common part and that of the kind
/// both look. Those of built-in kinds are told once.
pub(crate) fn validate_meta_update(new: &Value, old: &Value, namespaced: bool) -> Vec<FieldError> {
    let built_in = GROUPS.contains(&group(new)) || UNCHECKED_GROUPS.contains(&group(new));
    let mut errors = generic(new, NameRule::PathSegment, namespaced);
    errors.extend(change(new, old));
    errors.extend(fixed(new, old));
    if !built_in {
        errors.extend(change(new, old));
        errors.extend(fixed(new, old));
        return errors;
    }
    errors.extend(domains(new));
    let mut once: Vec<FieldError> = Vec::new();
    for error in errors {
        if !once.contains(&error) {
            once.push(error);
        }
    }
    once
}

/// What is wrong with the metadata of a resource inside of another, which may be without a name
pub(crate) fn validate_embedded(object: &Value) -> Vec<FieldError> {
    let mut errors = generic(object, NameRule::PathSegment, !object.namespace().is_empty());
    errors.retain(|error| (error.reason, error.field.as_str()) != (Reason::Required, "metadata.name"));
    errors
}

/// What is wrong with labels at a place of their own, such as `spec.template.metadata.labels`
pub(crate) fn validate_labels(labels: &Value, place: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in labels.as_object().into_iter().flatten() {
        for (text, problems) in [(key.as_str(), name::label_key(key)), {
            let value = value.as_str().unwrap_or_default();
            (value, name::label_value(value))
        }] {
            errors.extend(problems.into_iter().map(|problem| invalid(place, &text.into(), problem)));
        }
    }
    errors
}

/// What is wrong with annotations at a place
pub(crate) fn validate_annotations(annotations: &Value, place: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let annotations = annotations.as_object();
    for key in annotations.into_iter().flat_map(Map::keys) {
        let problems = name::label_key(&key.to_lowercase());
        errors.extend(problems.into_iter().map(|problem| invalid(place, &key.as_str().into(), problem)));
    }
    let entries = annotations.into_iter().flatten();
    let bytes: usize = entries.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if bytes > ANNOTATIONS_MAX_BYTES {
        let detail = format!("may not be more than {ANNOTATIONS_MAX_BYTES} bytes");
        errors.push(FieldError::new(Reason::TooLong, place, detail));
    }
    errors
}

/// The part that is the same for a creation and an update
fn generic(object: &Value, names: NameRule, namespaced: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (field, is_prefix) in [("generateName", true), ("name", false)] {
        let text = object.meta(field);
        if !text.is_empty() {
            let problems = names.problems(text, is_prefix).into_iter();
            let place = format!("metadata.{field}");
            errors.extend(problems.map(|problem| invalid(&place, &text.into(), problem)));
        }
    }
    if object.name().is_empty() {
        errors.push(FieldError::new(Reason::Required, "metadata.name", "name or generateName is required"));
    }
    errors.extend(namespace(object, namespaced));
    let metadata = &object["metadata"];
    errors.extend(generation(metadata));
    errors.extend(validate_labels(&metadata["labels"], "metadata.labels"));
    errors.extend(validate_annotations(&metadata["annotations"], "metadata.annotations"));
    errors.extend(owners(object));
    errors.extend(finalizers(object));
    errors
}

fn namespace(object: &Value, namespaced: bool) -> Vec<FieldError> {
    let (text, place) = (object.namespace(), "metadata.namespace");
    match (namespaced, text.is_empty()) {
        (true, true) => vec![FieldError::new(Reason::Required, place, "")],
        (true, false) => {
            let problems = name::label(text).into_iter();
            problems.map(|problem| invalid(place, &text.into(), problem)).collect()
        }
        (false, false) => vec![FieldError::new(Reason::Forbidden, place, "not allowed on this type")],
        (false, true) => Vec::new(),
    }
}

fn generation(metadata: &Value) -> Option<FieldError> {
    let value = &metadata["generation"];
    (value.as_i64()? < 0)
        .then(|| invalid("metadata.generation", value, "must be greater than or equal to 0".to_owned()))
}

fn owners(object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut controller: Option<String> = None;
    for (index, owner) in object.owners().iter().enumerate() {
        let place = format!("metadata.ownerReferences[{index}]");
        let api_version = owner["apiVersion"].as_str().unwrap_or_default();
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner[field].as_str().unwrap_or_default().is_empty() {
                errors.push(FieldError::new(
                    Reason::Required,
                    format!("{place}.{field}"),
                    "must not be empty",
                ));
            } else if field == "apiVersion"
                && (api_version.matches('/').count() > 1 || api_version.ends_with('/'))
            {
                let detail = "must be <group>/<version> or <version>".to_owned();
                errors.push(invalid(&format!("{place}.apiVersion"), &api_version.into(), detail));
            }
        }
        if api_version == "v1" && owner["kind"] == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner".to_owned();
            errors.push(invalid(&place, owner, detail));
        }
        if owner["controller"] == true {
            let this = format!(
                "{}/{}",
                owner["kind"].as_str().unwrap_or_default(),
                owner["name"].as_str().unwrap_or_default()
            );
            match &controller {
                None => controller = Some(this),
                Some(first) => {
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {this}"
                    );
                    let all = &object["metadata"]["ownerReferences"];
                    errors.push(FieldError {
                        value: Some(in_order(all)),
                        ..invalid("metadata.ownerReferences", all, detail)
                    });
                }
            }
        }
    }
    errors
}

/// Owners as JSON, their fields in the order in which a real server writes them
fn in_order(owners: &Value) -> String {
    const ORDER: &[&str] = &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let one = |owner: &Value| {
        let fields = ORDER.iter().filter_map(|name| Some(format!("\"{name}\":{}", owner.get(name)?)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    };
    let all: Vec<String> = owners.as_array().into_iter().flatten().map(one).collect();
    format!("[{}]", all.join(","))
}

fn finalizers(object: &Value) -> Vec<FieldError> {
    let (all, place) = (object.finalizers(), "metadata.finalizers");
    let mut errors = Vec::new();
    for finalizer in &all {
        let problems = name::label_key(finalizer).into_iter();
        errors.extend(problems.map(|problem| invalid(place, &(*finalizer).into(), problem)));
    }
    if all.contains(&"orphan") && all.contains(&"foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set".to_owned();
        errors.push(invalid(place, &object["metadata"]["finalizers"], detail));
    }
    errors
}

/// Built-in kinds take only finalizers with a domain
fn domains(object: &Value) -> Vec<FieldError> {
    if !GROUPS.contains(&group(object)) {
        return Vec::new();
    }
    let mut errors = Vec::new();
    for (index, finalizer) in object.finalizers().into_iter().enumerate() {
        let place = format!("metadata.finalizers[{index}]");
        let mut problems = Vec::new();
        if !finalizer.contains('/') && !FINALIZERS.contains(&finalizer) {
            problems.push("name is neither a standard finalizer name nor is it fully qualified".to_owned());
        }
        errors.extend(problems.into_iter().map(|problem| invalid(&place, &finalizer.into(), problem)));
    }
    errors
}

/// What may not be done to metadata, apart from fields that never change
fn change(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if old.is_terminating() {
        let known = old.finalizers();
        let mut added = new.finalizers();
        added.retain(|finalizer| !known.contains(finalizer));
        added.sort_unstable();
        added.dedup();
        if !added.is_empty() {
            let added: Vec<String> = added.iter().map(|finalizer| format!("{finalizer:?}")).collect();
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            );
            errors.push(FieldError::new(Reason::Forbidden, "metadata.finalizers", detail));
        }
    }
    if new.meta("resourceVersion").is_empty() {
        let detail = "must be specified for an update".to_owned();
        errors.push(invalid("metadata.resourceVersion", &"".into(), detail));
    }
    for field in ["name", "namespace"] {
        if new.meta(field) != old.meta(field) {
            let place = format!("metadata.{field}");
            errors.push(invalid(&place, &new.meta(field).into(), IMMUTABLE.to_owned()));
        }
    }
    let metadata = &new["metadata"];
    errors.extend(validate_labels(&metadata["labels"], "metadata.labels"));
    errors.extend(validate_annotations(&metadata["annotations"], "metadata.annotations"));
    errors.extend(owners(new));
    errors
}

/// Changes of fields that never change
fn fixed(new: &Value, old: &Value) -> Vec<FieldError> {
    let (new, old) = (&new["metadata"], &old["metadata"]);
    let fields = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"];
    let changed = fields.into_iter().filter(|field| new[*field] != old[*field]);
    changed.map(|field| invalid(&format!("metadata.{field}"), &new[field], IMMUTABLE.to_owned())).collect()
}

fn group(object: &Value) -> &str {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn invalid(place: &str, value: &Value, detail: String) -> FieldError {
    FieldError::of_value(Reason::Invalid, place, value, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(errors: &[FieldError]) -> Vec<String> {
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn metadata_of_a_creation_is_judged() {
        let owner = |kind: &str| json!({ "apiVersion": "v1", "kind": kind, "name": "o", "uid": "u" });
        let cases: &[(Value, &[&str])] = &[
            (json!({ "name": "a", "namespace": "ns" }), &[]),
            (
                json!({ "namespace": "ns" }),
                &["metadata.name: Required value: name or generateName is required"],
            ),
            (json!({ "name": "a" }), &["metadata.namespace: Required value"]),
            (
                json!({ "name": "a", "namespace": "ns", "generateName": "a." }),
                &["a lowercase RFC 1123 subdomain"],
            ),
            (
                json!({ "name": "a", "namespace": "ns", "labels": { "k": "v v" } }),
                &["metadata.labels: Invalid value: \"v v\": a valid label must be"],
            ),
            (
                json!({ "name": "a", "namespace": "ns", "annotations": { "K": "x".repeat(256 * 1024) } }),
                &["metadata.annotations: Too long: may not be more than 262144 bytes"],
            ),
            (
                json!({ "name": "a", "namespace": "ns", "ownerReferences": [{ "kind": "K", "name": "n" }] }),
                &["ownerReferences[0].apiVersion: Required", "ownerReferences[0].uid: Required"],
            ),
            (
                json!({ "name": "a", "namespace": "ns", "ownerReferences": [owner("Event")] }),
                &["is disallowed from being an owner"],
            ),
            (
                json!({ "name": "a", "namespace": "ns", "finalizers": ["bare"] }),
                &[
                    "metadata.finalizers[0]: Invalid value: \"bare\": name is neither a standard finalizer name",
                ],
            ),
        ];
        for (metadata, expected) in cases {
            let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata });
            let told = told(&validate_meta(&object, NameRule::Subdomain, true));
            assert_eq!(told.len(), expected.len(), "{metadata} {told:?}");
            for (told, part) in told.iter().zip(*expected) {
                assert!(told.contains(part), "{told}");
            }
        }
    }

    #[test]
    fn a_second_controller_is_refused() {
        let owner = |name: &str| json!({ "apiVersion": "v1", "kind": "K", "name": name, "uid": "u", "controller": true });
        let object = json!({ "apiVersion": "heal.example.com/v1", "metadata": {
            "name": "a", "namespace": "ns", "ownerReferences": [owner("a"), owner("b")], "finalizers": ["bare"],
        } });
        let told = told(&validate_meta(&object, NameRule::Subdomain, true));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].ends_with("Found \"true\" in references for K/a and K/b"), "{told:?}");
    }

    #[test]
    fn some_metadata_never_changes() {
        let old = json!({ "apiVersion": "v1", "metadata": {
            "name": "a", "namespace": "ns", "uid": "u", "resourceVersion": "1",
            "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x.io/a"],
        } });
        let mut new = old.clone();
        assert_eq!(validate_meta_update(&new, &old, true), []);
        new["metadata"]["uid"] = "other".into();
        assert_eq!(
            told(&validate_meta_update(&new, &old, true)),
            ["metadata.uid: Invalid value: \"other\": field is immutable"]
        );
        new["metadata"]["uid"] = "u".into();
        new["metadata"]["finalizers"] = json!(["x.io/b"]);
        let told = told(&validate_meta_update(&new, &old, true));
        assert!(told[0].ends_with("found new finalizers []string{\"x.io/b\"}"), "{told:?}");
    }
}
