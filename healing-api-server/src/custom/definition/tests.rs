//! What is wrong with definitions, in the words of a real API server (1.37.2)

use serde_json::{Value, json};

use super::validate;

fn texts(definition: &Value, old: Option<&Value>) -> Vec<String> {
    validate(definition, old).iter().map(ToString::to_string).collect()
}

fn definition(versions: &Value) -> Value {
    json!({"metadata": {"name": "vvs.example.com"}, "spec": {
        "group": "example.com", "scope": "Cluster", "versions": versions,
        "names": {"plural": "vvs", "singular": "vv", "kind": "Vv", "listKind": "VvList"},
    }})
}

#[test]
fn what_all_versions_say_alike_is_told_once() {
    let good = json!({"openAPIV3Schema": {"type": "object"}});
    let bad = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": {}}}});
    let v1 = |extra: Value| {
        let mut version = json!({"name": "v1", "served": true, "storage": true, "schema": good});
        for (name, value) in extra.as_object().expect("a map") {
            version[name] = value.clone();
        }
        version
    };
    let v2 = |schema: &Value| json!({"name": "v2", "served": true, "storage": false, "schema": schema});
    let no_type = "properties[spec].type: Required value: must not be empty for specified object fields";
    let scale =
        json!({"subresources": {"scale": {"specReplicasPath": "spec.x", "statusReplicasPath": ".status.r"}}});
    let columns = json!({"additionalPrinterColumns": [{"name": "a", "type": "x", "jsonPath": "y"}]});
    let column = [
        r#"additionalPrinterColumns[0].type: Invalid value: "x": must be one of boolean,date,integer,number,string"#,
        r#"additionalPrinterColumns[0].JSONPath: Invalid value: "y": must be a simple json path starting with ."#,
    ];
    let path = r#"subresources.scale.specReplicasPath: Invalid value: "spec.x": must be a simple json path starting with ."#;
    for (versions, expected) in [
        (json!([v1(json!({"schema": bad})), v2(&bad)]), vec![format!("spec.validation.openAPIV3Schema.{no_type}")]),
        (json!([v1(json!({"schema": bad})), v2(&good)]), vec![format!("spec.versions[0].schema.openAPIV3Schema.{no_type}")]),
        (json!([v1(scale.clone())]), vec![format!("spec.{path}")]),
        (json!([v1(scale.clone()), v2(&good)]), vec![format!("spec.versions[0].{path}")]),
        (json!([v1(columns.clone())]), column.map(|said| format!("spec.{said}")).to_vec()),
        (json!([v1(columns.clone()), v2(&good)]), column.map(|said| format!("spec.versions[0].{said}")).to_vec()),
        (
            json!([v1(json!({"selectableFields": [{"jsonPath": ".spec.x"}]}))]),
            vec![r#"spec.selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field"#.to_owned()],
        ),
        (
            json!([v1(json!({"schema": null})), v2(&good)]),
            vec!["spec.versions[0].schema.openAPIV3Schema: Required value".to_owned()],
        ),
        (json!([v1(json!({})), v2(&good)]), vec![]),
    ] {
        assert_eq!(texts(&definition(&versions), None), expected, "{versions}");
    }
}
