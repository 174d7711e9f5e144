//! Types that no API server can take, each with the place and the advice

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::catch_unwind,
};

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::schema::{generate, structural_of};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Holder<T> {
    part: T,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Node {
    children: Vec<Node>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Ping {
    pong: Option<Box<Pong>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Pong {
    ping: Option<Box<Ping>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
enum Internal {
    Git { url: String },
    Http { url: String },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "with")]
enum Adjacent {
    Git(String),
    Http(u16),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Word(String),
    Number(i32),
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Mixed {
    Off,
    On { level: i32 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Unit;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Pair(i32, String);

#[derive(Serialize, Deserialize, JsonSchema)]
enum Union {
    /// From a repository.
    Git { url: String },
    /// From a server.
    Http(Holder<u16>),
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Word {
    /// The first.
    One,
    Two,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Newtype(String);

fn problem<T: JsonSchema>() -> String {
    generate::<Holder<T>>("spec").map_or_else(|error| error.to_string(), |schema| schema.to_string())
}

#[test]
fn what_has_no_structural_schema_is_refused_with_its_place() {
    let table = [
        (problem::<Node>(), "`spec.part.children[]` has the type `Node`, which holds itself"),
        (problem::<Ping>(), "`spec.part.pong.ping` has the type `Ping`, which holds itself"),
        (problem::<Internal>(), "`spec.part` is an enum whose variants differ in the field `type`"),
        (problem::<Adjacent>(), "`spec.part` is an enum whose variants differ in the field `type`"),
        (
            problem::<Option<Vec<Internal>>>(),
            "`spec.part[]` is an enum whose variants differ in the field `type`",
        ),
        (problem::<Untagged>(), "`spec.part` is an enum with values of more than one type"),
        (problem::<Mixed>(), "`spec.part` is an enum with values of more than one type"),
        (problem::<Option<Mixed>>(), "`spec.part` is an enum with values of more than one type"),
        (problem::<Unit>(), "`spec.part` is `()` or a struct without fields"),
        (problem::<()>(), "`spec.part` is `()` or a struct without fields"),
        (problem::<Pair>(), "`spec.part` is a tuple"),
        (problem::<Vec<(i32, i32)>>(), "`spec.part[]` is a tuple"),
        (problem::<Value>(), "`spec.part` can be anything"),
        (problem::<Option<Value>>(), "`spec.part` can be anything"),
        (problem::<Vec<Value>>(), "`spec.part[]` can be anything"),
        (problem::<BTreeMap<String, Value>>(), "`spec.part` is a map of anything"),
        (problem::<BTreeMap<i32, String>>(), "`spec.part` is a map whose keys are not plain text"),
        (problem::<u128>(), "`spec.part` is a whole number of 128 bits"),
        (problem::<Option<i128>>(), "`spec.part` is a whole number of 128 bits"),
    ];
    for (problem, expected) in table {
        assert!(problem.starts_with(expected), "{expected}\n{problem}");
    }
}

#[test]
fn what_takes_json_of_any_form_is_not_checked() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is asked for")]
    struct Open {
        #[schemars(extend("x-healing-declared" = { "own": { "x-kubernetes-preserve-unknown-fields": true } }))]
        declared: BTreeMap<String, Value>,
        #[schemars(extend("x-kubernetes-preserve-unknown-fields" = true))]
        pair: Option<(i32, i32)>,
        #[schemars(extend("x-kubernetes-preserve-unknown-fields" = true))]
        tree: Option<Box<Node>>,
        #[schemars(extend("x-kubernetes-preserve-unknown-fields" = true))]
        known: Holder<u16>,
    }
    let schema = generate::<Open>("spec").expect("each of them is open");
    let open = json!({ "x-kubernetes-preserve-unknown-fields": true });
    for name in ["pair", "tree"] {
        assert_eq!(schema["properties"][name], open, "{name}");
    }
    assert_eq!(schema["properties"]["declared"]["x-kubernetes-preserve-unknown-fields"], true);
    assert_eq!(schema["properties"]["known"]["properties"]["part"]["type"], "integer");
    assert!(!schema.to_string().contains("$ref"), "{schema}");
}

#[test]
fn every_problem_is_told_at_once() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is asked for")]
    struct Two {
        first: (i32, i32),
        second: Value,
    }
    let error = generate::<Two>("spec").expect_err("both are refused");
    assert_eq!(error.to_string().matches("`spec.").count(), 2, "{error}");
}

#[test]
fn what_an_api_server_takes_passes() {
    for (schema, part) in [
        (problem::<Union>(), "\"oneOf\":[{\"required\":[\"Git\"]},{\"required\":[\"Http\"]}]"),
        (problem::<Option<Union>>(), "\"oneOf\":[{\"required\":[\"Git\"]},{\"required\":[\"Http\"]}]"),
        (problem::<Word>(), "\"enum\":"),
        (problem::<Option<Word>>(), "\"enum\":"),
        (problem::<Newtype>(), "\"type\":\"string\""),
        (problem::<[u8; 4]>(), "\"maxItems\":4"),
        (problem::<char>(), "\"maxLength\":1"),
        (problem::<BTreeSet<String>>(), "\"type\":\"array\""),
        (problem::<BTreeMap<String, Option<i64>>>(), "\"additionalProperties\":{"),
        (problem::<std::time::Duration>(), "\"nanos\""),
        (problem::<k8s_openapi::api::core::v1::PodTemplateSpec>(), "\"containers\""),
        (problem::<k8s_openapi::api::core::v1::ResourceRequirements>(), "\"limits\""),
        (problem::<k8s_openapi::api::core::v1::Volume>(), "\"persistentVolumeClaim\""),
        (problem::<k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerSpec>(), "\"maxReplicas\""),
        (problem::<k8s_openapi::api::networking::v1::NetworkPolicySpec>(), "\"podSelector\""),
        (problem::<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector>(), "\"matchLabels\""),
        (problem::<k8s_openapi::apimachinery::pkg::util::intstr::IntOrString>(), "int-or-string"),
        (problem::<Option<k8s_openapi::apimachinery::pkg::api::resource::Quantity>>(), "\"part\":"),
    ] {
        assert!(schema.starts_with('{') && schema.contains(part), "{schema}");
    }
}

/// A schema of some depth, sound or not
fn made(random: &mut fastrand::Rng, depth: u8) -> Value {
    let kinds = ["string", "integer", "object", "array", "null", "boolean"];
    let mut node = Map::new();
    if random.u8(..) < 220 {
        node.insert("type".into(), kinds[random.usize(..kinds.len())].into());
    }
    if random.u8(..) < 40 {
        node.insert("enum".into(), json!([if random.bool() { "a" } else { "b" }]));
    }
    let inner = |random: &mut fastrand::Rng| match depth {
        0 => json!(random.bool()),
        _ => made(random, depth - 1),
    };
    for (word, odds) in [("oneOf", 70), ("anyOf", 50)] {
        if random.u8(..) < odds {
            let branches = (0..random.usize(1..4)).map(|_| inner(random)).collect();
            node.insert(word.into(), Value::Array(branches));
        }
    }
    if random.u8(..) < 120 {
        let names = ["x", "y", "z"];
        let parts = (0..random.usize(1..3)).map(|_| (names[random.usize(..3)].to_owned(), inner(random)));
        node.insert("properties".into(), Value::Object(parts.collect()));
    }
    for (word, odds) in [("items", 40), ("additionalProperties", 40)] {
        if random.u8(..) < odds {
            node.insert(word.into(), inner(random));
        }
    }
    Value::Object(node)
}

#[test]
fn nothing_that_passes_makes_a_transform_panic() {
    let mut random = fastrand::Rng::with_seed(11);
    let (mut passed, mut tried) = (0, 0);
    while passed < 2_000 && tried < 200_000 {
        tried += 1;
        let schema = made(&mut random, 2);
        if check(&schema, "spec").is_ok() {
            passed += 1;
            let made = Schema::try_from(schema.clone()).expect("an object is a schema");
            assert!(catch_unwind(|| structural_of(made)).is_ok(), "{schema}");
        }
    }
    assert!(passed > 500, "{passed} of {tried}");
}
