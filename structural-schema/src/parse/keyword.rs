//! The keywords that a written schema may have, and what stands at each
//!
//! It owns the table, and what follows from it alone: a schema that cannot be decoded, keywords that nobody knows,
//! formats that nobody checks. What keywords mean is decided in the other files.

use serde_json::{Map, Value};

use super::node;
use super::written::{BRANCHES, Written, WrittenAdditional};
use crate::format;
use crate::place::{child, index};
use crate::schema::Schema;

/// What stands at a keyword
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Flag,
    Number,
    Count,
    Texts,
    Value,
    Values,
    Node,
    Nodes,
    /// Nodes by name; the text is Go's name of the type
    Named(&'static str),
    /// A node, or a list of them
    NodeOrNodes,
    /// A node, or true or false
    NodeOrFlag,
    /// A record of its own: its Go name and its keywords
    Record(&'static str, &'static [(&'static str, Form)]),
    Records(&'static str, &'static [(&'static str, Form)]),
}

const NAMED: Form = Form::Named("map[string]v1.JSONSchemaProps");

const DOCS: &[(&str, Form)] = &[("description", Form::Text), ("url", Form::Text)];

const RULE: &[(&str, Form)] = &[
    ("fieldPath", Form::Text),
    ("message", Form::Text),
    ("messageExpression", Form::Text),
    ("optionalOldSelf", Form::Flag),
    ("reason", Form::Text),
    ("rule", Form::Text),
];

const KEYWORDS: &[(&str, Form)] = &[
    ("$ref", Form::Text),
    ("$schema", Form::Text),
    ("additionalItems", Form::NodeOrFlag),
    ("additionalProperties", Form::NodeOrFlag),
    ("allOf", Form::Nodes),
    ("anyOf", Form::Nodes),
    ("default", Form::Value),
    ("definitions", Form::Named("v1.JSONSchemaDefinitions")),
    ("dependencies", Form::Value),
    ("description", Form::Text),
    ("enum", Form::Values),
    ("example", Form::Value),
    ("exclusiveMaximum", Form::Flag),
    ("exclusiveMinimum", Form::Flag),
    ("externalDocs", Form::Record("ExternalDocumentation", DOCS)),
    ("format", Form::Text),
    ("id", Form::Text),
    ("items", Form::NodeOrNodes),
    ("maxItems", Form::Count),
    ("maxLength", Form::Count),
    ("maxProperties", Form::Count),
    ("maximum", Form::Number),
    ("minItems", Form::Count),
    ("minLength", Form::Count),
    ("minProperties", Form::Count),
    ("minimum", Form::Number),
    ("multipleOf", Form::Number),
    ("not", Form::Node),
    ("nullable", Form::Flag),
    ("oneOf", Form::Nodes),
    ("pattern", Form::Text),
    ("patternProperties", NAMED),
    ("properties", NAMED),
    ("required", Form::Texts),
    ("title", Form::Text),
    ("type", Form::Text),
    ("uniqueItems", Form::Flag),
    ("x-kubernetes-embedded-resource", Form::Flag),
    ("x-kubernetes-int-or-string", Form::Flag),
    ("x-kubernetes-list-map-keys", Form::Texts),
    ("x-kubernetes-list-type", Form::Text),
    ("x-kubernetes-map-type", Form::Text),
    ("x-kubernetes-preserve-unknown-fields", Form::Flag),
    ("x-kubernetes-validations", Form::Records("ValidationRule", RULE)),
];

const NODE: &str = "JSONSchemaProps";
/// The place of a schema in a definition, as decoding errors write it
const ROOT: &str = "spec.versions.schema.openAPIV3Schema";

impl Schema {
    /// What keeps the `openAPIV3Schema` of a CRD from being decoded at all, which is answered with 400: a keyword with
    /// a value of the wrong type, such as `type: [string, null]`
    pub fn undecodable(open_api_v3: &Value) -> Option<String> {
        decode(Form::Node, open_api_v3, NODE, ROOT).err()
    }

    /// Removes keywords that nobody knows from an `openAPIV3Schema` that stands at `path`, and returns the paths that
    /// an API server warns of: it is silent about those below `items` and `additionalProperties`
    pub fn prune_written(open_api_v3: &mut Value, path: &str) -> Vec<String> {
        let mut unknown = Some(Vec::new());
        prune(Form::Node, open_api_v3, path, &mut unknown);
        unknown.unwrap_or_default()
    }

    /// The formats in an `openAPIV3Schema` that are not checked; an API server warns `unrecognized format "uint32"`
    pub fn unrecognized_formats(open_api_v3: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(root) = Written::of(open_api_v3) {
            formats(root, &mut found);
        }
        found
    }
}

fn find(keywords: &[(&str, Form)], name: &str) -> Option<Form> {
    keywords.iter().find(|(keyword, _)| *keyword == name).map(|(_, form)| *form)
}

/// The first value that does not have its form; `owner` is the record in which it stands
fn decode(form: Form, value: &Value, owner: &str, path: &str) -> Result<(), String> {
    let wrong = |wanted: &str| Err(unmarshal(value, owner, path, wanted));
    match (form, value) {
        _ if has_form(form, value) => Ok(()),
        (Form::Texts, Value::Array(list)) => each(Form::Text, list, owner, path),
        (Form::Node, Value::Object(map)) => record(KEYWORDS, map, NODE, path),
        (Form::Nodes | Form::NodeOrNodes, Value::Array(list)) => each(Form::Node, list, owner, path),
        (Form::NodeOrNodes | Form::NodeOrFlag, Value::Object(_)) => decode(Form::Node, value, owner, path),
        (Form::NodeOrFlag, _) => Err("boolean or JSON schema expected".to_owned()),
        (Form::Named(_), Value::Object(map)) => {
            map.values().try_for_each(|node| decode(Form::Node, node, owner, path))
        }
        (Form::Record(name, keywords), Value::Object(map)) => record(keywords, map, name, path),
        (Form::Records(name, keywords), Value::Array(list)) => {
            each(Form::Record(name, keywords), list, owner, path)
        }
        (Form::NodeOrNodes | Form::Value, _) => Ok(()),
        (Form::Text, _) => wrong("string"),
        (Form::Flag, _) => wrong("bool"),
        (Form::Number, _) => wrong("float64"),
        (Form::Count, _) => wrong("int64"),
        (Form::Texts, _) => wrong("[]string"),
        (Form::Values, _) => wrong("[]v1.JSON"),
        (Form::Node, _) => wrong("v1.JSONSchemaProps"),
        (Form::Nodes, _) => wrong("[]v1.JSONSchemaProps"),
        (Form::Named(name), _) => wrong(name),
        (Form::Record(name, _), _) => wrong(&format!("v1.{name}")),
        (Form::Records(name, _), _) => wrong(&format!("v1.{name}s")),
    }
}

/// Whether a plain value has its form; nothing stands below it
fn has_form(form: Form, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(_) => form == Form::Text,
        Value::Bool(_) => form == Form::Flag || form == Form::NodeOrFlag,
        Value::Number(number) => form == Form::Number || (form == Form::Count && number.is_i64()),
        Value::Array(_) => form == Form::Values,
        Value::Object(_) => false,
    }
}

fn each(form: Form, list: &[Value], owner: &str, path: &str) -> Result<(), String> {
    list.iter().try_for_each(|value| decode(form, value, owner, path))
}

fn record(keywords: &[(&str, Form)], map: &Map<String, Value>, name: &str, path: &str) -> Result<(), String> {
    map.iter().try_for_each(|(keyword, value)| {
        let Some(form) = find(keywords, keyword) else { return Ok(()) };
        decode(form, value, name, &child(path, keyword))
    })
}

fn unmarshal(value: &Value, owner: &str, path: &str, wanted: &str) -> String {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(number) if wanted == "int64" => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    format!("json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {wanted}")
}

/// Nothing is told where `unknown` is none
fn prune(form: Form, value: &mut Value, path: &str, unknown: &mut Option<Vec<String>>) {
    match (form, value) {
        (Form::Node, Value::Object(map)) => prune_record(KEYWORDS, map, path, unknown),
        (Form::Record(_, keywords), Value::Object(map)) => {
            prune_record(keywords, map, path, unknown);
        }
        (Form::NodeOrNodes | Form::NodeOrFlag, Value::Object(map)) => {
            prune_record(KEYWORDS, map, path, &mut None);
        }
        (Form::NodeOrNodes, Value::Array(list)) => {
            for node in list {
                prune(Form::Node, node, path, &mut None);
            }
        }
        (Form::Named(_), Value::Object(map)) => {
            for (name, node) in map {
                prune(Form::Node, node, &child(path, name), unknown);
            }
        }
        (Form::Nodes | Form::Records(..), Value::Array(list)) => {
            let below = match form {
                Form::Records(name, keywords) => Form::Record(name, keywords),
                _ => Form::Node,
            };
            for (at, node) in list.iter_mut().enumerate() {
                prune(below, node, &index(path, at), unknown);
            }
        }
        _ => {}
    }
}

fn prune_record(
    keywords: &[(&str, Form)],
    map: &mut Map<String, Value>,
    path: &str,
    unknown: &mut Option<Vec<String>>,
) {
    map.retain(|keyword, value| {
        let here = child(path, keyword);
        let known = find(keywords, keyword);
        if let Some(form) = known {
            prune(form, value, &here, unknown);
        } else if let Some(unknown) = unknown {
            unknown.push(here);
        }
        known.is_some()
    });
}

/// What is below comes first, and each format once
fn formats(written: Written<'_>, found: &mut Vec<String>) {
    for keyword in BRANCHES {
        written.nodes(keyword).into_iter().for_each(|branch| formats(branch, found));
    }
    let additional = match written.additional() {
        WrittenAdditional::Node(values) => Some(values),
        WrittenAdditional::Nothing | WrittenAdditional::Flag(_) => None,
    };
    let fields = written.properties().into_iter().map(|(_, field)| field);
    let below = written.node("not").into_iter().chain(fields).chain(additional);
    below.chain(written.node("items")).for_each(|below| formats(below, found));
    let format = written.text("format").to_owned();
    let kind = node::own(written).kind;
    if !format.is_empty() && format::known(kind, &format).is_none() && !found.contains(&format) {
        found.push(format);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::Schema;

    #[test]
    fn a_keyword_of_the_wrong_type_cannot_be_decoded() {
        for (field, said) in [
            (
                json!({"type": ["string", "null"]}),
                "array into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.type of type string",
            ),
            (
                json!({"exclusiveMinimum": 3}),
                "number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.exclusiveMinimum of type bool",
            ),
            (
                json!({"minLength": 1.5}),
                "number 1.5 into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.minLength of type int64",
            ),
            (
                json!({"items": {"required": [1]}}),
                "number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.items.required of type string",
            ),
            (
                json!({"x-kubernetes-validations": [{"rule": 5}]}),
                "number into Go struct field ValidationRule.spec.versions.schema.openAPIV3Schema.properties.x-kubernetes-validations.rule of type string",
            ),
            (
                json!({"anyOf": {}}),
                "object into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.anyOf of type []v1.JSONSchemaProps",
            ),
            (
                json!("x"),
                "string into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties of type v1.JSONSchemaProps",
            ),
        ] {
            let schema = json!({"type": "object", "properties": {"f": field}});
            let expected = format!("json: cannot unmarshal {said}");
            assert_eq!(Schema::undecodable(&schema), Some(expected), "{schema}");
        }
        let schema = json!({"additionalProperties": "x"});
        let said = Schema::undecodable(&schema);
        assert_eq!(said.as_deref(), Some("boolean or JSON schema expected"));
        assert_eq!(Schema::undecodable(&json!({"items": "x", "default": [], "junk": 1})), None);
    }

    #[test]
    fn unknown_keywords_go_and_unknown_formats_are_told() {
        let mut schema: Value = json!({
            "const": 1, "default": {"junk": 1}, "externalDocs": {"url": "u", "junk": 1},
            "anyOf": [{"junk": 1, "format": "x1"}],
            "properties": {"a": {"type": "integer", "format": "uint32", "junk": 1}, "b": {"type": "string", "format": "date"}},
            "items": {"junk": 1, "format": "x1"},
        });
        let formats = Schema::unrecognized_formats(&schema);
        assert_eq!(formats, ["x1", "uint32"]);
        let unknown = Schema::prune_written(&mut schema, "s");
        assert_eq!(unknown, ["s.anyOf[0].junk", "s.const", "s.externalDocs.junk", "s.properties.a.junk"]);
        assert_eq!(schema["items"], json!({"format": "x1"}));
        assert_eq!(schema["default"], json!({"junk": 1}));
    }
}
