//! Schemas of Rust types with Kubernetes' types in them

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodTemplateSpec, ServiceAccount, ServiceSpec, Toleration};
use schemars::JsonSchema;

use super::*;
use crate::schema::generate;

#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Spec {
    template: Option<PodTemplateSpec>,
    services: BTreeMap<String, ServiceSpec>,
    tolerations: Vec<Toleration>,
    account: ServiceAccount,
    target: Target,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
enum Target {
    Pod(Box<PodTemplateSpec>),
    Service { spec: Option<Box<ServiceSpec>> },
}

#[test]
fn kubernetes_types_are_merged_as_kubernetes_merges_them() {
    let schema = generate::<Spec>("spec").expect("all of it has a schema");
    let pod = "/properties/spec/properties";
    let container = format!("/properties/template{pod}/containers");
    let table = [
        (container.clone(), json!("map"), json!(["name"])),
        (format!("{container}/items/properties/ports"), json!("map"), json!(["containerPort", "protocol"])),
        (format!("{container}/items/properties/args"), json!("atomic"), Value::Null),
        (format!("/properties/template{pod}/tolerations"), json!("atomic"), Value::Null),
        (
            "/properties/template/properties/metadata/properties/finalizers".to_owned(),
            json!("set"),
            Value::Null,
        ),
        (
            "/properties/services/additionalProperties/properties/ports".to_owned(),
            json!("map"),
            json!(["port", "protocol"]),
        ),
        (format!("/properties/target/properties/Pod{pod}/volumes"), json!("map"), json!(["name"])),
        (format!("/properties/target/properties/Service{pod}/clusterIPs"), json!("atomic"), Value::Null),
        // a field of the user's own
        ("/properties/tolerations".to_owned(), Value::Null, Value::Null),
        // a key that may be left out, and has no default
        ("/properties/account/properties/secrets".to_owned(), Value::Null, Value::Null),
    ];
    for (path, list_type, keys) in table {
        let place = schema.pointer(&path).unwrap_or_else(|| panic!("{path} is in {schema:#}"));
        assert_eq!((&place[LIST_TYPE], &place[LIST_KEYS]), (&list_type, &keys), "{path}");
    }
    let texts = |path: &str| schema.pointer(path).map(|place| place["description"].is_string());
    assert_eq!(texts("/properties/account"), Some(true), "of the field, by its type");
    assert_eq!(texts("/properties/template/properties/spec"), Some(false), "of a field of Kubernetes'");
    let protocol = schema.pointer(&format!("{container}/items/properties/ports/items/properties/protocol"));
    assert_eq!(protocol.expect("a port has one")["default"], "TCP");
    let selector = schema.pointer(&format!("/properties/template{pod}/nodeSelector"));
    assert_eq!(selector.expect("a pod has one")[MAP_TYPE], "atomic");
    let secret =
        format!("{container}/items/properties/env/items/properties/valueFrom/properties/secretKeyRef");
    assert_eq!(schema.pointer(&secret).expect("a variable has one")[MAP_TYPE], "atomic");
}

#[test]
fn what_a_place_says_already_stays() {
    let mut schema = json!({"properties": {"args": {"type": "array", "x-kubernetes-list-type": "set"}}});
    note(&mut schema, "args");
    assert_eq!(schema["properties"]["args"][LIST_TYPE], "set");
    note(&mut schema, "gone[name]");
    assert_eq!(schema["properties"].as_object().map(Map::len), Some(1));
}
