//! The schemas of the built-in kinds, from the components of an API server's OpenAPI v3
//!
//! It owns references between components. Nothing is refused here: an API server trusts its own types.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::node;
use super::written::{Written, WrittenAdditional};
use crate::schema::{Additional, ListType, MapType, PatchStrategy, Schema, Type};

const COMPONENTS: &str = "#/components/schemas/";

struct Reader<'a> {
    definitions: &'a BTreeMap<String, Value>,
    /// What was read already
    read: BTreeMap<&'a str, Arc<Schema>>,
    /// What is being read, to notice a type that contains itself
    open: Vec<&'a str>,
}

pub(super) fn read(definitions: &BTreeMap<String, Value>, name: &str) -> Arc<Schema> {
    let mut reader = Reader { definitions, read: BTreeMap::new(), open: Vec::new() };
    match definitions.get_key_value(name) {
        Some((name, _)) => reader.component(name),
        None => anything(),
    }
}

/// What may be anything
fn anything() -> Arc<Schema> {
    Arc::new(Schema { preserve_unknown: true, ..Schema::default() })
}

// === impl Reader ===

impl<'a> Reader<'a> {
    fn component(&mut self, name: &'a str) -> Arc<Schema> {
        if let Some(schema) = self.read.get(name) {
            return Arc::clone(schema);
        }
        let written = self.definitions.get(name).and_then(Written::of);
        let Some(written) = written.filter(|_| !self.open.contains(&name)) else {
            return anything();
        };
        self.open.push(name);
        let schema = Arc::new(self.node(written));
        self.open.pop();
        self.read.insert(name, Arc::clone(&schema));
        schema
    }

    /// The schema of a place, shared where it is just a reference
    fn place(&mut self, written: Written<'a>) -> Arc<Schema> {
        let Some(name) = reference(written) else { return Arc::new(self.node(written)) };
        let referred = self.component(name);
        let own = node::own(written);
        let default = own.default.filter(|value| !is_zero(value));
        let says_nothing = default.is_none()
            && own.description.is_empty()
            && own.patch == PatchStrategy::default()
            && !own.nullable
            && own.list_type == ListType::default();
        if says_nothing {
            return referred;
        }
        let mut schema = Schema::clone(&referred);
        if !own.description.is_empty() {
            schema.description = own.description;
        }
        schema.default = default;
        schema.patch = own.patch;
        schema.nullable |= own.nullable;
        Arc::new(schema)
    }

    fn node(&mut self, written: Written<'a>) -> Schema {
        let mut schema = node::own(written);
        schema.default = schema.default.filter(|value| !is_zero(value));
        schema.properties = written
            .properties()
            .into_iter()
            .map(|(name, field)| (name.to_owned(), self.place(field)))
            .collect();
        schema.additional = match written.additional() {
            WrittenAdditional::Nothing | WrittenAdditional::Flag(false) => Additional::None,
            WrittenAdditional::Flag(true) => Additional::Any,
            WrittenAdditional::Node(values) => Additional::Schema(self.place(values)),
        };
        schema.items = written.node("items").map(|items| self.place(items));
        if written.text("format") == "int-or-string" {
            schema.kind = Type::IntOrString;
        }
        // an object that names no field is one that holds another, such as a `RawExtension`
        let holds_other = schema.kind == Type::Object
            && schema.properties.is_empty()
            && matches!(schema.additional, Additional::None);
        schema.preserve_unknown |= holds_other || schema.kind == Type::Any;
        if holds_other {
            schema.map_type = MapType::Atomic;
        }
        schema
    }
}

/// The component that a place refers to, also beside a default
fn reference(written: Written<'_>) -> Option<&str> {
    let direct = written.text("$ref").strip_prefix(COMPONENTS);
    direct.or_else(|| match written.values("allOf") {
        [only] => only.get("$ref")?.as_str()?.strip_prefix(COMPONENTS),
        _ => None,
    })
}

/// What Go has where nothing was said; OpenAPI writes it as a default, but nobody puts it there
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
