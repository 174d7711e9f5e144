//! An applied configuration merged into an object
//!
//! It owns values and the order of list elements. What an earlier configuration set is removed in `prune`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::element::Element;
use super::place::{Form, Place, Relation};

/// The live value with the applied one merged into it; none if nothing is left
pub(crate) fn merge(place: Place<'_>, live: Option<&Value>, applied: Option<&Value>) -> Option<Value> {
    let form = match (live, applied) {
        (_, Some(applied)) => place.form(applied),
        (Some(live), None) => place.form(live),
        (None, None) => return None,
    };
    let (live_is_empty, applied_is_empty) = (is_empty(form, live), is_empty(form, applied));
    let whole = match form {
        Form::Scalar => true,
        Form::Map | Form::Open => place.map_is_atomic() || live_is_empty && applied_is_empty,
        Form::List => matches!(place.relation(), Relation::Atomic) || live_is_empty && applied_is_empty,
    };
    if whole {
        return applied.or(live).cloned();
    }
    match form {
        Form::List => {
            let list =
                |value: Option<&'_ Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
            let merged = Lists::new(place, &list(live), &list(applied)).merge();
            (!merged.is_empty()).then_some(Value::Array(merged))
        }
        _ => merge_maps(place, live.and_then(Value::as_object), applied.and_then(Value::as_object)),
    }
}

/// Whether a value has nothing in it in this form; a value of another form has nothing either
fn is_empty(form: Form, value: Option<&Value>) -> bool {
    match form {
        Form::List => value.and_then(Value::as_array).is_none_or(Vec::is_empty),
        _ => value.and_then(Value::as_object).is_none_or(Map::is_empty),
    }
}

fn merge_maps(
    place: Place<'_>,
    live: Option<&Map<String, Value>>,
    applied: Option<&Map<String, Value>>,
) -> Option<Value> {
    let names: BTreeSet<&String> = live.into_iter().chain(applied).flat_map(Map::keys).collect();
    let mut merged = Map::new();
    for name in names {
        let (live, applied) = (live.and_then(|map| map.get(name)), applied.and_then(|map| map.get(name)));
        let value = match applied {
            Some(_) => merge(place.field_or_deduced(name), live, applied),
            None => live.cloned(),
        };
        if let Some(value) = value {
            merged.insert(name.clone(), value);
        }
    }
    (!merged.is_empty()).then_some(Value::Object(merged))
}

/// Two lists whose elements have names
struct Lists<'a> {
    place: Place<'a>,
    live: Vec<(Element, Value)>,
    applied: Vec<(Element, Value)>,
    /// Live elements by name; none where a name is there twice
    known: BTreeMap<Element, Option<Value>>,
    wanted: BTreeSet<Element>,
    /// Elements in both, in the order of the applied list
    shared: VecDeque<Element>,
    done: BTreeSet<Element>,
    merged: Vec<Value>,
}

// === impl Lists ===

impl<'a> Lists<'a> {
    fn new(place: Place<'a>, live: &[Value], applied: &[Value]) -> Self {
        let named = |list: &[Value]| -> Vec<(Element, Value)> {
            list.iter().filter_map(|value| Some((place.element(value).ok()?, value.clone()))).collect()
        };
        let (live, applied) = (named(live), named(applied));
        let mut known: BTreeMap<Element, Option<Value>> = BTreeMap::new();
        for (element, value) in &live {
            let twice = known.contains_key(element);
            known.insert(element.clone(), (!twice).then(|| value.clone()));
        }
        let shared = applied.iter().map(|(element, _)| element.clone());
        let shared = shared.filter(|element| known.contains_key(element)).collect();
        let wanted = applied.iter().map(|(element, _)| element.clone()).collect();
        Self { place, live, applied, known, wanted, shared, done: BTreeSet::new(), merged: Vec::new() }
    }

    /// Keeps the order of the applied list, and puts elements of the live one where they stood relative to those that
    /// are in both
    fn merge(mut self) -> Vec<Value> {
        let (live, applied) = (std::mem::take(&mut self.live), std::mem::take(&mut self.applied));
        let (mut at_live, mut at_applied) = (0, 0);
        while at_live < live.len() || at_applied < applied.len() {
            let (ours, theirs) = (live.get(at_live), applied.get(at_applied));
            if let (Some((element, _)), Some((next, value))) = (ours, theirs) {
                if element == next {
                    self.take(element, value);
                    self.shared.pop_front();
                    at_live += 1;
                    at_applied += 1;
                    continue;
                }
                let waits_for_other = self.shared.front().is_some_and(|shared| shared != element);
                if self.wanted.contains(element) && waits_for_other {
                    at_live += 1;
                    continue;
                }
            }
            if let Some((element, value)) = ours {
                if !self.wanted.contains(element) {
                    self.merged.extend(merge(self.place.item(), Some(value), None));
                    at_live += 1;
                    continue;
                }
                if self.done.contains(element) {
                    at_live += 1;
                }
            }
            if let Some((element, value)) = theirs {
                self.take(element, value);
                at_applied += 1;
                if self.shared.front() == Some(element) {
                    self.shared.pop_front();
                }
            }
        }
        self.merged
    }

    fn take(&mut self, element: &Element, applied: &Value) {
        self.done.insert(element.clone());
        let live = self.known.get(element).and_then(Option::as_ref);
        let value = merge(self.place.item(), live, Some(applied));
        self.merged.extend(value);
    }
}
