//! Objects beside pods: what is applied, left alone and removed, as tables

use jiff::SignedDuration;

use super::condition;
use crate::{
    ObjectKey, Objects, RefusedObject, SeenObject, WantedObject,
    fixture::{UID, World, show, start, world},
};

/// What is wanted, then what is seen: `a b | a as-wanted | c foreign`
fn objects(text: &str) -> Objects {
    let mut parts = text.split('|').map(str::trim);
    let wanted = parts.next().unwrap_or_default().split_whitespace();
    let wanted = wanted.map(|name| WantedObject { key: key(name), hash: format!("hash-{name}") });
    Objects { wanted: wanted.collect(), seen: parts.map(seen).collect(), ..Objects::default() }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey { group: String::new(), kind: "ConfigMap".to_owned(), name: name.to_owned() }
}

fn seen(text: &str) -> SeenObject {
    let mut words = text.split_whitespace();
    let name = words.next().expect("a name");
    let mut seen = SeenObject {
        key: key(name),
        uid: format!("uid-{name}"),
        resource_version: "7".to_owned(),
        controller_uid: Some(UID.to_owned()),
        terminating: false,
        as_wanted: false,
    };
    for word in words {
        match word {
            "as-wanted" => seen.as_wanted = true,
            "terminating" => seen.terminating = true,
            "foreign" => seen.controller_uid = Some("another".to_owned()),
            "orphan" => seen.controller_uid = None,
            other => panic!("no such word for an object: {other}"),
        }
    }
    seen
}

fn with(resource: &str, text: &str) -> World {
    let mut world = world(resource);
    world.observation.objects = objects(text);
    world
}

#[test]
fn objects_are_applied_before_pods_and_removed_when_nobody_wants_them() {
    for (resource, text, expected) in [
        ("replicas=1", "a b", "apply a | apply b | create 0 | !ScaledUp | again in 5s"),
        ("replicas=0", "a | a as-wanted", ""),
        ("replicas=0", "a | a", "apply a over"),
        ("replicas=0", "a b | a as-wanted", "apply b"),
        ("replicas=0", "| a as-wanted | b", "prune a | prune b"),
        ("replicas=0", "a | a as-wanted | b foreign | c orphan", ""),
        ("replicas=0", "| a terminating", ""),
        // it comes back when it is gone, which the watch tells
        ("replicas=0", "a | a terminating", ""),
        ("replicas=0 paused", "a | b", "!Paused"),
        ("replicas=0 invalid", "a | b", "!InvalidSpec"),
        ("replicas=0 unprotected", "a | b", "protect"),
        ("replicas=0 stale", "a | b", "again in 5s"),
        ("replicas=0 deleting", "a | a | b", "release | !CleanupComplete"),
        ("replicas=1 | a unready=400", "x | x", "apply x over | heal a Unready Replace 1 | again in 30s"),
    ] {
        assert_eq!(show(&with(resource, text).decide(), start()), expected, "{resource}: {text}");
    }
}

#[test]
fn a_name_that_somebody_else_has_is_told_once_and_asked_for_again() {
    for others in ["a foreign", "a orphan"] {
        let mut world = with("replicas=1 | p ready", &format!("a b | {others} | b as-wanted"));
        let plan = world.decide();
        assert_eq!(show(&plan, start()), "!NameConflict | again in 60s");
        assert_eq!(condition(&plan, "Degraded"), "True ObjectConflict");
        assert_eq!(condition(&plan, "Ready"), "True Healthy", "pods go on");
        world.observation.resource.status = Some(plan.status);
        assert_eq!(show(&world.decide(), start()), "again in 60s");
    }
}

#[test]
fn what_cannot_be_had_as_declared_is_told_and_removes_nothing() {
    let mut world = with("replicas=2 | p ready", "a | b");
    world.observation.objects.unfit = vec!["Secret `x`: not declared".to_owned(), "y".to_owned()];
    let plan = world.decide();
    assert_eq!(show(&plan, start()), "apply a | create 1 | !ScaledUp | !InvalidObject | again in 5s");
    assert_eq!(condition(&plan, "Degraded"), "True InvalidObject");
    let degraded = crate::Condition::find(&plan.status.conditions, "Degraded").expect("it is there");
    assert_eq!(
        degraded.message,
        "Secret `x`: not declared (and 1 more); nothing is removed until `objects()` is mended"
    );
}

#[test]
fn a_refused_object_waits_unless_something_else_is_wanted() {
    let mut world = with("replicas=1 | p ready", "a");
    let until = start() + SignedDuration::from_secs(9);
    let refused = RefusedObject {
        key: key("a"),
        hash: "hash-a".to_owned(),
        message: "exceeded quota".to_owned(),
        until,
    };
    world.observation.objects.refused = vec![refused.clone()];
    let plan = world.decide();
    assert_eq!(show(&plan, start()), "!FailedApply | again in 9s");
    assert_eq!(condition(&plan, "Degraded"), "True ApplyFailed");
    for changed in [
        RefusedObject { hash: "older".to_owned(), ..refused.clone() },
        RefusedObject { until: start(), ..refused },
    ] {
        world.observation.objects.refused = vec![changed.clone()];
        let plan = world.decide();
        assert!(show(&plan, start()).starts_with("apply a"), "{changed:?}");
    }
}

#[test]
fn their_number_is_bounded() {
    let many: Vec<String> = (0..300).map(|number| format!("a{number}")).collect();
    assert_eq!(with("replicas=0", &many.join(" ")).decide().steps.len(), crate::OBJECTS_MAX);
    let unwanted = format!("| {}", many.join(" | "));
    assert_eq!(with("replicas=0", &unwanted).decide().steps.len(), crate::OBJECTS_MAX);
}
