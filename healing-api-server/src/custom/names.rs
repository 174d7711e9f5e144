//! The names of a definition: accepted if no other has them, and then it is established
//!
//! It owns the two conditions. What is served then is `custom`'s business.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::meta::seconds;

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
    let (names, conflict) = deconflicted(definition, all);
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
    status["acceptedNames"] = names;
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

/// Why a name cannot be had: the reason of the condition and its message
type Conflict = (&'static str, String);

/// The names that a definition gets, each for itself, and the last reason why it does not get all
fn deconflicted(definition: &Value, all: &[Arc<Value>]) -> (Value, Option<Conflict>) {
    let asked = &definition["spec"]["names"];
    let has = &definition["status"]["acceptedNames"];
    let mut names = has.clone();
    let mut conflict = None;
    let mut take = |field: &str, reason, is_taken: &dyn Fn(&Value) -> bool| {
        if asked[field] != has[field] && is_taken(&asked[field]) {
            conflict = Some((reason, in_use(&asked[field])));
        } else {
            put(&mut names, field, &asked[field]);
        }
    };
    let others = || {
        let group = &definition["spec"]["group"];
        let same = all.iter().filter(move |other| other["spec"]["group"] == *group);
        same.map(|other| &other["status"]["acceptedNames"])
    };
    let is_resource = |name: &Value| {
        let is_one = |of: &Value| of["plural"] == *name || of["singular"] == *name;
        let is_short = |of: &Value| of["shortNames"].as_array().is_some_and(|all| all.contains(name));
        others().any(|of| is_one(of) || is_short(of))
    };
    let is_kind = |name: &Value| others().any(|of| of["kind"] == *name || of["listKind"] == *name);
    take("plural", "PluralConflict", &is_resource);
    take("singular", "SingularConflict", &is_resource);
    let has_short = |name: &Value| has["shortNames"].as_array().is_some_and(|has| has.contains(name));
    let short = asked["shortNames"].as_array().into_iter().flatten();
    let taken: Vec<String> = short.filter(|name| !has_short(name) && is_resource(name)).map(in_use).collect();
    let message = if let [one] = &taken[..] { one.clone() } else { format!("[{}]", taken.join(", ")) };
    take("kind", "KindConflict", &is_kind);
    take("listKind", "ListKindConflict", &is_kind);
    if taken.is_empty() {
        put(&mut names, "shortNames", &asked["shortNames"]);
    } else {
        // a conflict of the kinds is told rather than this one
        conflict =
            conflict.filter(|(reason, _)| reason.contains("Kind")).or(Some(("ShortNamesConflict", message)));
    }
    put(&mut names, "categories", &asked["categories"]);
    (names, conflict)
}

fn in_use(name: &Value) -> String {
    format!("{name} is already in use")
}

/// Puts a name, or takes it away where there is none
fn put(names: &mut Value, field: &str, name: &Value) {
    if !names.is_object() {
        *names = json!({ "plural": "", "kind": "" });
    }
    match name {
        Value::Null => {
            names.as_object_mut().map(|names| names.remove(field));
        }
        name => names[field] = name.clone(),
    }
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
