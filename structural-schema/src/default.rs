//! Defaults, and nulls where none may be
//!
//! It owns what is put where nothing is. Whether a default is right is asked when its schema is read.

use serde_json::{Map, Value};

use crate::schema::{Additional, Schema};

/// Puts defaults where nothing is, or a null that may not be; drops such a null where there is no default
pub fn default(schema: &Schema, object: &mut Value) {
    drop_nulls(Some(schema), object);
    fill(schema, object);
}

/// Puts defaults where nothing is, or a null that may not be; leaves a null where there is no default
///
/// So an API server treats what comes out of server-side apply: such a null is then invalid.
pub fn fill_defaults(schema: &Schema, object: &mut Value) {
    fill(schema, object);
}

fn drop_nulls(schema: Option<&Schema>, value: &mut Value) {
    let Some(schema) = schema else { return };
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            let below = schema.field(name);
            let goes =
                value.is_null() && below.is_some_and(|below| !below.nullable && below.default.is_none());
            if !goes {
                drop_nulls(below.map(AsRef::as_ref), value);
            }
            !goes
        }),
        Value::Array(elements) => {
            for element in elements {
                drop_nulls(schema.items.as_deref(), element);
            }
        }
        _ => {}
    }
}

fn fill(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fill_fields(schema, fields);
            for (name, value) in fields {
                if let Some(field) = schema.properties.get(name) {
                    fill(field, value);
                } else if let Additional::Schema(values) = &schema.additional {
                    replace_null(values, value);
                    fill(values, value);
                }
            }
        }
        Value::Array(elements) => {
            let Some(items) = &schema.items else { return };
            for element in elements {
                replace_null(items, element);
                fill(items, element);
            }
        }
        _ => {}
    }
}

fn fill_fields(schema: &Schema, fields: &mut Map<String, Value>) {
    for (name, field) in &schema.properties {
        let Some(default) = &field.default else { continue };
        match fields.get_mut(name) {
            Some(value) => replace_null(field, value),
            None => drop(fields.insert(name.clone(), default.clone())),
        }
    }
}

fn replace_null(schema: &Schema, value: &mut Value) {
    if value.is_null()
        && !schema.nullable
        && let Some(default) = &schema.default
    {
        *value = default.clone();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::default;
    use crate::schema::Schema;

    #[test]
    fn defaults_are_put_where_nothing_is() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "a": {"type": "string", "default": "A"},
            "plain": {"type": "string"},
            "nullable": {"type": "string", "nullable": true, "default": "N"},
            "nested": {"type": "object", "default": {}, "properties": {"b": {"type": "integer", "default": 1}}},
            "absent": {"type": "object", "properties": {"b": {"type": "integer", "default": 1}}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"c": {"type": "boolean", "default": true}}}},
            "texts": {"type": "array", "items": {"type": "string"}},
            "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"d": {"type": "string", "default": "D"}}}},
        }}}});
        let schema = Schema::parse(&schema).unwrap_or_else(|errors| panic!("{errors:?}"));
        let all = json!({"a": "A", "nullable": "N", "nested": {"b": 1}});
        for (spec, extra) in [
            (json!({}), json!({})),
            (json!({"a": null, "plain": null, "nested": null}), json!({})),
            (json!({"a": ""}), json!({"a": ""})),
            (json!({"nullable": null}), json!({"nullable": null})),
            (json!({"absent": {}}), json!({"absent": {"b": 1}})),
            (
                json!({"list": [{}, {"c": null}, {"c": false}]}),
                json!({"list": [{"c": true}, {"c": true}, {"c": false}]}),
            ),
            (json!({"texts": [null]}), json!({"texts": [null]})),
            (json!({"map": {"k": {}, "gone": null}}), json!({"map": {"k": {"d": "D"}}})),
        ] {
            let mut object = json!({"spec": spec});
            default(&schema, &mut object);
            let mut expected = all.clone();
            for (name, value) in extra.as_object().expect("a map") {
                expected[name] = value.clone();
            }
            assert_eq!(object["spec"], expected, "{spec}");
        }
    }
}
