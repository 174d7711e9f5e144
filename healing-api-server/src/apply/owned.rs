//! The set of fields that a value sets: what an applied configuration lays claim to
//!
//! It owns the walk over one value. Two values are compared in `compare`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::element::Element;
use super::field_set::FieldSet;
use super::place::{Form, Place, Relation};

/// The fields that are set in a value
pub(crate) fn fields_of(place: Place<'_>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    collect(place, value, &mut Vec::new(), &mut set);
    set
}

fn collect(place: Place<'_>, value: &Value, path: &mut Vec<Element>, set: &mut FieldSet) {
    match place.form(value) {
        Form::Scalar => set.insert(path),
        Form::Map | Form::Open if place.map_is_atomic() => set.insert(path),
        Form::Map | Form::Open => {
            if let Value::Object(map) = value {
                collect_map(place, map, path, set);
            }
        }
        Form::List if matches!(place.relation(), Relation::Atomic) => set.insert(path),
        Form::List => {
            if let Value::Array(list) = value {
                collect_list(place, list, path, set);
            }
        }
    }
}

fn collect_map(place: Place<'_>, map: &Map<String, Value>, path: &mut Vec<Element>, set: &mut FieldSet) {
    for (name, value) in map {
        path.push(Element::field(name));
        collect(place.field_or_deduced(name), value, path, set);
        let is_empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
        if is_empty || !place.names(name) {
            set.insert(path);
        }
        path.pop();
    }
}

fn collect_list(place: Place<'_>, list: &[Value], path: &mut Vec<Element>, set: &mut FieldSet) {
    let elements = || list.iter().filter_map(|value| Some((place.element(value).ok()?, value)));
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for (element, _) in elements() {
        if !seen.insert(element.clone()) {
            twice.insert(element);
        }
    }
    for (element, value) in elements() {
        path.push(element.clone());
        if !twice.contains(&element) {
            collect(place.item(), value, path, set);
        }
        set.insert(path);
        path.pop();
    }
}
