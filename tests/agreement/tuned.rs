//! A resource whose knobs are fields that may be left out, and specs in which two of them contradict each other
//!
//! Its test is in `tests/it`, and `tests/cluster` asks a real API server about it.

use healing::prelude::*;
use serde_json::{Value, json};

/// A resource that is tuned by who uses it.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "rules.example.com", version = "v1", kind = "Tuned")]
pub(crate) struct TunedSpec {
    #[healing(replicas, default = 3)]
    pub(crate) size: i32,
    #[healing(heal_backoff)]
    pub(crate) wait: Option<i32>,
    #[healing(heal_backoff_max)]
    pub(crate) longest_wait: Option<i32>,
    #[healing(min_ready_seconds)]
    pub(crate) ready_for: Option<i32>,
    #[healing(progress_deadline)]
    pub(crate) deadline: Option<i32>,
    #[healing(replacement)]
    pub(crate) replacement: Option<String>,
    #[healing(max_unavailable)]
    pub(crate) fewer: Option<IntOrString>,
    #[healing(max_surge)]
    pub(crate) more: Option<IntOrString>,
}

pub(crate) fn tuned(spec: &Value) -> Tuned {
    serde_json::from_value(json!({ "metadata": { "name": "t" }, "spec": spec })).expect("a spec decodes")
}

const WAIT: &str =
    "spec.wait: wait (10 where it is absent) must not exceed longestWait (300 where it is absent)";
const READY: &str =
    "spec.readyFor: readyFor (0 where it is absent) must be less than deadline (600 where it is absent)";
const SURGE: &str = "spec.more: more must be 0 where replacement is gone";
const GONE: &str = "spec.fewer: fewer must not be 0 where replacement is gone: no pod could ever be replaced";
const STUCK: &str = "spec.more: more must not be 0 where fewer is 0: no pod could ever be replaced";

/// Specs, and what is told about each
pub(crate) fn specs() -> Vec<(Value, Vec<&'static str>)> {
    vec![
        (json!({}), vec![]),
        (json!({ "wait": 301 }), vec![WAIT]),
        (json!({ "wait": 300 }), vec![]),
        (json!({ "longestWait": 9 }), vec![WAIT]),
        (json!({ "wait": 9, "longestWait": 9 }), vec![]),
        (json!({ "wait": 9, "longestWait": 8 }), vec![WAIT]),
        (json!({ "readyFor": 600 }), vec![READY]),
        (json!({ "readyFor": 599 }), vec![]),
        (json!({ "readyFor": 600, "deadline": 601 }), vec![]),
        (json!({ "fewer": 0 }), vec![]),
        (json!({ "fewer": 0, "more": 0 }), vec![STUCK]),
        (json!({ "fewer": "0%", "more": 0 }), vec![STUCK]),
        (json!({ "fewer": "0%", "more": "1%" }), vec![]),
        (json!({ "fewer": 1, "more": "0%" }), vec![]),
        (json!({ "replacement": "gone" }), vec![]),
        (json!({ "replacement": "gone", "more": "0%", "fewer": "10%" }), vec![]),
        (json!({ "replacement": "gone", "more": "25%" }), vec![SURGE]),
        (json!({ "replacement": "gone", "more": 1 }), vec![SURGE]),
        (json!({ "replacement": "gone", "fewer": 0 }), vec![GONE]),
        (json!({ "replacement": "terminating", "more": 1, "fewer": 0 }), vec![]),
    ]
}
