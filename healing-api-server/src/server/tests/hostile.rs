//! Requests that are made to cost the server as much as they can
//!
//! It owns the largest bodies, and how much may come of them: each is answered, and what would take long is refused. No
//! time is measured; a test that hangs has failed.

use serde_json::{Value, json};

use crate::server::BODY_MAX;
use crate::server::tests::Bench;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS: &str = "/apis/slow.io/v1/namespaces/default/things";

/// A server with a custom kind that takes nearly everything, and has rules for it
fn bench() -> Bench {
    let mut bench = Bench::new();
    let any = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let map = json!({ "type": "object", "additionalProperties": { "type": "object", "properties": { "a": { "type": "integer" } } } });
    let schema = json!({ "type": "object", "properties": {
        "any": any, "map": map, "list": { "type": "array", "items": { "type": "integer" } },
        "set": { "type": "array", "x-kubernetes-list-type": "set", "items": { "type": "string" } },
        "keyed": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": { "type": "object", "required": ["k"], "properties": { "k": { "type": "string" } } } },
    } });
    let definition = json!({ "metadata": { "name": "things.slow.io" }, "spec": {
        "group": "slow.io", "scope": "Namespaced", "names": { "plural": "things", "kind": "Thing" },
        "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } }],
    } });
    let (code, said) = bench.ask("POST", DEFINITIONS, &definition);
    assert_eq!(code, 201, "{said}");
    bench
}

/// A sixth of the largest body: what grows with the square of it is slow then too, and the tests are not
const LARGE: usize = BODY_MAX / 6;

/// As many of a text as a large body holds, between a start and an end
fn full(start: &str, text: &str, end: &str) -> Vec<u8> {
    let count = (LARGE - start.len() - end.len()) / (text.len() + 1);
    let all = vec![text; count].join(",");
    format!("{start}{all}{end}").into_bytes()
}

#[test]
fn the_largest_bodies_are_answered() {
    let mut bench = bench();
    let name = r#"{"metadata":{"name":"a"},"#;
    let thing = r#"{"apiVersion":"slow.io/v1","kind":"Thing","metadata":{"name":"a"},"#;
    let long = "n".repeat(1 << 17);
    let deep = format!("{}{}", r#"{"a":["#.repeat(40), "]}".repeat(40));
    let cases = [
        (MAPS, full(&format!(r#"{name}"data":["#), "[]", "]}"), 400),
        (MAPS, full(&format!(r#"{name}"other":["#), "{}", "]}"), 201),
        (THINGS, full(&format!(r#"{thing}"any":{{"a":["#), "[]", "]}}"), 201),
        (THINGS, full(&format!(r#"{thing}"any":{{"a":["#), &deep, "]}}"), 201),
        (THINGS, full(&format!(r#"{thing}"any":{{"{long}":["#), "[]", "]}}"), 413),
        (THINGS, full(&format!(r#"{thing}"map":{{"{long}":{{"b":["#), "0", "]}}}"), 413),
        (THINGS, full(&format!(r#"{thing}"list":["#), "0", "]}"), 201),
    ];
    for (at, (path, body, code)) in cases.into_iter().enumerate() {
        let response = bench.send("POST", path, "application/json", &body);
        let said = String::from_utf8_lossy(&response.body[..response.body.len().min(300)]).into_owned();
        assert_eq!(response.status, code, "case {at}: {said}");
        bench.ask("DELETE", &format!("{path}/a"), &Value::Null);
    }
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let mut bench = bench();
    assert_eq!(bench.send("POST", MAPS, "application/json", &vec![b' '; BODY_MAX + 1]).status, 413);
}

#[test]
fn selectors_are_as_long_as_a_path_may_be() {
    let mut bench = bench();
    for at in 0..20 {
        bench.ask("POST", MAPS, &json!({ "metadata": { "name": format!("m{at}"), "labels": { "a": "b" } } }));
    }
    let selectors =
        [vec!["a"; 30_000].join(","), format!("a+in+({})", vec!["b"; 30_000].join(",")), "(".repeat(60_000)];
    for (selector, code) in selectors.iter().zip([200, 200, 400]) {
        assert_eq!(bench.get(&format!("{MAPS}?labelSelector={selector}")).0, code);
    }
    let fields = vec!["metadata.name!=x"; 3_000].join(",");
    assert_eq!(bench.get(&format!("{MAPS}?fieldSelector={fields}")).0, 200);
}

#[test]
fn yaml_is_bounded_as_json_is() {
    let mut bench = bench();
    let deep = format!("any: {}{}", "[".repeat(900), "]".repeat(900));
    let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for at in 1..12 {
        let before = vec![format!("*a{}", at - 1); 10].join(",");
        laughs = format!("{laughs}a{at}: &a{at} [{before}]\n");
    }
    for body in [deep, laughs] {
        assert_eq!(bench.send("POST", THINGS, "application/yaml", body.as_bytes()).status, 400);
    }
}

#[test]
fn ten_thousand_steps_are_taken() {
    let mut bench = bench();
    let thing = json!({ "apiVersion": "slow.io/v1", "kind": "Thing", "metadata": { "name": "a" }, "any": {}, "list": [] });
    bench.ask("POST", THINGS, &thing);
    let path = format!("{THINGS}/a");
    let steps = |count: usize, step: Value| Value::from(vec![step; count]).to_string().into_bytes();
    let add = json!({ "op": "add", "path": "/list/0", "value": 1 });
    for (body, code) in [
        (steps(10_000, add.clone()), 200),
        (steps(10_001, add), 413),
        (steps(100, json!({ "op": "copy", "from": "/list", "path": "/any/a" })), 413),
    ] {
        let response = bench.send("PATCH", &path, "application/json-patch+json", &body);
        assert_eq!(
            response.status,
            code,
            "{}",
            String::from_utf8_lossy(&response.body[..response.body.len().min(200)])
        );
    }
}
