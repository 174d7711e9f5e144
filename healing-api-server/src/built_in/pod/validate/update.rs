//! What may not change in a pod
//!
//! It owns the few fields that may. The real server adds a difference of its own types; here it is one of the object.

use serde_json::Value;

use super::super::super::cell::{each, text};
use super::super::super::check::Errors;

const FORBIDDEN: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

pub(super) fn check(errors: &mut Errors, new: &Value, old: &Value) {
    let (spec, was) = (&new["spec"], &old["spec"]);
    for list in ["containers", "initContainers"] {
        let place = format!("spec.{list}");
        if each(&spec[list]).count() != each(&was[list]).count() {
            return errors.forbidden(place, "pod updates may not add or remove containers");
        }
    }
    if !deadline(errors, &spec["activeDeadlineSeconds"], &was["activeDeadlineSeconds"]) {
        return;
    }
    tolerations(errors, &spec["tolerations"], &was["tolerations"]);
    gates(errors, &spec["schedulingGates"], &was["schedulingGates"]);
    let (new, old) = (without_changeable(spec, was), without_changeable(was, was));
    if new != old {
        errors.forbidden("spec", format!("{FORBIDDEN}\n{}", difference(&old, &new)));
    }
}

/// Whether the rest is to be looked at
fn deadline(errors: &mut Errors, new: &Value, old: &Value) -> bool {
    let place = "spec.activeDeadlineSeconds";
    match (new.as_i64(), old.as_i64()) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            errors.within(place, new, 0, i64::from(i32::MAX));
            false
        }
        (Some(seconds), Some(was)) if seconds > was => {
            errors.invalid(place, new, "must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            errors.invalid(place, new, "must not update from a positive integer to nil value");
            true
        }
        _ => true,
    }
}

fn tolerations(errors: &mut Errors, new: &Value, old: &Value) {
    let same = |one: &Value, other: &Value| {
        ["key", "operator", "value", "effect"].iter().all(|field| one[*field] == other[*field])
    };
    for toleration in each(old) {
        if !each(new).any(|other| same(toleration, other)) {
            errors.forbidden(
                "spec.tolerations",
                "existing toleration can not be modified except its tolerationSeconds",
            );
            return;
        }
    }
}

fn gates(errors: &mut Errors, new: &Value, old: &Value) {
    for (index, gate) in each(new).enumerate() {
        if !each(old).any(|other| other["name"] == gate["name"]) {
            errors.forbidden(
                format!("spec.schedulingGates[{index}]"),
                format!("only deletion is allowed, but found new scheduling gate '{}'", text(&gate["name"])),
            );
        }
    }
}

/// The specification with the old values of what may change
fn without_changeable(spec: &Value, was: &Value) -> Value {
    let mut kept = spec.clone();
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        super::super::super::edit::keep(&mut kept, was, field);
    }
    let was_negative = was["terminationGracePeriodSeconds"].as_i64().is_some_and(|seconds| seconds < 0);
    if was_negative && kept["terminationGracePeriodSeconds"] == 1 {
        super::super::super::edit::keep(&mut kept, was, "terminationGracePeriodSeconds");
    }
    for list in ["containers", "initContainers"] {
        for (container, old) in super::super::super::edit::each(&mut kept, &[list]).zip(each(&was[list])) {
            super::super::super::edit::keep(container, old, "image");
        }
    }
    kept
}

/// What differs, one line for each side of each field
fn difference(old: &Value, new: &Value) -> String {
    let names = |value: &Value| -> Vec<String> {
        value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    };
    let mut all = names(old);
    all.extend(names(new));
    all.sort_unstable();
    all.dedup();
    let mut lines = Vec::new();
    for name in all.iter().filter(|name| old[name.as_str()] != new[name.as_str()]) {
        for (sign, side) in [('-', old), ('+', new)] {
            if let Some(value) = side.get(name) {
                lines.push(format!("{sign} \"{name}\": {value}"));
            }
        }
    }
    lines.join("\n") + "\n"
}
