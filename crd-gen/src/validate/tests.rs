//! What an answer says, what a cluster must have, and that the verdict is a strict server's

use serde_json::json;

use super::*;
use crate::manifest;

fn read(value: &Value) -> Node {
    manifest::read(&value.to_string()).expect("JSON").remove(0)
}

fn definition(plural: &str, kind: &str) -> Node {
    let schema = json!({ "type": "object", "properties": { "spec": { "type": "string" } } });
    let version =
        json!({ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } });
    read(&json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.g.io") },
        "spec": {
            "group": "g.io", "scope": "Cluster", "names": { "kind": kind, "plural": plural }, "versions": [version],
        },
    }))
}

#[test]
fn an_answer_is_told_cause_by_cause() {
    let object =
        manifest::read("kind: A\nmetadata:\n  name: b\nspec:\n  c: 1\n  c: 2\n").expect("YAML").remove(0);
    let failure = |code: u16, reason: &str, details: Value| {
        json!({
            "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "all of it",
            "details": details,
        })
    };
    let causes = json!({ "causes": [
        { "field": "spec.c", "message": "Invalid value: 2" }, { "field": "<nil>", "message": "Invalid value: null" },
    ] });
    for (answer, warnings, expected) in [
        (json!({ "kind": "A" }), vec![], vec![]),
        (json!({ "kind": "A" }), vec!["A is old"], vec!["1:1: A/b: warning: A is old"]),
        (
            failure(422, "Invalid", causes),
            vec![r#"unknown field "spec.d""#, r#"duplicate field "spec.c""#],
            vec![
                r#"4:1: A/b: spec.d: strict decoding error: unknown field "spec.d""#,
                r#"6:3: A/b: spec.c: strict decoding error: duplicate field "spec.c""#,
                "6:6: A/b: spec.c: Invalid value: 2",
                "1:1: A/b: Invalid value: null",
            ],
        ),
        (failure(400, "BadRequest", json!({})), vec![], vec!["1:1: A/b: all of it"]),
        (failure(409, "AlreadyExists", json!({})), vec![], vec![]),
        (
            failure(404, "NotFound", json!({ "kind": "namespaces" })),
            vec![],
            vec!["2:1: A/b: metadata.namespace: all of it"],
        ),
    ] {
        let warnings: Vec<String> = warnings.into_iter().map(ToOwned::to_owned).collect();
        let found: Vec<String> =
            findings(&object, &answer, &warnings).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }
    let refused = findings(&object, &failure(501, "NotImplemented", json!({})), &[]);
    assert_eq!(refused[0].severity, Severity::Unknown);
}

#[test]
fn a_finding_is_one_line_whatever_is_in_the_object() {
    let object =
        read(&json!({ "apiVersion": "x\ny", "kind": "A\u{1b}[1m", "metadata": { "name": "a\r\nb" } }));
    let found = Checker::default().check(&object);
    assert_eq!(
        found[0].to_string(),
        "1:1: A\\u{1b}[1m/a\\r\\nb: no matches for kind \"A\\u{1b}[1m\" in version \"x\\ny\"; its definition is not \
         among those that are known here"
    );
}

#[test]
fn a_definition_whose_names_are_taken_is_told() {
    let mut checker = Checker::default();
    assert_eq!(checker.check(&definition("as", "A")), []);
    assert_eq!(checker.check(&definition("as", "A")), [], "the same again is right");
    let found = checker.check(&definition("bs", "A"));
    let lines: Vec<String> = found.iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
    assert_eq!(lines, ["spec.names: \"AList\" is already in use"]);
    let object =
        read(&json!({ "apiVersion": "g.io/v1", "kind": "A", "metadata": { "name": "a" }, "spec": "x" }));
    assert_eq!(checker.check(&object), []);
}

#[test]
fn what_a_cluster_has_or_not_is_nothing_wrong_with_a_manifest() {
    let mut checker = Checker::default();
    let container = json!({ "name": "a", "image": "b" });
    for object in [
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "kube-system" } }),
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": "shop" } }),
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } }),
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a" },
            "spec": { "containers": [container] } }),
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a", "namespace": "yard" },
            "spec": { "serviceAccountName": "cook", "containers": [container] } }),
    ] {
        assert_eq!(checker.check(&read(&object)), [], "{object}");
    }
}

/// A server that warns of unknown fields tells more than a strict one, but refuses the same objects
#[test]
fn the_verdict_is_that_of_a_strict_server() {
    let mut checker = Checker::default();
    for definition in manifest::read(include_str!("../../tests/corpus/definitions.yaml")).expect("YAML") {
        assert_eq!(checker.check(&definition), []);
    }
    let mut refused = 0;
    for case in include_str!("../../tests/corpus/validate.txt").split("\n=== ").skip(1) {
        let (_, case) = case.split_once('\n').expect("a title");
        let manifest: Vec<&str> = case.lines().filter(|line| !line.starts_with("=> ")).collect();
        for document in manifest::read(&manifest.join("\n")).expect("YAML") {
            for object in objects(&document) {
                let Ok(kind) = checker.kind(object) else { continue };
                let found = checker.check(object).iter().any(|finding| finding.severity == Severity::Invalid);
                assert_eq!(found, checker.cluster.refuses(&kind, object), "{object:?}");
                refused += usize::from(found);
            }
        }
    }
    assert!(refused > 20, "{refused}");
}
