//! What one process remembers of each pod between two observations
//!
//! It is never stored: a fresh process waits longer, it never acts earlier.

use std::collections::BTreeMap;

use healing_model::Knobs;
use jiff::Timestamp;

use crate::{
    Asked, Cause, Health, ObservedPod, PodMemory, Wish, classify,
    deadline::secs_between,
    health::{OBSERVATIONS, SIDECAR},
    pod::{ContainerStatus, Phase},
};

/// A run this long makes the kubelet forget earlier restarts, and us with it
const STEADY_RUN_SECS: i64 = 600;
/// Observations count if they are at least this far apart
const OBSERVATION_GAP_SECS: i64 = 1;

/// The memory after this observation of `pods`; pods that are not among them are forgotten
///
/// Call it once per observation, before [`decide`](crate::decide) is given the outcome, with the same `now`.
pub fn remember(
    previous: &BTreeMap<String, PodMemory>,
    pods: &[ObservedPod],
    knobs: &Knobs,
    now: Timestamp,
) -> BTreeMap<String, PodMemory> {
    pods.iter().map(|pod| (pod.uid.clone(), look(previous.get(&pod.uid), pod, knobs, now))).collect()
}

fn look(previous: Option<&PodMemory>, pod: &ObservedPod, knobs: &Knobs, now: Timestamp) -> PodMemory {
    let baselines = pod
        .status
        .all_containers()
        .map(|status| {
            let known = previous.and_then(|memory| memory.restart_baseline.get(&status.name).copied());
            (status.name.clone(), restart_baseline(pod, status, known, now))
        })
        .collect();
    let is_ready = pod.status.phase == Phase::Running
        && pod.status.condition("Ready").is_some_and(|ready| ready.status == "True");
    let asked = previous.map(|memory| &memory.asked);
    let mut memory = PodMemory {
        asked: Asked {
            skip: Wish::follow(asked.map(|asked| asked.skip), pod.skip),
            remediate_now: Wish::follow(asked.map(|asked| asked.remediate_now), pod.remediate_now),
        },
        cause: previous.and_then(|memory| memory.cause.clone()),
        since: previous.map_or(now, |memory| memory.since),
        observations: previous.map_or(0, |memory| memory.observations),
        last_observation: previous.map_or(now, |memory| memory.last_observation),
        seen_ready: is_ready || previous.is_some_and(|memory| memory.seen_ready),
        restart_baseline: baselines,
        failing_since: previous.and_then(|memory| memory.failing_since),
    };
    let judgement = classify(pod, Some(&memory), knobs, now);
    let cause = judgement.cause_name().filter(|_| judgement.health == Health::Unhealthy);
    let is_restarting = judgement.cause.is_some_and(Cause::is_restarting);
    memory.failing_since = failing_since(&memory, pod, is_restarting, previous.is_some(), now);
    let changed = memory.cause != cause;
    if changed || previous.is_none() {
        // from one cause into another: the new one's wait starts now, whatever the API's times say
        memory.since = if memory.cause.is_some() { now } else { judgement.since };
        memory.cause = cause;
    }
    // the states of a loop follow each other faster than they can be seen thrice: a look at any is one at the loop
    let still_looping =
        memory.failing_since.is_some() && previous.is_some_and(|memory| memory.failing_since.is_some());
    if previous.is_none() || (changed && !still_looping) {
        memory.observations = 1;
        memory.last_observation = now;
    } else if secs_between(memory.last_observation, now) >= OBSERVATION_GAP_SECS {
        memory.observations = memory.observations.saturating_add(1).min(OBSERVATIONS);
        memory.last_observation = now;
    } else {
        // a clock that was set back must not stop the count for as long as it was wrong
        memory.last_observation = memory.last_observation.min(now);
    }
    memory
}

/// Restarts that do not count any more: those before the last run of ten minutes
///
/// Of a pod older than that, nothing is known at first sight: then counting starts at the present number.
pub(crate) fn restart_baseline(
    pod: &ObservedPod,
    status: &ContainerStatus,
    known: Option<i32>,
    now: Timestamp,
) -> i32 {
    let running = status.running_since();
    if running.is_some_and(|started| secs_between(started, now) >= STEADY_RUN_SECS) {
        return status.restart_count;
    }
    let first_sight = if secs_between(pod.created, now) < STEADY_RUN_SECS { 0 } else { status.restart_count };
    let known = known.unwrap_or(first_sight);
    if status.last_run_secs().is_some_and(|secs| secs >= STEADY_RUN_SECS) {
        // the run after a steady one was its first restart
        return known.max(status.restart_count.saturating_sub(i32::from(running.is_some())));
    }
    known
}

/// Since when containers of the pod end again and again, short runs in between included
fn failing_since(
    memory: &PodMemory,
    pod: &ObservedPod,
    is_restarting: bool,
    known: bool,
    now: Timestamp,
) -> Option<Timestamp> {
    let counted = pod.status.all_containers().any(|status| {
        memory.restart_baseline.get(&status.name).is_some_and(|baseline| status.restart_count > *baseline)
    });
    let shown = pod.status.all_containers().any(|status| ends_again_and_again(status, now));
    if !is_restarting && !counted && !shown {
        return None;
    }
    // at first sight it may have gone on for as long as the pod is there
    memory.failing_since.or(Some(if known { now } else { pod.created.min(now) }))
}

/// Whether the API's own times show a loop, for a process that has not watched it: restarted, and the run before
/// was short and the present one is not steady yet
fn ends_again_and_again(status: &ContainerStatus, now: Timestamp) -> bool {
    let is_steady = status.running_since().is_some_and(|since| secs_between(since, now) >= STEADY_RUN_SECS);
    let was_short = status.last_run_secs().is_some_and(|secs| secs < STEADY_RUN_SECS);
    status.restart_count > 0 && was_short && !is_steady
}

// === impl PodMemory ===

impl PodMemory {
    /// Whether the pod was in this cause when it was seen last, in a sidecar or elsewhere
    pub(crate) fn is_of(&self, cause: &str) -> bool {
        self.cause.as_deref().is_some_and(|known| known.strip_prefix(SIDECAR).unwrap_or(known) == cause)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use healing_model::Knobs;
    use jiff::SignedDuration;

    use crate::{
        classify,
        fixture::{pod, start},
        remember,
    };

    /// A short back-off is seen in turn as exited, waiting and up: each look is one at the same loop
    #[test]
    fn a_loop_that_is_never_seen_twice_in_one_state_is_due_after_three_looks() {
        let looks = ["exited=Error restarts=6", "crash-loop restarts=6", "up-unready restarts=7"];
        let (knobs, mut memory, mut now) = (Knobs::default(), BTreeMap::new(), start());
        for look in looks.iter().cycle().take(6) {
            let pods = [pod("a", 0, look)];
            memory = remember(&memory, &pods, &knobs, now);
            now += SignedDuration::from_secs(1);
        }
        let looping = pod("a", 0, "crash-loop restarts=8");
        memory = remember(&memory, std::slice::from_ref(&looping), &knobs, now);
        assert!(classify(&looping, memory.get(&looping.uid), &knobs, now).due);
    }

    /// A pod that was well in between is seen for the first time again
    #[test]
    fn a_loop_that_ended_is_counted_anew() {
        let knobs = Knobs::default();
        let mut memory = BTreeMap::new();
        let mut now = start();
        for look in ["unready=400", "unready=400", "ready", "unready=400"] {
            memory = remember(&memory, &[pod("a", 0, look)], &knobs, now);
            now += SignedDuration::from_secs(1);
        }
        assert_eq!(memory["uid-a"].observations, 1);
    }
}
