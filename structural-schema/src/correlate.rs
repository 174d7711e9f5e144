//! Which old value a new one comes from
//!
//! It owns the answer for elements of lists, fields of objects and whole values. What follows from an unchanged value
//! is decided where it is asked.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::schema::{Additional, ListType, Schema, Type};

/// The elements of an old list, by their keys: only those of a list map can be found again
pub(crate) struct OldElements<'a> {
    schema: &'a Schema,
    by_key: BTreeMap<String, &'a Value>,
}

// === impl OldElements ===

impl<'a> OldElements<'a> {
    /// Takes in an old list; nothing is found in what is none, or has elements without names
    pub(crate) fn new(schema: &'a Schema, old: Option<&'a Value>) -> Self {
        let mut by_key = BTreeMap::new();
        let has_keys = schema.list_type == ListType::Map && schema.kind == Type::Array;
        if let Some(Value::Array(elements)) = old.filter(|_| has_keys) {
            for element in elements {
                if let Some(key) = key_of(schema, element) {
                    by_key.entry(key).or_insert(element);
                }
            }
        }
        Self { schema, by_key }
    }

    /// The old element that has the keys of a new one
    pub(crate) fn get(&self, new: &Value) -> Option<&'a Value> {
        if self.by_key.is_empty() {
            return None;
        }
        self.by_key.get(&key_of(self.schema, new)?).copied()
    }
}

/// All keys of an element as one; none if one is missing or is no plain value
fn key_of(schema: &Schema, element: &Value) -> Option<String> {
    if schema.list_map_keys.is_empty() {
        return None;
    }
    let mut whole = String::new();
    for name in &schema.list_map_keys {
        let value = element.get(name)?;
        if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
            return None;
        }
        whole.push('\0');
        whole.push_str(&value.to_string());
    }
    Some(whole)
}

/// The old value of a field, if there is one and the schema describes the field
pub(crate) fn old_field<'a>(schema: &Schema, old: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    schema.field(name)?;
    old?.get(name)
}

/// Whether nothing changed, as far as a schema can tell: elements of a list map may have moved, and what no schema
/// describes counts as changed
pub(crate) fn is_unchanged(schema: &Schema, new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            new.len() == old.len()
                && new.iter().all(|(name, value)| {
                    let below = described(schema, name);
                    let pair = old.get(name).zip(below);
                    pair.is_some_and(|(old, below)| is_unchanged(below, value, old))
                })
        }
        (Value::Array(elements), Value::Array(old_elements)) => {
            if elements.len() != old_elements.len() {
                return false;
            }
            if schema.list_type != ListType::Map {
                return new == old;
            }
            let found = OldElements::new(schema, Some(old));
            let items = schema.items.as_deref();
            elements.iter().all(|element| {
                let pair = found.get(element).zip(items);
                pair.is_some_and(|(old, items)| is_unchanged(items, element, old))
            })
        }
        _ => new == old,
    }
}

fn described<'a>(schema: &'a Schema, name: &str) -> Option<&'a Schema> {
    match (schema.properties.get(name), &schema.additional) {
        (Some(field), _) | (None, Additional::Schema(field)) => Some(field),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{OldElements, is_unchanged};
    use crate::schema::Schema;

    #[test]
    fn elements_are_found_by_their_keys() {
        let schema = json!({"type": "object", "properties": {
            "map": {
                "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["p", "q"],
                "items": {"type": "object", "required": ["p", "q"], "properties": {
                    "p": {"type": "integer"}, "q": {"type": "string"}, "v": {"type": "string"},
                }},
            },
            "atomic": {"type": "array", "items": {"type": "integer"}},
        }});
        let schema = Schema::parse(&schema).unwrap_or_else(|errors| panic!("{errors:?}"));
        let (map, atomic) = (schema.field("map").expect("map"), schema.field("atomic").expect("a"));
        let old = json!([{"p": 1, "q": "a", "v": "x"}, {"p": 1, "q": "b", "v": "y"}]);
        let found = OldElements::new(map, Some(&old));
        assert_eq!(found.get(&json!({"p": 1, "q": "b"})), Some(&old[1]));
        assert_eq!(found.get(&json!({"p": 2, "q": "b"})), None);
        assert_eq!(found.get(&json!({"p": 1})), None);
        let list = json!([1, 2]);
        assert_eq!(OldElements::new(atomic, Some(&list)).get(&json!(1)), None);
        let moved = json!([old[1], old[0]]);
        assert!(is_unchanged(map, &moved, &old));
        assert!(is_unchanged(
            &schema,
            &json!({"map": moved, "atomic": [1]}),
            &json!({"map": old, "atomic": [1]})
        ));
        assert!(!is_unchanged(atomic, &json!([2, 1]), &list));
        assert!(!is_unchanged(&schema, &json!({"unknown": 1}), &json!({"unknown": 1})));
    }
}
