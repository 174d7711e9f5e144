//! What was declared: the blueprint of a self-healing resource, as plain data
//!
//! This crate owns the vocabulary that a declaration is made of (identity, roles, knobs, columns, rules) and the
//! rules about declarations themselves. It does not parse Rust tokens (`healing-derive` does), does not decide
//! anything about pods (`healing-engine` does) and depends on `serde` and `serde_json` alone, because the derive
//! links it.

pub mod attribute;
mod blueprint;
mod blueprint_error;
mod rule;
mod amount;
mod knob;
mod policy;
mod field_error;
mod pattern;
mod constraint;
mod validate;

pub use amount::Amount;
pub use blueprint::{
    Blueprint,
    access::PolicyRule,
    check::{Engine, TEXT_FORMATS},
    column::{Column, ColumnType, STATUS_FIELDS},
    definition::Definition,
    field::{Field, FieldKind, Shape},
    identity::{Identity, Scope, plural_of},
    owned::OwnedKind,
    role::{Role, RoleBinding},
    webhook::{FailurePolicy, Webhook},
};
pub use blueprint_error::{BlueprintError, Place};
pub use constraint::violations;
pub use field_error::{FieldError, FieldErrorReason};
pub use knob::{KNOBS, KnobKind, KnobSpec, KnobValue, Knobs, Removal, Replacement, ScaleDown};
pub use pattern::translate;
pub use policy::{Declared, Policy};
pub use rule::{
    BinaryOperator, CelRule, EvaluationError, Expression, Function, Matches, MessagePart, Origin, Part, Path,
    Quantifier, Rule, UnaryOperator, ValueKind,
};
pub use validate::{NAME_LENGTH_MAX, NAME_MESSAGE};
