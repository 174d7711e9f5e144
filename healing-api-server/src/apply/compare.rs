//! What differs between two values, field by field
//!
//! It owns the walk over two values. Who owns the differences then is decided by `managers`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::element::Element;
use super::field_set::FieldSet;
use super::place::{Form, Place, Relation};

/// The differences between an old and a new value
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) removed: FieldSet,
    pub(crate) modified: FieldSet,
    pub(crate) added: FieldSet,
}

/// Compares an old value with a new one
pub(crate) fn compare(place: Place<'_>, old: &Value, new: &Value) -> Comparison {
    let mut walk = Walk { path: Vec::new(), found: Comparison::default() };
    walk.visit(place, Some(old), Some(new));
    walk.found
}

struct Walk {
    path: Vec<Element>,
    found: Comparison,
}

// === impl Comparison ===

impl Comparison {
    /// Leaves out what a strategy resets anyway
    pub(crate) fn without(&self, reset: &FieldSet) -> Self {
        Self {
            removed: self.removed.recursive_difference(reset),
            modified: self.modified.recursive_difference(reset),
            added: self.added.recursive_difference(reset),
        }
    }

    /// What was added or modified
    pub(crate) fn written(&self) -> FieldSet {
        self.modified.union(&self.added)
    }
}

// === impl Walk ===

impl Walk {
    fn visit(&mut self, place: Place<'_>, old: Option<&Value>, new: Option<&Value>) {
        if old == new {
            return;
        }
        let leaf = match (old.map(|old| place.form(old)), new.map(|new| place.form(new))) {
            (None, None) => return,
            (Some(form), None) | (None, Some(form)) => self.handle(form, place, old, new),
            (Some(one), Some(two)) if one == two => self.handle(two, place, old, new),
            (Some(one), Some(two)) => {
                self.handle(one, place, old, new);
                self.handle(two, place, old, new)
            }
        };
        if !leaf && old.is_none() {
            self.found.added.insert(&self.path);
        } else if !leaf && new.is_none() {
            self.found.removed.insert(&self.path);
        }
    }

    /// Compares two values in one form; true if they were compared as a whole
    fn handle(&mut self, form: Form, place: Place<'_>, old: Option<&Value>, new: Option<&Value>) -> bool {
        match form {
            Form::Scalar => self.leaf(old, new),
            Form::Map | Form::Open => {
                if place.map_is_atomic() || is_empty(old) && is_empty(new) {
                    return self.leaf(old, new);
                }
                self.maps(place, old, new);
                false
            }
            Form::List => {
                if matches!(place.relation(), Relation::Atomic) || is_empty(old) && is_empty(new) {
                    return self.leaf(old, new);
                }
                self.lists(place, old, new);
                false
            }
        }
    }

    fn leaf(&mut self, old: Option<&Value>, new: Option<&Value>) -> bool {
        match (old, new) {
            (None, _) => self.found.added.insert(&self.path),
            (_, None) => self.found.removed.insert(&self.path),
            (Some(old), Some(new)) if !same(old, new) => self.found.modified.insert(&self.path),
            _ => {}
        }
        true
    }

    fn maps(&mut self, place: Place<'_>, old: Option<&Value>, new: Option<&Value>) {
        let (old, new) = (old.and_then(Value::as_object), new.and_then(Value::as_object));
        let names: BTreeSet<&String> = old.into_iter().chain(new).flat_map(serde_json::Map::keys).collect();
        for name in names {
            let (old, new) = (old.and_then(|map| map.get(name)), new.and_then(|map| map.get(name)));
            if old == new {
                continue;
            }
            self.path.push(Element::field(name));
            self.visit(place.field_or_deduced(name), old, new);
            self.path.pop();
        }
    }

    fn lists(&mut self, place: Place<'_>, old: Option<&Value>, new: Option<&Value>) {
        let (old, new) = (by_element(place, old), by_element(place, new));
        let elements: BTreeSet<&Element> = old.keys().chain(new.keys()).collect();
        for element in elements {
            let none = Vec::new();
            let (old, new) = (old.get(element).unwrap_or(&none), new.get(element).unwrap_or(&none));
            self.path.push(element.clone());
            match (old.as_slice(), new.as_slice()) {
                (old @ ([] | [_]), new @ ([] | [_])) => {
                    self.visit(place.item(), old.first().copied(), new.first().copied());
                }
                (old @ [_, _, ..], new @ [_, _, ..]) => {
                    if old.len() != new.len() || old.iter().zip(new).any(|(old, new)| !same(old, new)) {
                        self.found.modified.insert(&self.path);
                    }
                }
                ([_, _, ..], new) => {
                    if let Some(new) = new.first() {
                        self.visit(place.item(), None, Some(new));
                    }
                    self.found.removed.insert(&self.path);
                }
                (old, _) => {
                    if let Some(old) = old.first() {
                        self.visit(place.item(), Some(old), None);
                    }
                    self.found.added.insert(&self.path);
                }
            }
            self.path.pop();
        }
    }
}

fn by_element<'a>(place: Place<'_>, list: Option<&'a Value>) -> BTreeMap<Element, Vec<&'a Value>> {
    let mut found: BTreeMap<Element, Vec<&Value>> = BTreeMap::new();
    for value in list.and_then(Value::as_array).into_iter().flatten() {
        if let Ok(element) = place.element(value) {
            found.entry(element).or_default().push(value);
        }
    }
    found
}

/// Whether there is nothing in a value: then it is compared as a whole, so that empty and absent differ
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        _ => true,
    }
}

/// Equality in which 1 and 1.0 are the same
pub(crate) fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(one, two)| same(one, two))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, one)| b.get(name).is_some_and(|two| same(one, two)))
        }
        _ => one == two,
    }
}
