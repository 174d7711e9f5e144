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

pub use compiled::Compiled;
pub use field_error::{FieldError, Reason};
pub use schema::{Additional, ListType, MapType, PatchStrategy, Rule, Schema, Type};
