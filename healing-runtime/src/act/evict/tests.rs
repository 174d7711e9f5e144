//! What is asked of budgets, and what follows when they refuse

use serde_json::{Value, json};

use crate::{
    client::script::{Answer, Asked, failure, failure_body},
    fixture::{World, crashing, ready, web, world},
};

fn is_eviction(asked: &Asked) -> bool {
    asked.path.ends_with("/eviction")
}

/// A resource that wants this many pods, and loses surplus ones by eviction
fn evicting(replicas: i32) -> Value {
    let mut web = web(replicas);
    web["spec"]["evict"] = json!(true);
    web
}

fn over_budget() -> Answer {
    let mut body = failure_body(429, "TooManyRequests", "Cannot evict pod");
    let words = "The disruption budget web needs 2 healthy pods and has 2 currently";
    body["details"] = json!({ "causes": [{ "reason": "DisruptionBudget", "message": words }] });
    Answer::Json(429, body)
}

fn two_budgets() -> Answer {
    failure(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource ...")
}

fn progressing(world: &World) -> (Value, Value) {
    let resource = world.server.resource().expect("the resource");
    let conditions = resource["status"]["conditions"].as_array().expect("conditions");
    let one = conditions.iter().find(|one| one["type"] == "Progressing").expect("Progressing");
    (one["reason"].clone(), one["message"].clone())
}

#[tokio::test(start_paused = true)]
async fn a_ready_pod_is_evicted_where_that_is_declared_and_its_budget_allows_it() {
    let world = world([evicting(1), ready("a", 0), ready("b", 1)], |_| None);
    world.pass_until(is_eviction).await;
    let asked = world.record.all().into_iter().find(is_eviction).expect("an eviction");
    let preconditions = json!({ "uid": "uid-a", "resourceVersion": "5" });
    assert_eq!(asked.body["deleteOptions"], json!({ "preconditions": preconditions }));
    // until the watch shows that it leaves, nothing is decided
    let before = world.record.all().len();
    world.pass().await.unwrap();
    assert_eq!(world.record.all().len(), before);
    world.show();
    world.pass().await.unwrap();
    assert!(world.record.all()[before..].iter().all(|asked| !is_eviction(asked)), "once");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_of_once_shown_and_tried_again_with_backoff() {
    for (answer, reason) in [
        (over_budget(), "EvictionBlocked"),
        (two_budgets(), "EvictionMisconfigured"),
        (failure(403, "Forbidden", "no"), "EvictionBlocked"),
    ] {
        let world = world([evicting(1), ready("a", 0), ready("b", 1), ready("c", 2)], move |asked| {
            is_eviction(asked).then(|| answer.clone())
        });
        let mut evictions = Vec::new();
        for second in 0..100 {
            let before = world.record.all().len();
            world.pass().await.unwrap();
            let asked = world.record.all();
            evictions.extend(asked[before..].iter().filter(|asked| is_eviction(asked)).map(|_| second));
            world.clock.sleep(std::time::Duration::from_secs(1)).await;
            world.show();
        }
        // never two pods at once, and 5, 10, 20, 40 s apart
        assert_eq!(evictions, [0, 5, 15, 35, 75], "{reason}");
        let (shown, message) = progressing(&world);
        assert_eq!(shown, "EvictionBlocked");
        assert!(message.as_str().unwrap().starts_with("pod a is to leave and must not be evicted yet: "));
        let told = world.events().into_iter().filter(|event| event.starts_with("Eviction"));
        assert_eq!(told.collect::<Vec<_>>(), [reason]);
        let statuses = world.record.all().iter().filter(|asked| asked.path.ends_with("/status")).count();
        assert_eq!(
            statuses,
            1 + evictions.len(),
            "the deadline for progress moves with each try, and no more"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_gone_or_changed_is_looked_at_again_without_an_error() {
    for answer in [failure(404, "NotFound", "gone"), failure(409, "Conflict", "modified")] {
        let world = world([evicting(1), ready("a", 0), ready("b", 1)], move |asked| {
            is_eviction(asked).then(|| answer.clone())
        });
        world.pass().await.unwrap();
        assert!(world.record.all().iter().any(is_eviction));
    }
}

#[tokio::test(start_paused = true)]
async fn an_eviction_without_an_answer_may_have_happened() {
    let world = world([evicting(1), ready("a", 0), ready("b", 1)], |asked| {
        is_eviction(asked).then(|| failure(503, "ServiceUnavailable", "down"))
    });
    world.pass_until(is_eviction).await;
    world.show();
    world.pass_until(is_eviction).await;
    let asked = world.record.all();
    let evictions: Vec<usize> = (0..asked.len()).filter(|at| is_eviction(&asked[*at])).collect();
    let between = &asked[evictions[0]..evictions[1]];
    assert!(between.iter().any(|asked| asked.method == "GET"), "a live look comes first: {between:?}");
}

fn annotated(mut pod: Value, annotation: &str) -> Value {
    pod["metadata"]["annotations"] = json!({ annotation: "yes" });
    pod
}

#[tokio::test(start_paused = true)]
async fn a_ready_pod_that_is_to_be_replaced_now_is_evicted_after_its_intent() {
    let pods = [ready("a", 0), annotated(ready("b", 1), "healing.dev/remediate-now")];
    let world = world([web(2)].into_iter().chain(pods), |_| None);
    world.pass().await.unwrap();
    let asked = world.record.all();
    let intent = &asked[0].body["status"]["healing"]["intents"][0];
    assert_eq!((&intent["podName"], &intent["cause"]), (&json!("b"), &json!("Requested")));
    assert_eq!(asked[1].path, "/api/v1/namespaces/ns/pods/b/eviction");
    assert_eq!(asked.len(), 2);
    assert_eq!(world.events(), ["HealingTriggered"]);
}

/// Hazard 18: the heal is withdrawn, costs no attempt, and does not keep others from being healed
#[tokio::test(start_paused = true)]
async fn a_heal_that_a_budget_refuses_is_withdrawn_and_others_go_first() {
    let pods = [
        annotated(ready("a", 0), "healing.dev/remediate-now"),
        annotated(ready("b", 1), "healing.dev/remediate-now"),
    ];
    let world = world([web(2)].into_iter().chain(pods), |asked| {
        asked.path.ends_with("/a/eviction").then(over_budget)
    });
    for _ in 0..4 {
        world.pass().await.unwrap();
        world.clock.sleep(std::time::Duration::from_secs(1)).await;
        world.show();
    }
    let asked = world.record.all().into_iter().filter(is_eviction).map(|asked| asked.path);
    let paths = ["a", "b"].map(|pod| format!("/api/v1/namespaces/ns/pods/{pod}/eviction"));
    assert_eq!(asked.collect::<Vec<_>>(), paths);
    let status = world.server.resource().expect("the resource")["status"].clone();
    let intents = status["healing"]["intents"].as_array().expect("the heal of b").clone();
    assert_eq!((intents.len(), &intents[0]["podName"]), (1, &json!("b")));
}

#[tokio::test(start_paused = true)]
async fn annotations_of_the_resource_are_seen() {
    let mut web = web(2);
    web["metadata"]["annotations"] =
        json!({ "healing.dev/skip-remediation": "", "healing.dev/reset-breaker": "1" });
    let world = world([web, ready("a", 0), crashing("b", 1)], |_| None);
    for _ in 0..6 {
        world.pass().await.unwrap();
        world.clock.sleep(std::time::Duration::from_secs(10)).await;
        world.show();
    }
    assert!(world.writes().iter().all(|write| write.ends_with("/status")), "{:?}", world.writes());
    let status = world.server.resource().expect("the resource")["status"].clone();
    assert_eq!(status["healing"]["resetToken"], "1");
    assert!(world.events().contains(&"RemediationSkipped".to_owned()));
}
