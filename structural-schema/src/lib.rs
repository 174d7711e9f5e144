//! What a Kubernetes API server does with the schema of a resource: prune, default, validate, in its own words
//!
//! This crate owns structural schemas as a value and everything that is done to objects by them. It deliberately knows
//! no API server, no client and no clock: a schema and an object go in, an object and errors come out.

mod schema;
mod compiled;
mod field_error;
mod place;
mod go_text;
mod pattern;
mod format;
mod parse;
mod prune;
mod default;
mod correlate;
mod validate;
pub mod cel;

pub use compiled::Compiled;
pub use default::{default, fill_defaults};
pub use field_error::{FieldError, Reason};
pub use prune::{prune, prune_at};
pub use schema::{Additional, ListType, MapType, PatchStrategy, Rule, Schema, Type};
pub use validate::{Beside, undecodable, validate, validate_beside, validate_status};
