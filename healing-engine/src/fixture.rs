//! Worlds for tests, written as text: `replicas=5 threshold=3 | a,b ready | c crash-loop restarts=6`
//!
//! The first part is the resource, each other part names pods and says what is seen of them. Pods are built as the
//! API's JSON and decoded like real ones. Only tests use it.

pub(crate) mod decode;

use std::collections::BTreeMap;

use healing_model::{Amount, FieldError, Knobs, Policy, Removal, Replacement, ScaleDown};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    CreateRefused, EvictionRefused, NodeState, Objects, Observation, ObservedPod, ObservedResource,
    ObservedRevision, Plan, Step, Surroundings, Verdict, Warmup, decide, remember,
};

pub(crate) const UID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
/// Age of a pod that says nothing else: young enough for its restarts to count from 0
const AGE_SECS: i64 = 500;

pub(crate) fn start() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn ago(secs: i64) -> Timestamp {
    start() - SignedDuration::from_secs(secs)
}

/// A policy and what is observed, at [`start`]
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) observation: Observation,
}

pub(crate) fn world(text: &str) -> World {
    let mut parts = text.split('|').map(str::trim);
    let mut world = resource(parts.next().unwrap());
    for part in parts {
        let (names, words) = part.split_once(' ').unwrap_or((part, "starting"));
        for name in names.split(',') {
            let slot = world.observation.pods.len();
            world.observation.pods.push(pod(name, slot, words));
        }
    }
    let fresh = text.split_whitespace().any(|word| word == "fresh");
    for secs in if fresh { vec![0] } else { vec![2, 1, 0] } {
        world.observation.memory =
            remember(&world.observation.memory, &world.observation.pods, &world.policy.knobs, ago(secs));
    }
    world
}

fn resource(words: &str) -> World {
    let mut policy = Policy { replicas: 3, health_threshold: None, paused: false, knobs: Knobs::default() };
    let mut observation = Observation {
        resource: ObservedResource {
            name: "web".to_owned(),
            namespace: "default".to_owned(),
            uid: UID.to_owned(),
            generation: 1,
            deletion: None,
            orphaning: false,
            finalizer_missing: false,
            finalizer_present: true,
            skip: false,
            reset_breaker: None,
            spec_hash: "spec".to_owned(),
            status: None,
        },
        invalid: Vec::new(),
        pods: Vec::new(),
        memory: BTreeMap::new(),
        objects: Objects::default(),
        revision: "new".to_owned(),
        revisions: vec![stored("new", 2)],
        surroundings: Surroundings { cache_fresh: true, ..Surroundings::default() },
    };
    for word in words.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        if knob(&mut policy, key, value) {
            continue;
        }
        match key {
            "deleting" => observation.resource.deletion = Some(ago(1)),
            "orphaning" => observation.resource.orphaning = true,
            "skip" => observation.resource.skip = true,
            "reset" => observation.resource.reset_breaker = Some(value.to_owned()),
            "unprotected" => observation.resource.finalizer_missing = true,
            "invalid" => {
                observation.invalid = vec![FieldError::invalid("spec.image", "x", "image must be valid")];
            }
            // in their order, each newer than the one before; "-" for none
            "stored" => {
                let names = value.split(',').filter(|name| *name != "-").zip(1..);
                observation.revisions = names.map(|(name, number)| stored(name, number)).collect();
            }
            "fresh" => {}
            other => {
                let known = surroundings(&mut observation.surroundings, other, value);
                assert!(known, "no such word for a resource: {other}");
            }
        }
    }
    World { policy, observation }
}

fn knob(policy: &mut Policy, key: &str, value: &str) -> bool {
    let number = || value.parse::<u32>().unwrap();
    match key {
        "replicas" => policy.replicas = number(),
        "threshold" => policy.health_threshold = Some(number()),
        "in-flight" => policy.knobs.max_in_flight = amount(value),
        "unhealthy" => policy.knobs.max_unhealthy = Some(amount(value)),
        "pause" => policy.knobs.storm_pause_secs = number(),
        "failures" => policy.knobs.failure_threshold = number(),
        "history" => policy.knobs.failed_pod_history = number(),
        "surge" => policy.knobs.max_surge = Some(Amount::Count(number())),
        "gone" => policy.knobs.replacement = Replacement::Gone,
        "force" => policy.knobs.force_delete = true,
        "unavailable" => policy.knobs.max_unavailable = Amount::Count(number()),
        "revisions" => policy.knobs.revision_history = number(),
        "auto-rollback" => policy.knobs.auto_rollback = true,
        "min-ready" => policy.knobs.min_ready_secs = number(),
        "paused" => policy.paused = true,
        "evict" => policy.knobs.ready_removal = Removal::Evict,
        "oldest-first" => policy.knobs.scale_down = ScaleDown::OldestFirst,
        "leader-warmup" => policy.knobs.leader_warmup_secs = number(),
        _ => return false,
    }
    true
}

fn surroundings(surroundings: &mut Surroundings, key: &str, value: &str) -> bool {
    let number = || value.parse::<u32>().unwrap();
    match key {
        "stale" => surroundings.cache_fresh = false,
        "storm" => surroundings.cluster_storm = true,
        "no-nodes" => surroundings.nodes_unreadable = true,
        "refused" => {
            let until = start() + SignedDuration::from_secs(number().into());
            let message = "exceeded quota: pods".to_owned();
            surroundings.create_refused = Some(CreateRefused { message, until, generation: 1 });
        }
        // the eviction of this pod was refused just now, and is not tried again for so long
        "kept" => {
            let (pod, secs) = value.split_once(':').unwrap_or((value, "30"));
            let refused = EvictionRefused {
                message: "the budget needs 3 healthy pods".to_owned(),
                at: start(),
                until: start() + SignedDuration::from_secs(secs.parse().unwrap()),
            };
            surroundings.evictions_refused.insert(format!("uid-{pod}"), refused);
        }
        "warm" => surroundings.warmup = Some(begun(number(), true)),
        "round" => surroundings.warmup = Some(begun(number(), false)),
        "epoch" => surroundings.epoch = Some(number().cast_signed()),
        "confirmed" => surroundings.lease_confirmed = true,
        _ => return false,
    }
    true
}

/// A process that began to work so long ago
fn begun(secs: u32, round_done: bool) -> Warmup {
    Warmup { began: ago(secs.into()), round_done }
}

/// A template that is stored
pub(crate) fn stored(revision: &str, number: i64) -> ObservedRevision {
    ObservedRevision {
        name: format!("web-{revision}"),
        uid: format!("uid-{revision}"),
        resource_version: "1".to_owned(),
        revision: revision.to_owned(),
        number,
    }
}

fn amount(value: &str) -> Amount {
    Amount::percent(value).unwrap_or_else(|| Amount::Count(value.parse().unwrap()))
}

pub(crate) fn pod(name: &str, slot: usize, words: &str) -> ObservedPod {
    let mut pod = blank(name, slot);
    let (mut node, mut verdict) = (None, None);
    for word in words.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let state = state_of_node(key);
        node = node.or(state);
        if key == "said" {
            verdict = Some(match value {
                "healthy" => Verdict::Healthy,
                "unknown" => Verdict::Unknown,
                reason => Verdict::unhealthy(reason),
            });
            continue;
        }
        let known = state.is_some() || metadata(&mut pod, key, value) || status(&mut pod, key, value);
        assert!(known, "no such word for a pod: {word}");
    }
    ObservedPod { verdict, node, ..decode::from_api(&pod).unwrap() }
}

fn state_of_node(word: &str) -> Option<NodeState> {
    Some(match word {
        "node-ready" => NodeState::Ready,
        "node-not-ready" => NodeState::NotReady,
        "node-fenced" => NodeState::Fenced,
        "node-gone" => NodeState::Gone,
        _ => return None,
    })
}

fn blank(name: &str, slot: usize) -> Value {
    json!({
        "metadata": {
            "name": name, "uid": format!("uid-{name}"), "resourceVersion": "7",
            "creationTimestamp": ago(AGE_SECS),
            "labels": {"healing.dev/slot": slot.to_string(), "healing.dev/revision": "new"},
            "annotations": {},
            "ownerReferences": [{"uid": UID, "controller": true, "kind": "HealingService", "name": "web"}],
        },
        "spec": {"nodeName": format!("node-{slot}"), "terminationGracePeriodSeconds": 30},
        "status": {"phase": "Pending", "conditions": [], "containerStatuses": []},
    })
}

fn metadata(pod: &mut Value, key: &str, value: &str) -> bool {
    let seconds = || ago(value.parse().unwrap());
    match key {
        "age" => pod["metadata"]["creationTimestamp"] = json!(seconds()),
        "slot" => pod["metadata"]["labels"]["healing.dev/slot"] = json!(value),
        "old" => pod["metadata"]["labels"]["healing.dev/revision"] = json!("old"),
        "attempt" => pod["metadata"]["annotations"]["healing.dev/attempt"] = json!(value),
        "cost" => pod["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"] = json!(value),
        "skip" => pod["metadata"]["annotations"]["healing.dev/skip-remediation"] = json!(value),
        "now" => pod["metadata"]["annotations"]["healing.dev/remediate-now"] = json!(value),
        "foreign" => pod["metadata"]["ownerReferences"][0]["uid"] = json!("another"),
        "not-controller" => pod["metadata"]["ownerReferences"][0]["controller"] = json!(false),
        "terminating" => pod["metadata"]["deletionTimestamp"] = json!(seconds()),
        "finalizer" => pod["metadata"]["finalizers"] = json!([value]),
        "grace" => pod["metadata"]["deletionGracePeriodSeconds"] = json!(value.parse::<i64>().unwrap()),
        "node" => pod["spec"]["nodeName"] = json!(value),
        "unbound" => pod["spec"]["nodeName"] = Value::Null,
        _ => return false,
    }
    true
}

fn status(pod: &mut Value, key: &str, value: &str) -> bool {
    let status = &mut pod["status"];
    let at = |default: i64| ago(value.parse().unwrap_or(default));
    let running = |started: Timestamp| json!({"running": {"startedAt": started}});
    let ended = |reason: &str, code: i32| json!({"terminated": {"exitCode": code, "reason": reason, "startedAt": ago(60), "finishedAt": ago(20)}});
    match key {
        "ready" => {
            status["phase"] = json!("Running");
            container(status, &running(at(400)), &Value::Null);
            condition(status, "Ready", "True", at(400));
        }
        "unready" => {
            status["phase"] = json!("Running");
            container(status, &running(ago(450)), &Value::Null);
            condition(status, "Ready", "False", at(400));
        }
        "starting" => {
            status["phase"] = json!("Running");
            container(status, &running(at(30)), &Value::Null);
            condition(status, "Ready", "False", at(30));
        }
        "crash-loop" => waiting(status, "CrashLoopBackOff", &ended("Error", 1)),
        "oom" => waiting(status, "CrashLoopBackOff", &ended("OOMKilled", 137)),
        "waiting" => waiting(status, value, &Value::Null),
        // up again for so long after a short run
        "up" | "up-unready" => {
            status["phase"] = json!("Running");
            container(status, &running(at(2)), &ended("Error", 1));
            let ready = if key == "up" { ("True", at(2)) } else { ("False", ago(450)) };
            condition(status, "Ready", ready.0, ready.1);
        }
        "exited" => {
            let code = i32::from(value != "Completed");
            status["phase"] = json!("Running");
            container(status, &ended(value, code), &Value::Null);
            condition(status, "Ready", "False", ago(20));
        }
        "finished" => status["containerStatuses"][0]["lastState"]["terminated"]["finishedAt"] = json!(at(0)),
        "restarts" => status["containerStatuses"][0]["restartCount"] = json!(value.parse::<i32>().unwrap()),
        "init" => {
            let init = json!({"name": "setup", "state": {"waiting": {"reason": value}}, "restartCount": 6});
            status["initContainerStatuses"] = json!([init]);
        }
        "sidecar" => pod["spec"]["initContainers"] = json!([{"name": "setup", "restartPolicy": "Always"}]),
        "unschedulable" => {
            condition(status, "PodScheduled", "False", at(200));
            status["conditions"][0]["reason"] = json!("Unschedulable");
        }
        "gated" => {
            condition(status, "PodScheduled", "False", at(200));
            status["conditions"][0]["reason"] = json!("SchedulingGated");
        }
        "failed" => {
            status["phase"] = json!("Failed");
            status["reason"] = json!(value);
            container(status, &ended("Error", 1), &Value::Null);
        }
        "succeeded" => {
            status["phase"] = json!("Succeeded");
            container(status, &ended("Completed", 0), &Value::Null);
        }
        "message" => status["message"] = json!(value.replace('_', " ")),
        "phase" => status["phase"] = json!(value),
        "lost" => condition(status, "Ready", "Unknown", at(60)),
        "disrupted" => condition(status, "DisruptionTarget", "True", at(10)),
        "restarting" => condition(status, "AllContainersRestarting", "True", at(10)),
        "no-sandbox" => condition(status, "PodReadyToStartContainers", "False", at(10)),
        "containers-ready" => condition(status, "ContainersReady", "True", at(10)),
        _ => return false,
    }
    true
}

fn waiting(status: &mut Value, reason: &str, last_state: &Value) {
    status["phase"] = json!("Running");
    container(status, &json!({"waiting": {"reason": reason}}), last_state);
    condition(status, "Ready", "False", ago(450));
}

fn container(status: &mut Value, state: &Value, last_state: &Value) {
    let last_state = if last_state.is_null() { &json!({}) } else { last_state };
    let container = json!({"name": "app", "restartCount": 0, "state": state, "lastState": last_state});
    status["containerStatuses"].as_array_mut().unwrap().push(container);
}

fn condition(status: &mut Value, kind: &str, value: &str, since: Timestamp) {
    let condition = json!({"type": kind, "status": value, "lastTransitionTime": since});
    status["conditions"].as_array_mut().unwrap().push(condition);
}

// === impl World ===

impl World {
    pub(crate) fn decide(&self) -> Plan {
        decide(&self.policy, &self.observation, start())
    }
}

/// A plan as text: steps, events with `!`, and the next look
pub(crate) fn show(plan: &Plan, now: Timestamp) -> String {
    let steps = plan.steps.iter().map(show_step);
    let events = plan.events.iter().map(|event| format!("!{}", event.reason));
    let next =
        plan.next.as_ref().map(|wait| format!("again in {}s", wait.until.duration_since(now).as_secs()));
    steps.chain(events).chain(next).collect::<Vec<_>>().join(" | ")
}

fn show_step(step: &Step) -> String {
    match step {
        Step::AddFinalizer => "protect".to_owned(),
        Step::RemoveFinalizer => "release".to_owned(),
        Step::Apply(apply) => {
            let over = if apply.uid.is_some() { " over" } else { "" };
            format!("apply {}{over}", apply.key.name)
        }
        Step::StoreRevision(store) => {
            let again = if store.stored.is_some() { " again" } else { "" };
            format!("store {} as {}{again}", store.revision, store.number)
        }
        Step::PruneRevision(prune) => format!("prune {}", prune.name),
        Step::Prune(prune) => format!("prune {}", prune.key.name),
        Step::Create(create) => {
            let attempt =
                if create.attempt > 0 { format!(" attempt {}", create.attempt) } else { String::new() };
            let avoid = create.avoid_node.as_ref().map(|node| format!(" avoid {node}")).unwrap_or_default();
            format!("create {}{attempt}{avoid}", create.slot)
        }
        Step::Delete(delete) => format!("{} {} {:?}", delete.how.as_str(), delete.name, delete.why),
        Step::ForceDelete(delete) => format!("force {} on {}", delete.name, delete.node),
        Step::Heal(heal) => {
            let intent = &heal.intent;
            let how = if heal.how == Removal::Evict { " evicted" } else { "" };
            format!("heal {} {} {} {}{how}", intent.pod_name, intent.cause, intent.remedy, intent.attempt)
        }
    }
}
