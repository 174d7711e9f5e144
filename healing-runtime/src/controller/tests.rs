//! A pass that ends badly costs one key one pass

use k8s_openapi::api::core::v1::Pod;
use kube::core::ApiResource;
use serde_json::json;

use super::*;
use crate::{
    change::Router,
    client::script::{Answer, failure, scripted},
    fixture::{key, ready, web, well, world},
    shutdown::Drain,
    watch::{PodSink, Scope, Target, Watch},
};

#[tokio::test(start_paused = true)]
async fn a_key_that_comes_back_while_its_end_is_looked_at_gets_its_turn() {
    let world = world([web(1)], well);
    world.server.drop_resource();
    world.show();
    let controller = &world.controller;
    controller.queue.add(&key(), Reason::Deleted);
    let taken = controller.queue.take().await.unwrap();
    let ended = controller.pass(&taken.key, &[]).await;
    // Somebody makes a new resource of the same name before the pass is over.
    controller.queue.add(&key(), Reason::Spec);
    let outcome = controller.conclude(&taken.key, ended);
    taken.finish(outcome);
    assert_eq!(controller.queue.counters().depth, [1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_users_code_costs_one_key_one_pass() {
    let mut bad = web(1);
    bad["spec"]["panics"] = json!(true);
    let world = world([bad], well);
    let controller = &world.controller;
    let ended = controller.pass(&key(), &[]).await;
    assert!(matches!(ended, Ended::Panicked));
    assert_eq!(controller.conclude(&key(), ended), Outcome::Failed);
    world.server.edit(|web| web["spec"]["panics"] = json!(false));
    world.show();
    assert!(matches!(controller.pass(&key(), &[]).await, Ended::Well(_)));
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_was_given_up_is_followed_by_a_live_read() {
    let world = world([web(1), ready("a", 0), ready("b", 1)], |asked| {
        (asked.method == "DELETE").then_some(Answer::Hang)
    });
    let controller = &world.controller;
    // Given up while the answer to its delete is still to come.
    let cut = tokio::time::timeout(Duration::from_secs(5), controller.pass(&key(), &[])).await;
    assert!(cut.is_err());
    let cut = world.record.all().len();
    assert_eq!(controller.conclude(&key(), Ended::TimedOut), Outcome::Failed);
    let _ended = controller.pass(&key(), &[]).await;
    assert_eq!(world.record.all()[cut].method, "GET", "decided on what may be older than the delete");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_users_code_does_not_hold_a_deleted_resource() {
    let mut bad = web(1);
    bad["spec"]["panics"] = json!(true);
    bad["metadata"]["deletionTimestamp"] = json!(crate::fixture::start());
    let world = world([bad], well);
    assert!(matches!(world.controller.pass(&key(), &[]).await, Ended::Well(_)));
    assert_eq!(world.server.resource().unwrap()["metadata"]["finalizers"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_on_what_a_broken_watch_showed_before() {
    let world = world([web(1)], well);
    let controller = &world.controller;
    let (client, _) = scripted(|_, _| failure(403, "Forbidden", "no role"));
    let scope = Scope::Namespace("ns".into());
    let target = Target { resource: ApiResource::erase::<Pod>(&()), scope: scope.clone(), selector: None };
    let sink =
        PodSink::<crate::cache::PodDocument>::new(scope, controller.cx.hands.pods.clone(), Router::default());
    let watch = Watch::new(client, world.clock.clone(), target, sink, 1);
    let status = [watch.status()];
    controller.shutdown.spawn("watch", watch.run(controller.shutdown.clone()));
    world.clock.sleep(Duration::from_secs(62)).await;
    let Ended::Well(Requeue::At(again)) = controller.pass(&key(), &status).await else { panic!("not held") };
    assert!(again > world.clock.now() && world.record.all().is_empty());
    // A watch that is broken elsewhere says nothing of this namespace.
    assert!(!status[0].is_blind("other", world.clock.now()));
    controller.pass(&key(), &[]).await;
    assert!(!world.record.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_creates_under_way_and_takes_no_further_key() {
    let world = world([web(40)], |asked| (asked.method == "POST").then_some(Answer::Hang));
    let (controller, shutdown) = (Arc::clone(&world.controller), world.controller.shutdown.clone());
    controller.queue.add(&key(), Reason::Spec);
    shutdown.spawn("worker", Arc::clone(&controller).work(Vec::new()));
    world.clock.sleep(Duration::from_secs(1)).await;
    controller.queue.add(&key(), Reason::Pod);
    controller.queue.close();
    assert_eq!(shutdown.drain(Duration::from_secs(25)).await, Drain::Drained);
    let writes = world.writes();
    assert_eq!(writes.len(), 2, "the create without an answer, and the status: {writes:?}");
}
