//! Objects as a Table: what `kubectl get` asks for
//!
//! It owns the form. Columns and cells of built-in kinds are theirs, those of custom ones are in their definition.

mod json_path;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::Schema;

use crate::built_in::{BuiltIn, Column, duration};
use crate::go_value::escaped;
use crate::kind::{Custom, Kind, Source};
use json_path::JsonPath;

/// What a row carries besides its cells
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IncludeObject {
    /// Nothing
    None,
    /// The metadata of its object
    #[default]
    Metadata,
    /// Its object
    Object,
}

/// The objects, in the form of the kind, as a Table of `meta.k8s.io/v1`
pub(crate) fn table(
    kind: &Kind,
    objects: &[Arc<Value>],
    list_meta: Value,
    include: IncludeObject,
    now: Timestamp,
) -> Value {
    let (columns, rows) = match &kind.source {
        Source::BuiltIn(built_in) => (
            built_in.columns.iter().map(|column| column.definition(&kind.schema)).collect(),
            objects.iter().map(|object| built_in_row(built_in, object, now)).collect::<Vec<_>>(),
        ),
        Source::Custom(custom) => (custom_columns(custom), custom_rows(custom, objects, now)),
    };
    let mut rows = rows;
    for (row, object) in rows.iter_mut().zip(objects) {
        match include {
            IncludeObject::None => row["object"] = Value::Null,
            IncludeObject::Metadata => {
                row["object"] = json!({
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"],
                });
            }
            IncludeObject::Object => row["object"] = Value::clone(object),
        }
    }
    let mut table = json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1" });
    table["metadata"] = list_meta;
    table["columnDefinitions"] = Value::Array(columns);
    table["rows"] = Value::Array(rows);
    table
}

fn built_in_row(built_in: &BuiltIn, object: &Value, now: Timestamp) -> Value {
    let mut row = json!({ "cells": (built_in.cells)(object, now) });
    if let Some((reason, message)) = (built_in.finished)(object) {
        row["conditions"] =
            json!([{ "type": "Completed", "status": "True", "reason": reason, "message": message }]);
    }
    row
}

// === impl Column ===

impl Column {
    /// The column as a Table tells it; a description that begins with `@` is that of a field in the schema
    fn definition(&self, schema: &Schema) -> Value {
        let description = match self.description.strip_prefix('@') {
            Some(path) => described(schema, path),
            None => self.description,
        };
        json!({
            "name": self.name, "type": self.kind, "format": self.format, "description": description,
            "priority": self.priority,
        })
    }
}

fn described<'a>(schema: &'a Schema, path: &str) -> &'a str {
    let mut place = schema;
    for name in path.split('.') {
        match place.properties.get(name) {
            Some(below) => place = below,
            None => return "",
        }
    }
    &place.description
}

/// What is shown of a custom resource that declares no columns
fn default_columns() -> Vec<Value> {
    vec![json!({ "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" })]
}

fn custom_columns(custom: &Custom) -> Vec<Value> {
    let mut columns = vec![Column::NAME.definition(&Schema::default())];
    let declared = if custom.columns.is_empty() { default_columns() } else { custom.columns.clone() };
    for column in declared {
        let text = |field: &str| column[field].as_str().unwrap_or_default().to_owned();
        let mut description = text("description");
        if description.is_empty() {
            description =
                format!("Custom resource definition column (in JSONPath format): {}", text("jsonPath"));
        }
        columns.push(json!({
            "name": text("name"), "type": text("type"), "format": text("format"), "description": description,
            "priority": column["priority"].as_i64().unwrap_or(0),
        }));
    }
    columns
}

fn custom_rows(custom: &Custom, objects: &[Arc<Value>], now: Timestamp) -> Vec<Value> {
    let declared = if custom.columns.is_empty() { default_columns() } else { custom.columns.clone() };
    let paths: Vec<(String, Option<JsonPath>)> = declared
        .iter()
        .map(|column| {
            let path = JsonPath::parse(column["jsonPath"].as_str().unwrap_or_default());
            (column["type"].as_str().unwrap_or_default().to_owned(), path)
        })
        .collect();
    let row = |object: &Arc<Value>| {
        let mut cells = vec![object["metadata"]["name"].clone()];
        for (kind, path) in &paths {
            let found = path.as_ref().and_then(|path| path.find(object));
            cells.push(found.map_or(Value::Null, |value| cell(kind, value, now)));
        }
        json!({ "cells": cells })
    };
    objects.iter().map(row).collect()
}

/// A value in a column of this type; null if it is of another type
fn cell(kind: &str, value: &Value, now: Timestamp) -> Value {
    match (kind, value) {
        ("string", Value::Null) => "null".into(),
        ("string", Value::String(text)) => text.as_str().into(),
        ("string", Value::Bool(_) | Value::Number(_)) => plain(value).into(),
        ("string", Value::Array(_) | Value::Object(_)) => escaped(&value.to_string()).into(),
        ("integer", Value::Number(number)) => {
            #[expect(clippy::cast_possible_truncation, reason = "as the real server does")]
            let whole = number.as_i64().or_else(|| number.as_f64().map(|number| number as i64));
            whole.map_or(Value::Null, Value::from)
        }
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => value.clone(),
        ("date", Value::String(text)) if text.is_empty() => "<unknown>".into(),
        ("date", Value::String(text)) => {
            text.parse().map_or_else(|_| "<invalid>".into(), |time: Timestamp| duration(time, now).into())
        }
        _ => Value::Null,
    }
}

/// A number or a truth as Go prints it: a whole number has no fraction
fn plain(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if value.is_f64() && number.fract() == 0.0 && number.abs() < 1e21 => {
            format!("{number:.0}")
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
