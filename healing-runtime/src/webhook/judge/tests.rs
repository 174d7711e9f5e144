//! Questions and verdicts

use serde_json::json;

use super::*;
use crate::{
    fixture::Web,
    webhook::review::{self, GroupVersionKind},
};

fn web(replicas: &Value) -> Value {
    json!({
        "apiVersion": "x.io/v1",
        "kind": "Web",
        "metadata": { "name": "shop", "namespace": "default" },
        "spec": { "replicas": replicas },
    })
}

fn question(operation: &str, object: Value, old_object: Value) -> Question {
    Question {
        uid: "7".to_owned(),
        kind: GroupVersionKind { group: "x.io".into(), version: "v1".into(), kind: "Web".into() },
        name: "shop".to_owned(),
        operation: operation.to_owned(),
        sub_resource: String::new(),
        object,
        old_object,
    }
}

/// Code, reason and message of a refusal; `None` where the write goes on
fn verdict(question: &Question) -> Option<(u64, String, String)> {
    let answer = review::answer(&question.uid, &Judge::of::<Web>().judge(question));
    let (response, status) = (&answer["response"], &answer["response"]["status"]);
    let text = |field: &str| status[field].as_str().unwrap_or_default().to_owned();
    assert_eq!(response["allowed"] == true, status.is_null(), "{answer}");
    Some((status["code"].as_u64()?, text("reason"), text("message")))
}

#[test]
fn it_is_asked_at_the_path_of_its_kind() {
    assert_eq!(Judge::of::<Web>().path, "/validate-x-io-v1-web");
}

#[test]
fn broken_rules_are_told_all_at_once() {
    let refused = |words: &str| Some((403, "Forbidden".to_owned(), words.to_owned()));
    let create = |replicas: i32| verdict(&question("CREATE", web(&json!(replicas)), Value::Null));
    assert_eq!(create(100), None);
    assert_eq!(
        create(102),
        refused("Web.x.io \"shop\" is invalid: spec.replicas: Invalid value: 102: must be at most 100")
    );
    assert_eq!(
        create(101),
        refused(
            "Web.x.io \"shop\" is invalid: [spec.replicas: Invalid value: 101: must be at most 100, \
             spec.replicas: Invalid value: 101: must be even]"
        )
    );
    let asked = question("CREATE", web(&json!(102)), Value::Null);
    let answer = review::answer("7", &Judge::of::<Web>().judge(&asked));
    assert_eq!(
        answer["response"]["status"]["details"],
        json!({ "name": "shop", "group": "x.io", "kind": "Web", "causes": [{
            "reason": "FieldValueInvalid",
            "field": "spec.replicas",
            "message": "Invalid value: 102: must be at most 100",
        }] })
    );
}

#[test]
fn what_was_wrong_before_and_is_unchanged_passes() {
    let update = |old: Value, new: Value| verdict(&question("UPDATE", web(&new), web(&old)));
    assert_eq!(update(json!(102), json!(102)), None);
    assert_eq!(update(json!(102), json!(104)).map(|(code, ..)| code), Some(403));
    assert_eq!(update(json!("x"), json!("x")), None, "stored under an older definition");
    assert_eq!(update(json!("x"), json!(102)).map(|(code, ..)| code), Some(403), "it excuses nothing");
}

#[test]
fn what_must_be_able_to_go_goes() {
    for operation in ["DELETE", "CONNECT"] {
        assert_eq!(verdict(&question(operation, Value::Null, web(&json!(102)))), None, "{operation}");
    }
    let mut going = web(&json!(102));
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(verdict(&question("UPDATE", going, web(&json!(1)))), None);
    let mut scale = question("UPDATE", json!({ "kind": "Scale", "spec": { "replicas": 102 } }), Value::Null);
    scale.sub_resource = "scale".to_owned();
    assert_eq!(verdict(&scale), None);
}

#[test]
fn what_cannot_be_judged_is_said_with_its_place() {
    let refused = |words: &str| Some((400, "BadRequest".to_owned(), words.to_owned()));
    let create = |object: Value| verdict(&question("CREATE", object, Value::Null));
    assert_eq!(
        create(web(&json!("two"))),
        refused("cannot decode Web \"shop\": spec.replicas: invalid type: string \"two\", expected i32")
    );
    assert_eq!(create(Value::Null).map(|(code, ..)| code), Some(400));
    assert_eq!(create(json!([1])).map(|(code, ..)| code), Some(400));
    let mut other = question("CREATE", web(&json!(1)), Value::Null);
    other.kind.version = "v2".to_owned();
    assert_eq!(
        verdict(&other),
        refused(
            "this path judges Web of x.io/v1, and not Web of x.io/v2; mend the path in the \
             ValidatingWebhookConfiguration"
        )
    );
}
