//! The names of a definition: accepted if no other has them, and then it is established
//!
//! It owns the two conditions. What is served then is `custom`'s business.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::meta::{Meta, seconds};

/// Whether a definition is served
pub(super) fn is_established(definition: &Value) -> bool {
    condition(definition, "Established").is_some_and(|condition| condition["status"] == "True")
}

fn condition<'d>(definition: &'d Value, kind: &str) -> Option<&'d Value> {
    let conditions = definition["status"]["conditions"].as_array();
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind)
}

/// The status of a definition whose names are looked at; none if it says so already
pub(super) fn accepted(definition: &Value, all: &[Arc<Value>], now: Timestamp) -> Option<Value> {
    let names = &definition["spec"]["names"];
    let conflict =
        all.iter().filter(|other| is_earlier(other, definition)).find_map(|other| clash(definition, other));
    let mut status = definition["status"].clone();
    let was_established = is_established(definition);
    let (accepted, established) = match &conflict {
        None => (
            ("True", "NoConflicts", "no conflicts found".to_owned()),
            ("True", "InitialNamesAccepted", "the initial names have been accepted"),
        ),
        Some((reason, message)) => {
            (("False", *reason, message.clone()), ("False", "NotAccepted", "not all names are accepted"))
        }
    };
    if conflict.is_none() {
        status["acceptedNames"] = names.clone();
    }
    let mut conditions: Vec<Value> = status["conditions"].as_array().cloned().unwrap_or_default();
    set(&mut conditions, "NamesAccepted", (accepted.0, accepted.1, &accepted.2), now);
    if !was_established || conflict.is_none() {
        set(&mut conditions, "Established", established, now);
    }
    status["conditions"] = conditions.into();
    status["storedVersions"] = stored(definition);
    (status != definition["status"]).then_some(status)
}

/// Versions in which objects may be stored: those from before, and the present one
fn stored(definition: &Value) -> Value {
    let mut versions = definition["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    let all = definition["spec"]["versions"].as_array().into_iter().flatten();
    for version in all.filter(|version| version["storage"] == true) {
        if !versions.contains(&version["name"]) {
            versions.push(version["name"].clone());
        }
    }
    versions.into()
}

fn is_earlier(other: &Value, definition: &Value) -> bool {
    other.uid() != definition.uid()
        && other["spec"]["group"] == definition["spec"]["group"]
        && condition(other, "NamesAccepted").is_some_and(|condition| condition["status"] == "True")
}

fn clash(definition: &Value, other: &Value) -> Option<(&'static str, String)> {
    let (asked, taken) = (&definition["spec"]["names"], &other["status"]["acceptedNames"]);
    let of = |names: &Value| -> Vec<Value> {
        let mut all = vec![names["plural"].clone(), names["singular"].clone()];
        all.extend(names["shortNames"].as_array().cloned().unwrap_or_default());
        all
    };
    let in_use = |name: &Value| format!("{name} is already in use");
    let resources = of(taken);
    if resources.contains(&asked["plural"]) {
        return Some(("PluralConflict", in_use(&asked["plural"])));
    }
    if resources.contains(&asked["singular"]) {
        return Some(("SingularConflict", in_use(&asked["singular"])));
    }
    let short = asked["shortNames"].as_array().into_iter().flatten().find(|name| resources.contains(name));
    if let Some(short) = short {
        return Some(("ShortNamesConflict", in_use(short)));
    }
    let kinds = [&taken["kind"], &taken["listKind"]];
    if kinds.contains(&&asked["kind"]) {
        return Some(("KindConflict", in_use(&asked["kind"])));
    }
    kinds.contains(&&asked["listKind"]).then(|| ("ListKindConflict", in_use(&asked["listKind"])))
}

fn set(
    conditions: &mut Vec<Value>,
    kind: &str,
    (status, reason, message): (&str, &str, &str),
    now: Timestamp,
) {
    let fresh = json!({
        "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": seconds(now),
    });
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(old) if old["status"] == status => {
            old["reason"] = reason.into();
            old["message"] = message.into();
        }
        Some(old) => *old = fresh,
        None => conditions.push(fresh),
    }
}
