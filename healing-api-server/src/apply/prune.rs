//! Removal of what a manager applied before and does not apply any more
//!
//! It owns which fields go: those that nobody else claims. The merge comes before, in `merge`.

use serde_json::{Map, Value};

use super::element::Element;
use super::field_set::FieldSet;
use super::owned::fields_of;
use super::place::{Form, Place, Relation};

/// Removes from a merged object what is in `last`, the set of the manager's previous configuration, and neither in
/// `owned`, the union of all present sets, nor held by something that is
pub(crate) fn prune(place: Place<'_>, merged: &Value, last: &FieldSet, owned: &FieldSet) -> Value {
    let named = |set: &FieldSet| with_named_fields(place, set);
    let last = named(last);
    let pruned = without(place, merged, &last);
    let before = named(&fields_of(place, merged));
    // What somebody owns comes back.
    let kept = named(&fields_of(place, &pruned)).union(&named(owned));
    let pruned = without(place, merged, &before.difference(&kept));
    // So does what the manager did not have before: its removal is nobody's wish.
    let after = named(&fields_of(place, &pruned));
    without(place, merged, &before.difference(&after).intersection(&last))
}

/// The set with the fields of structures as members where something below them is in it
///
/// Such a field has no entry of its own in a set, but goes when everything in it goes.
fn with_named_fields(place: Place<'_>, set: &FieldSet) -> FieldSet {
    let mut members = set.members.clone();
    let mut children = std::collections::BTreeMap::new();
    for (element, child) in &set.children {
        if let Element::Field(name) = element
            && place.names(name)
        {
            members.insert(element.clone());
        }
        let below = place.step(element).unwrap_or(Place::Deduced);
        children.insert(element.clone(), with_named_fields(below, child));
    }
    FieldSet { members, children }
}

/// The value without the fields of a set; null if nothing is left
fn without(place: Place<'_>, value: &Value, set: &FieldSet) -> Value {
    match (place.form(value), value) {
        (Form::Map, Value::Object(map)) if !place.map_is_atomic() => {
            let mut rest = Map::new();
            for (name, value) in map {
                let element = Element::field(name);
                if set.members.contains(&element) {
                    continue;
                }
                let value = match set.children.get(&element).filter(|below| !below.is_empty()) {
                    Some(below) => without(place.field_or_deduced(name), value, below),
                    None => value.clone(),
                };
                rest.insert(name.clone(), value);
            }
            if rest.is_empty() { Value::Null } else { Value::Object(rest) }
        }
        (Form::List, Value::Array(list)) if !matches!(place.relation(), Relation::Atomic) => {
            let rest: Vec<Value> = list
                .iter()
                .filter_map(|value| {
                    let Ok(element) = place.element(value) else { return Some(value.clone()) };
                    if set.members.contains(&element) {
                        return None;
                    }
                    let below = set.children.get(&element).filter(|below| !below.is_empty());
                    Some(below.map_or_else(|| value.clone(), |below| without(place.item(), value, below)))
                })
                .collect();
            if rest.is_empty() { Value::Null } else { Value::Array(rest) }
        }
        (Form::Scalar, value) => value.clone(),
        _ => Value::Null,
    }
}
