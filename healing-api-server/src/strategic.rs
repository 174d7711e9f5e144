//! Strategic merge patch: a merge that knows the lists of the built-in kinds
//!
//! It owns objects and their directives; lists are `list`'s. How a field is merged stands in its schema; what the
//! merged object must be is checked later.

mod list;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use structural_schema::Schema;

use crate::go_value::{plain, plain_map, type_of};
use crate::refusal::Refusal;
use list::Merging;

/// What is to be done with the object or element that carries it
const DIRECTIVE: &str = "$patch";
/// The only fields that stay
const RETAIN_KEYS: &str = "$retainKeys";
/// `$deleteFromPrimitiveList/FIELD`: elements that go
const DELETE_FROM: &str = "$deleteFromPrimitiveList";
/// `$setElementOrder/FIELD`: elements in the order that the client wants
const ELEMENT_ORDER: &str = "$setElementOrder";

type Object = Map<String, Value>;

/// The object with a strategic merge patch applied to it
///
/// Nulls in the patch remove fields; lists are merged where the schema says so, by its key, and replaced elsewhere.
///
/// # Errors
/// 400 or 500, as a real server answers, for patches that cannot be carried out.
pub(crate) fn strategic(live: &Value, patch: &Value, schema: &Schema) -> Result<Value, Refusal> {
    if patch.is_null() {
        return Ok(live.clone());
    }
    let Value::Object(patch) = patch else {
        let kind = match patch {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        let message =
            format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}");
        return Err(Refusal::bad_request(message));
    };
    let live = live.as_object().cloned().unwrap_or_default();
    merge(live, patch.clone(), Some(schema)).map(Value::Object)
}

/// A refusal as a real server makes it of an error that it did not foresee
fn failed(message: impl Into<String>) -> Refusal {
    Refusal::new(500, "", message)
}

fn wrong_type(expected: &str, found: &Value) -> Refusal {
    // A null has no type that Go could name.
    let found = if found.is_null() { "%!s(<nil>)" } else { type_of(found) };
    failed(format!("expected a {expected}, but received a {found}"))
}

fn merge(mut original: Object, mut patch: Object, schema: Option<&Schema>) -> Result<Object, Refusal> {
    if let Some(directive) = patch.remove(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => Ok(without_nulls(patch)),
            Some("delete") => Ok(Object::new()),
            _ => {
                patch.insert(DIRECTIVE.to_owned(), directive.clone());
                Err(unknown_directive(&directive, &patch))
            }
        };
    }
    retain_keys(&mut original, &mut patch)?;
    merge_ordered(&mut original, &mut patch, schema)?;
    for (key, value) in patch {
        let deletion = key.strip_prefix(DELETE_FROM);
        let name = match deletion {
            Some(rest) => rest
                .strip_prefix('/')
                .ok_or_else(|| Refusal::bad_request("invalid patch format of primitive list"))?
                .to_owned(),
            None => key.clone(),
        };
        merge_field(&mut original, &name, value, schema, deletion.is_some())?;
    }
    Ok(original)
}

fn merge_field(
    original: &mut Object,
    name: &str,
    value: Value,
    schema: Option<&Schema>,
    is_deletion: bool,
) -> Result<(), Refusal> {
    if value.is_null() {
        original.remove(name);
        return Ok(());
    }
    let field = schema.and_then(|schema| schema.field(name)).map(AsRef::as_ref);
    let merged = match (original.remove(name), value) {
        (Some(Value::Object(old)), Value::Object(new)) => Value::Object(merge(old, new, field)?),
        (Some(Value::Array(old)), Value::Array(new)) => {
            Value::Array(Merging::of(field).merge(old, new, is_deletion)?)
        }
        (old, _) if is_deletion => {
            original.extend(old.map(|old| (name.to_owned(), old)));
            return Ok(());
        }
        (_, mut new) => {
            drop_nulls(&mut new);
            match without_directives(new) {
                Some(new) => new,
                None => return Ok(()),
            }
        }
    };
    original.insert(name.to_owned(), merged);
    Ok(())
}

fn unknown_directive(directive: &Value, patch: &Object) -> Refusal {
    failed(format!("unknown patch type: {} in map: {}", plain(directive), plain_map(patch)))
}

/// Leaves only the fields that the patch names; every field that it sets must be among them
fn retain_keys(original: &mut Object, patch: &mut Object) -> Result<(), Refusal> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let broken = || Refusal::bad_request("invalid patch format of retainKeys");
    let Value::Array(keys) = keys else { return Err(broken()) };
    let kept = |name: &str| keys.iter().any(|key| key == name);
    let is_own = |name: &str| !name.starts_with(DELETE_FROM) && !name.starts_with(ELEMENT_ORDER);
    if patch.iter().any(|(name, value)| !value.is_null() && is_own(name) && !kept(name)) {
        return Err(broken());
    }
    original.retain(|name, _| kept(name));
    Ok(())
}

/// Merges the lists for which the patch gives an order
fn merge_ordered(original: &mut Object, patch: &mut Object, schema: Option<&Schema>) -> Result<(), Refusal> {
    let orders: Vec<String> = patch.keys().filter(|key| key.starts_with(ELEMENT_ORDER)).cloned().collect();
    for key in orders {
        let Some(order) = patch.remove(&key) else { continue };
        let Value::Array(order) = order else { return Err(wrong_type("[]interface {}", &order)) };
        let name = key
            .strip_prefix(ELEMENT_ORDER)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| Refusal::bad_request("invalid patch format of setElementOrder list"))?;
        let old = list_of(original.get(name))?;
        let new = list_of(patch.get(name))?;
        let field = schema.and_then(|schema| schema.field(name)).map(AsRef::as_ref);
        if let Some(merged) = Merging::of(field).merge_in_order(old, new, &order)? {
            original.insert(name.to_owned(), Value::Array(merged));
            patch.remove(name);
        }
    }
    Ok(())
}

fn list_of(value: Option<&Value>) -> Result<Option<Vec<Value>>, Refusal> {
    match value {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list.clone())),
        Some(other) => Err(wrong_type("[]interface {}", other)),
    }
}

fn without_nulls(map: Object) -> Object {
    let mut value = Value::Object(map);
    drop_nulls(&mut value);
    match value {
        Value::Object(map) => map,
        _ => Object::new(),
    }
}

/// Nulls remove fields, so there are none in what is new
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A value that is new without what was meant for old ones; none if it is a directive itself
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let fields = map.into_iter().filter_map(|(name, value)| Some((name, without_directives(value)?)));
            Some(Value::Object(fields.collect()))
        }
        Value::Array(list) => Some(Value::Array(list.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}
