//! What the user's own verdicts lead to, and what becomes of a panic in them

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    client::script::Asked,
    fixture::{World, ready, web, world},
};

fn is_eviction(asked: &Asked) -> bool {
    asked.path.ends_with("/eviction")
}

/// A Ready pod about which the resource's `assess` says this
fn said(name: &str, slot: u32, verdict: &str) -> Value {
    let mut pod = ready(name, slot);
    pod["metadata"]["annotations"] = json!({ "said": verdict });
    pod
}

async fn pass_for(world: &World, passes: u32) {
    for _ in 0..passes {
        world.pass().await.unwrap();
        world.clock.sleep(Duration::from_secs(1)).await;
        world.show();
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_judged_unhealthy_thrice_is_evicted() {
    let world = world([web(2), ready("a", 0), said("b", 1, "it lags")], |_| None);
    pass_for(&world, 2).await;
    assert!(!world.record.all().iter().any(is_eviction), "two samples are none");
    pass_for(&world, 2).await;
    let asked = world.record.all();
    let evictions: Vec<_> = asked.iter().filter(|asked| is_eviction(asked)).collect();
    assert_eq!((evictions.len(), evictions[0].path.contains("/pods/b/")), (1, true));
    let status = world.server.resource().expect("the resource")["status"].clone();
    assert_eq!(status["healing"]["intents"][0]["cause"], "Custom");
}

#[tokio::test(start_paused = true)]
async fn a_verdict_that_is_unknown_heals_nothing() {
    let world = world([web(2), ready("a", 0), said("b", 1, "unknown")], |_| None);
    pass_for(&world, 6).await;
    assert!(world.writes().iter().all(|write| write.ends_with("/status")), "{:?}", world.writes());
}

/// Hazard 26: a bug of the user's `assess` stops nothing, and hits no other pod
#[tokio::test(start_paused = true)]
async fn a_panicking_assess_costs_the_pod_its_verdict_and_nothing_else() {
    let world = world([web(3), said("a", 0, "panic"), said("b", 1, "it lags")], |_| None);
    pass_for(&world, 1).await;
    let creates = world.writes().iter().filter(|write| *write == "POST /api/v1/namespaces/ns/pods").count();
    assert_eq!(creates, 1, "the missing pod is made: {:?}", world.writes());
    for pod in
        world.server.pods().into_iter().filter(|pod| pod["metadata"]["labels"]["healing.dev/slot"] == "2")
    {
        let mut made = ready(pod["metadata"]["name"].as_str().expect("a name"), 2);
        made["metadata"]["resourceVersion"] = json!("90");
        world.server.put(made);
    }
    world.show();
    pass_for(&world, 4).await;
    let evicted: Vec<String> =
        world.record.all().into_iter().filter(is_eviction).map(|asked| asked.path).collect();
    assert_eq!(evicted, ["/api/v1/namespaces/ns/pods/b/eviction"]);
    let page = world.metrics.expose(crate::metrics::Format::Classic);
    assert!(page.contains("controller_runtime_reconcile_panics_total{controller=\"web\"} 5"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn what_a_verdict_may_see_wakes_the_resource() {
    let world = world([web(1), ready("a", 0)], |_| None);
    let cache = &world.controller.cx.hands.pods;
    let mut pod = said("a", 0, "it lags");
    pod["metadata"]["resourceVersion"] = json!("6");
    let seen = crate::watch::Watched::<crate::cache::WholePod>::decode(pod.clone()).into_content();
    assert_eq!(cache.apply_listed(seen).len(), 1);
    pod["metadata"]["resourceVersion"] = json!("7");
    let seen = crate::watch::Watched::<crate::cache::WholePod>::decode(pod).into_content();
    assert_eq!(cache.apply_listed(seen).len(), 0, "a new version alone wakes nobody");
}
