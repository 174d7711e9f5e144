//! The schemas of custom kinds and of their lists, as OpenAPI documents show them
//!
//! It owns what is added to the schema of a definition: the fields that every object has, and what marks it as a kind.

use serde_json::{Map, Value, json};

use super::{REFERENCE, definitions};
use crate::kind::{Custom, Kind};

/// Whose `apiVersion` and `kind` are described as those of all kinds
const ANY_KIND: &str = "io.k8s.api.core.v1.ConfigMap";
/// Flags that say nothing where they are false
const FLAGS: &[&str] = &[
    "nullable",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
];

/// The names of the definitions of a kind and of its list, such as `com.example.v1.Healer`
pub(super) fn names(kind: &Kind) -> [String; 2] {
    let reversed: Vec<&str> = kind.group().rsplit('.').collect();
    [&kind.kind, &kind.list_kind].map(|name| format!("{}.{}.{name}", reversed.join("."), kind.version))
}

/// The schema of a kind
pub(super) fn schema(kind: &Kind, custom: &Custom) -> Value {
    let mut schema = match custom.written.as_object() {
        Some(written) => {
            let mut schema = Value::Object(written.clone());
            publish(&mut schema);
            let [api_version, kind] = described();
            let metadata = reference("ObjectMeta", "Standard object's metadata.");
            set_properties(&mut schema, [api_version, kind, metadata]);
            schema
        }
        // with known fields, clients would take all others for unknown
        None => json!({ "type": "object" }),
    };
    mark(&mut schema, kind, &kind.kind, custom);
    schema
}

/// The schema of the list of the kind that is defined as `name`
pub(super) fn list_schema(kind: &Kind, custom: &Custom, name: &str) -> Value {
    let mut schema = json!({
        "description": format!("{} is a list of {}", kind.list_kind, kind.kind),
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {
                "description": format!("List of {}.", kind.plural()),
                "type": "array",
                "items": { "$ref": format!("{REFERENCE}{name}") },
            },
        },
    });
    let [api_version, kind_field] = described();
    let metadata = reference("ListMeta", "Standard list metadata.");
    set_properties(&mut schema, [api_version, kind_field, metadata]);
    mark(&mut schema, kind, &kind.list_kind, custom);
    schema
}

/// Says what the short forms of a definition mean, at a place and below
fn publish(node: &mut Value) {
    let Some(fields) = node.as_object_mut() else { return };
    for flag in FLAGS {
        if fields.get(*flag) == Some(&Value::Bool(false)) {
            fields.remove(*flag);
        }
    }
    for place in ["items", "additionalProperties", "not"] {
        fields.get_mut(place).into_iter().for_each(publish);
    }
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(publish);
    let is_set = |flag: &str| fields.get(flag) == Some(&Value::Bool(true));
    let (either, embedded) = (is_set("x-kubernetes-int-or-string"), is_set("x-kubernetes-embedded-resource"));
    if either
        && !fields.contains_key("anyOf")
        && fields.get("allOf").is_none_or(|all| all[0]["anyOf"].is_null())
    {
        fields.insert("anyOf".to_owned(), json!([{ "type": "integer" }, { "type": "string" }]));
    }
    if embedded {
        let mut required = fields.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for field in ["kind", "apiVersion"] {
            if !required.iter().any(|known| known == field) {
                required.push(field.into());
            }
        }
        fields.insert("required".to_owned(), required.into());
        let text = |description: &str| json!({ "description": description, "type": "string" });
        set_properties(
            node,
            [
                text("apiVersion defines the versioned schema of this representation of an object."),
                text("kind is a string value representing the type of this object."),
                reference("ObjectMeta", "Standard object's metadata."),
            ],
        );
    }
}

/// Marks a schema as that of a kind, or of its list
fn mark(schema: &mut Value, kind: &Kind, name: &str, custom: &Custom) {
    schema["x-kubernetes-group-version-kind"] =
        json!([{ "group": kind.group(), "version": kind.version, "kind": name }]);
    if !custom.selectable.is_empty() {
        let fields: Vec<Value> = custom.selectable.iter().map(|path| json!({ "fieldPath": path })).collect();
        schema["x-kubernetes-selectable-fields"] = fields.into();
    }
}

/// `apiVersion` and `kind` as built-in kinds describe them
fn described() -> [Value; 2] {
    let properties = definitions().get(ANY_KIND).map(|definition| &definition["properties"]);
    ["apiVersion", "kind"].map(|name| properties.map_or(Value::Null, |properties| properties[name].clone()))
}

fn reference(name: &str, description: &str) -> Value {
    let name = format!("{REFERENCE}io.k8s.apimachinery.pkg.apis.meta.v1.{name}");
    json!({ "description": description, "allOf": [{ "$ref": name }] })
}

/// Sets the fields that every object has: `apiVersion`, `kind` and `metadata`
fn set_properties(schema: &mut Value, fields: [Value; 3]) {
    for (name, field) in ["apiVersion", "kind", "metadata"].into_iter().zip(fields) {
        schema["properties"][name] = field;
    }
}
