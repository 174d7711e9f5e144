//! What no kubelet may ever write: the rules that every two statuses in a row must keep

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod, PodCondition, PodStatus};

use crate::kubelet::scene::is_running;

/// Panics with the rule that is broken
#[track_caller]
pub(super) fn check(before: &Pod, after: &Pod) {
    let (old, new) = (status(before), status(after));
    phases(&old, &new);
    let evicted = new.reason.as_deref() == Some("Evicted");
    assert!(evicted || containers_of(&new).len() >= containers_of(&old).len(), "a container is missing");
    for one in containers_of(&new) {
        container(containers_of(&old).iter().find(|before| before.name == one.name), one);
    }
    readiness(&new);
    transitions(&old, &new);
    assert!(old.pod_ip.is_none() || old.pod_ip == new.pod_ip, "the address of a pod never changes");
    assert!(old.host_ip.is_none() || old.host_ip == new.host_ip, "the node of a pod never changes");
    assert!(old.start_time.is_none() || old.start_time == new.start_time, "a pod starts once");
}

fn phases(old: &PodStatus, new: &PodStatus) {
    let phase = |status: &PodStatus| status.phase.clone().unwrap_or_default();
    let (from, to) = (phase(old), phase(new));
    assert!(!matches!(from.as_str(), "Failed" | "Succeeded"), "a pod that ended was written: {from} to {to}");
    assert!(from != "Running" || to != "Pending", "a pod that ran is pending again");
    if matches!(to.as_str(), "Failed" | "Succeeded") {
        assert!(!containers_of(new).iter().any(is_running), "a container runs in a pod that is {to}");
    }
}

fn container(before: Option<&ContainerStatus>, one: &ContainerStatus) {
    let state = one.state.clone().unwrap_or_default();
    assert_eq!(states(&state), 1, "{} is in one state: {state:?}", one.name);
    assert!(!one.ready || is_running(one), "{} is ready but does not run", one.name);
    let last = one.last_state.clone().unwrap_or_default();
    assert!(last.running.is_none() && last.waiting.is_none(), "the last state is a run that ended: {last:?}");
    if let Some(ended) = &state.terminated {
        assert!(ended.started_at <= ended.finished_at, "a run ended before it started");
    }
    let waits = state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref());
    assert!(waits != Some("CrashLoopBackOff") || last.terminated.is_some(), "a crash loop without a crash");
    let (count, count_before) = (one.restart_count, before.map_or(0, |before| before.restart_count));
    assert!(
        (count_before..=count_before + 1).contains(&count),
        "restarts went from {count_before} to {count}"
    );
    if count > count_before {
        assert!(is_running(one) && last.terminated.is_some(), "a restart is a run after a run");
    }
}

fn states(state: &ContainerState) -> usize {
    usize::from(state.waiting.is_some())
        + usize::from(state.running.is_some())
        + usize::from(state.terminated.is_some())
}

fn readiness(new: &PodStatus) {
    let holds = |kind: &str| condition(new, kind).is_some_and(|one| one.status == "True");
    let all_ready = containers_of(new).iter().all(|one| one.ready) && !containers_of(new).is_empty();
    assert_eq!(holds("ContainersReady"), all_ready, "ContainersReady follows from the containers");
    assert!(
        !holds("Ready") || (all_ready && new.phase.as_deref() == Some("Running")),
        "Ready without being so"
    );
    assert!(!all_ready || holds("Initialized"), "containers run before the pod is initialized");
}

fn transitions(old: &PodStatus, new: &PodStatus) {
    for after in new.conditions.as_deref().unwrap_or_default() {
        let Some(before) = condition(old, &after.type_) else { continue };
        let time = |one: &PodCondition| one.last_transition_time.as_ref().map(|time| time.0);
        if before.status == after.status {
            assert_eq!(time(before), time(after), "the time of {} changed without its status", after.type_);
        } else {
            assert!(time(before) <= time(after), "the time of {} went back", after.type_);
        }
        let unbound = after.type_ == "PodScheduled" && before.status == "True" && after.status == "False";
        assert!(!unbound, "a bound pod is unbound");
    }
}

fn condition<'a>(status: &'a PodStatus, kind: &str) -> Option<&'a PodCondition> {
    status.conditions.as_ref()?.iter().find(|one| one.type_ == kind)
}

fn containers_of(status: &PodStatus) -> &[ContainerStatus] {
    status.container_statuses.as_deref().unwrap_or_default()
}

fn status(pod: &Pod) -> PodStatus {
    pod.status.clone().unwrap_or_default()
}
