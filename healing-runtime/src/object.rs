//! An object beside the pods, as the user hands it over: any namespaced type of k8s-openapi
//!
//! It owns the way from the typed object to what may be sent of it. Whose it is and where it goes is added in `owned`.

use healing_engine::without_nulls;
use healing_model::OwnedKind;
use k8s_openapi::{
    ByteString, Metadata, NamespaceResourceScope, Resource, apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// Fields of an object that its author does not decide
const NOT_WANTED: &[&str] = &["status"];
/// The metadata that its author decides, beside the name
const METADATA: &[&str] = &["labels", "annotations", "finalizers"];

/// An object that a resource owns beside its pods, such as a `ConfigMap`
///
/// Made from any type of k8s-openapi whose objects live in a namespace: `Object::from(config_map)`. It needs a name;
/// namespace, owner reference and the labels that healing needs are set by the framework.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    pub(crate) name: Option<String>,
    /// The namespace that its author gave, which is not needed
    pub(crate) namespace: Option<String>,
    /// All of it but its name, or why it is no JSON
    pub(crate) body: Result<Map<String, Value>, String>,
}

impl<T> From<T> for Object
where
    T: Resource<Scope = NamespaceResourceScope> + Metadata<Ty = ObjectMeta> + Serialize,
{
    fn from(object: T) -> Self {
        let metadata = object.metadata();
        Self {
            group: T::GROUP,
            version: T::VERSION,
            kind: T::KIND,
            name: metadata.name.clone().filter(|name| !name.is_empty()),
            namespace: metadata.namespace.clone(),
            body: serde_json::to_value(&object).map_err(|error| error.to_string()).map(wanted),
        }
    }
}

// === impl Object ===

impl Object {
    /// Whether it is of this kind
    pub(crate) fn is_of(&self, kind: &OwnedKind) -> bool {
        (self.group, self.version, self.kind) == (&kind.group, &kind.version, &kind.kind)
    }

    /// Kind
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }
}

/// What its author decides of an object
fn wanted(object: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = without_nulls(object) else { return Map::new() };
    fields.retain(|name, _| !NOT_WANTED.contains(&name.as_str()));
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        metadata.retain(|name, _| METADATA.contains(&name.as_str()));
    }
    if fields.get("kind").is_some_and(|kind| kind == "Secret") {
        encode(&mut fields);
    }
    fields
}

/// Text of a secret is never served as it was written: it becomes data, as the API server would make it
fn encode(fields: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = fields.remove("stringData") else { return };
    let data = fields.entry("data").or_insert_with(|| Value::Object(Map::new()));
    for (key, text) in texts {
        let bytes = ByteString(text.as_str().unwrap_or_default().as_bytes().to_vec());
        data[key] = serde_json::to_value(bytes).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_or_the_framework_decides_is_left_out() {
        let service: Service = serde_json::from_value(json!({
            "metadata": { "name": "web", "namespace": "x", "uid": "u", "resourceVersion": "4", "labels": { "a": "b" } },
            "spec": { "ports": [{ "port": 80 }] },
            "status": { "loadBalancer": {} },
        }))
        .unwrap();
        let object = Object::from(service);
        assert_eq!((object.name.as_deref(), object.namespace.as_deref()), (Some("web"), Some("x")));
        assert_eq!(
            Value::Object(object.body.unwrap()),
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": { "labels": { "a": "b" } }, "spec": { "ports": [{ "port": 80 }] },
            })
        );
        assert_eq!(Object::from(ConfigMap::default()).name, None);
    }

    #[test]
    fn text_of_a_secret_becomes_data() {
        let secret: Secret =
            serde_json::from_value(json!({ "metadata": { "name": "s" }, "stringData": { "a": "hello" } }))
                .unwrap();
        let body = Object::from(secret).body.unwrap();
        assert_eq!((&body["data"], body.get("stringData")), (&json!({ "a": "aGVsbG8=" }), None));
    }
}
