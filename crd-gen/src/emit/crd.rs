//! The `CustomResourceDefinition` of one resource

use healing_model::{Blueprint, Column, Role};
use serde_json::{Map, Value, json};

/// The `CustomResourceDefinition` of a resource
///
/// `schema` is used as `openAPIV3Schema` unchanged. The one version has the status subresource; it has the scale subresource where a field plays the `replicas` role. Lists that are empty are
/// left out, as an API server does.
pub fn crd(blueprint: &Blueprint, schema: &Value) -> Value {
    let identity = &blueprint.identity;
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata(blueprint),
        "spec": {
            "group": identity.group,
            "names": names(blueprint),
            "scope": identity.scope.as_str(),
            "versions": [version(blueprint, schema)],
        },
    })
}

fn metadata(blueprint: &Blueprint) -> Value {
    let definition = &blueprint.definition;
    let mut metadata = json!({ "name": blueprint.identity.crd_name() });
    for (key, map) in [("annotations", &definition.annotations), ("labels", &definition.labels)] {
        if !map.is_empty() {
            metadata[key] = json!(map);
        }
    }
    metadata
}

fn names(blueprint: &Blueprint) -> Value {
    let identity = &blueprint.identity;
    let mut names = json!({
        "kind": identity.kind,
        "listKind": format!("{}List", identity.kind),
        "plural": identity.plural,
        "singular": identity.singular,
    });
    for (key, list) in [("categories", &identity.categories), ("shortNames", &identity.short_names)] {
        if !list.is_empty() {
            names[key] = json!(list);
        }
    }
    names
}

fn version(blueprint: &Blueprint, schema: &Value) -> Value {
    let definition = &blueprint.definition;
    let mut version = json!({
        "name": blueprint.identity.version,
        "served": definition.served,
        "storage": definition.storage,
        "schema": { "openAPIV3Schema": schema },
        "subresources": subresources(blueprint),
    });
    if !blueprint.columns.is_empty() {
        version["additionalPrinterColumns"] = blueprint.columns.iter().map(column).collect();
    }
    if definition.deprecated {
        version["deprecated"] = json!(true);
    }
    if let Some(warning) = &definition.deprecation_warning {
        version["deprecationWarning"] = json!(warning);
    }
    let selectable = blueprint.selectable();
    if !selectable.is_empty() {
        version["selectableFields"] = selectable.iter().map(|path| json!({ "jsonPath": path })).collect();
    }
    version
}

fn subresources(blueprint: &Blueprint) -> Value {
    let mut subresources = json!({ "status": {} });
    if let Some(replicas) = blueprint.role(Role::Replicas) {
        subresources["scale"] = json!({
            "specReplicasPath": format!(".spec.{}", replicas.field),
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.selector",
        });
    }
    subresources
}

fn column(column: &Column) -> Value {
    let mut shown = Map::new();
    shown.insert("name".into(), json!(column.name));
    shown.insert("type".into(), json!(column.kind.as_str()));
    shown.insert("jsonPath".into(), json!(column.path));
    if let Some(description) = &column.description {
        shown.insert("description".into(), json!(description));
    }
    if column.priority != 0 {
        shown.insert("priority".into(), json!(column.priority));
    }
    Value::Object(shown)
}
