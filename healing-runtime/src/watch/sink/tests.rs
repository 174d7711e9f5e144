//! Who is woken by a node, and that a watch that is not allowed says so

use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use kube::core::ApiResource;
use serde_json::json;

use super::*;
use crate::{
    client::script::{Answer, failure, scripted},
    clock::Clock,
    fixture::{ready, start},
    queue::{Limit, Outcome},
    shutdown::Shutdown,
    watch::{Target, Watch},
};

fn node(name: &str, ready: &str, version: u64) -> Value {
    json!({
        "metadata": { "name": name, "resourceVersion": version.to_string() },
        "status": { "conditions": [{ "type": "Ready", "status": ready, "lastHeartbeatTime": version }] },
    })
}

/// Pods `a` of `ns/web` on `n1` and `b` of `ns/blog` on `n2`, and the queue of their owners
fn placed(clock: &Clock) -> (NodeSink, Queue) {
    let pods = PodCache::new(clock.clone(), [Scope::Cluster]);
    for (name, owner, on) in [("a", "web", "n1"), ("b", "blog", "n2")] {
        let mut pod = ready(name, 0);
        pod["metadata"]["ownerReferences"][0]["name"] = json!(owner);
        pod["metadata"]["ownerReferences"][0]["uid"] = json!(owner);
        pod["spec"]["nodeName"] = json!(on);
        pods.apply_listed(Watched::decode(pod));
    }
    let queue = Queue::new(clock.clone(), Limit::default(), 1);
    let router = Router::default().with("x.io", "Web", true, queue.clone());
    (NodeSink { cache: NodeCache::default(), pods, router }, queue)
}

/// The names of those that wait in the queue
async fn woken(queue: &Queue) -> Vec<String> {
    let mut names = Vec::new();
    while let Ok(Some(taken)) = tokio::time::timeout(Duration::from_mins(1), queue.take()).await {
        assert_eq!(taken.reason, Reason::Node);
        names.push(taken.key.name.clone());
        taken.finish(Outcome::Done { next: None });
    }
    names.sort();
    names
}

#[tokio::test(start_paused = true)]
async fn a_node_wakes_the_owners_of_its_pods_and_a_heartbeat_wakes_nobody() {
    let clock = Clock::tokio(start());
    let (sink, queue) = placed(&clock);
    let keys = |names: &[&str]| names.iter().map(|name| Key::new("", *name)).collect::<BTreeSet<_>>();
    sink.applied(Watched::decode(node("n1", "True", 1)), true);
    sink.applied(Watched::decode(node("n2", "True", 2)), true);
    assert_eq!(woken(&queue).await, [""; 0], "half a list");
    sink.listed(&keys(&["n1", "n2"]), Some(2));
    assert_eq!(woken(&queue).await, ["blog", "web"], "now the nodes of all are known");
    for version in 3..10 {
        sink.applied(Watched::decode(node("n1", "True", version)), false);
        sink.listed(&keys(&["n1", "n2"]), Some(version));
    }
    assert_eq!(woken(&queue).await, [""; 0]);
    sink.applied(Watched::decode(node("n1", "Unknown", 11)), false);
    assert_eq!(woken(&queue).await, ["web"]);
    sink.deleted(Watched::decode(node("n1", "Unknown", 12)));
    assert_eq!(woken(&queue).await, ["web"]);
    sink.applied(Watched::decode(node("n3", "True", 13)), false);
    sink.deleted(Watched::decode(node("n3", "True", 14)));
    assert_eq!(woken(&queue).await, [""; 0], "nobody is there");
    sink.listed(&keys(&[]), Some(15));
    assert_eq!(woken(&queue).await, ["blog"], "what a list misses is gone");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_not_allowed_says_so_until_it_is() {
    let (client, _) = scripted(|asked, count| match count {
        0..4 => failure(403, "Forbidden", "nodes is forbidden"),
        _ if asked.is_watch() => Answer::Open(vec![]),
        _ => Answer::Json(200, json!({ "metadata": { "resourceVersion": "5" }, "items": [] })),
    });
    let clock = Clock::tokio(start());
    let (sink, _queue) = placed(&clock);
    let cache = sink.cache.clone();
    let resource = ApiResource::erase::<Node>(&());
    let target = Target { resource, scope: Scope::Cluster, selector: None };
    let shutdown = Shutdown::default();
    let watch = Watch::new(client, clock.clone(), target, sink, 1);
    let status = watch.status();
    cache.filled_by(status.clone());
    assert!(!cache.is_forbidden(), "it was not tried yet");
    shutdown.spawn("watch", watch.run(shutdown.clone()));
    status.tried().await;
    assert!(cache.is_forbidden());
    assert!(!status.was_synced());
    status.synced().await;
    assert!(!cache.is_forbidden());
}
