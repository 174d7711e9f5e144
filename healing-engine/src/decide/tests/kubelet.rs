//! What a kubelet reports of a pod with a given fate, as a function of time

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What becomes of a pod
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Ready after five seconds
    Well,
    /// Runs for three seconds at a time and is never Ready; ended, waiting and running take turns
    CrashLoop,
    /// The same without a readiness probe: Ready while it runs
    Flapping,
    /// Runs, is never Ready
    NeverReady,
    /// Its image cannot be pulled
    NoImage,
    /// Its node refuses it
    Rejected,
}

pub(crate) fn status(fate: Fate, born: Timestamp, since: Timestamp, now: Timestamp) -> Value {
    let age = |from: Timestamp| now.duration_since(from).as_secs();
    let after = |from: Timestamp, secs: i64| from + SignedDuration::from_secs(secs);
    let running = |started: Timestamp| json!({"running": {"startedAt": started}});
    let (started, ready_at) = (after(born, 2), after(born, 5));
    let was_ready = since >= ready_at;
    match fate {
        Fate::Well if age(ready_at) >= 0 => {
            pod_status("Running", ("True", ready_at), &running(started), 0, None)
        }
        Fate::Well | Fate::NeverReady if !was_ready => {
            pod_status("Running", ("False", born), &running(started), 0, None)
        }
        Fate::Well | Fate::NeverReady => pod_status("Running", ("False", since), &running(started), 0, None),
        Fate::NoImage => {
            let state = json!({"waiting": {"reason": "ImagePullBackOff"}});
            pod_status("Pending", ("False", since), &state, 0, None)
        }
        Fate::Rejected => json!({"phase": "Failed", "reason": "OutOfcpu"}),
        Fate::CrashLoop => crash_loop(since.max(started), now, Some(since)),
        Fate::Flapping => crash_loop(since.max(started), now, None),
    }
}

/// Three seconds up, two seconds ended, then the kubelet's back-off; Ready while up, unless it never is since a time
fn crash_loop(first: Timestamp, now: Timestamp, never_ready: Option<Timestamp>) -> Value {
    let after = |from: Timestamp, secs: i64| from + SignedDuration::from_secs(secs);
    let (mut start, mut restarts, mut pause) = (first, 0, 10);
    let mut last = None;
    loop {
        let end = after(start, 3);
        if now < end {
            let ready = never_ready.map_or(("True", start), |since| ("False", since));
            return pod_status("Running", ready, &json!({"running": {"startedAt": start}}), restarts, last);
        }
        let unready = ("False", never_ready.unwrap_or(end));
        let ended = json!({"exitCode": 1, "reason": "Error", "startedAt": start, "finishedAt": end});
        if now < after(end, 2) {
            return pod_status("Running", unready, &json!({"terminated": ended}), restarts, last);
        }
        let up = after(end, pause);
        if now < up {
            let state = json!({"waiting": {"reason": "CrashLoopBackOff"}});
            return pod_status("Running", unready, &state, restarts, Some(ended));
        }
        (start, restarts, pause, last) = (up, restarts + 1, (pause * 2).min(300), Some(ended));
    }
}

fn pod_status(
    phase: &str,
    (ready, since): (&str, Timestamp),
    state: &Value,
    restarts: i32,
    last: Option<Value>,
) -> Value {
    let last_state = last.map_or_else(|| json!({}), |last| json!({"terminated": last}));
    json!({
        "phase": phase,
        "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": since}],
        "containerStatuses": [{"name": "app", "restartCount": restarts, "state": state, "lastState": last_state}],
    })
}
