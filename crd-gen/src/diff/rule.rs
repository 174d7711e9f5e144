//! Rules in CEL: which were added, removed or reworded

use serde_json::Value;

use super::{Class, Log, Place, Verdict, shape};

/// Where a schema has its rules
const RULES: &str = "x-kubernetes-validations";

/// Compares the rules of two schemas; a rule is known by its text
pub(super) fn compare(place: &Place, old: &Value, schema: &Value, log: &mut Log<'_>) {
    let (old, new) = (rules(old), rules(schema));
    let nothing = Value::Null;
    for rule in old {
        match same(new, rule) {
            None => log.note(place, (&rule["rule"], &nothing), removed()),
            Some(now) if now != rule => log.note(place, (rule, now), reworded(rule, now)),
            Some(_) => {}
        }
    }
    for rule in new.iter().filter(|rule| same(old, rule).is_none()) {
        let verdict = match added(rule) {
            // it is about changes, of which nothing is forgiven anyway
            verdict if is_transition(rule) => verdict,
            verdict => shape::unless_forgiven(place, schema, verdict),
        };
        log.note(place, (&nothing, &rule["rule"]), verdict);
    }
}

fn rules(schema: &Value) -> &[Value] {
    schema[RULES].as_array().map_or(&[], Vec::as_slice)
}

fn same<'v>(rules: &'v [Value], rule: &Value) -> Option<&'v Value> {
    rules.iter().find(|other| other["rule"] == rule["rule"])
}

fn removed() -> Verdict {
    (
        Class::Compatible,
        "rule-removed",
        "what was right stays right; clients must be ready for what is let in",
    )
}

fn added(rule: &Value) -> Verdict {
    if is_transition(rule) {
        let why = "changes that were allowed are refused; for rules about the old value nothing is forgiven";
        return (Class::Tightening, "rule-added", why);
    }
    let why = "objects that break it are refused when they are created, or when anything in the object that has the rule is changed";
    (Class::Tightening, "rule-added", why)
}

fn reworded(old: &Value, new: &Value) -> Verdict {
    let is_optional = |rule: &Value| rule["optionalOldSelf"] == true;
    match (is_optional(old), is_optional(new)) {
        (false, true) => {
            let why = "the rule is checked where there is no old value too, such as at a create";
            (Class::Tightening, "rule-widened", why)
        }
        (true, false) => {
            let why = "the rule is checked only where there is an old value";
            (Class::Compatible, "rule-narrowed", why)
        }
        _ => (Class::Compatible, "rule-reworded", "the same objects are refused, in other words"),
    }
}

/// Whether a rule is about what was there before
fn is_transition(rule: &Value) -> bool {
    rule["rule"].as_str().is_some_and(|text| text.contains("oldSelf"))
}
