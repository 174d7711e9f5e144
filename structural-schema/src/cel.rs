//! The rules of a schema (`x-kubernetes-validations`), in CEL
//!
//! It owns what the API server does with them: which are checked where, with which old value, and what is said of an
//! object that breaks one; and what is said of a rule that is not acceptable. Rules inside `allOf` and its kin, which no
//! CRD may have, are not its business. Only `foreign` names the crates whose functions are borrowed.
//!
//! # Where a real server differs
//! * A rule may be nested 250 deep there, 125 here.
//! * Time zones have names there (`getHours('Europe/Berlin')`); here they are offsets (`+02:00`), and a name fails.
//! * Messages of protobuf (`google.protobuf.Duration{}`) can be made there; here they are not declared.
//! * What rules cost while they run is counted in units that are near to the server's, not the same. The estimate that
//!   decides whether a rule is accepted is the server's own.
//! * `optionalOldSelf: false` is refused there where the rule does not use `oldSelf`; here it is as if it were not written.

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
