//! Stored templates: when one is stored, which number it has, and which ones go

use super::{check, cluster::Cluster, story::ends_quiet};
use crate::{
    Step,
    fixture::{show, start, world},
    name::revision_name,
};

#[test]
fn the_newest_template_is_stored_before_pods_are_made_from_it() {
    check("replicas=1 stored=-", "store new as 1 | create 0 | !ScaledUp | again in 5s");
    check("replicas=1 stored=other", "store new as 2 | create 0 | !ScaledUp | again in 5s");
    // pods that an operator without stored templates left
    check("replicas=1 stored=- | a ready", "store new as 1");
    check("replicas=1 | a ready", "");
}

#[test]
fn one_that_is_asked_for_again_is_the_newest_again() {
    check("replicas=1 stored=new,other | a ready", "store new as 3 again");
    check("replicas=1 stored=other,new | a ready", "");
}

#[test]
fn nothing_is_stored_of_what_no_pod_is_made_from() {
    for text in ["paused", "invalid", "deleting", "stale"] {
        let plan = world(&format!("replicas=1 stored=- {text} | a ready")).decide();
        assert!(!plan.steps.iter().any(|step| matches!(step, Step::StoreRevision(_))), "{text}: {plan:?}");
    }
    check(
        "replicas=2 stored=- invalid | a ready",
        "store new as 1 | create 1 | !ScaledUp | !InvalidSpec | again in 5s",
    );
}

#[test]
fn a_refused_one_waits_and_says_so_like_a_refused_pod() {
    check("replicas=1 stored=- refused=30 | a ready", "!FailedCreate | again in 30s");
}

#[test]
fn old_ones_go_beyond_the_history_oldest_first() {
    check("replicas=1 revisions=2 stored=a,b,c,new | x ready", "prune web-a");
    check("replicas=1 revisions=0 stored=a,b,new | x ready", "prune web-a | prune web-b");
    check("replicas=1 revisions=3 stored=a,b,c,new | x ready", "");
    for text in ["paused", "invalid", "deleting"] {
        let plan = world(&format!("replicas=1 revisions=0 stored=a,new {text} | x ready")).decide();
        assert!(!plan.steps.iter().any(|step| matches!(step, Step::PruneRevision(_))), "{text}: {plan:?}");
    }
}

#[test]
fn what_is_in_use_stays() {
    // of a pod, be it terminating
    check(
        "replicas=1 revisions=0 surge=1 unavailable=0 stored=old,new | x ready old | y starting",
        "again in 571s",
    );
    check("replicas=1 revisions=0 stored=old,new | x ready | y terminating=10 old", "again in 51s");
    // the last that was carried out
    let mut world = world("replicas=1 revisions=0 stored=a,b,new | x starting");
    let mut status = world.decide().status;
    status.current_revision = Some("a".to_owned());
    world.observation.resource.status = Some(status);
    assert!(
        show(&world.decide(), start()).starts_with("prune web-b | !RolloutStarted"),
        "{:?}",
        world.decide()
    );
}

#[test]
fn a_name_that_another_has_is_not_asked_for_again() {
    let mut world = world("replicas=0 stored=-");
    let uid = world.observation.resource.uid.clone();
    let names: Vec<String> = (0..2).map(|number| revision_name("web", &uid, "new", number)).collect();
    for name in names {
        let plan = world.decide();
        assert!(matches!(&plan.steps[..], [Step::StoreRevision(store)] if store.name == name), "{plan:?}");
        world.observation.surroundings.taken_names.insert(name);
    }
}

#[test]
fn a_life_of_many_templates_keeps_as_many_as_it_may() {
    let mut cluster = Cluster::new("replicas=2 stored=- revisions=2");
    for template in ["new", "b", "c", "b", "d", "e"] {
        cluster.new_template(template);
        cluster.run(200);
    }
    let kept: Vec<&str> =
        cluster.world.observation.revisions.iter().map(|stored| stored.revision.as_str()).collect();
    assert_eq!(kept, ["b", "d", "e"], "{:#?}", cluster.log);
    assert_eq!((cluster.count("store b"), cluster.count("store b as 4")), (2, 1), "{:#?}", cluster.log);
    assert_eq!(cluster.count("prune"), 2, "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}
