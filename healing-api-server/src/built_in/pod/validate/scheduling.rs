//! What is wrong with the wishes of a pod for where it runs
//!
//! It owns the rules for affinity, spreading, tolerations and gates. Nothing here is scheduled.

use std::collections::BTreeSet;

use serde_json::Value;
use structural_schema::Reason;

use super::super::super::cell::{each, number, text};
use super::super::super::check::{Errors, go};
use crate::meta::{label_key, label_value};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(super) fn affinity(errors: &mut Errors, place: &str, affinity: &Value) {
    let node = &affinity["nodeAffinity"];
    let required = format!("{place}.nodeAffinity.{REQUIRED}.nodeSelectorTerms");
    if node[REQUIRED].is_object() {
        let terms = &node[REQUIRED]["nodeSelectorTerms"];
        if each(terms).next().is_none() {
            errors.required(&required, "must have at least one node selector term");
        }
        for (index, term) in each(terms).enumerate() {
            node_term(errors, &format!("{required}[{index}]"), term);
        }
    }
    for (index, wish) in each(&node[PREFERRED]).enumerate() {
        let place = format!("{place}.nodeAffinity.{PREFERRED}[{index}]");
        weight(errors, &place, wish);
        node_term(errors, &format!("{place}.preference"), &wish["preference"]);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        for (index, term) in each(&affinity[kind][REQUIRED]).enumerate() {
            pod_term(errors, &format!("{place}.{kind}.{REQUIRED}[{index}]"), term);
        }
        for (index, wish) in each(&affinity[kind][PREFERRED]).enumerate() {
            let place = format!("{place}.{kind}.{PREFERRED}[{index}]");
            weight(errors, &place, wish);
            pod_term(errors, &format!("{place}.podAffinityTerm"), &wish["podAffinityTerm"]);
        }
    }
}

fn weight(errors: &mut Errors, place: &str, wish: &Value) {
    if !(1..=100).contains(&number(&wish["weight"])) {
        errors.invalid(format!("{place}.weight"), &wish["weight"], "must be in the range 1-100");
    }
}

fn node_term(errors: &mut Errors, place: &str, term: &Value) {
    for (index, requirement) in each(&term["matchExpressions"]).enumerate() {
        errors.node_requirement(&format!("{place}.matchExpressions[{index}]"), requirement);
    }
}

fn pod_term(errors: &mut Errors, place: &str, term: &Value) {
    errors.selector(&format!("{place}.labelSelector"), &term["labelSelector"]);
    let key = text(&term["topologyKey"]);
    let place = format!("{place}.topologyKey");
    if key.is_empty() {
        errors.required(&place, "can not be empty");
    }
    errors.problems(&place, key, label_key(key));
}

/// Gates for readiness and for scheduling
pub(super) fn gates(errors: &mut Errors, place: &str, spec: &Value) {
    for (index, gate) in each(&spec["readinessGates"]).enumerate() {
        let kind = text(&gate["conditionType"]);
        let place = format!("{place}.readinessGates[{index}].conditionType");
        errors.problems(&place, kind, label_key(kind));
    }
    for (index, gate) in each(&spec["schedulingGates"]).enumerate() {
        let name = text(&gate["name"]);
        errors.problems(&format!("{place}.schedulingGates[{index}]"), name, label_key(name));
    }
}

pub(super) fn spread(errors: &mut Errors, place: &str, constraints: &Value) {
    let actions = ["DoNotSchedule", "ScheduleAnyway"];
    let mut seen = BTreeSet::new();
    for (index, constraint) in each(constraints).enumerate() {
        let at = |field: &str| format!("{place}[{index}].{field}");
        if number(&constraint["maxSkew"]) <= 0 {
            errors.invalid(at("maxSkew"), &constraint["maxSkew"], "must be greater than zero");
        }
        let (key, action) = (text(&constraint["topologyKey"]), text(&constraint["whenUnsatisfiable"]));
        if key.is_empty() {
            errors.required(at("topologyKey"), "can not be empty");
        } else {
            errors.problems(&at("topologyKey"), key, label_key(key));
        }
        if !actions.contains(&action) {
            errors.not_supported(at("whenUnsatisfiable"), &constraint["whenUnsatisfiable"], &actions);
        }
        if !seen.insert((key, action)) {
            let pair = format!("{{{key}, {action}}}");
            // the first of the two is named, as the real server does
            let first = each(constraints).position(|other| {
                text(&other["topologyKey"]) == key && text(&other["whenUnsatisfiable"]) == action
            });
            let first = first.unwrap_or(index);
            errors.duplicate(format!("{place}[{first}].{{topologyKey, whenUnsatisfiable}}"), &pair.into());
        }
        errors.selector(&at("labelSelector"), &constraint["labelSelector"]);
    }
}

pub(super) fn tolerations(errors: &mut Errors, place: &str, tolerations: &Value) {
    for (index, toleration) in each(tolerations).enumerate() {
        let at = |field: &str| format!("{place}[{index}].{field}");
        let (key, operator) = (text(&toleration["key"]), text(&toleration["operator"]));
        let (value, effect) = (text(&toleration["value"]), text(&toleration["effect"]));
        if key.is_empty() {
            if operator != "Exists" {
                let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
                errors.invalid(at("operator"), &operator.into(), detail);
            }
        } else {
            errors.problems(&at("key"), key, label_key(key));
        }
        if !toleration["tolerationSeconds"].is_null() && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(at("effect"), &effect.into(), detail);
        }
        match operator {
            "Equal" | "" => {
                let problems = label_value(value);
                if !problems.is_empty() {
                    errors.invalid(at("operator"), &value.into(), problems.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                let detail = "value must be empty when `operator` is 'Exists'";
                errors.invalid(at("operator"), &value.into(), detail);
            }
            "Exists" => {}
            _ => errors.not_supported(at("operator"), &toleration["operator"], &["Equal", "Exists"]),
        }
        errors.one_of(&at("effect"), &toleration["effect"], &EFFECTS);
    }
}

/// Taints of a node
pub(in super::super::super) fn taints(errors: &mut Errors, place: &str, taints: &Value) {
    let mut seen = BTreeSet::new();
    for (index, taint) in each(taints).enumerate() {
        let at = |field: &str| format!("{place}[{index}].{field}");
        let (key, value, effect) = (text(&taint["key"]), text(&taint["value"]), text(&taint["effect"]));
        errors.problems(&at("key"), key, label_key(key));
        let problems = label_value(value);
        if !problems.is_empty() {
            errors.invalid(at("value"), &value.into(), problems.join(";"));
        }
        if effect.is_empty() {
            errors.required(at("effect"), "");
        }
        errors.one_of(&at("effect"), &taint["effect"], &EFFECTS);
        if !seen.insert((key, effect)) {
            let [key, value, effect] = [key, value, effect].map(Value::from);
            let time = &taint["timeAdded"];
            let shown = go(&[("Key", &key), ("Value", &value), ("Effect", &effect), ("TimeAdded", time)]);
            let detail = "taints must be unique by key and effect pair";
            errors.push_go(Reason::Duplicate, format!("{place}[{index}]"), shown, detail);
        }
    }
}
