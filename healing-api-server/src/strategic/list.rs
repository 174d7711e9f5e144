//! Lists in a strategic merge patch: merged by a key, as sets of plain values, or replaced
//!
//! It owns which elements there are and their order.

use std::cmp::Ordering;

use serde_json::{Map, Value};
use structural_schema::Schema;

use super::{DIRECTIVE, drop_nulls, failed, merge, unknown_directive, without_directives, wrong_type};
use crate::go_value::{plain, plain_map};
use crate::refusal::Refusal;

/// How the lists at a place are merged
#[derive(Clone, Copy, Debug)]
pub(super) struct Merging<'a> {
    /// Whether they are merged at all
    merges: bool,
    /// Empty for lists of plain values
    key: &'a str,
    item: Option<&'a Schema>,
}

// === impl Merging ===

impl<'a> Merging<'a> {
    /// As the schema of the list says
    pub(super) fn of(list: Option<&'a Schema>) -> Self {
        match list {
            Some(list) => {
                Self { merges: list.patch.merge, key: &list.patch.merge_key, item: list.items.as_deref() }
            }
            None => Self { merges: false, key: "", item: None },
        }
    }

    /// Merges a list of the patch into one of the object
    pub(super) fn merge(
        self,
        old: Vec<Value>,
        new: Vec<Value>,
        is_deletion: bool,
    ) -> Result<Vec<Value>, Refusal> {
        if !self.merges && !is_deletion {
            return Ok(plain_values(new));
        }
        let Some(of_objects) = holds_objects(&old, &new)? else { return Ok(old) };
        if !of_objects && is_deletion {
            return Ok(old.into_iter().filter(|value| !new.contains(value)).collect());
        }
        if !of_objects {
            let mut merged: Vec<Value> = Vec::new();
            for value in old.iter().chain(&new) {
                if !merged.contains(value) {
                    merged.push(value.clone());
                }
            }
            return self.in_order(merged, &new, &old);
        }
        if self.key.is_empty() {
            return Err(failed("cannot merge lists without merge key"));
        }
        let (old, new) = self.carry_out_directives(old, new)?;
        let mut merged = old.clone();
        for value in &new {
            let key = self.key_of(value)?;
            let Value::Object(value) = value else { continue };
            match merged.iter_mut().find(|old| old.get(self.key) == Some(key)) {
                Some(found) => {
                    let old = found.as_object().cloned().unwrap_or_default();
                    *found = Value::Object(merge(old, value.clone(), self.item)?);
                }
                None => merged.extend(plain_values(vec![Value::Object(value.clone())])),
            }
        }
        self.in_order(merged, &new, &old)
    }

    /// Merges two lists and puts the elements into the order that the patch gives; none if there is no list
    pub(super) fn merge_in_order(
        self,
        old: Option<Vec<Value>>,
        new: Option<Vec<Value>>,
        order: &[Value],
    ) -> Result<Option<Vec<Value>>, Refusal> {
        self.check_order(new.as_deref().unwrap_or_default(), order)?;
        let server_order =
            self.order_of_server(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
        let merged = match (old, new) {
            (None, None) => return Ok(None),
            (Some(old), None) => old,
            (None, Some(new)) => fresh(new),
            (Some(old), Some(new)) => self.merge(old, new, false)?,
        };
        self.in_order(merged, order, &server_order).map(Some)
    }

    /// The order that elements which the patch does not name stand in
    ///
    /// A real server puts new elements into the places that deleted ones leave, as far as there are any.
    fn order_of_server(self, old: &[Value], new: &[Value]) -> Vec<Value> {
        let is_in =
            |list: &[Value], value: &Value| list.iter().any(|other| other[self.key] == value[self.key]);
        let (deleted, named): (Vec<Value>, Vec<Value>) =
            new.iter().cloned().partition(|value| value.get(DIRECTIVE).is_some_and(|word| word == "delete"));
        if self.key.is_empty() || deleted.is_empty() {
            return old.to_vec();
        }
        let mut order: Vec<Value> = old.iter().filter(|value| !is_in(&deleted, value)).cloned().collect();
        let free = old.len() - order.len();
        let added = named.into_iter().filter(|value| value.get(DIRECTIVE).is_none() && !is_in(&order, value));
        let added: Vec<Value> = added.take(free).collect();
        order.extend(added);
        order
    }

    fn key_of(self, value: &Value) -> Result<&Value, Refusal> {
        let Value::Object(map) = value else { return Err(wrong_type("map[string]interface {}", value)) };
        map.get(self.key).ok_or_else(|| self.no_key(map))
    }

    fn no_key(self, map: &Map<String, Value>) -> Refusal {
        failed(format!("map: {} does not contain declared merge key: {}", plain_map(map), self.key))
    }

    /// Removes what is to be deleted or replaced, and gives what is left of both lists
    fn carry_out_directives(
        self,
        mut old: Vec<Value>,
        new: Vec<Value>,
    ) -> Result<(Vec<Value>, Vec<Value>), Refusal> {
        let (mut rest, mut replaces) = (Vec::new(), false);
        for value in new {
            let Value::Object(map) = &value else { continue };
            match map.get(DIRECTIVE) {
                None => rest.push(value),
                Some(directive) if directive == "delete" => {
                    let key = map.get(self.key).ok_or_else(|| self.no_key(map))?;
                    old.retain(|old| old.get(self.key) != Some(key));
                }
                Some(directive) if directive == "replace" => replaces = true,
                Some(directive) if directive == "merge" => {
                    return Err(failed("merging lists cannot yet be specified in the patch"));
                }
                Some(directive) => return Err(unknown_directive(directive, map)),
            }
        }
        Ok(if replaces { (plain_values(rest), Vec::new()) } else { (old, rest) })
    }

    /// The order of the patch must be the one of its elements
    fn check_order(self, new: &[Value], order: &[Value]) -> Result<(), Refusal> {
        if new.is_empty() || order.is_empty() {
            return Ok(());
        }
        let has_directive = |value: &Value| value.as_object().is_some_and(|map| map.contains_key(DIRECTIVE));
        let mut wanted = order.iter();
        for value in new.iter().filter(|value| !has_directive(value)) {
            let key = self.identity(value)?;
            let mut found = false;
            for place in wanted.by_ref() {
                if self.identity(place)? == key {
                    found = true;
                    break;
                }
            }
            if !found {
                let (new, order) = (plain(&new.into()), plain(&order.into()));
                return Err(failed(format!(
                    "The order in patch list:\n{new}\n doesn't match $setElementOrder list:\n{order}\n"
                )));
            }
        }
        Ok(())
    }

    fn identity(self, value: &Value) -> Result<&Value, Refusal> {
        if self.key.is_empty() { Ok(value) } else { self.key_of(value) }
    }

    /// Elements that `order` names in its order, and among them the others, as they stood to those in `server_order`
    fn in_order(
        self,
        merged: Vec<Value>,
        order: &[Value],
        server_order: &[Value],
    ) -> Result<Vec<Value>, Refusal> {
        for value in merged.iter().chain(order).chain(server_order) {
            self.identity(value)?;
        }
        let (mut named, mut others): (Vec<Value>, Vec<Value>) =
            merged.into_iter().partition(|value| self.index(order, value).is_some());
        self.sort(&mut named, order);
        self.sort(&mut others, server_order);
        let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
        let mut all = Vec::new();
        loop {
            let other_first = match (others.peek(), named.peek()) {
                (Some(other), Some(named)) => {
                    let of = |value| self.index(server_order, value);
                    matches!((of(other), of(named)), (Some(other), Some(named)) if other < named)
                }
                (other, _) => other.is_some(),
            };
            match if other_first { others.next() } else { named.next() } {
                Some(value) => all.push(value),
                None => return Ok(all),
            }
        }
    }

    fn index(self, list: &[Value], value: &Value) -> Option<usize> {
        let identity =
            |value: &'_ Value| if self.key.is_empty() { value.clone() } else { value[self.key].clone() };
        let value = identity(value);
        list.iter().position(|other| identity(other) == value)
    }

    fn sort(self, values: &mut [Value], order: &[Value]) {
        values.sort_by(|one, two| match (self.index(order, one), self.index(order, two)) {
            (Some(one), Some(two)) => one.cmp(&two),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (None, None) => Ordering::Equal,
        });
    }
}

/// Elements of a list that is new, without directives
fn fresh(new: Vec<Value>) -> Vec<Value> {
    plain_values(new).into_iter().filter_map(without_directives).collect()
}

/// Elements that are new in a list; directives in them stay, and are unknown fields then
fn plain_values(new: Vec<Value>) -> Vec<Value> {
    let new = new.into_iter().map(|mut value| {
        drop_nulls(&mut value);
        value
    });
    new.collect()
}

/// Whether two lists hold objects; none if they hold nothing
fn holds_objects(old: &[Value], new: &[Value]) -> Result<Option<bool>, Refusal> {
    let mut all = old.iter().chain(new);
    let Some(first) = all.next() else { return Ok(None) };
    if first.is_array() {
        return Err(Refusal::new(422, "", "lists of lists are not supported"));
    }
    if all.any(|value| std::mem::discriminant(value) != std::mem::discriminant(first)) {
        let lists = format!("[{} {}]", plain(&old.into()), plain(&new.into()));
        return Err(failed(format!("list element types are not identical: {lists}")));
    }
    Ok(Some(first.is_object()))
}
