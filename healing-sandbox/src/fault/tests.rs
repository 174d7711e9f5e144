//! Faults as clients see them, on virtual time; over HTTPS in real time
//!
//! How a request is read is tested beside `call`.

use futures::{StreamExt, TryStreamExt};
use jiff::SignedDuration;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use kube::api::{PostParams, WatchEvent, WatchParams};
use kube::{Api, Client};
use serde_json::json;

use super::*;
use crate::{Embedded, EmbeddedOptions, Sandbox};

fn map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: kube::api::ObjectMeta { name: Some(name.into()), ..Default::default() },
        ..Default::default()
    }
}

fn maps(client: Client) -> Api<ConfigMap> {
    Api::default_namespaced(client)
}

fn creations(verdict: Verdict) -> impl Fn(&Call) -> Verdict {
    move |call| if call.is(Verb::Create, "configmaps") { verdict } else { Verdict::Pass }
}

fn watches(verdict: Verdict) -> impl Fn(&Call) -> Verdict {
    move |call| if call.is(Verb::Watch, "configmaps") { verdict } else { Verdict::Pass }
}

async fn create(sandbox: &Sandbox, name: &str) -> Result<ConfigMap, kube::Error> {
    maps(sandbox.client()).create(&PostParams::default(), &map(name)).await
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_was_applied_and_a_lost_request_was_not() {
    let sandbox = Sandbox::start(1).await.unwrap();
    for (verdict, name, is_stored) in [(Verdict::DropApplied, "a", true), (Verdict::DropBefore, "b", false)] {
        let guard = sandbox.fault(creations(verdict));
        let error = create(&sandbox, name).await.unwrap_err();
        assert!(matches!(error, kube::Error::Service(_)), "{error:?}");
        assert_eq!(maps(sandbox.client()).get_opt(name).await.unwrap().is_some(), is_stored, "{verdict:?}");
        drop(guard);
    }
    create(&sandbox, "b").await.expect("the fault has ended");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_a_status_that_says_when_to_come_back() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let _guard = sandbox.fault(creations(Verdict::Refuse { code: 429, retry_after: Some(7) }));
    let kube::Error::Api(status) = create(&sandbox, "a").await.unwrap_err() else { panic!("no Status") };
    assert_eq!((status.code, status.reason.as_str()), (429, "TooManyRequests"));
    assert_eq!(status.details.unwrap().retry_after_seconds, 7);
    let request = http::Request::post("/api/v1/namespaces/default/configmaps");
    let request = request.body(kube::client::Body::from(b"{}".to_vec())).unwrap();
    let response = sandbox.client().send(request).await.unwrap();
    assert_eq!(response.headers()["retry-after"], "7");
}

#[tokio::test(start_paused = true)]
async fn a_delay_and_a_kept_request_cost_virtual_time_only() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let before = sandbox.now();
    let delay = sandbox.fault(creations(Verdict::Delay(Duration::from_hours(1))));
    create(&sandbox, "a").await.unwrap();
    drop(delay);
    let after = sandbox.now().duration_since(before).as_secs();
    assert_eq!(after, 3600);
    let hang = sandbox.fault(creations(Verdict::Hang));
    let mut kept = std::pin::pin!(create(&sandbox, "b"));
    let early = tokio::time::timeout(Duration::from_mins(5), kept.as_mut());
    assert!(early.await.is_err());
    drop(hang);
    kept.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_delayed_request_still_meets_what_other_rules_say() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let before = sandbox.now();
    let _lost = sandbox.fault(creations(Verdict::DropBefore));
    let _late = sandbox.fault(creations(Verdict::Delay(Duration::from_mins(1))));
    create(&sandbox, "a").await.unwrap_err();
    assert_eq!(sandbox.now().duration_since(before).as_secs(), 60);
    assert!(maps(sandbox.client()).get_opt("a").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_watch_hangs_lags_expires_and_is_cut() {
    let sandbox = Sandbox::start(1).await.unwrap();
    create(&sandbox, "a").await.unwrap();
    let maps = maps(sandbox.client());
    let params = WatchParams::default().fields("metadata.name=a");
    let mut watch = maps.watch(&params, "0").await.unwrap().boxed();
    assert!(matches!(watch.try_next().await.unwrap(), Some(WatchEvent::Added(_))));

    let hang = sandbox.fault(watches(Verdict::Hang));
    maps.delete("a", &kube::api::DeleteParams::default()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_mins(1), watch.try_next());
    assert!(early.await.is_err());
    drop(hang);
    assert!(matches!(watch.try_next().await.unwrap(), Some(WatchEvent::Deleted(_))));

    let lag = sandbox.fault(watches(Verdict::Lag(Duration::from_secs(40))));
    let before = sandbox.now();
    create(&sandbox, "a").await.unwrap();
    assert!(matches!(watch.try_next().await.unwrap(), Some(WatchEvent::Added(_))));
    assert_eq!(sandbox.now().duration_since(before).as_secs(), 40);
    drop(lag);

    let expire = sandbox.fault(watches(Verdict::Expire));
    let Some(WatchEvent::Error(status)) = watch.try_next().await.unwrap() else { panic!("no error") };
    assert_eq!(status.code, 410);
    assert!(watch.try_next().await.unwrap().is_none());
    drop(expire);

    let mut watch = maps.watch(&params, "0").await.unwrap().boxed();
    watch.try_next().await.unwrap();
    let _cut = sandbox.fault(watches(Verdict::Cut));
    assert!(watch.try_next().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_twice_what_changed_and_bookmarks_once() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let _twice = sandbox.fault(watches(Verdict::Duplicate));
    create(&sandbox, "a").await.unwrap();
    let maps = maps(sandbox.client());
    let params = WatchParams::default().fields("metadata.name=a").initial_events();
    let mut watch = maps.watch(&params, "0").await.unwrap().boxed();
    maps.delete("a", &kube::api::DeleteParams::default()).await.unwrap();
    let mut told = Vec::new();
    while told.len() < 5 {
        told.push(match watch.try_next().await.unwrap().unwrap() {
            WatchEvent::Added(_) => "added",
            WatchEvent::Deleted(_) => "deleted",
            WatchEvent::Bookmark(_) => "bookmark",
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(told, ["added", "added", "bookmark", "deleted", "deleted"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_cut_off_is_the_only_one() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let [one, two] = ["one/1.0", "two"].map(|name| maps(sandbox.client_named(name)));
    let params = WatchParams::default().fields("metadata.name=a");
    let mut seen_by_one = one.watch(&params, "0").await.unwrap().boxed();
    let mut seen_by_two = two.watch(&params, "0").await.unwrap().boxed();
    let cut = sandbox.partition("one");
    assert!(matches!(one.get("a").await, Err(kube::Error::Service(_))));
    assert!(one.watch(&params, "0").await.is_err());
    two.create(&PostParams::default(), &map("a")).await.unwrap();
    assert!(matches!(seen_by_two.try_next().await.unwrap(), Some(WatchEvent::Added(_))));
    let early = tokio::time::timeout(Duration::from_mins(1), seen_by_one.try_next());
    assert!(early.await.is_err());
    drop(cut);
    assert!(matches!(seen_by_one.try_next().await.unwrap(), Some(WatchEvent::Added(_))));
    one.get("a").await.unwrap();
}

/// What the condition `Ready` of the first node says, and when the node's lease was renewed
async fn first_node(sandbox: &Sandbox) -> (String, jiff::Timestamp) {
    let node = Api::<Node>::all(sandbox.client()).get("node-1").await.unwrap();
    let conditions = node.status.unwrap().conditions.unwrap();
    let ready = conditions.into_iter().find(|condition| condition.type_ == "Ready").unwrap();
    let lease = Api::<Lease>::namespaced(sandbox.client(), "kube-node-lease").get("node-1").await.unwrap();
    (ready.status, lease.spec.unwrap().renew_time.unwrap().0)
}

#[tokio::test(start_paused = true)]
async fn a_kubelet_that_is_cut_off_loses_its_nodes() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let cut = sandbox.partition("kubelet");
    sandbox.advance(Duration::from_mins(2)).await;
    assert_eq!(first_node(&sandbox).await.0, "Unknown");
    drop(cut);
    sandbox.advance(Duration::from_mins(2)).await;
    assert_eq!(first_node(&sandbox).await.0, "True");
}

#[tokio::test(start_paused = true)]
async fn a_kubelet_with_a_wrong_clock_keeps_its_nodes() {
    for hours in [-2, 2] {
        let sandbox = Sandbox::start(1).await.unwrap();
        let wrong = sandbox.skew_kubelet(SignedDuration::from_hours(hours));
        sandbox.advance(Duration::from_mins(10)).await;
        let (ready, renewed) = first_node(&sandbox).await;
        let off = sandbox.now().duration_since(renewed).as_secs();
        assert_eq!((&*ready, -off > 3600, off > 3600), ("True", hours > 0, hours < 0), "{hours} {off}");
        drop(wrong);
        sandbox.advance(Duration::from_hours(3)).await;
        let (ready, renewed) = first_node(&sandbox).await;
        assert_eq!(ready, "True");
        assert!(sandbox.now().duration_since(renewed).as_secs() < 60);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_started_anew_has_lost_its_history_and_the_kubelet_gets_over_it() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let old = create(&sandbox, "a").await.unwrap().metadata.resource_version.unwrap();
    let maps = maps(sandbox.client());
    let mut watch = maps.watch(&WatchParams::default(), &old).await.unwrap().boxed();
    create(&sandbox, "b").await.unwrap();
    watch.try_next().await.unwrap();
    sandbox.forget_history();
    assert!(watch.try_next().await.is_err());
    let mut watch = maps.watch(&WatchParams::default(), &old).await.unwrap().boxed();
    let Some(WatchEvent::Error(status)) = watch.try_next().await.unwrap() else { panic!("no error") };
    assert_eq!(status.code, 410);

    run_pod(&sandbox).await;
}

/// Creates a pod and sees it run
async fn run_pod(sandbox: &Sandbox) {
    let pod = json!({
        "metadata": { "name": "web" },
        "spec": { "containers": [{ "name": "app", "image": "nginx" }] },
    });
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
    sandbox.settle().await;
    let phase = pods.get("web").await.unwrap().status.unwrap().phase;
    assert_eq!(phase.as_deref(), Some("Running"));
}

#[tokio::test(start_paused = true)]
async fn the_kubelet_is_spared_unless_a_rule_covers_it() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let status = |call: &Call| match call.subresource.as_str() {
        "status" => Verdict::Refuse { code: 503, retry_after: None },
        _ => Verdict::Pass,
    };
    let _guard = sandbox.fault(status);
    run_pod(&sandbox).await;
    assert!(sandbox.trace().iter().all(|entry| entry.fault.is_none()));
    let _guard = sandbox.fault_with_kubelet(|call| match call.verb {
        Verb::Patch | Verb::Update => Verdict::Refuse { code: 503, retry_after: None },
        _ => Verdict::Pass,
    });
    sandbox.advance(Duration::from_mins(2)).await;
    assert!(sandbox.trace().iter().any(|entry| entry.actor == "kubelet" && entry.fault == Some("refused")));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_requests_give_the_same_trace() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::start(7).await.unwrap();
        let _guard = sandbox.fault(creations(Verdict::DropApplied));
        create(&sandbox, "a").await.unwrap_err();
        run_pod(&sandbox).await;
        traces.push(sandbox.trace().iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    assert_eq!(traces[0], traces[1]);
    let line = traces[0].iter().find(|line| line.contains("answer lost")).unwrap();
    assert!(line.contains("sandbox-admin  create   configmaps default/"), "{line}");
    assert!(traces[0].iter().any(|line| line.contains("controllers")));
}

#[tokio::test]
async fn faults_are_the_same_over_https() {
    let embedded = Embedded::start(EmbeddedOptions::default()).await.unwrap();
    let maps = maps(Client::try_from(embedded.config().clone()).unwrap());
    let guard = embedded.fault(creations(Verdict::DropApplied));
    let error = maps.create(&PostParams::default(), &map("a")).await.unwrap_err();
    assert!(!matches!(error, kube::Error::Api(_)), "{error:?}");
    drop(guard);
    maps.get("a").await.expect("it was stored");
    embedded.stop().await;
}
