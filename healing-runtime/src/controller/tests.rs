//! A pass that ends badly costs one key one pass

use serde_json::json;

use super::*;
use crate::fixture::{key, web, well, world};

#[tokio::test(start_paused = true)]
async fn a_key_that_comes_back_while_its_end_is_looked_at_gets_its_turn() {
    let world = world([web(1)], well);
    world.server.drop_resource();
    world.show();
    let controller = &world.controller;
    controller.queue.add(&key(), Reason::Deleted);
    let taken = controller.queue.take().await.unwrap();
    let ended = controller.pass(&taken.key).await;
    // Somebody makes a new resource of the same name before the pass is over.
    controller.queue.add(&key(), Reason::Spec);
    let outcome = controller.conclude(ended);
    taken.finish(outcome);
    assert_eq!(controller.queue.counters().depth, [1, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_users_code_costs_one_key_one_pass() {
    let mut bad = web(1);
    bad["spec"]["panics"] = json!(true);
    let world = world([bad], well);
    let controller = &world.controller;
    let ended = controller.pass(&key()).await;
    assert!(matches!(ended, Ended::Panicked));
    assert_eq!(controller.conclude(ended), Outcome::Failed);
    world.server.edit(|web| web["spec"]["panics"] = json!(false));
    world.show();
    assert!(matches!(controller.pass(&key()).await, Ended::Well(_)));
}
