//! The rules of a schema (`x-kubernetes-validations`), in CEL
//!
//! It owns what the API server does with them: which are checked where, with which old value, and what is said of an
//! object that breaks one; and what is said of a rule that is not acceptable. Rules inside `allOf` and its kin are not
//! read. Only `cel/foreign` names the crates whose functions are borrowed.

mod convert;
mod declared;
mod escape;
mod expand;
mod field_path;
mod foreign;
mod format;
mod function;
mod issue;
mod kind;
mod lexer;
mod list;
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
mod url;
mod value;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::field_error::FieldError;
use crate::schema::Schema;

pub(crate) use program::Cached;

/// What the rules of a schema say of an object that has passed the other checks
pub(crate) fn check(schema: &Schema, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    rules::Walk::object(schema, new, old)
}
