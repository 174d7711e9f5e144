//! Fields that may be absent: not required, not nullable, never written as null, guarded in rules

use healing::prelude::*;
use serde_json::json;

#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "Sparse")]
pub(super) struct SparseSpec {
    #[healing(replicas)]
    replica_count: Option<i32>,
    #[healing(health_threshold, rule(health_threshold <= replica_count, "threshold above replicas"))]
    health_threshold: Option<i32>,
    /// Text that may be absent.
    note: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(skip)]
    scratch: Vec<u8>,
    place: Option<Place>,
    colour: Option<Colour>,
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Place {
    zone: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
enum Colour {
    Red,
    Green,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Extra {
    #[serde(default)]
    level: i64,
}

fn sparse(spec: &serde_json::Value) -> Sparse {
    serde_json::from_value(json!({ "metadata": { "name": "s" }, "spec": spec }))
        .expect("every field may be absent")
}

#[test]
fn absent_fields_stay_absent() {
    let object = sparse(&json!({}));
    assert_eq!(object.spec.health_threshold, None);
    assert_eq!(
        serde_json::to_value(&object).expect("it can be written")["spec"],
        json!({ "tags": [], "level": 0 })
    );
    assert_eq!(object.declared().replicas, 1);
    assert_eq!(object.declared().health_threshold, None);
    let full =
        sparse(&json!({ "place": { "zone": 3 }, "colour": "Green", "note": "n", "tags": ["a"], "level": 2 }));
    assert_eq!((full.spec.place, full.spec.colour), (Some(Place { zone: 3 }), Some(Colour::Green)));
    assert_ne!(Some(Colour::Red), full.spec.colour);
    assert_eq!((full.spec.note.as_deref(), full.spec.tags.len(), full.spec.extra.level), (Some("n"), 1, 2));
    assert!(full.spec.scratch.is_empty());
}

#[test]
fn absent_fields_are_neither_required_nor_nullable() {
    let schema = Sparse::schema();
    let spec = &schema["properties"]["spec"];
    assert_eq!(spec.get("required"), None);
    let fields = &spec["properties"];
    assert_eq!(fields["replicaCount"], json!({ "type": "integer", "format": "int32" }));
    assert_eq!(fields["note"], json!({ "type": "string", "description": "Text that may be absent." }));
    assert_eq!(fields["colour"], json!({ "type": "string", "enum": ["Red", "Green"] }));
    assert_eq!(
        fields["place"],
        json!({
            "type": "object", "required": ["zone"],
            "properties": { "zone": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 65535 } }
        })
    );
    assert_eq!(fields["tags"]["default"], json!([]));
    assert_eq!(fields["level"]["default"], 0);
    assert_eq!(fields.get("scratch"), None);
}

#[test]
fn rules_say_nothing_about_what_is_absent() {
    let rule = &Sparse::schema()["properties"]["spec"]["x-kubernetes-validations"][0]["rule"];
    assert_eq!(
        rule,
        "!has(self.healthThreshold) || !has(self.replicaCount) || self.healthThreshold <= self.replicaCount"
    );
    assert_eq!(sparse(&json!({ "healthThreshold": 9 })).validate(None), []);
    assert_eq!(sparse(&json!({ "healthThreshold": 9, "replicaCount": 3 })).validate(None).len(), 1);
}

#[test]
fn nothing_in_the_definition_is_regretted() {
    assert_eq!(crate::lint::told::<Sparse>(), Vec::<String>::new());
}
