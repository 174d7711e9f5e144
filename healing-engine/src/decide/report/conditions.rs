//! The five conditions
//!
//! Messages name cause, pods and what to do, and nothing that moves by itself. Numbers of pods as they are now are
//! fields of their own: a change of counts alone changes no condition.

use healing_model::Replacement;

use crate::{
    Cause, Condition, Judgement, NodeState, RefusedObject,
    decide::{
        draft::Draft,
        episode,
        remove::Blocked,
        rollout::Phase,
        storm::{self, Storm},
        view::{Seen, View},
    },
    reason::Reason,
};

/// Most pods that a message names
const NAMED_PODS: usize = 3;
/// Longest message, in bytes: others' words go into messages, and the status has a bounded size
const MESSAGE_MAX: usize = 1024;

const PAUSED: &str = "the resource is paused: no pod is created or removed";

/// What a condition says; status, reason, message
type Said = (bool, String, String);

/// All conditions, in the documented order
pub(crate) fn all(view: &View<'_>, draft: &Draft) -> Vec<Condition> {
    let progressing = progressing(view, draft);
    let ready = ready(view, progressing.0);
    [
        ("Ready", ready),
        ("Progressing", progressing),
        ("Healing", healing(view, draft)),
        ("RemediationAllowed", remediation_allowed(view, draft)),
        ("Degraded", degraded(view, draft)),
    ]
    .into_iter()
    .map(|(kind, (holds, reason, mut message))| {
        message.truncate(message.floor_char_boundary(MESSAGE_MAX));
        let condition = Condition {
            kind: kind.to_owned(),
            status: holds.into(),
            observed_generation: Some(view.observation.resource.generation),
            last_transition_time: view.now,
            reason,
            message,
        };
        condition.succeeding(old(view, kind))
    })
    .collect()
}

fn old<'a>(view: &View<'a>, kind: &str) -> Option<&'a Condition> {
    Condition::find(&view.old_status()?.conditions, kind)
}

fn said(holds: bool, reason: Reason, message: impl Into<String>) -> Said {
    (holds, reason.as_str().to_owned(), message.into())
}

fn ready(view: &View<'_>, is_progressing: bool) -> Said {
    let (counts, desired) = (&view.counts, view.desired);
    if view.observation.resource.deletion.is_some() {
        return said(false, Reason::Deleting, "the resource is being deleted");
    }
    if view.is_invalid() {
        return said(false, Reason::InvalidSpec, invalid_message(view));
    }
    if is_progressing {
        return said(false, Reason::Progressing, "the newest spec is being carried out; see Progressing");
    }
    match view.threshold {
        _ if desired == 0 && counts.live == 0 => said(true, Reason::ScaledToZero, "no pods are wanted"),
        Some(threshold) if view.is_served() => {
            said(true, Reason::Healthy, format!("at least {threshold} of {desired} pods are healthy"))
        }
        Some(threshold) => said(
            false,
            Reason::BelowThreshold,
            format!("fewer than {threshold} of {desired} pods are healthy"),
        ),
        None if view.is_served() => said(true, Reason::Healthy, format!("all {desired} pods are available")),
        None => said(false, Reason::NotAllAvailable, format!("not all {desired} pods are available")),
    }
}

/// True from a new generation until what it asks for is there; heals and lost pods do not set it
fn progressing(view: &View<'_>, draft: &Draft) -> Said {
    let desired = view.desired;
    let deadline = view.policy.knobs.progress_deadline_secs;
    if let (Some(Blocked { pod, message, .. }), Phase::Scaling | Phase::NewResource | Phase::RollingOut) =
        (&draft.blocked, &draft.rollout.phase)
    {
        let message = format!("pod {pod} is to leave and must not be evicted yet: {message}");
        return said(true, Reason::EvictionBlocked, message);
    }
    match &draft.rollout.phase {
        Phase::Paused => said(false, Reason::Paused, PAUSED),
        Phase::Complete => said(false, Reason::Complete, "nothing is being carried out"),
        Phase::NewResource => said(true, Reason::NewResource, format!("making the first {desired} pods")),
        Phase::Scaling => said(true, Reason::Scaling, format!("on the way to {desired} pods")),
        Phase::RollingOut => said(
            true,
            Reason::RollingOut,
            format!("replacing the pods of older templates by those of {}", draft.rollout.target),
        ),
        Phase::Exceeded => said(
            false,
            Reason::ProgressDeadlineExceeded,
            format!("no further pod has become available for {deadline}s; fix the pods or change the spec"),
        ),
        Phase::RolledBack(_) => rolled_back(view, draft),
    }
}

fn rolled_back(view: &View<'_>, draft: &Draft) -> Said {
    let newest = &view.observation.revision;
    let why = match &draft.rollout.phase {
        Phase::RolledBack(failed) if failed.reason == Reason::SameCause.as_str() => {
            "all its pods failed alike".to_owned()
        }
        _ => {
            format!("no further pod of it became available for {}s", view.policy.knobs.progress_deadline_secs)
        }
    };
    said(
        false,
        Reason::RolledBack,
        format!("template {newest} was given up for {}: {why}; change the spec", draft.rollout.target),
    )
}

fn healing(view: &View<'_>, draft: &Draft) -> Said {
    if let [first, ..] = draft.healing.intents.as_slice() {
        let names = draft.healing.intents.iter().map(|intent| intent.pod_name.as_str());
        return said(true, Reason::Replacing, format!("replacing {} ({})", names_of(names), first.cause));
    }
    if draft.healing.episode_since.is_some() {
        let names = episode::members(view, draft).map(|seen| seen.pod.name.as_str());
        return said(true, Reason::Waiting, format!("waiting to replace {}", names_of(names)));
    }
    said(false, Reason::Idle, "no pod is being replaced")
}

fn remediation_allowed(view: &View<'_>, draft: &Draft) -> Said {
    if view.policy.paused && view.observation.resource.deletion.is_none() {
        return said(false, Reason::Paused, PAUSED);
    }
    if view.observation.resource.skip && view.observation.resource.deletion.is_none() {
        return said(false, Reason::Skipped, "the resource has the annotation healing.dev/skip-remediation");
    }
    if draft.warmup.is_told() {
        let message = "this process is new: nothing is removed until its warm-up is over";
        return said(false, Reason::LeaderWarmup, message);
    }
    let due = || view.candidates().filter(|seen| seen.judgement.due);
    if due().any(|seen| draft.rollout.refuses(seen) == Some(Reason::RolloutInProgress)) {
        let message = "pods of an older template are replaced first; see Progressing";
        return said(false, Reason::RolloutInProgress, message);
    }
    let refused = draft.create_refused(view).filter(|_| due().next().is_some());
    if let Some(refused) = refused {
        return said(false, Reason::CreateRefused, create_refused_message(&refused.message));
    }
    match &draft.healing.breaker {
        Some(breaker) => (false, breaker.reason.clone(), breaker_message(draft)),
        None => match draft.storm {
            Storm::Pauses(reason, until) => {
                let message = format!(
                    "{}: heals wait until {until}, then go on one at a time",
                    storm_message(view, reason)
                );
                said(false, reason, message)
            }
            Storm::Outlasts(reason) => {
                said(false, reason, format!("{}: heals go on one at a time", storm_message(view, reason)))
            }
            Storm::Calm => said(true, Reason::Allowed, "unhealthy pods may be replaced"),
        },
    }
}

fn degraded(view: &View<'_>, draft: &Draft) -> Said {
    if view.is_invalid() {
        return said(true, Reason::InvalidSpec, invalid_message(view));
    }
    if let Some(breaker) = &draft.healing.breaker {
        return (true, breaker.reason.clone(), breaker_message(draft));
    }
    if let Some(refused) = draft.create_refused(view) {
        return said(true, Reason::CreateRefused, create_refused_message(&refused.message));
    }
    if let Some(said) = objects(view, draft) {
        return said;
    }
    if matches!(draft.rollout.phase, Phase::Exceeded | Phase::RolledBack(_)) {
        let (_, reason, message) = progressing(view, draft);
        return (true, reason, with_cause(view, message));
    }
    stuck(view)
        .or_else(|| most_held(view))
        .unwrap_or_else(|| said(false, Reason::AsExpected, "nothing to report"))
}

/// Pods that do not go away, and what each of them may be waiting for
fn stuck(view: &View<'_>) -> Option<Said> {
    let cause = Cause::StuckTerminating;
    let stuck: Vec<&Seen<'_>> = view.pods.iter().filter(|seen| seen.judgement.cause == Some(cause)).collect();
    if stuck.is_empty() {
        return None;
    }
    let mut message = format!("{cause}: {}", names_of(stuck.iter().map(|seen| seen.pod.name.as_str())));
    let mut finalizers: Vec<&str> =
        stuck.iter().flat_map(|seen| &seen.pod.finalizers).map(String::as_str).collect();
    finalizers.sort_unstable();
    finalizers.dedup();
    let knobs = &view.policy.knobs;
    if !finalizers.is_empty() {
        let finalizers = names_of(finalizers.into_iter());
        message.push_str(" (held by the finalizers ");
        message.push_str(&finalizers);
        message.push_str(", which those take off who set them)");
    }
    if knobs.replacement == Replacement::Gone {
        message.push_str("; their slots stay empty until they are gone");
    }
    let is_lost = stuck.iter().any(|seen| seen.pod.node == Some(NodeState::NotReady));
    message.push_str("; ");
    message.push_str(match () {
        () if knobs.force_delete && view.observation.surroundings.nodes_unreadable => {
            "nodes may not be read, so that no pod is forced: apply the generated roles"
        }
        () if is_lost => {
            "a node is lost: if it is off for certain, delete it or taint it with node.kubernetes.io/out-of-service"
        }
        () => cause.advice(),
    });
    Some((true, cause.as_str().to_owned(), message))
}

/// The cause that most pods are held for
fn most_held(view: &View<'_>) -> Option<Said> {
    let held = || view.live().filter(|seen| seen.judgement.is_held());
    let count = |cause: Cause| held().filter(|seen| seen.judgement.cause == Some(cause)).count();
    // of equally frequent causes the first in the alphabet of the table
    let mut causes: Vec<Cause> = held().filter_map(|seen| seen.judgement.cause).collect();
    causes.sort();
    causes.dedup();
    let cause = causes.into_iter().rev().max_by_key(|cause| count(*cause))?;
    Some(about(cause, held().filter(|seen| seen.judgement.cause == Some(cause))))
}

/// What does not come forward, and what its pods are held for, or what keeps their slots
fn with_cause(view: &View<'_>, message: String) -> String {
    let kept = stuck(view).filter(|_| view.kept().next().is_some());
    match kept.or_else(|| most_held(view)) {
        Some((_, _, cause)) => format!("{message} ({cause})"),
        None => message,
    }
}

/// What is wrong with the objects beside the pods
fn objects(view: &View<'_>, draft: &Draft) -> Option<Said> {
    let objects = &view.observation.objects;
    if let [first, rest @ ..] = objects.unfit.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
        let message = format!("{first}{more}; nothing is removed until `objects()` is mended");
        return Some(said(true, Reason::InvalidObject, message));
    }
    if !draft.conflicts.is_empty() {
        let names: Vec<String> = draft.conflicts.iter().map(ToString::to_string).collect();
        let message = format!(
            "{}: the name belongs to somebody else, whose object is left alone; rename or remove one of the two",
            names_of(names.iter().map(String::as_str))
        );
        return Some(said(true, Reason::ObjectConflict, message));
    }
    let standing = |refused: &&RefusedObject| {
        objects.wanted.iter().any(|wanted| wanted.key == refused.key && wanted.hash == refused.hash)
    };
    let refused = objects.refused.iter().find(standing)?;
    let message = format!("the API server refuses {}: {}", refused.key, refused.message);
    Some(said(true, Reason::ApplyFailed, message))
}

/// A cause with its pods, the words it was read from, and what to do
fn about<'v>(cause: Cause, pods: impl Iterator<Item = &'v Seen<'v>>) -> Said {
    let pods: Vec<&Seen<'_>> = pods.collect();
    let names = names_of(pods.iter().map(|seen| seen.pod.name.as_str()));
    let detail = pods.first().and_then(|seen| shown_detail(&seen.judgement));
    let detail = detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
    (true, cause.as_str().to_owned(), format!("{cause}: {names}{detail}; {}", cause.advice()))
}

/// The unknown word itself; messages of kubelet and scheduler move by themselves
fn shown_detail(judgement: &Judgement) -> Option<&str> {
    judgement.detail.as_deref().filter(|_| judgement.cause == Some(Cause::UnknownTransient))
}

fn breaker_message(draft: &Draft) -> String {
    let cause =
        draft.healing.newest_failure.as_ref().map_or("its pods fail", |failure| failure.cause.as_str());
    format!(
        "healing does not help ({cause}): only trial heals until one helps; fix the pods, change the spec, or give the \
         annotation healing.dev/reset-breaker a new value"
    )
}

fn storm_message(view: &View<'_>, reason: Reason) -> String {
    if reason == Reason::ClusterStorm {
        return "pods of many resources are unhealthy at once".to_owned();
    }
    format!("more than {} of {} pods are unhealthy at once", storm::allowed(view), view.desired)
}

fn create_refused_message(message: &str) -> String {
    format!("the API server refuses to create pods: {message}")
}

fn invalid_message(view: &View<'_>) -> String {
    let errors: Vec<String> = view.observation.invalid.iter().map(ToString::to_string).collect();
    format!("{}; fix the spec", errors.join("; "))
}

/// At most three names, and how many more
fn names_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(NAMED_PODS);
    names.truncate(NAMED_PODS);
    let named = names.join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}
