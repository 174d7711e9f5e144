//! Every knob as a role of a field: the range in the schema, the value in the policy

use healing::prelude::*;
use healing_model::{Amount, Removal, Replacement, ScaleDown};
use serde_json::{Value, json};

/// A farm that is tuned by who uses it.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "TunedFarm")]
struct TunedFarmSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(failure_threshold)]
    failures: Option<i32>,
    #[healing(min_ready_seconds)]
    min_ready_seconds: Option<i32>,
    #[healing(startup_timeout, default = 60)]
    startup_timeout_seconds: i32,
    #[healing(unready_for)]
    unready_for_seconds: Option<i32>,
    #[healing(restart_threshold)]
    restarts: Option<i32>,
    #[healing(hold_grace)]
    hold_grace_seconds: Option<i32>,
    #[healing(stuck_terminating_after)]
    stuck_after_seconds: Option<i32>,
    #[healing(max_in_flight, minimum = 2, maximum = 4, default = 2)]
    heals: i32,
    #[healing(max_unhealthy)]
    at_most_unhealthy: Option<IntOrString>,
    #[healing(storm_pause)]
    pause_seconds: Option<i32>,
    #[healing(heal_backoff)]
    wait_seconds: Option<i32>,
    #[healing(heal_backoff_max)]
    wait_max_seconds: Option<i32>,
    #[healing(min_healthy_period)]
    forget_after_seconds: Option<i32>,
    #[healing(scale_down)]
    order: Option<String>,
    #[healing(ready_removal)]
    removal: Option<String>,
    #[healing(failed_pod_history)]
    history: Option<i32>,
    #[healing(replacement)]
    once: Option<String>,
    #[healing(force_delete)]
    force: Option<bool>,
    #[healing(max_unavailable)]
    fewer: Option<IntOrString>,
    #[healing(max_surge)]
    more: Option<i32>,
    #[healing(progress_deadline)]
    progress_seconds: Option<i32>,
    #[healing(leader_warmup)]
    warmup_seconds: Option<i32>,
    #[healing(revision_history)]
    templates: Option<i32>,
    #[healing(auto_rollback)]
    goes_back: Option<bool>,
    #[healing(paused)]
    paused: Option<bool>,
}

fn farm(spec: &Value) -> TunedFarm {
    serde_json::from_value(json!({ "metadata": { "name": "f" }, "spec": spec })).expect("the spec decodes")
}

#[test]
fn fields_have_the_range_of_their_knob() {
    let schema = TunedFarm::schema();
    let spec = &schema["properties"]["spec"];
    let range = |field: &str| {
        let property = &spec["properties"][field];
        (property["minimum"].as_i64(), property["maximum"].as_i64())
    };
    for (field, low, high) in [
        ("failures", 1, 100),
        ("minReadySeconds", 0, 3600),
        ("startupTimeoutSeconds", 1, 86_400),
        ("stuckAfterSeconds", 10, 86_400),
        ("heals", 2, 4),
        ("forgetAfterSeconds", 60, 604_800),
    ] {
        assert_eq!(range(field), (Some(low), Some(high)), "{field}");
    }
    assert_eq!(range("size"), (None, None));
    assert_eq!(spec["properties"]["order"]["enum"], json!(["newest-first", "oldest-first"]));
    assert_eq!(
        spec["x-kubernetes-validations"][0]["rule"],
        "(has(self.waitSeconds) ? self.waitSeconds : 10) <= (has(self.waitMaxSeconds) ? self.waitMaxSeconds : 300)"
    );
    assert_eq!(
        spec["x-kubernetes-validations"][1]["rule"],
        "(has(self.minReadySeconds) ? self.minReadySeconds : 0) < (has(self.progressSeconds) ? self.progressSeconds : 600)"
    );
    assert_eq!(spec["properties"]["once"]["enum"], json!(["terminating", "gone"]));
    assert_eq!(
        spec["x-kubernetes-validations"][2]["rule"],
        "!has(self.once) || self.once != 'gone' || (!has(self.more) || self.more == 0)"
    );
}

#[test]
fn what_a_field_says_is_the_policy_of_the_object() {
    let defaults = TunedFarm::blueprint().policy(farm(&json!({ "size": 3 })).declared());
    assert_eq!((defaults.knobs.startup_timeout_secs, defaults.knobs.max_in_flight), (60, Amount::Count(2)));
    assert_eq!((defaults.knobs.unready_for_secs, defaults.knobs.scale_down), (300, ScaleDown::NewestFirst));
    assert!(!defaults.paused);
    let tuned = farm(&json!({
        "size": 3, "failures": 7, "minReadySeconds": 5, "unreadyForSeconds": 9, "restarts": 11,
        "holdGraceSeconds": 13, "stuckAfterSeconds": 17, "atMostUnhealthy": "30%", "pauseSeconds": 18, "waitSeconds": 19, "waitMaxSeconds": 23,
        "forgetAfterSeconds": 600, "order": "oldest-first", "removal": "evict", "history": 1, "fewer": "10%", "more": 2, "progressSeconds": 29,
        "warmupSeconds": 31, "templates": 4, "goesBack": true, "once": "gone", "force": true, "paused": true
    }));
    let policy = TunedFarm::blueprint().policy(tuned.declared());
    let knobs = &policy.knobs;
    assert!(policy.paused);
    assert_eq!(
        [
            knobs.failure_threshold,
            knobs.min_ready_secs,
            knobs.unready_for_secs,
            knobs.restart_threshold,
            knobs.hold_grace_secs,
            knobs.stuck_terminating_after_secs,
            knobs.storm_pause_secs,
            knobs.heal_backoff_secs,
            knobs.heal_backoff_max_secs,
            knobs.min_healthy_period_secs,
            knobs.failed_pod_history,
            knobs.revision_history,
        ],
        [7, 5, 9, 11, 13, 17, 18, 19, 23, 600, 1, 4]
    );
    assert_eq!((knobs.scale_down, knobs.ready_removal), (ScaleDown::OldestFirst, Removal::Evict));
    assert_eq!(policy.max_unhealthy(), Amount::Percent(30));
    assert_eq!(defaults.max_unhealthy(), Amount::Percent(40));
    assert_eq!((knobs.max_unavailable, knobs.max_surge), (Amount::Percent(10), Some(Amount::Count(2))));
    assert_eq!((knobs.replacement, knobs.force_delete), (Replacement::Gone, true));
    assert!(knobs.auto_rollback && !defaults.knobs.auto_rollback);
    assert_eq!(defaults.knobs.revision_history, 10);
    assert_eq!(knobs.surge(), Amount::Count(0), "whatever got past validation");
    assert_eq!((knobs.progress_deadline_secs, knobs.leader_warmup_secs), (29, 31));
}

/// A farm whose limits are a number or a percentage.
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "ShareFarm")]
struct ShareFarmSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(max_in_flight)]
    heals: Option<IntOrString>,
}

#[test]
fn a_limit_is_a_number_or_a_percentage() {
    let heals = &ShareFarm::schema()["properties"]["spec"]["properties"]["heals"];
    assert_eq!(heals["x-kubernetes-int-or-string"], true);
    assert_eq!(
        (&heals["minimum"], &heals["maximum"], &heals["pattern"]),
        (&json!(1), &json!(32), &json!("^([1-9]|[1-9][0-9]|100)%$"))
    );
    for (heals, errors, amount) in [
        (json!(null), 0, Amount::Count(1)),
        (json!(3), 0, Amount::Count(3)),
        (json!("40%"), 0, Amount::Percent(40)),
        (json!(0), 1, Amount::Count(1)),
        (json!(33), 1, Amount::Count(32)),
        (json!("0%"), 1, Amount::Percent(1)),
        (json!("101%"), 1, Amount::Percent(100)),
        (json!("many"), 1, Amount::Count(1)),
    ] {
        let farm: ShareFarm = serde_json::from_value(json!({
            "metadata": { "name": "f" }, "spec": { "size": 3, "heals": heals }
        }))
        .expect("the spec decodes");
        assert_eq!(farm.validate(None).len(), errors, "{heals}");
        assert_eq!(ShareFarm::blueprint().policy(farm.declared()).knobs.max_in_flight, amount, "{heals}");
    }
    assert_eq!(crate::lint::told::<ShareFarm>(), Vec::<String>::new());
}

#[test]
fn nothing_in_the_definition_is_regretted() {
    assert_eq!(crate::lint::told::<TunedFarm>(), Vec::<String>::new());
}
