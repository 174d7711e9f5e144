//! What the user declared about a property, on its way through the transforms
//!
//! The transforms before the last know less than an API server: they drop a null that was declared, and take a bound
//! that excludes itself for a number. So what was declared rides past them under a name of ours. What it says is the
//! model's business.

use healing_model::{Field, FieldKind};
use serde_json::{Map, Value, json};

/// Where it rides
pub(super) const DECLARED: &str = "x-healing-declared";
const LIST_TYPE: &str = "x-kubernetes-list-type";
const MAP_TYPE: &str = "x-kubernetes-map-type";
const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

/// Puts what was declared about a field on its property
pub(super) fn mark(property: &mut Value, field: &Field) {
    let mut own = field.constraints.clone();
    let bounds = [("minimum", field.minimum), ("maximum", field.maximum)];
    own.extend(bounds.into_iter().filter_map(|(word, bound)| Some((word.to_owned(), bound?.into()))));
    // The words of a set in Rust; what they mean to an API server is another keyword.
    let is_set = property.get("uniqueItems") == Some(&json!(true));
    if is_set && matches!(field.kind, FieldKind::List(_) | FieldKind::Other) {
        own.entry(LIST_TYPE).or_insert_with(|| json!("set"));
    }
    if own.is_empty() && field.items.is_empty() {
        return;
    }
    // A schema that is `true` takes anything.
    if !property.is_object() {
        *property = Value::Object(Map::new());
    }
    if let (Value::Object(property), Some(true)) =
        (&mut *property, own.get(PRESERVE).and_then(Value::as_bool))
    {
        // Said at once: what stands below may have no form that an API server takes, and need not have one.
        property.insert(PRESERVE.to_owned(), true.into());
        property.remove("additionalProperties");
        property.remove("$ref");
    }
    property[DECLARED] = json!({ "own": own, "items": field.items });
}

/// Turns what rode on a property into its keywords, at the very end
pub(super) fn apply(schema: &mut Map<String, Value>) {
    let Some(mut declared) = schema.remove(DECLARED) else { return };
    if let Some(Value::Object(items)) = declared.get_mut("items").map(Value::take)
        && let Some(below) =
            ["items", "additionalProperties"].into_iter().find(|word| schema.contains_key(*word))
        && let Some(Value::Object(below)) = schema.get_mut(below)
    {
        below.extend(items);
    }
    if let Some(Value::Object(own)) = declared.get_mut("own").map(Value::take) {
        schema.extend(own);
    }
    // Only plain values and what is atomic can be in a set.
    let items = schema.get("items");
    let is_granular = items.is_some_and(|items| items["type"] == "object" && items[MAP_TYPE] != "atomic");
    if schema.get(LIST_TYPE) == Some(&json!("set")) && is_granular {
        schema.insert(LIST_TYPE.to_owned(), json!("atomic"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(own: Value, items: Value) -> Field {
        let map = |value| serde_json::from_value(value).expect("the maps of this test are maps");
        Field { constraints: map(own), items: map(items), ..Field::default() }
    }

    #[test]
    fn what_was_declared_arrives_at_the_property() {
        let table = [
            (
                json!({"type": "integer"}),
                field(json!({"minimum": 0, "exclusiveMinimum": true}), json!({})),
                json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true}),
            ),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                field(json!({"maxItems": 3}), json!({"maxLength": 63})),
                json!({"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 63}}),
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                field(json!({}), json!({"pattern": "^a"})),
                json!({"type": "object", "additionalProperties": {"type": "string", "pattern": "^a"}}),
            ),
            (json!(true), field(json!({PRESERVE: true}), json!({})), json!({PRESERVE: true})),
            (
                json!({"type": "object", "additionalProperties": true}),
                field(json!({PRESERVE: true}), json!({})),
                json!({"type": "object", PRESERVE: true}),
            ),
            (
                json!({"type": "array", "uniqueItems": true, "items": {"type": "string"}}),
                field(json!({}), json!({})),
                json!({
                    "type": "array", "uniqueItems": true, LIST_TYPE: "set", "items": {"type": "string"}
                }),
            ),
            (
                json!({"type": "array", "uniqueItems": true, "items": {"type": "object"}}),
                field(json!({}), json!({})),
                json!({
                    "type": "array", "uniqueItems": true, LIST_TYPE: "atomic", "items": {"type": "object"}
                }),
            ),
            (json!({"type": "string"}), field(json!({}), json!({})), json!({"type": "string"})),
        ];
        for (mut property, field, expected) in table {
            mark(&mut property, &field);
            if let Value::Object(property) = &mut property {
                apply(property);
            }
            assert_eq!(property, expected);
        }
    }
}
