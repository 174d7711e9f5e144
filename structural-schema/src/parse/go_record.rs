//! A written schema as the API server prints it in the two messages that contain a whole one: as the record that it
//! holds in memory, with every field
//!
//! It owns the names and order of these fields. Which messages contain it is decided elsewhere.

use super::written::{Written, WrittenAdditional};
use crate::go_text;

/// The names of a record's fields, each with its keyword and its form
const FIELDS: [(&str, &str, Form); 43] = [
    ("ID", "id", Form::Text),
    ("Schema", "$schema", Form::Text),
    ("Ref", "$ref", Form::Value),
    ("Description", "description", Form::Text),
    ("Type", "type", Form::Text),
    ("Nullable", "nullable", Form::Flag),
    ("Format", "format", Form::Text),
    ("Title", "title", Form::Text),
    ("Default", "default", Form::Value),
    ("Maximum", "maximum", Form::Value),
    ("ExclusiveMaximum", "exclusiveMaximum", Form::Flag),
    ("Minimum", "minimum", Form::Value),
    ("ExclusiveMinimum", "exclusiveMinimum", Form::Flag),
    ("MaxLength", "maxLength", Form::Value),
    ("MinLength", "minLength", Form::Value),
    ("Pattern", "pattern", Form::Text),
    ("MaxItems", "maxItems", Form::Value),
    ("MinItems", "minItems", Form::Value),
    ("UniqueItems", "uniqueItems", Form::Flag),
    ("MultipleOf", "multipleOf", Form::Value),
    ("Enum", "enum", Form::Value),
    ("MaxProperties", "maxProperties", Form::Value),
    ("MinProperties", "minProperties", Form::Value),
    ("Required", "required", Form::Value),
    ("Items", "items", Form::Items),
    ("AllOf", "allOf", Form::Nodes),
    ("OneOf", "oneOf", Form::Nodes),
    ("AnyOf", "anyOf", Form::Nodes),
    ("Not", "not", Form::Node),
    ("Properties", "properties", Form::Named),
    ("AdditionalProperties", "additionalProperties", Form::Additional),
    ("PatternProperties", "patternProperties", Form::Named),
    ("Dependencies", "dependencies", Form::Value),
    ("AdditionalItems", "additionalItems", Form::Value),
    ("Definitions", "definitions", Form::Named),
    ("ExternalDocs", "externalDocs", Form::Docs),
    ("Example", "example", Form::Value),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", Form::Value),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", Form::Flag),
    ("XIntOrString", "x-kubernetes-int-or-string", Form::Flag),
    ("XListMapKeys", "x-kubernetes-list-map-keys", Form::Value),
    ("XListType", "x-kubernetes-list-type", Form::Value),
    ("XMapType", "x-kubernetes-map-type", Form::Value),
];

/// What a field holds when nothing was written, and how it prints what was
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Flag,
    Value,
    Node,
    Nodes,
    Named,
    Items,
    Additional,
    Docs,
}

/// The whole record
pub(super) fn print(node: Written<'_>) -> String {
    let mut fields: Vec<_> = FIELDS
        .iter()
        .map(|(name, keyword, form)| format!("\"{name}\":{}", field(node, keyword, *form)))
        .collect();
    fields.push(format!("\"XValidations\":{}", rules(node)));
    format!("{{{}}}", fields.join(","))
}

/// The record of `items`
pub(super) fn print_items(node: Written<'_>) -> String {
    let one = node.node("items").map_or_else(null, print);
    let list = if node.has_list_of_items() { nodes(node, "items") } else { null() };
    format!("{{\"Schema\":{one},\"JSONSchemas\":{list}}}")
}

/// The names of the fields that hold something, in their order
pub(super) fn names(node: Written<'_>) -> Vec<&'static str> {
    let empty = ["\"\"", "false", "null"];
    let held = FIELDS
        .iter()
        .filter(|(_, keyword, form)| !empty.contains(&field(node, keyword, *form).as_str()))
        .map(|(name, _, _)| *name);
    held.chain((!node.values("x-kubernetes-validations").is_empty()).then_some("XValidations")).collect()
}

fn field(node: Written<'_>, keyword: &str, form: Form) -> String {
    match form {
        Form::Text => go_text::json(&node.text(keyword).into()),
        Form::Flag => node.flag(keyword).to_string(),
        Form::Value => node.get(keyword).map_or_else(null, go_text::json),
        Form::Node => node.node(keyword).map_or_else(null, print),
        Form::Nodes if node.values(keyword).is_empty() => null(),
        Form::Nodes => nodes(node, keyword),
        Form::Named if node.named(keyword).is_empty() => null(),
        Form::Named => {
            let all = node.named(keyword).into_iter();
            let all = all.map(|(name, node)| format!("{}:{}", go_text::json(&name.into()), print(node)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(","))
        }
        Form::Items if node.has(keyword) => print_items(node),
        Form::Items => null(),
        Form::Additional => match node.additional() {
            WrittenAdditional::Nothing => null(),
            WrittenAdditional::Flag(allows) => format!("{{\"Allows\":{allows},\"Schema\":null}}"),
            WrittenAdditional::Node(values) => {
                format!("{{\"Allows\":true,\"Schema\":{}}}", print(values))
            }
        },
        Form::Docs => node.node(keyword).map_or_else(null, |docs| {
            let value = |keyword: &str| go_text::json(&docs.text(keyword).into());
            format!("{{\"Description\":{},\"URL\":{}}}", value("description"), value("url"))
        }),
    }
}

fn nodes(node: Written<'_>, keyword: &str) -> String {
    format!("[{}]", node.nodes(keyword).into_iter().map(print).collect::<Vec<_>>().join(","))
}

fn rules(node: Written<'_>) -> String {
    let rules = node.nodes("x-kubernetes-validations");
    if rules.is_empty() {
        return null();
    }
    let printed = rules.into_iter().map(|rule| {
        let text = |keyword: &str| go_text::json(&rule.text(keyword).into());
        let held = |keyword: &str| rule.get(keyword).map_or_else(null, go_text::json);
        format!(
            "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},\"OptionalOldSelf\":{}}}",
            text("rule"),
            text("message"),
            text("messageExpression"),
            held("reason"),
            text("fieldPath"),
            held("optionalOldSelf"),
        )
    });
    format!("[{}]", printed.collect::<Vec<_>>().join(","))
}

fn null() -> String {
    "null".to_owned()
}
