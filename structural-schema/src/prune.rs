//! Unknown fields: they are removed, and told
//!
//! It owns what is unknown: a field that no schema describes, below a place that keeps no unknown ones. Whether that is
//! an error is decided by the request.

use serde_json::{Map, Value};

use crate::place::{child, index};
use crate::schema::{Additional, Schema};

/// Fields that every resource has, whether its schema names them or not
pub(crate) const META: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// What `metadata` may hold where a schema does not say it, and what the lists in it may hold
const OBJECT_META: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];
const OWNER_REFERENCE: [&str; 6] = ["apiVersion", "blockOwnerDeletion", "controller", "kind", "name", "uid"];
const MANAGED_FIELDS: [&str; 7] =
    ["apiVersion", "fieldsType", "fieldsV1", "manager", "operation", "subresource", "time"];

/// Removes unknown fields from a resource and returns their paths, such as `spec.list[0].x`, in the order in which an
/// API server tells them: those of `metadata`, those of the rest, those of `metadata` of embedded resources
pub fn prune(schema: &Schema, object: &mut Value) -> Vec<String> {
    let mut pruned = Pruned::default();
    pruned.resource(schema, object, "");
    pruned.finish()
}

/// As [`prune`], for a value that stands at `path` of a resource, such as its `metadata`
pub fn prune_at(schema: &Schema, value: &mut Value, path: &str) -> Vec<String> {
    let mut pruned = Pruned::default();
    pruned.value(Some(schema), value, path);
    pruned.finish()
}

/// The paths of what was removed
#[derive(Default)]
struct Pruned {
    of_root_meta: Vec<String>,
    of_embedded_meta: Vec<String>,
    rest: Vec<String>,
}

// === impl Pruned ===

impl Pruned {
    fn finish(mut self) -> Vec<String> {
        self.rest.sort_unstable();
        self.of_embedded_meta.sort_unstable();
        [self.of_root_meta, self.rest, self.of_embedded_meta].concat()
    }

    /// A resource, at the root or embedded: its `metadata` is an `ObjectMeta` whatever the schema says
    fn resource(&mut self, schema: &Schema, object: &mut Value, path: &str) {
        let Some(fields) = object.as_object_mut() else { return };
        let described = schema.field("metadata").filter(|meta| meta.properties.contains_key("uid"));
        if let Some(metadata) = fields.get_mut("metadata") {
            let here = child(path, "metadata");
            match described {
                Some(described) => self.value(Some(described), metadata, &here),
                None => self.metadata(metadata, &here, path.is_empty()),
            }
        }
        self.fields(schema, fields, path, true);
    }

    fn metadata(&mut self, metadata: &mut Value, path: &str, is_root: bool) {
        let mut found = Vec::new();
        keep(metadata, &OBJECT_META, path, &mut found);
        for (list, known) in [("managedFields", &MANAGED_FIELDS[..]), ("ownerReferences", &OWNER_REFERENCE)] {
            let elements = metadata.get_mut(list).and_then(Value::as_array_mut);
            for (at, element) in elements.into_iter().flatten().enumerate() {
                keep(element, known, &index(&child(path, list), at), &mut found);
            }
        }
        if is_root { &mut self.of_root_meta } else { &mut self.of_embedded_meta }.append(&mut found);
    }

    /// No schema means that nothing below is known
    fn value(&mut self, schema: Option<&Schema>, value: &mut Value, path: &str) {
        match (value, schema) {
            (object @ Value::Object(_), Some(schema)) if schema.embedded => {
                self.resource(schema, object, path);
            }
            (Value::Object(fields), Some(schema)) => self.fields(schema, fields, path, false),
            (Value::Object(fields), None) => {
                self.rest.extend(fields.keys().map(|name| child(path, name)));
                fields.clear();
            }
            (Value::Array(elements), schema) => {
                let items = schema.and_then(|schema| schema.items.as_deref());
                let keeps = schema.is_some_and(|schema| schema.preserve_unknown);
                // a list that keeps unknown fields keeps those of its elements
                let lenient = items.filter(|items| keeps && !items.preserve_unknown);
                let lenient = lenient.map(|items| Schema { preserve_unknown: true, ..items.clone() });
                for (at, element) in elements.iter_mut().enumerate() {
                    if items.is_some() || !keeps {
                        self.value(lenient.as_ref().or(items), element, &index(path, at));
                    }
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, schema: &Schema, fields: &mut Map<String, Value>, path: &str, is_resource: bool) {
        let closed = schema.compiled.checks().closed;
        fields.retain(|name, value| {
            if is_resource && META.contains(&name.as_str()) {
                return true;
            }
            let here = child(path, name);
            match (schema.properties.get(name), &schema.additional) {
                (Some(field), _) | (None, Additional::Schema(field)) => {
                    self.value(Some(field), value, &here);
                }
                // a map of anything has values without a schema: plain ones stay, and nothing inside of them
                (None, Additional::Any) => self.value(None, value, &here),
                (None, Additional::None) if closed => self.value(None, value, &here),
                (None, Additional::None) if schema.preserve_unknown => {}
                (None, Additional::None) => {
                    self.rest.push(here);
                    return false;
                }
            }
            true
        });
    }
}

fn keep(value: &mut Value, known: &[&str], path: &str, removed: &mut Vec<String>) {
    let Some(fields) = value.as_object_mut() else { return };
    fields.retain(|name, _| {
        let is_known = known.contains(&name.as_str());
        if !is_known {
            removed.push(child(path, name));
        }
        is_known
    });
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::prune;
    use crate::schema::Schema;

    fn check(spec: &Value, before: &Value, after: &Value, unknown: &[&str]) {
        let schema = json!({"type": "object", "properties": {"spec": spec}});
        let schema = Schema::parse(&schema).unwrap_or_else(|errors| panic!("{errors:?}"));
        let mut object = before.clone();
        let removed = prune(&schema, &mut object);
        assert_eq!((&object, removed), (after, unknown.iter().map(ToString::to_string).collect()));
    }

    #[test]
    fn unknown_fields_go_and_are_told() {
        let text = json!({"type": "string"});
        let item = json!({"type": "object", "properties": {"a": text}});
        check(
            &item,
            &json!({"apiVersion": "v", "kind": "K", "metadata": {"name": "n", "junk": 1}, "z": 1, "spec": {"a": "1", "b": {"c": 1}}}),
            &json!({"apiVersion": "v", "kind": "K", "metadata": {"name": "n"}, "spec": {"a": "1"}}),
            &["metadata.junk", "spec.b", "z"],
        );
        check(
            &json!({"type": "object", "properties": {"list": {"type": "array", "items": item}}}),
            &json!({"spec": {"list": [{"x": 1}, {"a": "1"}]}}),
            &json!({"spec": {"list": [{}, {"a": "1"}]}}),
            &["spec.list[0].x"],
        );
        check(
            &json!({"type": "object", "additionalProperties": item}),
            &json!({"spec": {"k": {"x": 1}}}),
            &json!({"spec": {"k": {}}}),
            &["spec.k.x"],
        );
    }

    #[test]
    fn what_is_preserved_stays() {
        let item = json!({"type": "object", "properties": {"a": {"type": "object"}}});
        let preserve = "x-kubernetes-preserve-unknown-fields";
        check(
            &json!({"type": "object", preserve: true, "properties": {"known": item}}),
            &json!({"spec": {"u": {"v": 1}, "known": {"x": 1, "a": {}}}}),
            &json!({"spec": {"u": {"v": 1}, "known": {"a": {}}}}),
            &["spec.known.x"],
        );
        // as on the real server: the values of such a map are not described, so objects among them are emptied
        check(
            &json!({"type": "object", "additionalProperties": true}),
            &json!({"spec": {"a": 1, "b": {"c": 1}}}),
            &json!({"spec": {"a": 1, "b": {}}}),
            &["spec.b.c"],
        );
        check(
            &json!({"type": "object", "x-kubernetes-embedded-resource": true, preserve: true}),
            &json!({"spec": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "n", "junk": 1}, "spec": {"x": 1}}}),
            &json!({"spec": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "n"}, "spec": {"x": 1}}}),
            &["spec.metadata.junk"],
        );
        check(&json!({preserve: true}), &json!({"spec": [{"a": 1}]}), &json!({"spec": [{"a": 1}]}), &[]);
    }
}
