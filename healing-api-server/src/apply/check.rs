//! Whether an applied configuration fits its schema well enough to be merged
//!
//! It owns the check that comes before a merge: types, unknown fields, elements that cannot be told apart. What
//! values may be is validated later, by the schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use structural_schema::Type;

use super::element::Element;
use super::place::{Form, Place, Relation};
use crate::go_value::{plain, type_of, typed};

/// What is wrong with a configuration, as one text; none if it can be merged
pub(crate) fn check(place: Place<'_>, value: &Value) -> Option<String> {
    let mut errors = Vec::new();
    visit(place, value, "", &mut errors);
    match errors.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(many.iter().fold("errors:".to_owned(), |text, error| text + "\n  " + error)),
    }
}

fn told(path: &str, message: &str) -> String {
    if path.is_empty() { message.to_owned() } else { format!("{path}: {message}") }
}

fn visit(place: Place<'_>, value: &Value, path: &str, errors: &mut Vec<String>) {
    match (place.form(value), value) {
        (_, Value::Null) => {}
        (Form::Map | Form::Open, Value::Object(map)) => visit_map(place, map, path, errors),
        (Form::List, Value::Array(list)) => visit_list(place, list, path, errors),
        (Form::Map | Form::Open, _) => {
            errors.push(told(path, &format!("expected map, got &{{{}}}", plain(value))));
        }
        (Form::List, _) => errors.push(told(path, &format!("expected list, got &{{{}}}", plain(value)))),
        (Form::Scalar, _) => errors.extend(scalar(place, value).map(|message| told(path, &message))),
    }
}

fn scalar(place: Place<'_>, value: &Value) -> Option<String> {
    let Place::Known { schema, .. } = place else { return None };
    let formatted =
        schema.checks.get("format").and_then(Value::as_str).is_some_and(|format| format != "byte");
    match schema.kind {
        Type::Integer | Type::Number if !value.is_number() => {
            Some(format!("expected numeric (int or float), got {}", type_of(value)))
        }
        Type::String if !formatted && !value.is_string() => {
            Some(format!("expected string, got &value.valueUnstructured{{Value:{}}}", typed(value)))
        }
        Type::Boolean if !value.is_boolean() => Some(format!("expected boolean, got &{{{}}}", plain(value))),
        _ if value.is_object() || value.is_array() => {
            Some(format!("expected any scalar, got &{{{}}}", plain(value)))
        }
        _ => None,
    }
}

fn visit_map(place: Place<'_>, map: &Map<String, Value>, path: &str, errors: &mut Vec<String>) {
    for (name, value) in map {
        let below = format!("{path}.{name}");
        let Some(field) = place.field(name) else {
            errors.push(told(&below, "field not declared in schema"));
            return;
        };
        visit(field, value, &below, errors);
    }
}

fn visit_list(place: Place<'_>, list: &[Value], path: &str, errors: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (index, value) in (0_i64..).zip(list) {
        let element = match (place.relation(), place.element(value)) {
            (Relation::Atomic, _) => Element::Index(index),
            (_, Ok(element)) => element,
            (_, Err(error)) => {
                errors.push(told(path, &format!("element {index}: {error}")));
                return;
            }
        };
        if !seen.insert(element.clone()) {
            errors.push(told(path, &format!("duplicate entries for key {element}")));
        }
        visit(place.item(), value, &format!("{path}{element}"), errors);
    }
}
