//! The OpenAPI document of one group and version
//!
//! It owns which schemas a document carries: those of its kinds, and all that they refer to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{REFERENCE, custom, definitions, operation};
use crate::discovery::Version;
use crate::hash;
use crate::kind::Source;

/// A document as it is sent
#[derive(Debug)]
pub(super) struct Document {
    pub(super) body: Vec<u8>,
    /// Of the body
    pub(super) hash: String,
}

// === impl Document ===

impl Document {
    pub(super) fn of(group: &str, version: &Version<'_>) -> Self {
        let body = value(group, version).to_string().into_bytes();
        Self { hash: hash::of(&body), body }
    }
}

/// The document as a value
pub(super) fn value(group: &str, version: &Version<'_>) -> Value {
    let mut schemas = BTreeMap::new();
    let mut paths = BTreeMap::new();
    for kind in &version.kinds {
        let names = match &kind.source {
            Source::BuiltIn(built_in) => [built_in.schema.to_owned(), format!("{}List", built_in.schema)],
            Source::Custom(custom) => {
                let [name, list] = custom::names(kind);
                for (name, schema) in
                    [(&name, custom::schema(kind, custom)), (&list, custom::list_schema(kind, custom, &name))]
                {
                    include_references(&schema, &mut schemas);
                    schemas.insert(name.clone(), schema);
                }
                [name, list]
            }
        };
        paths.extend(operation::paths(kind, &names));
    }
    let is_custom = version.kinds.iter().all(|kind| kind.custom().is_some());
    let info = if is_custom {
        json!({ "title": "Kubernetes CRD Swagger", "version": "v0.1.0" })
    } else {
        paths.insert(
            format!("/{}/", super::path(group, version.name)),
            operation::resource_list(&version.kinds),
        );
        json!({ "title": "Kubernetes", "version": "1.37" })
    };
    for path in paths.values() {
        include_references(path, &mut schemas);
    }
    json!({ "openapi": "3.0.0", "info": info, "paths": paths, "components": { "schemas": schemas } })
}

/// Adds a definition, if there is one, and all that it refers to
fn include(name: &str, schemas: &mut BTreeMap<String, Value>) {
    let Some(definition) = definitions().get(name).filter(|_| !schemas.contains_key(name)) else { return };
    schemas.insert(name.to_owned(), definition.clone());
    include_references(definition, schemas);
}

fn include_references(node: &Value, schemas: &mut BTreeMap<String, Value>) {
    match node {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if name == "$ref" => include(text.trim_start_matches(REFERENCE), schemas),
                    _ => include_references(field, schemas),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| include_references(element, schemas)),
        _ => {}
    }
}
