//! From a schema as it was written to a [`Schema`]: the API server's acceptance of a CRD's schema, and the reading of
//! the built-in kinds
//!
//! It names the steps. Each rule stands in the file of its step; what is done to objects is not done here.

mod built_in;
mod default_value;
mod go_record;
mod keyword;
mod node;
mod open_api;
mod structural;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::field_error::{FieldError, Reason};
use crate::place::child;
use crate::schema::Schema;
use written::Written;

/// Fields of a schema that still hold for `status` alone
const AT_ROOT_BESIDE_STATUS: [&str; 22] = [
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];

impl Schema {
    /// Reads the `openAPIV3Schema` of a CRD as an API server does when the CRD is written
    ///
    /// # Errors
    /// Everything that the API server would refuse, with places relative to the schema such as
    /// `properties[spec].type`.
    pub fn parse(open_api_v3: &Value) -> Result<Arc<Self>, Vec<FieldError>> {
        Self::parse_at(open_api_v3, "")
    }

    /// As [`Schema::parse`], for a schema that stands somewhere, such as in `spec.validation.openAPIV3Schema`
    ///
    /// # Errors
    /// Everything that the API server would refuse, with whole places, also in the messages that name another place.
    pub fn parse_at(open_api_v3: &Value, place: &str) -> Result<Arc<Self>, Vec<FieldError>> {
        let nothing = Map::new();
        let root = Written(open_api_v3.as_object().unwrap_or(&nothing));
        let mut errors = Vec::new();
        if root.flag("nullable") {
            errors.push(FieldError::new(
                Reason::Forbidden,
                child(place, "nullable"),
                "nullable cannot be true at the root",
            ));
        }
        let unreadable = structural::unreadable(root, place);
        let mut sound = unreadable.is_none();
        if sound {
            let broken = structural::check(root, place);
            sound = broken.is_empty();
            errors.extend(broken);
        }
        let schema = node::read(root);
        if sound {
            errors.extend(default_value::check(&schema, place));
        }
        errors.extend(open_api::check(root, place));
        if errors.is_empty() {
            errors.extend(unreadable);
        }
        if errors.is_empty() { Ok(Arc::new(schema)) } else { Err(errors) }
    }

    /// What the schema of a CRD with a status subresource may not say at its root, since the schema of `status` is taken
    /// out of it; the API server tells it before everything else
    pub fn refused_beside_status(open_api_v3: &Value, place: &str) -> Option<FieldError> {
        let root = Written::of(open_api_v3)?;
        let held = go_record::names(root);
        let first = held.into_iter().find(|name| match *name {
            "Type" => root.kind() != "object",
            name => !AT_ROOT_BESIDE_STATUS.contains(&name),
        })?;
        Some(if first == "Type" {
            let detail = r#"only "object" is allowed as the type at the root of the schema if the status subresource is enabled"#;
            FieldError::of_value(Reason::Invalid, child(place, "type"), &root.kind().into(), detail)
        } else {
            let allowed = AT_ROOT_BESIDE_STATUS.join(" ");
            let detail = format!(
                "only [{allowed}] fields are allowed at the root of the schema if the status subresource is enabled"
            );
            FieldError {
                reason: Reason::Invalid,
                field: place.to_owned(),
                value: Some(go_record::print(root)),
                detail,
            }
        })
    }

    /// A schema as the API server prints it in messages that contain a whole one: as the record that it holds in memory
    pub fn in_memory(open_api_v3: &Value) -> String {
        Written::of(open_api_v3).map_or_else(|| "null".to_owned(), go_record::print)
    }

    /// Reads the schema of a built-in kind from the components of an API server's OpenAPI v3
    ///
    /// It never fails: what is not understood may be anything. A type that contains itself may be anything where it
    /// comes up again.
    pub fn parse_built_in(definitions: &BTreeMap<String, Value>, name: &str) -> Arc<Self> {
        built_in::read(definitions, name)
    }
}

#[cfg(test)]
mod tests;
