//! What is asked of budgets, and what follows when they refuse

use serde_json::{Value, json};

use crate::{
    client::script::{Answer, Asked, failure, failure_body},
    fixture::{World, ready, web, world},
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
