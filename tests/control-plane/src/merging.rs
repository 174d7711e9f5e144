//! How an API server merges lists and maps of Kubernetes' own types, as a real one describes it
//!
//! It owns the form of the table. The result is committed in healing-runtime, which puts it into the schemas of resources that
//! embed these types: the Rust types do not say it.

use std::collections::BTreeMap;

use kube::Client;
use serde_json::Value;

use crate::kinds::{KindsError, read};

/// Where types are described that a resource may embed
const DOCUMENTS: &[&str] = &[
    "api/v1",
    "apis/apps/v1",
    "apis/autoscaling/v2",
    "apis/batch/v1",
    "apis/networking.k8s.io/v1",
    "apis/policy/v1",
    "apis/rbac.authorization.k8s.io/v1",
];

/// One type a line, with its fields: `list`, `set{}`, `map[key,key=default]`, `struct(atomic)`; without a name, `(atomic)`
/// is the type itself
///
/// # Errors
/// [`KindsError`].
pub async fn merging(client: &Client) -> Result<String, KindsError> {
    let mut known = BTreeMap::new();
    for document in DOCUMENTS {
        let mut schemas = read(client, document).await?["components"]["schemas"].take();
        known.extend(schemas.as_object_mut().map(std::mem::take).into_iter().flatten());
    }
    let types = known.iter().filter(|(name, _)| name.starts_with("io.k8s."));
    let lines = types.filter_map(|(name, schema)| {
        let fields = fields(schema, &known);
        (!fields.is_empty()).then(|| format!("{name}: {}\n", fields.join(" ")))
    });
    Ok(lines.collect())
}

fn fields(schema: &Value, known: &BTreeMap<String, Value>) -> Vec<String> {
    let own = (schema["x-kubernetes-map-type"] == "atomic").then(|| "(atomic)".to_owned());
    let properties = schema["properties"].as_object();
    let properties = properties.into_iter().flatten().filter_map(|(name, property)| {
        let kind = match property["x-kubernetes-list-type"].as_str() {
            Some("set") => "{}".to_owned(),
            Some("map") => format!("[{}]", keys(property, known)),
            Some(_) => String::new(),
            None => (property["x-kubernetes-map-type"] == "atomic").then(|| "(atomic)".to_owned())?,
        };
        Some(format!("{name}{kind}"))
    });
    own.into_iter().chain(properties).collect()
}

/// The keys of a list map, with the defaults that those need that may be left out
fn keys(property: &Value, known: &BTreeMap<String, Value>) -> String {
    let items = &property["items"];
    let reference = items["$ref"].as_str().or_else(|| items["allOf"][0]["$ref"].as_str());
    let item = reference.and_then(|name| known.get(name.rsplit('/').next()?)).unwrap_or(items);
    let keys = property["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
    let keys = keys.filter_map(Value::as_str).map(|key| {
        match item["properties"][key]["default"].as_str().filter(|default| !default.is_empty()) {
            Some(default) => format!("{key}={default}"),
            None => key.to_owned(),
        }
    });
    keys.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_says_how_each_of_its_fields_is_merged() {
        let port = json!({"properties": {"port": {"default": 0}, "protocol": {"default": "TCP"}, "name": {"default": ""}}});
        let known = BTreeMap::from([("a.Port".to_owned(), port)]);
        let items = json!({"allOf": [{"$ref": "#/components/schemas/a.Port"}]});
        let schema = json!({
            "x-kubernetes-map-type": "atomic",
            "properties": {
                "args": {"x-kubernetes-list-type": "atomic"},
                "names": {"x-kubernetes-list-type": "set"},
                "ports": {
                    "items": items, "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port", "protocol", "name"],
                },
                "selector": {"x-kubernetes-map-type": "atomic"},
                "plain": {"type": "array"},
            },
        });
        let expected = ["(atomic)", "args", "names{}", "ports[port,protocol=TCP,name]", "selector(atomic)"];
        assert_eq!(fields(&schema, &known), expected);
    }
}
