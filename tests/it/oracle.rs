//! The generated CRD against two judges: kube's own derive, and the documented CRD
//!
//! Every deliberate difference to kube's is a line of [`DIFFERENCES`]; a difference that is not there fails, and so does
//! a line that nothing needs any more.

use std::collections::BTreeMap;

use healing::HealingResource as _;
use kube::CustomResourceExt as _;
use serde_json::{Value, json};

use crate::derive::documented::HealingService;

/// What kube's derive is told about the same resource
mod peer {
    use healing::Status;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// A replicated service that replaces its own broken pods.
    #[derive(kube_derive::CustomResource, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[serde(rename_all = "camelCase")]
    #[kube(group = "example.com", version = "v1", kind = "HealingService", namespaced, status = "Status")]
    #[kube(scale(
        spec_replicas_path = ".spec.replicaCount",
        status_replicas_path = ".status.replicas",
        label_selector_path = ".status.selector"
    ))]
    #[kube(printcolumn(name = "Replicas", type_ = "integer", json_path = ".spec.replicaCount"))]
    #[kube(printcolumn(name = "Healthy", type_ = "integer", json_path = ".status.healthyReplicas"))]
    #[kube(printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"))]
    #[expect(clippy::duplicated_attributes, reason = "the columns are three attributes of one form")]
    pub(super) struct HealingServiceSpec {
        /// Number of pods to keep running.
        #[schemars(range(min = 1))]
        pub replica_count: i32,
        /// Heal while fewer pods than this are healthy.
        #[serde(default = "three")]
        pub health_threshold: i32,
        /// Failed heals in a row before the breaker opens.
        #[serde(default = "five")]
        #[schemars(range(min = 1))]
        pub failure_threshold: i32,
    }

    fn three() -> i32 {
        3
    }

    fn five() -> i32 {
        5
    }
}

/// Where ours is deliberately another: a part of the path, and why
const DIFFERENCES: &[(&str, &str)] = &[
    (
        ".names.listKind",
        "written as the API server completes it, so that a written CRD equals the stored one",
    ),
    ("openAPIV3Schema.description", "the doc comment of the spec, not a sentence about code"),
    ("openAPIV3Schema.title", "the kind is in `names` already"),
    ("openAPIV3Schema.x-kubernetes-validations[", "the name must fit a label"),
    ("properties.spec.x-kubernetes-validations[", "rules ride on the spec, with messages and field paths"),
    (".nullable", "an absent value is absent: a written null is dropped and a default applies to it"),
    (".format", "formats that the API server does not know are replaced"),
];

#[test]
fn differs_from_kubes_derive_in_the_listed_ways_only() {
    let ours = leaves(&crd_gen::emit::crd(HealingService::blueprint(), &HealingService::schema()));
    let theirs = leaves(&serde_json::to_value(peer::HealingService::crd()).expect("a CRD can be written"));
    let mut used = vec![false; DIFFERENCES.len()];
    let mut unlisted = Vec::new();
    for path in ours.keys().chain(theirs.keys()) {
        let (mine, other) = (ours.get(path), theirs.get(path));
        match DIFFERENCES.iter().position(|(part, _)| path.contains(part)) {
            _ if mine == other => {}
            Some(line) => used[line] = true,
            None => unlisted.push(format!("{path}: ours {mine:?}, kube's {other:?}")),
        }
    }
    assert_eq!(unlisted, [""; 0], "differences that no line explains");
    for ((part, why), used) in DIFFERENCES.iter().zip(used) {
        assert!(used, "no difference at `{part}` any more ({why}); drop the line");
    }
}

/// Every value that is not a container, by its path; 1.0 and 1 are one number
fn leaves(value: &Value) -> BTreeMap<String, String> {
    fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, inner) in fields {
                    let inner_path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(&inner_path, inner, found);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (at, inner) in items.iter().enumerate() {
                    walk(&format!("{path}[{at}]"), inner, found);
                }
            }
            Value::Number(number) => {
                found.insert(
                    path.to_owned(),
                    number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
                );
            }
            other => {
                found.insert(path.to_owned(), other.to_string());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", value, &mut found);
    found
}

#[test]
fn has_every_element_of_the_documented_definition() {
    let crd = crd_gen::emit::crd(HealingService::blueprint(), &HealingService::schema());
    let version = "/spec/versions/0";
    let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
    let status = "/spec/versions/0/schema/openAPIV3Schema/properties/status";
    let elements = [
        ("", "/apiVersion", json!("apiextensions.k8s.io/v1")),
        ("", "/kind", json!("CustomResourceDefinition")),
        ("", "/metadata/name", json!("healingservices.example.com")),
        ("", "/spec/group", json!("example.com")),
        ("", "/spec/scope", json!("Namespaced")),
        ("", "/spec/names/plural", json!("healingservices")),
        ("", "/spec/names/singular", json!("healingservice")),
        ("", "/spec/names/kind", json!("HealingService")),
        (version, "/name", json!("v1")),
        (version, "/served", json!(true)),
        (version, "/storage", json!(true)),
        (version, "/subresources/status", json!({})),
        (version, "/schema/openAPIV3Schema/type", json!("object")),
        (spec, "/type", json!("object")),
        (spec, "/properties/replicaCount/type", json!("integer")),
        (spec, "/properties/replicaCount/minimum", json!(1)),
        (spec, "/properties/healthThreshold/type", json!("integer")),
        (spec, "/properties/healthThreshold/default", json!(3)),
        (spec, "/properties/failureThreshold/type", json!("integer")),
        (spec, "/properties/failureThreshold/default", json!(5)),
        (status, "/type", json!("object")),
        (status, "/properties/observedGeneration/type", json!("integer")),
        (status, "/properties/healthyReplicas/type", json!("integer")),
        (status, "/properties/lastHealTime/type", json!("string")),
        (status, "/properties/lastHealTime/format", json!("date-time")),
        (version, "/additionalPrinterColumns/0", column("Replicas", "integer", ".spec.replicaCount")),
        (version, "/additionalPrinterColumns/1", column("Healthy", "integer", ".status.healthyReplicas")),
        (version, "/additionalPrinterColumns/2", column("Age", "date", ".metadata.creationTimestamp")),
    ];
    for (place, element, expected) in elements {
        assert_eq!(crd.pointer(&format!("{place}{element}")), Some(&expected), "{place}{element}");
    }
    let columns = crd.pointer("/spec/versions/0/additionalPrinterColumns").and_then(Value::as_array);
    assert_eq!(columns.map(Vec::len), Some(3), "the documented columns and no other");
}

fn column(name: &str, kind: &str, path: &str) -> Value {
    json!({ "name": name, "type": kind, "jsonPath": path })
}

#[test]
fn whole_numbers_stay_whole() {
    let crd = crd_gen::emit::crd(HealingService::blueprint(), &HealingService::schema()).to_string();
    assert!(!crd.contains(".0,") && !crd.contains(".0}"), "a number with a fraction is in the CRD");
}
