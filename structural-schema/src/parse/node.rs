//! From a written node to a [`Schema`], with everything below it
//!
//! It owns what each keyword becomes. Whether the schema is acceptable is decided elsewhere: here nothing is refused.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::written::{Written, WrittenAdditional};
use crate::compiled::{Bound, Checks, Compiled, Pattern};
use crate::format;
use crate::pattern;
use crate::schema::{Additional, ListType, MapType, PatchStrategy, Rule, Schema, Type};

/// Keywords that have a field of their own in [`Schema`]; every other is kept in `checks`
const OWN: [&str; 17] = [
    "type",
    "nullable",
    "default",
    "description",
    "properties",
    "additionalProperties",
    "items",
    "required",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-validations",
];

/// Reads a node of a CRD, or a branch of one
pub(crate) fn read(node: Written<'_>) -> Schema {
    let below = |child: Written<'_>| Arc::new(read(child));
    Schema {
        properties: node
            .properties()
            .into_iter()
            .map(|(name, child)| (name.to_owned(), below(child)))
            .collect(),
        additional: match node.additional() {
            WrittenAdditional::Nothing | WrittenAdditional::Flag(false) => Additional::None,
            WrittenAdditional::Flag(true) => Additional::Any,
            WrittenAdditional::Node(child) => Additional::Schema(below(child)),
        },
        items: node.node("items").map(below),
        rules: node.nodes("x-kubernetes-validations").into_iter().map(rule).collect(),
        compiled: Compiled::new(checks(node)),
        ..own(node)
    }
}

/// What a node says of itself, without the nodes below
pub(crate) fn own(node: Written<'_>) -> Schema {
    Schema {
        kind: kind(node),
        nullable: node.flag("nullable"),
        default: node.get("default").cloned(),
        description: node.text("description").to_owned(),
        required: node.texts("required"),
        preserve_unknown: node.preserves_unknown(),
        embedded: node.is_embedded(),
        list_type: match node.list_type() {
            "set" => ListType::Set,
            "map" => ListType::Map,
            _ => ListType::Atomic,
        },
        list_map_keys: node.texts("x-kubernetes-list-map-keys"),
        map_type: match node.map_type() {
            "atomic" => MapType::Atomic,
            _ => MapType::Granular,
        },
        patch: patch(node),
        checks: rest(node),
        ..Schema::default()
    }
}

fn kind(node: Written<'_>) -> Type {
    if node.is_int_or_string() {
        return Type::IntOrString;
    }
    match node.kind() {
        "object" => Type::Object,
        "array" => Type::Array,
        "string" => Type::String,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        _ => Type::Any,
    }
}

fn patch(node: Written<'_>) -> PatchStrategy {
    let strategy = node.text("x-kubernetes-patch-strategy");
    PatchStrategy {
        merge: strategy.split(',').any(|word| word == "merge"),
        retain_keys: strategy.split(',').any(|word| word == "retainKeys"),
        merge_key: node.text("x-kubernetes-patch-merge-key").to_owned(),
    }
}

fn rest(node: Written<'_>) -> Map<String, Value> {
    let kept = node.0.iter().filter(|(keyword, value)| {
        let closed = *keyword == "additionalProperties" && **value == Value::Bool(false);
        closed || !(value.is_null() || OWN.contains(&keyword.as_str()))
    });
    kept.map(|(keyword, value)| (keyword.clone(), value.clone())).collect()
}

fn rule(node: Written<'_>) -> Rule {
    Rule {
        rule: node.text("rule").to_owned(),
        message: node.text("message").to_owned(),
        message_expression: node.text("messageExpression").to_owned(),
        reason: node.text("reason").to_owned(),
        field_path: node.text("fieldPath").to_owned(),
        optional_old_self: node.flag("optionalOldSelf"),
        ..Rule::default()
    }
}

fn checks(node: Written<'_>) -> Checks {
    let bound = |limit: &str, exclusive: &str| {
        node.number(limit).map(|limit| Bound { limit, exclusive: node.flag(exclusive) })
    };
    let branch = |keyword: &str| node.nodes(keyword).into_iter().map(|b| Arc::new(read(b))).collect();
    let text = node.text("pattern");
    Checks {
        format: format::known(kind(node), node.text("format")).unwrap_or_default().to_owned(),
        minimum: bound("minimum", "exclusiveMinimum"),
        maximum: bound("maximum", "exclusiveMaximum"),
        multiple_of: node.number("multipleOf"),
        length_min: node.count("minLength"),
        length_max: node.count("maxLength"),
        pattern: pattern::compile(text)
            .ok()
            .filter(|_| !text.is_empty())
            .map(|regex| Pattern { text: text.to_owned(), regex }),
        items_min: node.count("minItems"),
        items_max: node.count("maxItems"),
        properties_min: node.count("minProperties"),
        properties_max: node.count("maxProperties"),
        values: node.values("enum").to_vec(),
        all_of: branch("allOf"),
        any_of: branch("anyOf"),
        one_of: branch("oneOf"),
        not: node.node("not").map(|not| Arc::new(read(not))),
        closed: matches!(node.additional(), WrittenAdditional::Flag(false)),
    }
}
