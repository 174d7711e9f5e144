//! What simulated containers say: a readable line for each thing that happens to them
//!
//! It compares two statuses and knows no clock. Where lines are kept is the business of whoever takes them.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, PodStatus};

use super::scene::{has_run, init_statuses, is_running, statuses};

/// A line of the log of a simulated container
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine {
    /// Namespace of the pod
    pub namespace: String,
    /// Name of the pod
    pub pod: String,
    /// Name of the container
    pub container: String,
    /// What it says, without an end of line
    pub text: String,
    /// Whether the container was started again with it, so that the lines before are those of its previous run
    pub restarted: bool,
}

/// Takes lines, in the order in which they were said
pub(crate) type LogSink = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// What the containers of a pod, named by its namespace and its name, say when its status goes from `before` to `after`
pub(crate) fn lines(
    (namespace, pod): (&str, &str),
    before: Option<&PodStatus>,
    after: &PodStatus,
) -> Vec<LogLine> {
    let mut lines = Vec::new();
    let mut say = |container: &str, text: String, restarted: bool| {
        let (namespace, pod, container) = (namespace.to_owned(), pod.to_owned(), container.to_owned());
        lines.push(LogLine { namespace, pod, container, text, restarted });
    };
    for (old, new) in pairs(init_statuses(before), init_statuses(Some(after))) {
        run(old, new, after, &mut say);
    }
    for (old, new) in pairs(statuses(before), statuses(Some(after))) {
        run(old, new, after, &mut say);
        readiness(old, new, &mut say);
    }
    lines
}

/// Each container with what became of it
fn pairs<'a>(
    before: &'a [ContainerStatus],
    after: &'a [ContainerStatus],
) -> impl Iterator<Item = (&'a ContainerStatus, Option<&'a ContainerStatus>)> {
    before.iter().map(|old| (old, after.iter().find(|new| new.name == old.name)))
}

/// Starts and ends
fn run(
    old: &ContainerStatus,
    new: Option<&ContainerStatus>,
    pod: &PodStatus,
    say: &mut impl FnMut(&str, String, bool),
) {
    match (is_running(old), new) {
        (false, Some(new)) if is_running(new) => {
            let restarted = has_run(old);
            let again = if restarted { format!("restart {}, ", new.restart_count) } else { String::new() };
            say(&old.name, format!("started: {again}simulated, image {}", old.image), restarted);
        }
        (true, Some(new)) if !is_running(new) => {
            let text = ended(new).map_or_else(
                || "ended".to_owned(),
                |ended| {
                    let reason = ended.reason.as_deref().unwrap_or("no reason");
                    format!("ended: {reason}, exit code {}", ended.exit_code)
                },
            );
            say(&old.name, text, false);
        }
        // a pod that was thrown out shows no containers
        (true, None) => {
            say(&old.name, format!("ended: {}", pod.reason.as_deref().unwrap_or("with its pod")), false);
        }
        _ => {}
    }
}

fn readiness(old: &ContainerStatus, new: Option<&ContainerStatus>, say: &mut impl FnMut(&str, String, bool)) {
    let Some(new) = new.filter(|new| is_running(new)) else { return };
    match (old.ready && is_running(old), new.ready) {
        (false, true) => say(&old.name, "ready".to_owned(), false),
        (true, false) => say(&old.name, "not ready: the readiness probe fails".to_owned(), false),
        _ => {}
    }
}

/// The run that ended last
fn ended(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    let mut states = [&status.state, &status.last_state].into_iter().flatten();
    states.find_map(|state| state.terminated.as_ref())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn each_thing_that_happens_is_a_line() {
        let waiting = || json!({ "state": { "waiting": { "reason": "ContainerCreating" } } });
        let running = |ready: bool, restarts: u32| json!({ "state": { "running": {} }, "ready": ready, "restartCount": restarts });
        let over = || json!({ "terminated": { "exitCode": 1, "reason": "Error" } });
        let down = || json!({ "state": over() });
        let backing_off =
            || json!({ "state": { "waiting": { "reason": "CrashLoopBackOff" } }, "lastState": over() });
        let cases: [(Value, Value, &[&str]); 9] = [
            (waiting(), waiting(), &[]),
            (waiting(), running(false, 0), &["started: simulated, image i"]),
            (waiting(), running(true, 0), &["started: simulated, image i", "ready"]),
            (running(false, 0), running(true, 0), &["ready"]),
            (running(true, 0), running(false, 0), &["not ready: the readiness probe fails"]),
            (running(true, 0), down(), &["ended: Error, exit code 1"]),
            (running(false, 1), backing_off(), &["ended: Error, exit code 1"]),
            (backing_off(), running(false, 2), &["+ started: restart 2, simulated, image i"]),
            (running(true, 0), Value::Null, &["ended: Evicted"]),
        ];
        for (before, after, expected) in cases {
            let (before, after) = (status(before), status(after));
            let said: Vec<_> = lines(("ns", "p"), Some(&before), &after).iter().map(shown).collect();
            assert_eq!(said, expected, "{before:?} {after:?}");
        }
    }

    fn shown(line: &LogLine) -> String {
        let LogLine { namespace, pod, container, text, restarted } = line;
        assert_eq!((&**namespace, &**pod, &**container), ("ns", "p", "c"));
        format!("{}{text}", if *restarted { "+ " } else { "" })
    }

    /// The status of a pod with one container, or with none and thrown out
    fn status(mut container: Value) -> PodStatus {
        if container.is_null() {
            return PodStatus { reason: Some("Evicted".to_owned()), ..PodStatus::default() };
        }
        for (field, default) in [("name", json!("c")), ("image", json!("i")), ("imageID", json!(""))] {
            container[field] = default;
        }
        for (field, default) in [("ready", json!(false)), ("restartCount", json!(0))] {
            if container[field].is_null() {
                container[field] = default;
            }
        }
        serde_json::from_value(json!({ "containerStatuses": [container] })).unwrap()
    }
}
