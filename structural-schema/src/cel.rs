//! The rules of a schema (`x-kubernetes-validations`), in CEL
//!
//! It owns what the API server does with them: which are checked where, with which old value, and what is said of an
//! object that breaks one; and what is said of a rule that is not acceptable. Rules inside `allOf` and its kin are not
//! read. Only `cel/foreign` names the crates whose functions are borrowed.

mod accept;
mod checker;
mod convert;
mod cost;
mod declared;
mod escape;
mod expand;
mod field_path;
mod fields;
mod foreign;
mod format;
mod function;
mod issue;
mod kind;
mod lexer;
mod list;
mod literals;
mod machine;
mod moment;
mod named;
mod operator;
mod parser;
mod program;
mod rules;
mod signature;
mod syntax;
mod text;
mod unify;
mod url;
mod value;
mod weight;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::field_error::FieldError;
use crate::schema::Schema;

pub(crate) use program::Cached;

/// What the rules of a schema say of an object that has passed the other checks
pub fn check(schema: &Schema, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    rules::Walk::object(schema, new, old)
}

/// What an API server says of the rules of a schema that is sound otherwise, when the CRD is written
///
/// It knows all that the server knows: the texts beside a rule, syntax, types, constants, transitions, and the
/// estimated cost. Places are relative to the schema, such as `properties[spec].x-kubernetes-validations[0].rule`.
pub fn compile(schema: &Schema) -> Vec<FieldError> {
    compile_at(schema, "")
}

/// As [`compile`], for a schema that stands somewhere, such as in `spec.validation.openAPIV3Schema`
pub fn compile_at(schema: &Schema, place: &str) -> Vec<FieldError> {
    accept::schema(schema, place)
}
