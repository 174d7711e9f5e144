//! What a DELETE makes of an object: nothing, a later deletion, or its end
//!
//! Pure: it decides and stores nothing. The rules are those of graceful deletion (pods alone have it) and of the
//! finalizers, with which the garbage collector is asked for its part.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{DeleteOptions, Propagation};
use crate::Refusal;
use crate::kind::{Kind, ResourceKey};
use crate::meta::{Meta, seconds};

/// The finalizer that holds an owner until its dependents are gone
pub(crate) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer that holds an owner until its dependents are free of it
pub(crate) const ORPHAN: &str = "orphan";
/// The finalizer that holds a definition until its objects are gone
pub(crate) const CUSTOM_CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// What becomes of an object
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It is being deleted already, and nothing changes
    Pending,
    /// It stays for now, in this form
    Stays(Value),
    /// It is removed; before that, this is its last form
    Goes(Option<Value>),
}

/// Decides on a DELETE of an object
///
/// # Errors
/// 409 if a precondition fails.
pub(crate) fn decide(
    kind: &Kind,
    object: &Value,
    options: &DeleteOptions,
    now: Timestamp,
) -> Result<Fate, Refusal> {
    match special(&kind.key) {
        Some(Special::Namespace) => {
            check_early(kind, object, options, "Precondition failed")?;
            if !object.is_terminating() {
                return Ok(Fate::Stays(terminate_namespace(object, options, now)));
            }
            if object["spec"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty()) {
                return Ok(Fate::Stays(object.clone()));
            }
        }
        Some(Special::Definition) => {
            check_early(kind, object, options, "precondition failed")?;
            if !object.is_terminating() {
                return Ok(Fate::Stays(terminate_definition(object, now)));
            }
        }
        None => check_preconditions(kind, object, options)?,
    }
    Ok(generic(kind, object, options, now))
}

/// Whether an update is the end of an object: it was waiting for its last finalizer, and that is gone
pub(crate) fn ends_by_update(resource: &ResourceKey, old: &Value, new: &Value) -> bool {
    let waits = |place: &Value| place["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    let held = waits(&new["metadata"])
        || (matches!(special(resource), Some(Special::Namespace)) && waits(&new["spec"]));
    !held && old.is_terminating() && grace_left(old) == 0
}

/// Kinds whose deletion begins in its own way
enum Special {
    Namespace,
    Definition,
}

fn special(resource: &ResourceKey) -> Option<Special> {
    match (&*resource.group, &*resource.plural) {
        ("", "namespaces") => Some(Special::Namespace),
        ("apiextensions.k8s.io", "customresourcedefinitions") => Some(Special::Definition),
        _ => None,
    }
}

fn is_graceful(kind: &Kind) -> bool {
    kind.group().is_empty() && kind.plural() == "pods"
}

/// Events have no dependents, so no finalizers for them
fn has_dependents(kind: &Kind) -> bool {
    kind.plural() != "events" || !matches!(kind.group(), "" | "events.k8s.io")
}

fn grace_left(object: &Value) -> i64 {
    match object["metadata"]["deletionGracePeriodSeconds"].as_i64() {
        Some(negative) if negative < 0 => 1,
        left => left.unwrap_or(0),
    }
}

/// Whether the object is the one that the options are about
///
/// # Errors
/// 409 if it is not.
pub(crate) fn check_preconditions(
    kind: &Kind,
    object: &Value,
    options: &DeleteOptions,
) -> Result<(), Refusal> {
    let conflict = |why: String| Err(Refusal::conflict(&kind.object(object.name()), &why));
    let (uid, version) = (object.uid(), object.meta("resourceVersion"));
    if let Some(wanted) = options.uid.as_deref().filter(|wanted| *wanted != uid) {
        return conflict(format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
        ));
    }
    if let Some(wanted) = options.resource_version.as_deref().filter(|wanted| *wanted != version) {
        return conflict(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        ));
    }
    Ok(())
}

/// The same check in the words of the kinds that look before the generic rules do
fn check_early(kind: &Kind, object: &Value, options: &DeleteOptions, words: &str) -> Result<(), Refusal> {
    let checks = [
        ("UID", &options.uid, object.uid()),
        ("ResourceVersion", &options.resource_version, object.meta("resourceVersion")),
    ];
    for (what, wanted, found) in checks {
        if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != found) {
            let why = format!("{words}: {what} in precondition: {wanted}, {what} in object meta: {found}");
            return Err(Refusal::conflict(&kind.subject(object.name()), &why));
        }
    }
    Ok(())
}

fn generic(kind: &Kind, object: &Value, options: &DeleteOptions, now: Timestamp) -> Fate {
    let mut changed = object.clone();
    let graceful = if is_graceful(kind) {
        match set_grace(kind, &mut changed, options, now) {
            Grace::Unchanged => return Fate::Pending,
            Grace::Given(period) => Some(period),
            Grace::None => None,
        }
    } else {
        None
    };
    let finalizers = finalizers_after(object, options, has_dependents(kind));
    let held = !finalizers.is_empty();
    set_finalizers(&mut changed, &finalizers);
    match graceful {
        Some(period) if held || period > 0 => Fate::Stays(changed),
        Some(_) => Fate::Goes(Some(changed)),
        None if held => {
            mark(&mut changed, now);
            Fate::Stays(changed)
        }
        None => Fate::Goes(None),
    }
}

/// What a DELETE does to the time that an object has left
enum Grace {
    /// It was set already, and is not shortened
    Unchanged,
    /// It is set to this many seconds
    Given(i64),
    /// The object has none: it is free to go
    None,
}

fn set_grace(kind: &Kind, object: &mut Value, options: &DeleteOptions, now: Timestamp) -> Grace {
    let asked = options.grace.map(|seconds| if seconds < 0 { 1 } else { seconds });
    if !object.is_terminating() {
        let period = kind.built_in().map_or(0, |built_in| (built_in.grace)(object, asked));
        raise_generation(object);
        set_deletion(object, later(now, period), period);
        return Grace::Given(period);
    }
    let left = grace_left(object);
    if left == 0 {
        return Grace::None;
    }
    let Some(mut period) = asked.filter(|asked| *asked < left) else { return Grace::Unchanged };
    let end: Timestamp = object.meta("deletionTimestamp").parse().unwrap_or(now);
    let mut end = later(end, period - left);
    if end < now {
        end = now;
        // someone else ends the pod: it is told by an update, and does so with a grace of 0
        period = period.min(1);
    }
    set_deletion(object, end, period);
    Grace::Given(period)
}

fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn set_deletion(object: &mut Value, end: Timestamp, period: i64) {
    object["metadata"]["deletionTimestamp"] = seconds(end).into();
    object["metadata"]["deletionGracePeriodSeconds"] = period.into();
}

fn raise_generation(object: &mut Value) {
    if let Some(generation) = object["metadata"]["generation"].as_i64().filter(|known| *known > 0) {
        object["metadata"]["generation"] = (generation + 1).into();
    }
}

/// Marks an object without grace as being deleted from now on
fn mark(object: &mut Value, now: Timestamp) {
    let end: Option<Timestamp> = object.meta("deletionTimestamp").parse().ok();
    if end.is_none() {
        raise_generation(object);
    }
    if end.is_none_or(|end| end > now) {
        object["metadata"]["deletionTimestamp"] = seconds(now).into();
    }
    object["metadata"]["deletionGracePeriodSeconds"] = 0.into();
}

/// The finalizers of an object with those that the options ask for, and without those that they do not
fn finalizers_after(object: &Value, options: &DeleteOptions, has_dependents: bool) -> Vec<String> {
    let old = object.finalizers();
    let wanted = match (options.orphan, options.propagation) {
        _ if !has_dependents => None,
        (Some(orphan), _) => orphan.then_some(ORPHAN),
        (None, Some(Propagation::Foreground)) => Some(FOREGROUND),
        (None, Some(Propagation::Orphan)) => Some(ORPHAN),
        (None, Some(Propagation::Background)) => None,
        (None, None) => old.iter().copied().find(|known| [FOREGROUND, ORPHAN].contains(known)),
    };
    if wanted.is_some_and(|wanted| old.contains(&wanted)) && !both(&old) {
        return old.into_iter().map(ToOwned::to_owned).collect();
    }
    let others = old.into_iter().filter(|known| ![FOREGROUND, ORPHAN].contains(known));
    others.chain(wanted).map(ToOwned::to_owned).collect()
}

fn both(finalizers: &[&str]) -> bool {
    finalizers.contains(&FOREGROUND) && finalizers.contains(&ORPHAN)
}

/// Sets the finalizers; none at all is no field
pub(crate) fn set_finalizers(object: &mut Value, finalizers: &[String]) {
    if finalizers.is_empty() {
        object["metadata"].as_object_mut().map(|metadata| metadata.remove("finalizers"));
    } else {
        object["metadata"]["finalizers"] = finalizers.into();
    }
}

fn terminate_namespace(object: &Value, options: &DeleteOptions, now: Timestamp) -> Value {
    let mut changed = object.clone();
    changed["metadata"]["deletionTimestamp"] = seconds(now).into();
    changed["status"]["phase"] = "Terminating".into();
    // the old option means the foreground here, and nowhere else
    let propagation = match options.orphan {
        Some(true) => Some(Propagation::Orphan),
        Some(false) => Some(Propagation::Foreground),
        None => options.propagation,
    };
    let options = DeleteOptions { orphan: None, propagation, ..options.clone() };
    set_finalizers(&mut changed, &finalizers_after(object, &options, true));
    changed
}

fn terminate_definition(object: &Value, now: Timestamp) -> Value {
    let mut changed = object.clone();
    changed["metadata"]["deletionTimestamp"] = seconds(now).into();
    let mut finalizers: Vec<String> = object.finalizers().into_iter().map(ToOwned::to_owned).collect();
    if !finalizers.iter().any(|known| known == CUSTOM_CLEANUP) {
        finalizers.push(CUSTOM_CLEANUP.to_owned());
    }
    set_finalizers(&mut changed, &finalizers);
    let pending = json!({
        "type": "Terminating", "status": "True", "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    });
    set_condition(&mut changed, &pending, now);
    changed
}

/// Sets a condition of `status.conditions`; its `lastTransitionTime` changes with its status alone
pub(crate) fn set_condition(object: &mut Value, condition: &Value, now: Timestamp) {
    let mut condition = condition.clone();
    if !object["status"]["conditions"].is_array() {
        object["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = object["status"]["conditions"].as_array_mut() else { return };
    let known = conditions.iter_mut().find(|known| known["type"] == condition["type"]);
    condition["lastTransitionTime"] = seconds(now).into();
    match known {
        Some(known) => {
            if known["status"] == condition["status"] && known["lastTransitionTime"].is_string() {
                condition["lastTransitionTime"] = known["lastTransitionTime"].take();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}
