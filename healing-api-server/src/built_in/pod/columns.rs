//! How a pod is shown: what its containers are about, in one word
//!
//! It owns columns and cells; what a pod is comes from its status alone.

use jiff::Timestamp;
use serde_json::Value;

use super::super::cell::{NONE, each, number, or, since, text};
use super::super::{Column, age};
use crate::meta::Meta;

pub(super) const COLUMNS: &[Column] = &[
    Column::NAME,
    Column::shown("Ready", "string", "The aggregate readiness state of this pod for accepting traffic."),
    Column::shown("Status", "string", "The aggregate status of the containers in this pod."),
    Column::shown(
        "Restarts",
        "string",
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    ),
    Column::AGE,
    Column::wide("IP", "string", "@status.podIP"),
    Column::wide("Node", "string", "@spec.nodeName"),
    Column::wide("Nominated Node", "string", "@status.nominatedNodeName"),
    Column::wide("Readiness Gates", "string", "@spec.readinessGates"),
];

/// What is summed up over the containers of a pod
#[derive(Debug, Default)]
struct Summary {
    word: String,
    ready: usize,
    restarts: i64,
    /// When a container ended last and was started again
    restarted: Value,
}

pub(super) fn finished(pod: &Value) -> Option<(&'static str, &'static str)> {
    match text(&pod["status"]["phase"]) {
        "Succeeded" => Some(("Succeeded", "The pod has completed successfully.")),
        "Failed" => Some(("Failed", "The pod failed.")),
        _ => None,
    }
}

pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let restartable = each(&spec["initContainers"]).filter(|container| is_restartable(container)).count();
    let total = each(&spec["containers"]).count() + restartable;
    let summary = summary(pod);
    let mut restarts = summary.restarts.to_string();
    if summary.restarts != 0 && !summary.restarted.is_null() {
        restarts = format!("{restarts} ({} ago)", since(&summary.restarted, now));
    }
    vec![
        pod["metadata"]["name"].clone(),
        format!("{}/{total}", summary.ready).into(),
        summary.word.into(),
        restarts.into(),
        age(pod, now),
        or(&status["podIPs"][0]["ip"], NONE).into(),
        or(&spec["nodeName"], NONE).into(),
        or(&status["nominatedNodeName"], NONE).into(),
        gates(pod).into(),
    ]
}

fn summary(pod: &Value) -> Summary {
    let status = &pod["status"];
    let mut summary = Summary { word: first_word(pod), ..Summary::default() };
    let mut of_sidecars = Summary::default();
    let initializing = initialize(pod, &mut summary, &mut of_sidecars);
    if !initializing || has_condition(status, "Initialized") {
        summary.restarts = of_sidecars.restarts;
        summary.restarted = of_sidecars.restarted;
        run(status, &mut summary);
    }
    if pod.is_terminating() {
        if status["reason"] == "NodeLost" {
            "Unknown".clone_into(&mut summary.word);
        } else if finished(pod).is_none() {
            "Terminating".clone_into(&mut summary.word);
        }
    }
    summary
}

fn first_word(pod: &Value) -> String {
    let status = &pod["status"];
    let gated = each(&status["conditions"])
        .any(|condition| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated");
    let word = or(&status["reason"], text(&status["phase"]));
    if gated { "SchedulingGated".to_owned() } else { word.to_owned() }
}

/// Goes through the init containers; whether one of them is not done
fn initialize(pod: &Value, summary: &mut Summary, of_sidecars: &mut Summary) -> bool {
    let spec = &pod["spec"];
    let count = each(&spec["initContainers"]).count();
    for (index, container) in each(&pod["status"]["initContainerStatuses"]).enumerate() {
        summary.count_restarts(container);
        let declared = each(&spec["initContainers"]).find(|known| known["name"] == container["name"]);
        let is_sidecar = declared.is_some_and(is_restartable);
        if is_sidecar {
            of_sidecars.count_restarts(container);
        }
        let (waiting, terminated) = (&container["state"]["waiting"], &container["state"]["terminated"]);
        if terminated.is_object() && number(&terminated["exitCode"]) == 0 {
            continue;
        }
        if is_sidecar && container["started"] == true {
            summary.ready += usize::from(container["ready"] == true);
            continue;
        }
        let reason = text(&waiting["reason"]);
        summary.word = if terminated.is_object() {
            format!("Init:{}", end(terminated))
        } else if !reason.is_empty() && reason != "PodInitializing" {
            format!("Init:{reason}")
        } else {
            format!("Init:{index}/{count}")
        };
        return true;
    }
    false
}

/// Goes through the containers, the last one first
fn run(status: &Value, summary: &mut Summary) {
    let (mut is_running, mut error) = (false, None);
    let containers: Vec<&Value> = each(&status["containerStatuses"]).collect();
    for container in containers.into_iter().rev() {
        summary.count_restarts(container);
        let state = &container["state"];
        let waiting = text(&state["waiting"]["reason"]);
        if !waiting.is_empty() {
            waiting.clone_into(&mut summary.word);
        } else if state["terminated"].is_object() {
            summary.word = end(&state["terminated"]);
            if number(&state["terminated"]["exitCode"]) != 0 {
                error = Some(summary.word.clone());
            }
        } else if container["ready"] == true && state["running"].is_object() {
            is_running = true;
            summary.ready += 1;
        }
    }
    if summary.word == "Completed" {
        if is_running && has_condition(status, "Ready") {
            "Running".clone_into(&mut summary.word);
        } else if let Some(error) = error {
            summary.word = error;
        } else if is_running {
            "NotReady".clone_into(&mut summary.word);
        }
    }
}

// === impl Summary ===

impl Summary {
    fn count_restarts(&mut self, container: &Value) {
        self.restarts += number(&container["restartCount"]);
        let ended = &container["lastState"]["terminated"]["finishedAt"];
        // both are written in the same form, so their order is that of time
        if text(ended) > text(&self.restarted) {
            self.restarted = ended.clone();
        }
    }
}

/// How a container ended
fn end(terminated: &Value) -> String {
    let (reason, signal) = (text(&terminated["reason"]), number(&terminated["signal"]));
    match (reason, signal) {
        ("", 0) => format!("ExitCode:{}", number(&terminated["exitCode"])),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn is_restartable(container: &Value) -> bool {
    container["restartPolicy"] == "Always"
}

fn has_condition(status: &Value, kind: &str) -> bool {
    let mut conditions = each(&status["conditions"]);
    conditions.any(|condition| condition["type"] == kind && condition["status"] == "True")
}

fn gates(pod: &Value) -> String {
    let gates: Vec<&str> =
        each(&pod["spec"]["readinessGates"]).map(|gate| text(&gate["conditionType"])).collect();
    if gates.is_empty() {
        return NONE.to_owned();
    }
    let open = gates.iter().filter(|gate| has_condition(&pod["status"], gate)).count();
    format!("{open}/{}", gates.len())
}
