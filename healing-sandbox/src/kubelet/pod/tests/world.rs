//! One pod, a clock that is a number, and an API server that is a function

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod, PodStatus};
use serde_json::{Value, json};

use super::legality;
use crate::clock::later;
use crate::kubelet::failure::Failure;
use crate::kubelet::pace::Pace;
use crate::kubelet::patch::patch;
use crate::kubelet::pod::{Action, step};
use crate::kubelet::scene::{Memory, Scene, Site, is_running};

pub(super) struct World {
    pub(super) object: Value,
    pub(super) now: Timestamp,
    pub(super) pace: Pace,
    pub(super) placeable: bool,
    pub(super) finalizer: bool,
    pub(super) gone: bool,
    /// How long before each start the status before it was written
    pub(super) waits_before_running: Vec<Duration>,
    memory: Memory,
    failure: Option<Failure>,
    deleted_at: Timestamp,
    changed_at: Timestamp,
}

/// A pod as the API server has it right after its creation
pub(super) fn pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "p", "namespace": "ns", "uid": "u", "generation": 1 },
        "spec": { "containers": [{ "name": "app", "image": "nginx" }], "restartPolicy": "Always" },
        "status": { "phase": "Pending", "qosClass": "BestEffort" },
    })
}

impl World {
    pub(super) fn new(object: Value) -> Self {
        let now: Timestamp = "2026-01-01T00:00:00.5Z".parse().expect("a time");
        let memory = Memory::pick_up(&decode(&object), now);
        Self {
            object,
            now,
            pace: Pace::quick(),
            placeable: true,
            finalizer: false,
            gone: false,
            waits_before_running: Vec::new(),
            memory,
            failure: None,
            deleted_at: now,
            changed_at: now,
        }
    }

    pub(super) fn fail(&mut self, failure: Option<&str>) {
        self.failure = failure.map(|text| text.parse().expect("a failure"));
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now = later(self.now, time);
    }

    /// A new kubelet that knows the pod from its status only
    pub(super) fn restart(&mut self) {
        self.memory = Memory::pick_up(&decode(&self.object), self.now);
        self.memory.deleting = self.is_deleted().then_some(self.now);
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.object["metadata"]["deletionTimestamp"].is_string()
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(self.object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
    }

    /// Deletes the pod as the API server does
    pub(super) fn delete(&mut self, grace_secs: u32) {
        let bound = self.object["spec"]["nodeName"].is_string();
        let grace_secs = if bound && !self.is_ended() { grace_secs } else { 0 };
        let end = later(self.now, Duration::from_secs(grace_secs.into()));
        self.deleted_at = self.now;
        self.memory.deleting = Some(self.now);
        self.object["metadata"]["deletionTimestamp"] = json!(end.to_string());
        self.object["metadata"]["deletionGracePeriodSeconds"] = json!(grace_secs);
        self.gone = grace_secs == 0 && !self.finalizer;
    }

    pub(super) fn since_deletion(&self) -> Duration {
        span(self.deleted_at, self.now)
    }

    /// Lets the pod live until it rests, for at most so many requests; tells what they did
    pub(super) fn play(&mut self, requests_max: usize) -> Vec<String> {
        let mut seen = Vec::new();
        while seen.len() < requests_max && !self.gone {
            match self.advance() {
                Ok(line) => seen.push(line),
                Err(Some(due)) => {
                    assert!(due > self.now, "a pod that waits must not be due");
                    self.now = due;
                }
                Err(None) => break,
            }
        }
        seen
    }

    /// One look at the pod: what was done, or when to look again
    fn advance(&mut self) -> Result<String, Option<Timestamp>> {
        let pod = decode(&self.object);
        let (host_ip, pod_ip) = ("10.255.0.1".to_owned(), "10.128.0.1".to_owned());
        let site = Site { host_ip, pod_ip, placeable: self.placeable };
        let scene = Scene { pod: &pod, memory: &self.memory, site: &site, now: self.now, pace: &self.pace };
        let next = step(&scene, self.failure.as_ref());
        match next.action {
            None => return Err(next.again),
            Some(Action::Bind) => {
                self.object["spec"]["nodeName"] = json!("n");
                let time = self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                let scheduled = json!({
                    "type": "PodScheduled", "status": "True", "reason": null, "message": null,
                    "observedGeneration": 1, "lastTransitionTime": time,
                });
                self.write(&pod, &json!({ "status": { "conditions": [scheduled] } }));
                return Ok("bind".to_owned());
            }
            Some(Action::Remove) => {
                self.object["metadata"]["deletionGracePeriodSeconds"] = json!(0);
                self.gone = !self.finalizer;
                return Ok("removed".to_owned());
            }
            Some(Action::Status(status)) => self.write(&pod, &patch("u", &status)),
        }
        Ok(describe(&decode(&self.object).status.unwrap_or_default()))
    }

    fn write(&mut self, before: &Pod, patch: &Value) {
        let old = self.object.clone();
        merge(&mut self.object, patch, "");
        assert_ne!(old, self.object, "a write that changes nothing would be repeated for ever");
        let after = decode(&self.object);
        legality::check(before, &after);
        self.memory = self.memory.after(before.status.as_ref(), after.status.as_ref(), self.now, &self.pace);
        let runs = |pod: &Pod| first(pod.status.as_ref()).is_some_and(is_running);
        if runs(&after) && !runs(before) {
            self.waits_before_running.push(span(self.changed_at, self.now));
        }
        self.changed_at = self.now;
    }
}

fn span(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).expect("time goes on")
}

fn decode(object: &Value) -> Pod {
    serde_json::from_value(object.clone()).expect("a pod")
}

/// A strategic merge: null deletes, conditions merge by type, containers by name, other lists are replaced
fn merge(target: &mut Value, patch: &Value, field: &str) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value, key);
                }
            }
        }
        (target @ Value::Null, Value::Object(_)) => {
            *target = json!({});
            merge(target, patch, field);
        }
        (target, Value::Array(patch)) if !merge_key(field).is_empty() => {
            merge_list(target, patch, merge_key(field));
        }
        (target, patch) => *target = patch.clone(),
    }
}

fn merge_list(target: &mut Value, patch: &[Value], key: &str) {
    let mut list = target.as_array().cloned().unwrap_or_default();
    for item in patch {
        if !list.iter().any(|old| old[key] == item[key]) {
            list.push(json!({ key: item[key] }));
        }
        let old = list.iter_mut().find(|old| old[key] == item[key]).expect("it was put in");
        merge(old, item, "");
    }
    *target = list.into();
}

fn merge_key(field: &str) -> &'static str {
    match field {
        "conditions" => "type",
        "containerStatuses" | "initContainerStatuses" => "name",
        _ => "",
    }
}

fn first(status: Option<&PodStatus>) -> Option<&ContainerStatus> {
    status?.container_statuses.as_ref()?.first()
}

/// Phase, reason, first container with its restarts and last run, init containers, conditions worth a word
fn describe(status: &PodStatus) -> String {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let holds = |kind: &str| conditions.iter().any(|one| one.type_ == kind && one.status == "True");
    let mut words = vec![status.phase.clone().unwrap_or_default()];
    words.extend(status.reason.clone());
    if let Some(app) = first(Some(status)) {
        words.push(format!("{} x{}", state(app.state.as_ref()), app.restart_count));
        let last = app.last_state.as_ref().filter(|last| last.terminated.is_some());
        words.extend(last.map(|last| format!("after {}", state(Some(last)))));
    }
    if let Some(init) = &status.init_container_statuses {
        let states: Vec<String> = init.iter().map(|one| state(one.state.as_ref())).collect();
        words.push(format!("init[{}]", states.join(",")));
    }
    let unscheduled = conditions.iter().find(|one| one.type_ == "PodScheduled" && one.status == "False");
    words.extend(unscheduled.and_then(|one| one.reason.clone()));
    words.extend(["DisruptionTarget", "Ready"].into_iter().filter(|kind| holds(kind)).map(str::to_owned));
    words.join(" ")
}

fn state(state: Option<&ContainerState>) -> String {
    let Some(state) = state else { return "nothing".to_owned() };
    if let Some(waiting) = &state.waiting {
        return waiting.reason.clone().unwrap_or_default();
    }
    match &state.terminated {
        Some(ended) => format!("{}({})", ended.reason.as_deref().unwrap_or_default(), ended.exit_code),
        None => "running".to_owned(),
    }
}
