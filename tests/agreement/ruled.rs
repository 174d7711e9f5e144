//! A resource with a rule of each construct, as a user writes it
//!
//! Its tests are in `tests/it`, and `tests/cluster` asks a real API server about it.

use std::collections::{BTreeMap, BTreeSet};

use healing::HealingSchema;
use healing::prelude::*;
use serde_json::{Value, json};

const LARGEST: i32 = 64;

/// A place to listen.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(rule(number != 22 || name == "ssh", "port 22 is for ssh, not for {name}"))]
pub(crate) struct Port {
    /// What it is called.
    #[healing(max_length = 20)]
    pub(crate) name: String,
    /// Where it is.
    #[healing(minimum = 1, maximum = 65535)]
    pub(crate) number: i32,
    /// Where it is on a node.
    pub(crate) on_node: Option<i32>,
}

/// How fast it is.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Mode {
    /// As fast as can be.
    VeryFast,
    /// As safe as can be.
    Safe,
}

/// Where it comes from.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
pub(crate) struct Tls {
    /// The Secret.
    #[healing(max_length = 63)]
    pub(crate) secret: String,
}

/// A resource with a rule of each kind.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "rules.example.com", version = "v1", kind = "Ruled")]
#[healing(rule(low <= high, "low ({low}) is above high ({high})"))]
#[healing(at_most_one_of(tls, token))]
pub(crate) struct RuledSpec {
    #[healing(replicas, default = 3)]
    #[healing(rule((1..=LARGEST).contains(&size) && size % 2 == 1, "size must be odd"))]
    pub(crate) size: i32,
    #[healing(default = 0)]
    pub(crate) low: i64,
    #[healing(default = 10, rule(high >= old.high, "high cannot shrink from {old.high}"))]
    pub(crate) high: i64,
    #[healing(rule(image.starts_with("example.com/") && image.len() <= 40 && !image.contains("latest"), "image"))]
    #[healing(rule(image.matches("^[a-z./:0-9-]+$") && !image.ends_with("/"), "letters of image"))]
    #[healing(default = "example.com/app:1", max_length = 60)]
    pub(crate) image: String,
    #[serde(default)]
    #[healing(max_items = 5)]
    #[healing(rule(ports.len() <= 3 && ports.all(|p| p.number > 0 && p.name.len() > 1), "ports"))]
    #[healing(rule(ports.is_empty() || ports.iter().any(|p| p.name == "http"), "one port is http"))]
    #[healing(rule(ports.all(|p| p.on_node.is_none_or(|n| n >= 30000)), "node ports begin at 30000"))]
    pub(crate) ports: Vec<Port>,
    #[serde(default)]
    #[healing(max_properties = 8, values(max_length = 20))]
    #[healing(rule(labels.contains_key("app") || labels.is_empty(), "labels need app"))]
    #[healing(rule(labels.keys().all(|k| k.len() < 20) && labels.values().all(|v| v != ""), "labels"))]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    #[healing(max_items = 8, items(max_length = 20))]
    #[healing(rule(!zones.contains("moon"), "not on the moon"))]
    pub(crate) zones: BTreeSet<String>,
    #[healing(rule(mode != Mode::VeryFast || size > 1, "very fast needs more than one"))]
    #[healing(rule(matches!(mode, Mode::Safe | Mode::VeryFast), "some mode"))]
    pub(crate) mode: Option<Mode>,
    #[healing(rule(tls.is_none() || tls.secret.to_ascii_lowercase() == tls.secret, "secret in lower case"))]
    #[healing(rule(tls.is_some_and(|t| t.secret != "") || tls.is_none(), "secret"))]
    pub(crate) tls: Option<Tls>,
    pub(crate) token: Option<String>,
    #[healing(rule(limit.map_or(true, |l| l > size) && limit.unwrap_or(100) <= 100, "limit"))]
    pub(crate) limit: Option<i32>,
    #[healing(default = 0.5, rule(ratio > 0.0 && ratio <= 1.0, "ratio"))]
    pub(crate) ratio: f64,
    #[healing(immutable, default = "eu")]
    pub(crate) region: String,
    #[healing(immutable)]
    pub(crate) class: Option<String>,
    #[healing(rule(if low > 5 { level > 1 } else { [0, 1, 2].contains(&level) }, "level"), default = 1)]
    pub(crate) level: u8,
    #[healing(validate = short, cel("self.size() > 0", "hint must not be empty"))]
    pub(crate) hint: Option<String>,
}

fn short(hint: &str) -> Result<(), String> {
    if hint.len() > 5 { Err(ALONE.to_owned()) } else { Ok(()) }
}

pub(crate) fn ruled(spec: &Value) -> Ruled {
    serde_json::from_value(json!({ "metadata": { "name": "r" }, "spec": spec })).expect("a spec decodes")
}

/// What the check in Rust alone says
pub(crate) const ALONE: &str = "hint must be short";

/// Specs, and what is told about each
pub(crate) fn specs() -> Vec<(Value, Vec<&'static str>)> {
    vec![
        (json!({}), vec![]),
        (json!({ "size": 4 }), vec!["spec.size: size must be odd"]),
        (json!({ "size": 65 }), vec!["spec.size: size must be odd"]),
        (json!({ "low": 11 }), vec!["spec.level: level", "spec: low (11) is above high (10)"]),
        (json!({ "image": "example.com/ä/" }), vec!["spec.image: letters of image"]),
        (json!({ "image": "example.com/app:latest" }), vec!["spec.image: image"]),
        (
            json!({ "ports": [{ "name": "http", "number": 22 }] }),
            vec!["spec.ports[0]: port 22 is for ssh, not for http"],
        ),
        (
            json!({ "ports": [{ "name": "ssh", "number": 22, "onNode": 3 }] }),
            vec!["spec.ports: one port is http", "spec.ports: node ports begin at 30000"],
        ),
        (json!({ "labels": { "tier": "" } }), vec!["spec.labels: labels need app", "spec.labels: labels"]),
        (json!({ "zones": ["moon"] }), vec!["spec.zones: not on the moon"]),
        (json!({ "mode": "very-fast", "size": 1 }), vec!["spec.mode: very fast needs more than one"]),
        (json!({ "tls": { "secret": "Ä" } }), vec![]),
        (
            json!({ "tls": { "secret": "A" }, "token": "t" }),
            vec!["spec.tls: secret in lower case", "spec: at most one of tls, token must be set"],
        ),
        (json!({ "tls": { "secret": "" } }), vec!["spec.tls: secret"]),
        (json!({ "limit": 2 }), vec!["spec.limit: limit"]),
        (json!({ "limit": 101 }), vec!["spec.limit: limit"]),
        (json!({ "ratio": 0.0 }), vec!["spec.ratio: ratio"]),
        (json!({ "low": 6, "level": 2 }), vec![]),
        (json!({ "level": 3 }), vec!["spec.level: level"]),
        (json!({ "hint": "much too long" }), vec!["spec.hint: hint must be short"]),
    ]
}

/// Specs, what they are changed to, and what is told about that
pub(crate) fn changes() -> Vec<(Value, Value, Vec<&'static str>)> {
    vec![
        (json!({}), json!({ "high": 9 }), vec!["spec.high: high cannot shrink from 10"]),
        (json!({}), json!({ "region": "us" }), vec!["spec.region: region is immutable"]),
        (json!({}), json!({ "class": "a" }), vec!["spec.class: class is immutable"]),
        (json!({ "class": "a" }), json!({}), vec!["spec.class: class is immutable"]),
        (json!({ "class": "a" }), json!({ "class": "a" }), vec![]),
        // what was wrong and is unchanged passes, at any depth
        (json!({ "size": 4 }), json!({ "size": 4 }), vec![]),
        (json!({ "size": 4 }), json!({ "size": 4, "level": 2 }), vec!["spec.size: size must be odd"]),
        (
            json!({ "ports": [{ "name": "http", "number": 22 }] }),
            json!({ "ports": [{ "name": "http", "number": 22 }], "level": 2 }),
            vec![],
        ),
    ]
}
