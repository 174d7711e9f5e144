//! Rollouts: templates that change, work, stall, and are taken back, in tables and in virtual time

use super::{chance::Chance, check, cluster::Cluster, condition, kubelet::Fate, refused, story::ends_quiet};
use crate::fixture::{show, start, world};

/// A resource whose template `new` is carried out
fn carried_out(text: &str) -> Cluster {
    let mut cluster = Cluster::new(text);
    cluster.run(60);
    assert_eq!(cluster.status().current_revision.as_deref(), Some("new"), "{:#?}", cluster.log);
    cluster
}

/// Pods of the template `bad` have this fate, all others are well
fn bad_ones(cluster: &mut Cluster, fate: Fate) {
    cluster.fate = Box::new(move |create| if create.revision == "bad" { fate } else { Fate::Well });
}

#[test]
fn old_pods_leave_as_new_ones_may_come() {
    // one more and one less of four
    check("replicas=4 | a,b,c,d ready old", "create 4 | delete a Rollout | again in 5s");
    check("replicas=4 surge=0 | a,b,c,d ready old", "delete a Rollout | again in 5s");
    check("replicas=4 unavailable=0 | a,b,c,d ready old", "create 4 | again in 5s");
    check("replicas=1 | a ready old", "create 1 | again in 5s");
    // neither: still one at a time
    check("replicas=2 surge=0 unavailable=0 | a,b ready old", "delete a Rollout | again in 5s");
    // a new one is not available yet
    check("replicas=4 unavailable=0 | a,b,c,d ready old | e starting", "again in 571s");
    check("replicas=4 min-ready=30 unavailable=0 | a,b,c,d ready old | e ready=9 age=20", "again in 22s");
    check("replicas=4 unavailable=0 | a,b,c,d ready old | e ready", "delete a Rollout | again in 5s");
}

#[test]
fn old_pods_that_serve_nobody_go_first_and_are_no_heals() {
    check("replicas=4 | a,b,c ready old | d unready=400 old", "create 4 | delete d Rollout | again in 5s");
    refused("replicas=4 surge=0 | a,b,c ready old | d unready=400 old", "d", "RolloutInProgress");
    // three serve, and three must
    check("replicas=4 surge=0 | a,b,c ready old | d starting", "again in 571s");
}

/// Hazard 22: the newest pods are unhealthy because they are new, not because they are ill
#[test]
fn pods_are_not_healed_while_a_template_is_rolled_out() {
    let text = "replicas=4 threshold=4 | a,b,c ready old | d crash-loop restarts=6 | e crash-loop restarts=6";
    check(text, "again in 601s");
    refused(text, "d", "RolloutInProgress");
    let plan = world(text).decide();
    assert_eq!(condition(&plan, "RemediationAllowed"), "False RolloutInProgress");
    assert_eq!(condition(&plan, "Progressing"), "True RollingOut");
    assert_eq!(condition(&plan, "Ready"), "False Progressing");
}

#[test]
fn a_scale_down_in_a_rollout_leaves_room_for_the_surge_and_takes_old_pods_first() {
    check(
        "replicas=2 | a,b ready old | c ready | d ready old",
        "delete a ScaleDown | !ScaledDown | again in 5s",
    );
    check("replicas=2 | a,b,c ready old | d starting", "delete d ScaleDown | !ScaledDown | again in 5s");
    check(
        "replicas=0 | a ready old | b ready",
        "delete a ScaleDown | delete b ScaleDown | !ScaledDown | again in 5s",
    );
}

#[test]
fn neither_paused_nor_invalid_resources_are_rolled_out() {
    check("replicas=2 paused | a,b ready old", "!Paused");
    check("replicas=2 invalid | a,b ready old", "!InvalidSpec");
}

#[test]
fn a_refused_surge_waits_and_old_pods_go_on_within_their_limit() {
    let text = "replicas=4 refused=30 | a,b,c,d ready old";
    check(text, "delete a Rollout | !FailedCreate | again in 5s");
    check("replicas=4 unavailable=0 refused=30 | a,b,c,d ready old", "!FailedCreate | again in 30s");
}

/// Hazard 17: without a hash of the template, pods of several versions would stay side by side
#[test]
fn a_new_template_reaches_every_pod() {
    for text in ["replicas=5 threshold=3", "replicas=4", "replicas=1", "replicas=3 surge=0 unavailable=2"] {
        let mut cluster = carried_out(text);
        cluster.new_template("next");
        cluster.run(5);
        assert_eq!(cluster.condition("Progressing"), "True RollingOut", "{text}");
        assert_eq!(cluster.status().current_revision.as_deref(), Some("new"), "{text}");
        cluster.run(300);
        let desired = cluster.status().replicas.and_then(|count| usize::try_from(count).ok());
        assert_eq!(
            (Some(cluster.live_of("next")), cluster.live_of("new")),
            (desired, 0),
            "{:#?}",
            cluster.log
        );
        assert_eq!(cluster.status().current_revision.as_deref(), Some("next"), "{text}");
        assert_eq!(cluster.condition("Progressing"), "False Complete", "{text}");
        assert_eq!(
            (cluster.count("!RolloutStarted"), cluster.count("!RolloutComplete"), cluster.count("!ScaledUp")),
            (1, 1, 1),
            "{:#?}",
            cluster.log
        );
        assert_eq!(cluster.count("of next"), desired.expect("a number"), "each once: {:#?}", cluster.log);
        ends_quiet(&mut cluster);
    }
}

#[test]
fn neither_another_number_nor_a_knob_removes_a_pod() {
    let mut cluster = carried_out("replicas=3");
    cluster.world.policy.knobs.max_surge = Some(healing_model::Amount::Count(3));
    cluster.world.policy.knobs.progress_deadline_secs = 1;
    cluster.new_generation();
    cluster.run(60);
    cluster.world.policy.replicas = 5;
    cluster.new_generation();
    cluster.run(60);
    assert_eq!((cluster.count("delete"), cluster.count("!RolloutStarted")), (0, 0), "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn a_bad_template_stalls_and_the_old_pods_go_on_serving() {
    for fate in [Fate::NoImage, Fate::CrashLoop, Fate::NeverReady] {
        let mut cluster = carried_out("replicas=4");
        bad_ones(&mut cluster, fate);
        cluster.new_template("bad");
        cluster.run(590);
        assert_eq!(cluster.condition("Progressing"), "True RollingOut", "{fate:?}");
        cluster.run(3600);
        assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (3, 2), "{fate:?}: {:#?}", cluster.log);
        assert_eq!(cluster.condition("Progressing"), "False ProgressDeadlineExceeded", "{fate:?}");
        assert_eq!(cluster.condition("Degraded"), "True ProgressDeadlineExceeded", "{fate:?}");
        assert_eq!(cluster.count("!ProgressDeadlineExceeded"), 1, "{:#?}", cluster.log);
        assert_eq!(cluster.count("heal"), 0, "{fate:?}: {:#?}", cluster.log);

        // a pod of the last good template is replaced by one of the same
        let good = cluster.pod_of("new");
        cluster.kill(&good);
        cluster.run(120);
        assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (3, 2), "{fate:?}: {:#?}", cluster.log);
        let good = cluster.pod_of("new");
        cluster.doom(&good, Fate::NeverReady);
        cluster.run(1200);
        assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (3, 2), "{fate:?}: {:#?}", cluster.log);
        assert_eq!(
            (cluster.count("heal "), cluster.count("!Healed")),
            (1, 1),
            "{fate:?}: {:#?}",
            cluster.log
        );

        // back by hand
        cluster.new_template("new");
        cluster.run(120);
        assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (4, 0), "{fate:?}: {:#?}", cluster.log);
        assert_eq!(cluster.condition("Degraded"), "False AsExpected", "{fate:?}");
    }
}

#[test]
fn the_only_pod_that_serves_is_replaced_in_a_halted_rollout() {
    let mut cluster = carried_out("replicas=1");
    bad_ones(&mut cluster, Fate::NoImage);
    cluster.new_template("bad");
    cluster.run(700);
    let pod = cluster.pod_of("new");
    cluster.kill(&pod);
    cluster.run(60);
    assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (1, 1), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Progressing"), "False ProgressDeadlineExceeded");
    ends_quiet(&mut cluster);
    cluster.new_template("next");
    cluster.run(120);
    assert_eq!((cluster.live_of("next"), cluster.pods().len()), (1, 1), "{:#?}", cluster.log);
}

#[test]
fn a_rollout_that_comes_forward_again_goes_on() {
    let mut cluster = carried_out("replicas=4");
    bad_ones(&mut cluster, Fate::NoImage);
    cluster.new_template("bad");
    cluster.run(700);
    assert_eq!(cluster.condition("Progressing"), "False ProgressDeadlineExceeded");
    cluster.fate = Box::new(|_| Fate::Well);
    for pod in cluster.pods() {
        cluster.doom(&pod, Fate::Well);
    }
    cluster.run(300);
    assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (0, 4), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Progressing"), "False Complete");
    assert_eq!(cluster.count("!RolloutComplete"), 1, "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn a_halted_rollout_tries_again_when_none_of_its_pods_is_left() {
    let mut cluster = carried_out("replicas=4");
    bad_ones(&mut cluster, Fate::NoImage);
    cluster.new_template("bad");
    cluster.run(700);
    cluster.fate = Box::new(|_| Fate::Well);
    while cluster.live_of("bad") > 0 {
        let pod = cluster.pod_of("bad");
        cluster.kill(&pod);
    }
    cluster.run(600);
    assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (0, 4), "{:#?}", cluster.log);
}

#[test]
fn a_template_that_does_not_work_is_given_up_if_that_is_wanted() {
    for (fate, reason) in [(Fate::NoImage, "ProgressDeadlineExceeded"), (Fate::CrashLoop, "SameCause")] {
        // three that crash on two nodes are evidence enough
        let mut cluster = carried_out("replicas=4 surge=2 auto-rollback");
        bad_ones(&mut cluster, fate);
        cluster.new_template("bad");
        cluster.run(900);
        let log = format!("{fate:?}: {:#?}", cluster.log);
        assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (4, 0), "{log}");
        assert_eq!(cluster.condition("Progressing"), "False RolledBack", "{log}");
        assert_eq!(cluster.condition("Degraded"), "True RolledBack", "{log}");
        assert_eq!(cluster.condition("Ready"), "True Healthy", "{log}");
        assert_eq!(cluster.status().update_revision.as_deref(), Some("bad"), "{log}");
        assert_eq!(cluster.status().current_revision.as_deref(), Some("new"), "{log}");
        assert_eq!(
            cluster.healing().failed_revision.map(|failed| failed.reason).as_deref(),
            Some(reason),
            "{log}"
        );
        assert_eq!(cluster.count("!RolledBack"), 1, "{log}");
        assert_eq!(cluster.count("heal"), 0, "{log}");
        ends_quiet(&mut cluster);

        // another number of pods is no reason to try again, another spec is
        cluster.world.policy.replicas = 5;
        cluster.new_generation();
        cluster.run(120);
        assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (5, 0), "{:#?}", cluster.log);
        cluster.new_template("next");
        cluster.run(300);
        assert_eq!(cluster.live_of("next"), 5, "{:#?}", cluster.log);
        assert_eq!(cluster.condition("Degraded"), "False AsExpected");
        ends_quiet(&mut cluster);
    }
}

#[test]
fn nothing_is_given_up_without_a_stored_template() {
    let mut cluster = carried_out("replicas=4 auto-rollback");
    cluster.world.observation.revisions.clear();
    bad_ones(&mut cluster, Fate::NoImage);
    cluster.new_template("bad");
    cluster.run(900);
    assert_eq!(cluster.condition("Progressing"), "False ProgressDeadlineExceeded");
    assert_eq!((cluster.live_of("new"), cluster.live_of("bad")), (3, 2), "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn a_paused_rollout_stands_still_and_goes_on_afterwards() {
    let mut cluster = carried_out("replicas=4");
    cluster.new_template("next");
    cluster.run(3);
    cluster.world.policy.paused = true;
    cluster.new_generation();
    cluster.run(5);
    let (old, next) = (cluster.live_of("new"), cluster.live_of("next"));
    cluster.run(3600);
    assert_eq!((cluster.live_of("new"), cluster.live_of("next")), (old, next), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Progressing"), "False Paused");
    cluster.world.policy.paused = false;
    cluster.new_generation();
    cluster.run(300);
    assert_eq!((cluster.live_of("new"), cluster.live_of("next")), (0, 4), "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn templates_that_change_in_the_middle_converge() {
    for last in ["new", "third"] {
        for secs in [1, 3, 8, 15] {
            for text in
                ["replicas=4", "replicas=5 threshold=3 surge=0 unavailable=2", "replicas=3 unavailable=0"]
            {
                let mut cluster = carried_out(text);
                cluster.new_template("next");
                cluster.run(secs);
                cluster.new_template(last);
                cluster.run(2);
                cluster.restart();
                cluster.run(300);
                let desired = usize::try_from(cluster.world.policy.replicas).expect("small");
                let case = format!("{text}, {last} after {secs}s: {:#?}", cluster.log);
                assert_eq!((cluster.live_of(last), cluster.live_of("next")), (desired, 0), "{case}");
                assert_eq!(cluster.status().current_revision.as_deref(), Some(last), "{case}");
                ends_quiet(&mut cluster);
            }
        }
    }
}

#[test]
fn a_template_that_was_never_carried_out_is_not_gone_back_to() {
    let mut cluster = Cluster::new("replicas=3 auto-rollback");
    cluster.fate = Box::new(|_| Fate::NoImage);
    cluster.run(700);
    cluster.new_template("next");
    cluster.run(700);
    assert_eq!(cluster.count("!RolledBack"), 0, "{:#?}", cluster.log);
    assert_eq!(show(&cluster.pass(), cluster.now), "");
    assert!(cluster.now > start());
}

fn play(seed: u64) {
    let mut chance = Chance(seed);
    let pick = |chance: &mut Chance, bound: u64| chance.below(bound);
    let replicas = pick(&mut chance, 6);
    let (surge, unavailable) = (pick(&mut chance, 3), pick(&mut chance, 3));
    let rollback = if pick(&mut chance, 2) == 0 { "auto-rollback" } else { "" };
    let threshold = if pick(&mut chance, 2) == 0 { "threshold=2" } else { "" };
    let gone = if seed.is_multiple_of(3) { "gone" } else { "" };
    let text = format!(
        "replicas={replicas} surge={surge} unavailable={unavailable} {rollback} {threshold} {gone} revisions={}",
        seed % 3
    );
    let mut cluster = Cluster::new(&text);
    let mut fates = Chance(seed ^ 0xfa7e);
    cluster.fate = Box::new(move |create| match create.revision.as_str() {
        "bad" => [Fate::NoImage, Fate::CrashLoop][usize::try_from(fates.below(2)).expect("small")],
        "shaky" if fates.below(3) == 0 => Fate::NeverReady,
        _ => Fate::Well,
    });
    for _ in 0..6 {
        let pods = cluster.pods();
        match pick(&mut chance, 10) {
            0 => cluster.new_template("bad"),
            1 => cluster.new_template("shaky"),
            2..=4 => cluster.new_template(if pick(&mut chance, 2) == 0 { "new" } else { "next" }),
            5 => {
                cluster.world.policy.replicas = u32::try_from(pick(&mut chance, 6)).expect("small");
                cluster.new_generation();
            }
            6 => cluster.restart(),
            7 if !pods.is_empty() => {
                let pod = pick(&mut chance, pods.len() as u64);
                cluster.kill(&pods[usize::try_from(pod).expect("small")]);
            }
            8 => {
                cluster.world.policy.paused = pick(&mut chance, 2) == 0;
                cluster.new_generation();
            }
            _ => {}
        }
        let secs = [2, 10, 100, 700][usize::try_from(pick(&mut chance, 4)).expect("small")];
        cluster.run(secs);
    }
    // in the end a template that works
    cluster.world.policy.paused = false;
    cluster.new_template("good");
    cluster.run(1200);
    let desired = usize::try_from(cluster.world.policy.replicas).expect("small");
    let all = cluster.pods().len();
    assert_eq!((cluster.live_of("good"), all), (desired, desired), "L1: {text}: {:#?}", cluster.log);
    assert_eq!(cluster.condition("Progressing"), "False Complete", "L1: {text}: {:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn invariants_hold_while_templates_change_at_random() {
    for seed in 0..60 {
        let outcome = std::panic::catch_unwind(|| play(seed));
        assert!(outcome.is_ok(), "the history of seed {seed} breaks an invariant, see above");
    }
}
