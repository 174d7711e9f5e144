//! What was declared: the blueprint of a self-healing resource, as plain data
//!
//! This crate owns the vocabulary that a declaration is made of (identity, roles, knobs, columns, rules) and the
//! rules about declarations themselves. It does not parse Rust tokens (`healing-derive` does), does not decide
//! anything about pods (`healing-engine` does) and depends on `serde` and `serde_json` alone, because the derive
//! links it.

mod blueprint;
mod field_error;
mod knob;
mod policy;

pub use blueprint::{
    Blueprint,
    column::{Column, ColumnType},
    identity::{Identity, Scope},
    role::{Role, RoleBinding},
};
pub use field_error::{FieldError, FieldErrorReason};
pub use knob::{KNOBS, KnobKind, KnobSpec, Knobs, ScaleDown};
pub use policy::{Declared, Policy};
