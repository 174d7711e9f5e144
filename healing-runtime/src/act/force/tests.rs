//! Forced deletes: what is asked before one, and what it is when it is sent

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    cache::NodeCache,
    client::script::{Answer, Asked, failure},
    fixture::{World, key, ready, start, web, world},
    watch::Watched,
};

fn node(ready: &str, taint: &str) -> Value {
    json!({
        "kind": "Node", "apiVersion": "v1", "metadata": { "name": "n1", "resourceVersion": "3" },
        "spec": { "taints": [{ "key": taint, "effect": "NoExecute" }] },
        "status": { "conditions": [{ "type": "Ready", "status": ready }] },
    })
}

fn fenced() -> Value {
    node("Unknown", "node.kubernetes.io/out-of-service")
}

/// A pod of the resource that should have been gone for longer than a minute
fn stuck() -> Value {
    let mut pod = ready("a", 0);
    pod["metadata"]["deletionTimestamp"] = json!(start() - SignedDuration::from_secs(61));
    pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    pod
}

/// A resource that forces, whose pod is stuck on `n1`; watched is that node as `shown`, and read `live`
fn stuck_on(shown: Option<Value>, live: Answer) -> World {
    let mut resource = web(0);
    resource["spec"]["roles"] = json!({ "forceDelete": true });
    let mut world = world([resource, stuck()], move |asked| is_node(asked).then(|| live.clone()));
    let nodes = NodeCache::default();
    nodes.listed(&BTreeSet::new());
    if let Some(shown) = shown {
        nodes.apply(&Watched::decode(shown));
    }
    let controller = Arc::get_mut(&mut world.controller).expect("nobody else has it yet");
    controller.cx.hands.nodes = Some(nodes);
    world
}

fn is_node(asked: &Asked) -> bool {
    asked.path == "/api/v1/nodes/n1"
}

fn not_found() -> Answer {
    failure(404, "NotFound", "nodes \"n1\" not found")
}

fn deletes(world: &World) -> Vec<Asked> {
    world.record.all().into_iter().filter(|asked| asked.method == "DELETE").collect()
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_a_node_that_is_off_is_deleted_without_grace_as_it_was_seen() {
    for (shown, live) in [(None, not_found()), (Some(fenced()), Answer::Json(200, fenced()))] {
        let world = stuck_on(shown, live);
        world.pass().await.expect("a pass");
        let asked = world.record.all();
        let read = asked.iter().position(is_node).expect("the node is read once more");
        let sent = asked.iter().position(|asked| asked.method == "DELETE").expect("a delete");
        assert!(read < sent, "{asked:?}");
        assert_eq!(asked[sent].path, "/api/v1/namespaces/ns/pods/a");
        assert_eq!(asked[sent].body["gracePeriodSeconds"], 0);
        assert_eq!(asked[sent].body["preconditions"], json!({ "uid": "uid-a", "resourceVersion": "5" }));
        assert_eq!(world.server.pods(), [Value::Null; 0]);
        assert!(world.events().contains(&"ForceDeleted".to_owned()));
        world.show();
        world.pass().await.expect("a pass");
        assert_eq!(deletes(&world).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_watch_showed_of_a_node_is_not_enough() {
    let well = node("True", "node.kubernetes.io/out-of-service");
    let lost = node("Unknown", "node.kubernetes.io/unreachable");
    for live in [well, lost] {
        let world = stuck_on(Some(fenced()), Answer::Json(200, live.clone()));
        world.pass().await.expect("a pass");
        assert!(world.record.all().iter().any(is_node));
        assert!(deletes(&world).is_empty(), "{live}");
        assert!(!world.events().contains(&"ForceDeleted".to_owned()));
        // the node comes up as a new one, and the watch is late
        let world = stuck_on(None, Answer::Json(200, live));
        world.pass().await.expect("a pass");
        assert!(deletes(&world).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_cannot_be_read_is_no_reason_to_force() {
    for refusal in
        [failure(403, "Forbidden", "not allowed"), failure(500, "InternalError", "down"), Answer::Hang]
    {
        let world = stuck_on(None, refusal);
        let error = world.pass().await.map(drop).expect_err("it is tried again with backoff");
        assert!(error.to_string().contains("could not read node `n1`"), "{error}");
        assert!(deletes(&world).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_forced_while_nodes_are_not_known() {
    let mut world = stuck_on(None, not_found());
    let controller = Arc::get_mut(&mut world.controller).expect("nobody else has it yet");
    for nodes in [Some(NodeCache::default()), None] {
        controller.cx.hands.nodes = nodes;
        crate::reconcile::reconcile(&controller.cx, &key()).await.expect("a pass");
    }
    assert!(!world.record.all().iter().any(|asked| is_node(asked) || asked.method == "DELETE"));
}
