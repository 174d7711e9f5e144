//! Each pair of knobs: who says what, the rule that comes of it, and what is refused when the operator is compiled

use serde_json::{Value, json};

use crate::{Blueprint, Place};

/// A field: its role, which is its name too, its type and its default
type Played = (&'static str, &'static str, Value);
/// Knobs, fields, and the rules that come of them
type Row = (Value, Vec<Played>, &'static [&'static str]);

/// Knobs, fields, and where what is refused
type Refused = (Value, Vec<Played>, Option<(Place, &'static str)>);

/// A blueprint with fields of these roles: its name is the role's, its type a whole number or another one, and it is
/// optional where it has no default
fn blueprint(knobs: &Value, fields: &[Played]) -> Blueprint {
    let field = |(role, kind, default): &Played| {
        let kind = match *kind {
            "number" => json!({ "integer": { "bits": 32, "signed": true } }),
            other => json!(other),
        };
        match default {
            Value::Null => json!({ "name": role, "kind": kind, "optional": true }),
            Value::Bool(_) => json!({ "name": role, "kind": kind }),
            default => json!({ "name": role, "kind": kind, "default": default }),
        }
    };
    let role = |(role, ..): &Played| json!({ "role": role, "field": role });
    serde_json::from_value(json!({
        "identity": {
            "group": "example.com", "version": "v1", "kind": "Web", "plural": "webs", "singular": "web",
            "scope": "Namespaced"
        },
        "roles": fields.iter().map(role).collect::<Vec<_>>(),
        "knobs": knobs,
        "columns": [],
        "fields": fields.iter().map(field).collect::<Vec<_>>(),
    }))
    .expect("the blueprint of this test decodes")
}

/// A field that an object may leave out
const ABSENT: Value = Value::Null;
/// A field that every object has
const REQUIRED: Value = Value::Bool(true);

fn of_limits() -> Vec<Row> {
    vec![
        (json!({}), vec![], &[]),
        (
            json!({}),
            vec![("heal_backoff", "number", ABSENT)],
            &["!has(self.heal_backoff) || self.heal_backoff <= 300"],
        ),
        (json!({}), vec![("heal_backoff_max", "number", REQUIRED)], &["self.heal_backoff_max >= 10"]),
        (
            json!({ "healBackoffSecs": 20 }),
            vec![("heal_backoff", "number", ABSENT), ("heal_backoff_max", "number", ABSENT)],
            &["(has(self.heal_backoff) ? self.heal_backoff : 20) <= (has(self.heal_backoff_max) ? \
               self.heal_backoff_max : 300)"],
        ),
        (
            json!({}),
            vec![("heal_backoff", "number", json!(5)), ("heal_backoff_max", "number", ABSENT)],
            &["self.heal_backoff <= (has(self.heal_backoff_max) ? self.heal_backoff_max : 300)"],
        ),
        (
            json!({}),
            vec![("min_ready_seconds", "number", ABSENT), ("progress_deadline", "number", ABSENT)],
            &["(has(self.min_ready_seconds) ? self.min_ready_seconds : 0) < (has(self.progress_deadline) ? \
               self.progress_deadline : 600)"],
        ),
    ]
}

fn of_rollouts() -> Vec<Row> {
    vec![
        (json!({}), vec![("max_surge", "number", ABSENT)], &[]),
        (
            json!({ "maxUnavailable": 0 }),
            vec![("max_surge", "number", ABSENT)],
            &["!has(self.max_surge) || self.max_surge != 0"],
        ),
        (
            json!({ "maxUnavailable": 0 }),
            vec![("max_surge", "other", REQUIRED)],
            &["self.max_surge != 0 && self.max_surge != '0%'"],
        ),
        (
            json!({ "maxSurge": 0 }),
            vec![("max_unavailable", "other", ABSENT)],
            &["!has(self.max_unavailable) || self.max_unavailable != 0 && self.max_unavailable != '0%'"],
        ),
        (
            json!({ "maxUnavailable": "0%" }),
            vec![("max_unavailable", "number", ABSENT), ("max_surge", "number", ABSENT)],
            &[
                "has(self.max_unavailable) && self.max_unavailable != 0 || (!has(self.max_surge) || self.max_surge != 0)",
            ],
        ),
        (
            json!({ "replacement": "gone" }),
            vec![("max_surge", "other", ABSENT)],
            &["!has(self.max_surge) || (self.max_surge == 0 || self.max_surge == '0%')"],
        ),
        (
            json!({ "replacement": "gone" }),
            vec![("max_unavailable", "number", ABSENT)],
            &["!has(self.max_unavailable) || self.max_unavailable != 0"],
        ),
        (
            json!({ "maxSurge": 1 }),
            vec![("replacement", "string", ABSENT)],
            &["!has(self.replacement) || self.replacement != 'gone'"],
        ),
        (
            json!({ "replacement": "gone" }),
            vec![("replacement", "string", ABSENT), ("max_surge", "number", REQUIRED)],
            &["has(self.replacement) && self.replacement != 'gone' || self.max_surge == 0"],
        ),
    ]
}

#[test]
fn a_field_that_is_left_out_counts_as_the_knob() {
    for (knobs, fields, expected) in [of_limits(), of_rollouts()].concat() {
        let mut blueprint = blueprint(&knobs, &fields);
        blueprint.bound_roles();
        let rules: Vec<String> = blueprint.rules.iter().map(|rule| rule.cel(&blueprint.fields)).collect();
        assert_eq!(rules, expected, "{knobs} {fields:?}");
    }
}

#[test]
fn what_no_object_decides_is_refused_when_it_is_compiled() {
    let default = |name: &str| Place::Default(name.to_owned());
    let table: Vec<Refused> = vec![
        (
            json!({ "healBackoffSecs": 400 }),
            vec![],
            Some((Place::Knob("heal_backoff"), "(400 s) must not exceed")),
        ),
        (
            json!({}),
            vec![("heal_backoff", "number", ABSENT), ("heal_backoff_max", "number", json!(5))],
            Some((
                default("heal_backoff_max"),
                "`heal_backoff` (10 s) must not exceed `heal_backoff_max` (5 s)",
            )),
        ),
        (
            json!({ "healBackoffSecs": 400 }),
            vec![("heal_backoff_max", "number", ABSENT)],
            Some((
                Place::Role(crate::Role::HealBackoffMax, "heal_backoff_max".into()),
                "(400 s) must not exceed",
            )),
        ),
        (json!({ "healBackoffSecs": 400 }), vec![("heal_backoff_max", "number", REQUIRED)], None),
        (
            json!({}),
            vec![("min_ready_seconds", "number", json!(600))],
            Some((default("min_ready_seconds"), "(600 s) must be less than `progress_deadline` (600 s)")),
        ),
        (
            json!({ "maxUnavailable": 0 }),
            vec![("max_surge", "other", json!("0%"))],
            Some((default("max_surge"), "must not both be 0")),
        ),
        (json!({ "maxUnavailable": 0 }), vec![("max_surge", "other", ABSENT)], None),
        (
            json!({ "maxUnavailable": 0 }),
            vec![("replacement", "string", json!("gone"))],
            Some((default("replacement"), "must not be 0 with `replacement = \"gone\"`")),
        ),
        (
            json!({ "replacement": "gone" }),
            vec![("max_surge", "number", json!(1))],
            Some((default("max_surge"), "must be 0 with `replacement = \"gone\"`")),
        ),
    ];
    for (knobs, fields, expected) in table {
        let found: Vec<_> =
            blueprint(&knobs, &fields).contradictions().into_iter().filter_map(|one| one.certain).collect();
        match (expected, &found[..]) {
            (None, []) => {}
            (Some((place, message)), [error]) if error.place == place => {
                assert!(error.message.contains(message), "{knobs} {fields:?}: {error:?}");
            }
            _ => panic!("{knobs} {fields:?}: {found:?}"),
        }
    }
}
