//! Decisions as tables of worlds and plans; stories that take time are played in `story`, chance in `chance`

mod announced;
mod assessed;
mod storm;
mod chance;
mod cluster;
mod evicted;
mod garbage;
mod gone;
mod history;
mod human;
mod kubelet;
mod owned;
mod rollout;
mod story;
mod warmup;

use crate::{
    BreakerStatus, Condition, FailedHeal, HealingStatus, Observation, Plan, Status,
    fixture::{ago, show, start, world},
};

/// What one decision must come to
fn check(text: &str, expect: &str) {
    assert_eq!(show(&world(text).decide(), start()), expect, "world: {text}");
}

/// Why a pod is not healed
fn refused(text: &str, pod: &str, expect: &str) {
    let plan = world(text).decide();
    let refusal = plan.refusals.iter().find(|refusal| refusal.pod == pod).expect("a refusal of the pod");
    assert_eq!(refusal.reason, expect, "world: {text}");
}

/// `True Reason` of a condition
fn condition(plan: &Plan, kind: &str) -> String {
    let condition = Condition::find(&plan.status.conditions, kind).expect("the condition");
    format!("{:?} {}", condition.status, condition.reason)
}

#[test]
fn the_finalizer_comes_before_the_first_pod() {
    check("replicas=3 unprotected", "protect");
}

#[test]
fn a_cache_that_is_behind_stops_everything() {
    check("replicas=3 stale", "again in 5s");
    check("replicas=3 stale deleting | a ready", "again in 5s");
    refused("replicas=1 stale | a unready=400", "a", "CacheStale");
}

#[test]
fn a_deleted_resource_loses_its_pods_first() {
    check(
        "replicas=3 deleting | a ready | b failed=Evicted | c ready terminating=-20",
        "delete a OwnerDeleted | delete b OwnerDeleted | again in 5s",
    );
    check("replicas=3 deleting | c ready terminating=-20", "again in 81s");
    check("replicas=3 deleting orphaning | a ready | b crash-loop restarts=9", "");
    check("replicas=3 deleting", "release | !CleanupComplete");
    check("replicas=3 deleting | x ready foreign", "release | !CleanupComplete");
}

#[test]
fn an_invalid_spec_creates_and_nothing_else() {
    check("replicas=2 invalid | a unready=400", "create 1 | !ScaledUp | !InvalidSpec | again in 5s");
    check("replicas=1 invalid | a ready | b ready", "!InvalidSpec");
    check("replicas=1 invalid | a unready=400", "!InvalidSpec");
    refused("replicas=1 invalid | a unready=400", "a", "InvalidSpec");
}

#[test]
fn a_paused_resource_keeps_its_pods_and_its_status_goes_on() {
    check("replicas=3 paused | a ready", "!Paused");
    check("replicas=1 paused | a ready | b ready", "!Paused");
    check("replicas=1 paused | a unready=400", "!Paused");
    refused("replicas=1 paused | a unready=400", "a", "Paused");
    check("replicas=1 paused invalid", "!Paused | !InvalidSpec");
    check("replicas=1 paused deleting | a ready", "delete a OwnerDeleted | again in 5s");
    let mut world = world("replicas=3 paused | a ready");
    let plan = world.decide();
    assert_eq!(condition(&plan, "RemediationAllowed"), "False Paused");
    assert_eq!(condition(&plan, "Progressing"), "False Paused");
    assert_eq!(plan.status.ready_replicas, Some(1));
    world.observation.resource.status = Some(plan.status);
    assert_eq!(show(&world.decide(), start()), "", "it is announced once");
    world.policy.paused = false;
    world.observation.resource.generation = 2;
    let expected = "create 1 | create 2 | !Resumed | !ScaledUp | again in 5s";
    assert_eq!(show(&world.decide(), start()), expected);
}

#[test]
fn a_threshold_above_the_replicas_is_clamped() {
    check("replicas=2 threshold=3 | a,b ready", "");
    let mut world = world("replicas=2 threshold=3 | a ready | b unready=400");
    let error = healing_model::FieldError::invalid("spec.healthThreshold", 3, "cannot exceed");
    world.observation.invalid = vec![error];
    assert_eq!(show(&world.decide(), start()), "heal b Unready Replace 1 | again in 30s");
}

#[test]
fn missing_pods_are_made_in_the_lowest_free_slots() {
    check("replicas=3", "create 0 | create 1 | create 2 | !ScaledUp | again in 5s");
    check("replicas=3 | a ready slot=1", "create 0 | create 2 | !ScaledUp | again in 5s");
    check("replicas=2 | a ready | x ready foreign", "create 1 | !ScaledUp | again in 5s");
    check("replicas=2 | a ready | x ready not-controller", "create 1 | !ScaledUp | again in 5s");
    // on its way out: counts no more, and its slot is free
    check("replicas=1 | a ready terminating=-30", "create 0 | !ScaledUp | again in 5s");
    assert_eq!(world("replicas=10000").decide().steps.len(), 500);
}

#[test]
fn finished_pods_are_replaced_after_their_backoff() {
    check("replicas=1 | a failed=OutOfcpu", "create 0 attempt 1 | !ScaledUp | again in 5s");
    check("replicas=1 | a failed=OutOfcpu attempt=2", "again in 21s");
    refused("replicas=1 | a succeeded attempt=2 age=60", "a", "Backoff");
    check("replicas=1 | a failed=NodeShutdown attempt=2", "create 0 attempt 2 | !ScaledUp | again in 5s");
    check("replicas=2 | a ready | b failed=OutOfcpu attempt=1 node=n", "again in 1s");
}

#[test]
fn refused_creates_wait_and_stop_heals() {
    check("replicas=2 refused=30 | a unready=400", "!FailedCreate | again in 30s");
    refused("replicas=2 refused=30 | a unready=400", "a", "CreateRefused");
    check("replicas=2 refused=0 | a unready=400", "create 1 | !ScaledUp | !FailedCreate | again in 5s");
    check("replicas=1 refused=30 | a unready=400", "heal a Unready Replace 1 | again in 30s");
}

#[test]
fn the_surplus_leaves_in_order() {
    let leaves = |text: &str, first: &str| {
        check(text, &format!("delete {first} ScaleDown | !ScaledDown | again in 5s"));
    };
    leaves("replicas=1 | a ready | b starting unbound", "b");
    leaves("replicas=1 | a ready | b ready phase=Pending", "b");
    leaves("replicas=1 | a ready age=900 | b unready=400 age=900", "b");
    leaves("replicas=1 | a ready | b starting", "b");
    leaves("replicas=1 | a ready cost=5 | b ready cost=-5 age=900", "b");
    leaves("replicas=1 | a ready=20 | b ready=400", "a");
    leaves("replicas=1 | a ready age=450 | b ready age=490", "a");
    leaves("replicas=1 oldest-first | a ready age=450 | b ready age=490", "b");
    leaves("replicas=1 | a ready | b ready age=500", "a");
    leaves("replicas=1 oldest-first | a ready | b ready", "a");
    leaves("replicas=2 oldest-first | a ready age=490 | b unready=400 age=450 | c ready age=450", "b");
    leaves(
        "replicas=2 oldest-first | a ready age=490 | b ready age=450 slot=5 | c ready slot=5 age=440",
        "b",
    );
    // a slot that is held twice, whatever the order says
    leaves("replicas=2 | a ready age=400 | b ready=300 slot=5 | c ready slot=5", "b");
    check("replicas=0 | a,b ready", "delete a ScaleDown | delete b ScaleDown | !ScaledDown | again in 5s");
}

#[test]
fn an_unhealthy_pod_that_leaves_is_no_heal() {
    let plan = world("replicas=1 | a ready | b unready=400 attempt=2").decide();
    assert_eq!(show(&plan, start()), "delete b ScaleDown | !ScaledDown | again in 5s");
    assert_eq!(plan.status.last_heal_time, None);
}

#[test]
fn old_finished_pods_are_collected() {
    check(
        "replicas=1 history=1 | a ready | b failed=Failed finished=50 slot=0 | c failed=Failed finished=40 slot=0",
        "delete b Finished | again in 5s",
    );
    // its slot still needs the attempts that it carries
    check("replicas=1 history=0 | b failed=Failed attempt=3", "again in 61s");
    check("replicas=0 history=0 | b failed=Failed attempt=3", "delete b Finished | again in 5s");
}

#[test]
fn heals_the_longest_unhealthy_pod_and_one_only() {
    check(
        "replicas=3 unhealthy=2 | a ready | b unready=400 | c unready=420",
        "heal c Unready Replace 1 | again in 30s",
    );
    refused("replicas=3 unhealthy=2 | a ready | b unready=400 | c unready=420", "b", "InFlight");
    check(
        "replicas=3 in-flight=2 unhealthy=2 | a ready | b unready=400 | c unready=420",
        "heal c Unready Replace 1 | heal b Unready Replace 1 | again in 30s",
    );
}

#[test]
fn nothing_is_healed_while_enough_pods_are_healthy() {
    let text = "replicas=5 threshold=3 | a,b,c,d ready | e crash-loop restarts=6";
    check(text, "");
    refused(text, "e", "AboveThreshold");
    check(
        "replicas=5 threshold=3 | a,b ready | c,d,e crash-loop restarts=6",
        "heal c CrashLoop Replace 1 | again in 30s",
    );
}

#[test]
fn pods_that_fail_after_the_recovery_are_no_members() {
    let mut world = world("replicas=5 threshold=3 | a,b,c ready | d unready=320 | e unready=400");
    let healing = HealingStatus {
        episode_since: Some(ago(380)),
        recovered_at: Some(ago(350)),
        ..HealingStatus::default()
    };
    world.observation.resource.status = Some(Status { healing: Some(healing), ..Status::default() });
    let plan = world.decide();
    assert_eq!(show(&plan, start()), "heal e Unready Replace 1 | again in 30s");
    assert_eq!((plan.refusals[0].pod.as_str(), plan.refusals[0].reason.as_str()), ("d", "AboveThreshold"));
}

#[test]
fn a_crash_loop_stays_a_member_between_two_crashes_for_a_fresh_process_too() {
    let healing = HealingStatus {
        episode_since: Some(ago(380)),
        recovered_at: Some(ago(350)),
        ..HealingStatus::default()
    };
    let status = Status { healing: Some(healing.clone()), ..Status::default() };
    for (words, stays) in [
        ("crash-loop restarts=6", true),
        ("exited=Error restarts=6", true),
        ("up-unready=2 restarts=6", true),
        ("up=2 restarts=6", true),
        ("up=29 restarts=6", true),
        // well for long enough
        ("up=31 restarts=6", false),
        ("ready", false),
        ("waiting=ErrImagePull restarts=6", false),
    ] {
        for age in [500, 5000] {
            let text = format!("replicas=5 threshold=3 fresh | a,b,c,d ready | e {words} age={age}");
            let mut world = world(&text);
            world.observation.resource.status = Some(status.clone());
            let plan = world.decide();
            let after = plan.status.healing.as_ref().and_then(|healing| healing.episode_since);
            assert_eq!(after, healing.episode_since.filter(|_| stays), "world: {text}");
            let said = Condition::find(&plan.status.conditions, "Healing").expect("the condition");
            assert_eq!(said.message.contains("replace e"), stays, "world: {text}: {}", said.message);
        }
    }
}

#[test]
fn starting_and_held_pods_are_not_healed() {
    refused("replicas=1 threshold=1 | a starting", "a", "Starting");
    for words in
        ["waiting=ErrImagePull", "waiting=CreateContainerConfigError", "unbound unschedulable=5000 age=6000"]
    {
        let text = format!("replicas=1 threshold=1 | a {words}");
        refused(&text, "a", "Hold");
        check(&text, "!PodHeld | again in 601s");
    }
    let plan = world("replicas=2 | a,b waiting=ErrImagePull").decide();
    assert_eq!(condition(&plan, "Degraded"), "True ImageError");
    let degraded = Condition::find(&plan.status.conditions, "Degraded").expect("the condition");
    assert_eq!(
        degraded.message,
        "ImageError: a, b; check the image's name, its registry and the pull secret"
    );
}

#[test]
fn a_healed_slot_waits_before_the_next_heal() {
    // sooner than the next trial: the time that a new resource may stand still
    check("replicas=1 | a unready=320 age=330 attempt=6", "!BreakerOpened | again in 601s");
    refused("replicas=1 failures=9 | a crash-loop restarts=6 age=200 attempt=6", "a", "Backoff");
    check(
        "replicas=1 failures=9 | a unready=320 age=330 attempt=1",
        "heal a Unready ReplaceElsewhere 2 | again in 30s",
    );
}

#[test]
fn attempts_used_up_open_the_breaker_of_the_slot() {
    let text = "replicas=2 failures=2 | a ready | b unready=400 attempt=2";
    check(text, "!BreakerOpened | again in 601s");
    refused(text, "b", "RetryBudgetExhausted");
    let plan = world(text).decide();
    assert_eq!(condition(&plan, "Degraded"), "True RetryBudgetExhausted");
    assert_eq!(condition(&plan, "RemediationAllowed"), "False RetryBudgetExhausted");
}

#[test]
fn a_breaker_that_closes_does_not_call_pods_healthy_that_are_not() {
    for (words, how) in
        [("unready=100", "they fail in another way than before"), ("ready", "the pods are healthy")]
    {
        let mut world = world(&format!("replicas=2 | a ready | b {words}"));
        let breaker = BreakerStatus {
            reason: "RetryBudgetExhausted".to_owned(),
            cause: None,
            opened_at: ago(500),
            next_trial: None,
        };
        let healing = HealingStatus {
            failed_heals: Some(1),
            newest_failure: Some(FailedHeal { slot: 1, cause: "CrashLoop".to_owned() }),
            breaker: Some(breaker),
            ..HealingStatus::default()
        };
        world.observation.resource.status = Some(Status { healing: Some(healing), ..Status::default() });
        let plan = world.decide();
        let closed = plan.events.iter().find(|event| event.reason == "BreakerClosed").expect("the event");
        assert!(closed.note.ends_with(how), "{}", closed.note);
    }
}

#[test]
fn the_announcement_says_what_the_document_says() {
    let plan = world("replicas=1 | a unready=400").decide();
    let [crate::Step::Heal(heal)] = plan.steps.as_slice() else { panic!("{:?}", plan.steps) };
    assert_eq!(heal.event.note, "Deleted 1 unhealthy pods for recreation: a, Unready, attempt 1 of 5");
    let healing = plan.status.healing.as_ref().expect("something to remember");
    assert_eq!(healing.intents, std::slice::from_ref(&heal.intent));
    assert_eq!(plan.status.last_heal_time, Some(start()));
}

#[test]
fn a_heal_stays_announced_through_the_short_runs_of_a_crash_loop() {
    let announced = world("replicas=1 | a crash-loop restarts=6").decide().status;
    let next = |text: &str| {
        let mut world = world(text);
        world.observation.resource.status = Some(announced.clone());
        world.decide()
    };
    // a fresh process finds the pod between two crashes
    let between = next("replicas=1 fresh | a starting=1 restarts=7");
    assert_eq!(show(&between, start()), "again in 301s");
    assert_eq!(between.status.healing, announced.healing, "neither withdrawn nor announced anew");
    let healthy = next("replicas=1 | a ready restarts=7").status.healing.unwrap_or_default();
    assert_eq!(healthy.intents, [], "a pod that is healthy is not replaced");
}

#[test]
fn texts_of_conditions_do_not_count_pods() {
    // a change of counts alone is no change of conditions, and may wait
    for resource in ["replicas=4 threshold=1", "replicas=4 threshold=4", "replicas=4"] {
        for generation in [1, 2] {
            let said = |pods: &str| {
                let mut world = world(&format!("{resource} | {pods}"));
                let old = self::world(&format!("{resource} | a,b,c,d ready")).decide().status;
                world.observation.resource.status = Some(old);
                world.observation.resource.generation = generation;
                world.decide().status.conditions
            };
            assert_eq!(said("a ready | b starting"), said("a,b ready | c starting"), "{resource}");
        }
    }
}

#[test]
fn status_is_bounded_whatever_others_say() {
    let mut world = world("replicas=2 refused=30 invalid | a unready=400");
    let refused = world.observation.surroundings.create_refused.as_mut().expect("a refusal");
    refused.message = "é".repeat(1_000_000);
    let errors = vec![world.observation.invalid[0].clone(); 10_000];
    for invalid in [Vec::new(), errors] {
        world.observation.invalid = invalid;
        let size = serde_json::to_vec(&world.decide().status).expect("plain data").len();
        assert!(size < 20_000, "{size} bytes");
    }
}

#[test]
fn ready_says_what_is_served() {
    let ready = |text: &str| condition(&world(text).decide(), "Ready");
    assert_eq!(ready("replicas=2 threshold=1 | a,b ready"), "True Healthy");
    assert_eq!(ready("replicas=2 | a,b ready"), "True Healthy");
    assert_eq!(ready("replicas=0"), "True ScaledToZero");
    assert_eq!(ready("replicas=2 | a ready"), "False Progressing");
    assert_eq!(ready("replicas=2 invalid | a,b ready"), "False InvalidSpec");
    assert_eq!(ready("replicas=2 deleting | a,b ready"), "False Deleting");
}

#[test]
fn observations_and_plans_survive_json() {
    let world = world("replicas=3 threshold=3 | a ready | b unready=400 | c waiting=ErrImagePull");
    let text = serde_json::to_string(&world.observation).expect("an observation is plain data");
    let back: Observation = serde_json::from_str(&text).expect("what was written");
    assert_eq!(back, world.observation);
    let plan = world.decide();
    let text = serde_json::to_string(&plan).expect("a plan is plain data");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("what was written"), plan);
}
