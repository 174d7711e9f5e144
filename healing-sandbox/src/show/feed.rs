//! The feed: one line for each thing that happens to pods and nodes, and for each event that somebody reports
//!
//! It owns the words. Nothing here is decided by what was said before but for what is the same again.

use std::collections::BTreeMap;

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};

use super::Out;
use crate::clock::Clock;
use crate::kubelet::watch::{Change, feed};

/// What was said last of each object
#[derive(Debug, Default)]
struct Said(BTreeMap<String, String>);

/// Tells what happens; it does not end
pub(super) async fn tell(client: Client, clock: Clock, out: Out) {
    let start = clock.now();
    let mut pods = feed(Api::<Pod>::all(client.clone()), watcher::Config::default(), clock.clone());
    let mut nodes = feed(Api::<Node>::all(client.clone()), watcher::Config::default(), clock.clone());
    let mut events = feed(Api::<Event>::all(client), watcher::Config::default(), clock.clone());
    let mut said = Said::default();
    loop {
        let lines = tokio::select! {
            biased;
            Some(change) = nodes.next() => said.all(change, |node: &Node| (node.name_any(), node_line(node)), "node"),
            Some(change) = events.next() => said.all(change, |event: &Event| (event.name_any(), event_line(event)), ""),
            Some(change) = pods.next() => said.all(change, |pod: &Pod| (pod.name_any(), pod_line(pod)), "pod"),
            else => return,
        };
        for line in lines {
            out.say(&format!("{} {line}", elapsed(start, clock.now())));
        }
    }
}

// === impl Said ===

impl Said {
    /// The lines that a change is worth
    fn all<K>(
        &mut self,
        change: Change<K>,
        describe: impl Fn(&K) -> (String, String),
        what: &str,
    ) -> Vec<String> {
        match change {
            Change::Listed(objects) => {
                objects.iter().filter_map(|object| self.one(what, describe(object))).collect()
            }
            Change::Seen(object) => self.one(what, describe(&object)).into_iter().collect(),
            Change::Gone(object) => {
                let (name, _) = describe(&object);
                self.0.remove(&format!("{what}/{name}"));
                if what.is_empty() { Vec::new() } else { vec![format!("- {what} {name} is gone")] }
            }
        }
    }

    fn one(&mut self, what: &str, (name, state): (String, String)) -> Option<String> {
        if state.is_empty() {
            return None;
        }
        let before = self.0.insert(format!("{what}/{name}"), state.clone());
        if before.as_ref() == Some(&state) {
            return None;
        }
        let sign = if before.is_none() && what == "pod" { "+" } else { " " };
        Some(if what.is_empty() { format!("! {state}") } else { format!("{sign} {what} {name}: {state}") })
    }
}

fn pod_line(pod: &Pod) -> String {
    let status = pod.status.as_ref();
    if pod.metadata.deletion_timestamp.is_some() {
        return "is deleted".to_owned();
    }
    if let Some(reason) = status.and_then(|status| status.reason.as_ref()) {
        return reason.clone();
    }
    let containers = status.and_then(|status| status.container_statuses.as_ref());
    let container = containers.and_then(|containers| containers.first());
    let restarts = container.map_or(0, |container| container.restart_count);
    let waiting = container.and_then(|container| container.state.as_ref()?.waiting.as_ref()?.reason.clone());
    let waiting =
        waiting.filter(|reason| !matches!(reason.as_str(), "ContainerCreating" | "PodInitializing"));
    let conditions = status.and_then(|status| status.conditions.as_ref()).into_iter().flatten();
    let is_ready =
        conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let phase = status.and_then(|status| status.phase.clone()).unwrap_or_default();
    match (waiting, is_ready, phase.as_str()) {
        (Some(reason), ..) => format!("{reason}, {restarts} restarts"),
        (None, true, _) => "Ready".to_owned(),
        (None, false, "Running") if restarts > 0 => format!("restarted, {restarts} restarts"),
        (None, false, "Running") => "running, not ready".to_owned(),
        (None, false, _) => phase,
    }
}

fn node_line(node: &Node) -> String {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref()).into_iter().flatten();
    let ready = conditions.into_iter().find(|condition| condition.type_ == "Ready");
    let cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
    match ready.map(|ready| ready.status.as_str()) {
        Some("True") if cordoned => "Ready, cordoned".to_owned(),
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => String::new(),
    }
}

fn event_line(event: &Event) -> String {
    let about = event.regarding.as_ref().and_then(|regarding| regarding.name.clone()).unwrap_or_default();
    let reason = event.reason.clone().unwrap_or_default();
    let count = event.series.as_ref().map(|series| format!(" (x{})", series.count)).unwrap_or_default();
    format!("{about}: {reason}: {}{count}", event.note.clone().unwrap_or_default())
}

fn elapsed(start: Timestamp, now: Timestamp) -> String {
    let passed = now.duration_since(start).as_secs_f64();
    format!("{passed:7.1}s")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: &serde_json::Value) -> Pod {
        serde_json::from_value(json!({ "metadata": { "name": "web-0" }, "status": status })).unwrap()
    }

    #[test]
    fn a_pod_is_told_when_its_state_changes_and_only_then() {
        let mut said = Said::default();
        let mut told = Vec::new();
        let ready = json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] });
        let waiting = json!({ "phase": "Running", "containerStatuses": [{
            "name": "app", "image": "i", "imageID": "", "ready": false, "restartCount": 3,
            "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        }] });
        for status in [json!({ "phase": "Pending" }), ready.clone(), ready, waiting] {
            let change = Change::Seen(Box::new(pod(&status)));
            told.extend(said.all(change, |pod: &Pod| (pod.name_any(), pod_line(pod)), "pod"));
        }
        let change = Change::Gone(Box::new(pod(&json!({}))));
        told.extend(said.all(change, |pod: &Pod| (pod.name_any(), pod_line(pod)), "pod"));
        assert_eq!(
            told,
            [
                "+ pod web-0: Pending",
                "  pod web-0: Ready",
                "  pod web-0: CrashLoopBackOff, 3 restarts",
                "- pod web-0 is gone",
            ]
        );
    }
}
