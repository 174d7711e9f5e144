//! The documented operator's resource: reading, writing, defaults, roles, and the three documented messages

use healing::{FieldError, prelude::*};
use kube::{CustomResourceExt as _, Resource as _};
use serde_json::{Value, json};

/// A replicated service that replaces its own broken pods.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "HealingService")]
#[healing(finalizer = "example.com/cleanup-protection")]
#[healing(column(name = "Healthy", path = ".status.healthyReplicas", type = "integer"))]
#[healing(policy(scale_down = "oldest-first"))]
pub(crate) struct HealingServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum(1, "replicaCount must be greater than 0"), column = "Replicas")]
    pub(crate) replica_count: i32,

    /// Heal while fewer pods than this are healthy.
    #[healing(health_threshold, default = 3)]
    #[healing(rule(health_threshold >= 1, "healthThreshold must be at least 1"))]
    #[healing(rule(health_threshold <= replica_count, "healthThreshold cannot exceed replicaCount"))]
    pub(crate) health_threshold: i32,

    /// Failed heals in a row before the breaker opens.
    #[healing(failure_threshold, default = 5, minimum = 1)]
    pub(crate) failure_threshold: i32,
}

impl Workload for HealingService {
    fn pod(&self) -> PodTemplateSpec {
        PodTemplateSpec::default()
    }
}

fn service(replica_count: i32, health_threshold: i32) -> HealingService {
    HealingService::new("web", HealingServiceSpec { replica_count, health_threshold, failure_threshold: 5 })
}

fn texts(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn is_written_with_its_type_and_without_nulls() {
    let written = serde_json::to_value(service(5, 3)).expect("a service can be written");
    assert_eq!(
        written,
        json!({
            "apiVersion": "example.com/v1",
            "kind": "HealingService",
            "metadata": { "name": "web" },
            "spec": { "replicaCount": 5, "healthThreshold": 3, "failureThreshold": 5 }
        })
    );
    let read: HealingService = serde_json::from_value(written).expect("what was written can be read");
    assert_eq!(read.spec, service(5, 3).spec);
    assert_eq!(read.metadata.name.as_deref(), Some("web"));
    assert_eq!(read.status, None);
}

#[test]
fn defaults_hold_where_a_field_is_left_out() {
    let object =
        json!({ "metadata": { "name": "web" }, "spec": { "replicaCount": 5 }, "status": { "replicas": 5 } });
    let read: HealingService = serde_json::from_value(object).expect("fields with a default may be left out");
    assert_eq!((read.spec.health_threshold, read.spec.failure_threshold), (3, 5));
    assert_eq!(read.status.as_ref().and_then(|status| status.replicas), Some(5));
    assert_eq!(read.healing_status(), read.status.as_ref());
    let without = serde_json::from_value::<HealingService>(json!({ "metadata": {}, "spec": {} }));
    assert_eq!(without.expect_err("replicaCount has no default").to_string(), "missing field `replicaCount`");
}

#[test]
fn kube_knows_it() {
    assert_eq!(HealingService::api_version(&()), "example.com/v1");
    assert_eq!(HealingService::plural(&()), "healingservices");
    assert_eq!(HealingService::crd_name(), "healingservices.example.com");
    assert_eq!(HealingService::shortnames(), [""; 0]);
    assert_eq!(HealingService::api_resource().kind, "HealingService");
    assert_eq!(HealingService::crd().metadata.name.as_deref(), Some("healingservices.example.com"));
}

#[test]
fn roles_and_knobs_arrive() {
    let declared = service(5, 3).declared();
    assert_eq!(
        (declared.replicas, declared.health_threshold, declared.failure_threshold),
        (5, Some(3), Some(5))
    );
    let blueprint = HealingService::blueprint();
    assert_eq!(blueprint.check(), []);
    assert_eq!(blueprint.finalizer.as_deref(), Some("example.com/cleanup-protection"));
    let columns: Vec<&str> = blueprint.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["Replicas", "Healthy", "Age"]);
    let knobs = serde_json::to_value(&blueprint.knobs).expect("knobs can be written");
    assert_eq!(knobs["scaleDown"], "oldest-first");
}

#[test]
fn validate_says_the_three_documented_messages_and_no_more() {
    assert_eq!(texts(&service(5, 3).validate(None)), [""; 0]);
    assert_eq!(
        texts(&service(0, 0).validate(None)),
        [
            "spec.replicaCount: Invalid value: 0: replicaCount must be greater than 0",
            "spec.healthThreshold: Invalid value: 0: healthThreshold must be at least 1",
        ]
    );
    assert_eq!(
        texts(&service(2, 3).validate(None)),
        ["spec.healthThreshold: Invalid value: 3: healthThreshold cannot exceed replicaCount"]
    );
}

#[test]
fn a_bare_minimum_is_said_in_the_api_servers_words() {
    let mut service = service(5, 3);
    service.spec.failure_threshold = 0;
    assert_eq!(
        texts(&service.validate(None)),
        [
            "spec.failureThreshold: Invalid value: 0: spec.failureThreshold in body should be greater than or equal to 1"
        ]
    );
}

#[test]
fn one_or_two_replicas_need_a_threshold_of_their_own() {
    let object = json!({ "metadata": { "name": "web" }, "spec": { "replicaCount": 2 } });
    let read: HealingService = serde_json::from_value(object).expect("the threshold has a default");
    assert_eq!(
        texts(&read.validate(None)),
        ["spec.healthThreshold: Invalid value: 3: healthThreshold cannot exceed replicaCount"]
    );
    assert_eq!(texts(&service(2, 2).validate(None)), [""; 0]);
}

#[test]
fn an_unchanged_mistake_passes_and_a_changed_one_does_not() {
    let mut old = service(2, 3);
    old.spec.failure_threshold = 0;
    let mut new = old.clone();
    new.metadata.finalizers = Some(vec!["example.com/cleanup-protection".to_owned()]);
    assert_eq!(texts(&new.validate(Some(&old))), [""; 0]);
    // The spec changed, so its rules speak again; the bound of a field that did not change stays silent.
    new.spec.health_threshold = 4;
    assert_eq!(
        texts(&new.validate(Some(&old))),
        ["spec.healthThreshold: Invalid value: 4: healthThreshold cannot exceed replicaCount"]
    );
}

#[test]
fn a_name_must_fit_a_label() {
    let longest = HealingService::new(&"a".repeat(63), service(5, 3).spec);
    assert_eq!(texts(&longest.validate(None)), [""; 0]);
    let too_long = HealingService::new(&"a".repeat(64), service(5, 3).spec);
    let errors = too_long.validate(None);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].field, "metadata.name");
    assert_eq!(texts(&too_long.validate(Some(&too_long))), [""; 0]);
}

#[test]
fn the_schema_carries_bounds_defaults_and_rules() {
    let schema = HealingService::schema();
    assert_eq!(schema["description"], "A replicated service that replaces its own broken pods.");
    assert_eq!(schema["required"], json!(["spec"]));
    let spec = &schema["properties"]["spec"];
    assert_eq!(spec["required"], json!(["replicaCount"]));
    assert_eq!(
        spec["properties"],
        json!({
            "replicaCount": {
                "type": "integer", "format": "int32", "minimum": 1, "description": "Number of pods to keep running."
            },
            "healthThreshold": {
                "type": "integer", "format": "int32", "default": 3,
                "description": "Heal while fewer pods than this are healthy."
            },
            "failureThreshold": {
                "type": "integer", "format": "int32", "default": 5, "minimum": 1,
                "description": "Failed heals in a row before the breaker opens."
            }
        })
    );
    assert_eq!(
        spec["x-kubernetes-validations"],
        json!([
            {
                "rule": "self.replicaCount >= 1", "message": "replicaCount must be greater than 0",
                "fieldPath": ".replicaCount"
            },
            {
                "rule": "self.healthThreshold >= 1", "message": "healthThreshold must be at least 1",
                "fieldPath": ".healthThreshold"
            },
            {
                "rule": "self.healthThreshold <= self.replicaCount",
                "message": "healthThreshold cannot exceed replicaCount", "fieldPath": ".healthThreshold"
            }
        ])
    );
    assert_eq!(schema["x-kubernetes-validations"][0]["rule"], "size(self.metadata.name) <= 63");
}

#[test]
fn the_schema_has_nothing_that_the_api_server_warns_about() {
    fn walk(path: &str, value: &Value) {
        if let Value::Object(fields) = value {
            assert!(!fields.contains_key("nullable"), "{path} is nullable");
            assert!(!fields.contains_key("$ref"), "{path} is a reference");
            if let Some(Value::String(format)) = fields.get("format") {
                assert!(
                    ["int32", "int64", "date-time"].contains(&format.as_str()),
                    "{path} has format {format}"
                );
            }
            fields.iter().for_each(|(name, inner)| walk(&format!("{path}.{name}"), inner));
        }
    }
    walk("", &HealingService::schema());
}
