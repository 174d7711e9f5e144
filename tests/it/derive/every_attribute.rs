//! Every attribute on the struct, and names that are not the default ones

use healing::prelude::*;
use healing_model::{Amount, Replacement};
use kube::{CustomResourceExt as _, Resource as _};
use serde_json::json;

/// A farm of workers.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
#[healing(group = "apps.example.org", version = "v1beta2", kind = "WorkerFarm")]
#[healing(plural = "farms", singular = "farm", short_name = "wf", short_names("farmy", "fm"))]
#[healing(
    category = "all",
    categories("workers"),
    scope = "Cluster",
    pod_namespace = "workers",
    age_column = false
)]
#[healing(column(
    name = "Ready",
    path = ".status.conditions[?(@.type==\"Ready\")].status",
    type = "string",
    description = "Whether it is ready",
    priority = 1
))]
#[healing(column(name = "Since", path = ".metadata.creationTimestamp"))]
#[healing(policy(
    failure_threshold = 7,
    min_ready_seconds = "30s",
    startup_timeout = "10m",
    unready_for = 200,
    restart_threshold = 4,
    hold_grace = "1m",
    stuck_terminating_after = 90,
    max_in_flight = "20%",
    max_unhealthy = 3,
    storm_pause = "5m",
    heal_backoff = "20s",
    heal_backoff_max = "1h",
    min_healthy_period = "2h",
    scale_down = "newest-first",
    failed_pod_history = 1,
    max_unavailable = "10%",
    max_surge = 2,
    replacement = "terminating",
    force_delete = true,
    progress_deadline = "15m",
    leader_warmup = "20s",
    revision_history = 0,
    auto_rollback = true
))]
struct WorkerFarmSpec {
    #[healing(replicas, minimum = 0, maximum(50, "at most 50 workers"), default = 2)]
    #[serde(rename = "size")]
    worker_count: Option<i32>,
    #[healing(column = "Spare", default = -1, rule(spare_workers % 2 == 1 || -spare_workers <= 1, "odd or few"))]
    spare_workers: i64,
    #[healing(default = true)]
    enabled: bool,
    #[healing(default = "blue")]
    colour: String,
    #[healing(default = 0.5)]
    ratio: f64,
    #[healing(default = -1)]
    offset: f64,
    #[healing(rule(!enabled || in_use > 0, "in use when enabled"))]
    #[serde(rename = "in")]
    in_use: u32,
}

fn farm() -> WorkerFarm {
    serde_json::from_value(json!({ "metadata": { "name": "f" }, "spec": { "in": 1 } }))
        .expect("defaults fill the rest")
}

#[test]
fn names_are_the_declared_ones() {
    assert_eq!(WorkerFarm::crd_name(), "farms.apps.example.org");
    assert_eq!(WorkerFarm::shortnames(), ["wf", "farmy", "fm"]);
    assert_eq!(WorkerFarm::version(&()), "v1beta2");
    let crd = serde_json::to_value(WorkerFarm::crd()).expect("a CRD can be written");
    assert_eq!(crd["spec"]["scope"], "Cluster");
    assert_eq!(
        crd["spec"]["names"],
        json!({
            "plural": "farms", "singular": "farm", "kind": "WorkerFarm", "listKind": "WorkerFarmList",
            "shortNames": ["wf", "farmy", "fm"], "categories": ["all", "workers"]
        })
    );
    let columns = json!([
        { "name": "Spare", "type": "integer", "jsonPath": ".spec.spare-workers" },
        {
            "name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status",
            "description": "Whether it is ready", "priority": 1
        },
        { "name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp" }
    ]);
    assert_eq!(crd["spec"]["versions"][0]["additionalPrinterColumns"], columns);
    assert_eq!(crd["spec"]["versions"][0]["subresources"]["scale"]["specReplicasPath"], ".spec.size");
}

#[test]
fn knobs_are_the_declared_ones() {
    let knobs = &WorkerFarm::blueprint().knobs;
    let numbers = [
        (knobs.failure_threshold, 7),
        (knobs.min_ready_secs, 30),
        (knobs.startup_timeout_secs, 600),
        (knobs.unready_for_secs, 200),
        (knobs.restart_threshold, 4),
        (knobs.hold_grace_secs, 60),
        (knobs.stuck_terminating_after_secs, 90),
        (knobs.storm_pause_secs, 300),
        (knobs.heal_backoff_secs, 20),
        (knobs.heal_backoff_max_secs, 3600),
        (knobs.min_healthy_period_secs, 7200),
        (knobs.failed_pod_history, 1),
        (knobs.progress_deadline_secs, 900),
        (knobs.leader_warmup_secs, 20),
        (knobs.revision_history, 0),
    ];
    for (found, declared) in numbers {
        assert_eq!(found, declared);
    }
    assert_eq!(knobs.max_unhealthy, Some(Amount::Count(3)));
    assert_eq!(knobs.max_in_flight, Amount::Percent(20));
    assert_eq!((knobs.max_unavailable, knobs.max_surge), (Amount::Percent(10), Some(Amount::Count(2))));
    assert_eq!((knobs.replacement, knobs.force_delete), (Replacement::Terminating, true));
    assert!(knobs.auto_rollback);
    assert_eq!(WorkerFarm::blueprint().finalizer, None);
}

#[test]
fn defaults_of_every_type_hold() {
    let spec = farm().spec;
    assert_eq!((spec.worker_count, spec.spare_workers, spec.enabled), (Some(2), -1, true));
    assert_eq!((spec.colour.as_str(), spec.ratio, spec.offset), ("blue", 0.5, -1.0));
    let schema = WorkerFarm::schema();
    let fields = &schema["properties"]["spec"]["properties"];
    assert_eq!(
        fields["size"],
        json!({
            "type": "integer", "format": "int32", "default": 2, "minimum": 0, "maximum": 50
        })
    );
    assert_eq!(fields["colour"]["default"], "blue");
    assert_eq!(fields["in"], json!({ "type": "integer", "format": "int64", "minimum": 0 }));
    assert_eq!(schema["properties"]["spec"]["required"], json!(["in"]));
    assert_eq!(schema["description"], "A farm of workers.");
}

#[test]
fn rules_are_printed_with_serialized_names() {
    let schema = WorkerFarm::schema();
    let rules: Vec<&str> = schema["properties"]["spec"]["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["rule"].as_str())
        .collect();
    assert_eq!(
        rules,
        [
            "self.size <= 50",
            "self.spare__dash__workers % 2 == 1 || -self.spare__dash__workers <= 1",
            "!self.enabled || self.__in__ > 0",
        ]
    );
    let path = &schema["properties"]["spec"]["x-kubernetes-validations"][1]["fieldPath"];
    assert_eq!(path, "['spare-workers']");
}

#[test]
fn a_missing_number_of_pods_is_its_default() {
    let mut farm = farm();
    assert_eq!(farm.declared().replicas, 2);
    farm.spec.worker_count = None;
    assert_eq!(farm.validate(None), []);
    farm.spec.worker_count = Some(51);
    assert_eq!(farm.validate(None)[0].to_string(), "spec.size: Invalid value: 51: at most 50 workers");
}

#[test]
fn nothing_in_the_definition_is_regretted() {
    assert_eq!(crate::lint::told::<WorkerFarm>(), Vec::<String>::new());
}
