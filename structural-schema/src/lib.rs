//! What a Kubernetes API server does with the schema of a resource: prune, default, validate, in its own words
//!
//! This crate owns structural schemas as a value and everything that is done to objects by them. It deliberately knows
//! no API server, no client and no clock: a schema and an object go in, an object and errors come out.

mod schema;
#[expect(dead_code, reason = "validation, which reads it, comes next")]
mod compiled;
mod field_error;
mod place;
mod go_text;
mod pattern;
mod format;
mod parse;
#[expect(dead_code, reason = "validation, which calls it, comes next")]
mod cel;

pub use compiled::Compiled;
pub use field_error::{FieldError, Reason};
pub use schema::{Additional, ListType, MapType, PatchStrategy, Rule, Schema, Type};

/// Placeholder of `prune`, `default` and `validate`, which replace it
mod placeholder {
    use serde_json::Value;

    use crate::{FieldError, Schema};

    /// Removes unknown fields
    pub fn prune(_: &Schema, _: &mut Value) -> Vec<String> {
        Vec::new()
    }
    /// Fills in defaults
    pub fn default(_: &Schema, _: &mut Value) {}
    /// What is wrong with an object
    pub fn validate(_: &Schema, _: &Value, _: Option<&Value>) -> Vec<FieldError> {
        Vec::new()
    }
}
pub use placeholder::{default, prune, validate};
