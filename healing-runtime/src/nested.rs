//! What a type in a spec is to rules: the trait of nested types, and its impls for what Rust and serde have
//!
//! Implemented for structs and enums by `#[derive(HealingSchema)]`, never by hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use healing_model::FieldKind;
use schemars::JsonSchema;

/// A type that a spec can have with all that was declared about it: bounds, defaults and rules
///
/// A type that has a schema but not this trait, such as `PodTemplateSpec`, can be in a spec too; rules cannot look
/// into it.
pub trait HealingSchema: JsonSchema {
    /// What it is
    fn kind() -> FieldKind;
}

macro_rules! whole {
    ($($number:ty: $bits:literal, $signed:literal;)*) => {$(
        impl HealingSchema for $number {
            fn kind() -> FieldKind {
                FieldKind::Integer { bits: $bits, signed: $signed }
            }
        }
    )*};
}

whole! {
    i8: 8, true;
    i16: 16, true;
    i32: 32, true;
    i64: 64, true;
    isize: 64, true;
    u8: 8, false;
    u16: 16, false;
    u32: 32, false;
    u64: 64, false;
    usize: 64, false;
}

macro_rules! plain {
    ($($plain:ty: $kind:ident;)*) => {$(
        impl HealingSchema for $plain {
            fn kind() -> FieldKind {
                FieldKind::$kind
            }
        }
    )*};
}

plain! {
    f32: Number;
    f64: Number;
    bool: Boolean;
    String: String;
}

macro_rules! list {
    ($($list:ident)*) => {$(
        impl<T: HealingSchema> HealingSchema for $list<T> {
            fn kind() -> FieldKind {
                FieldKind::List(Box::new(T::kind()))
            }
        }
    )*};
}

list! { Vec VecDeque BTreeSet }

#[expect(clippy::disallowed_types, reason = "what users have; nothing iterates it here")]
impl<T: HealingSchema, S> HealingSchema for std::collections::HashMap<String, T, S> {
    fn kind() -> FieldKind {
        FieldKind::Map(Box::new(T::kind()))
    }
}

#[expect(clippy::disallowed_types, reason = "what users have; nothing iterates it here")]
impl<T: HealingSchema, S> HealingSchema for std::collections::HashSet<T, S> {
    fn kind() -> FieldKind {
        FieldKind::List(Box::new(T::kind()))
    }
}

impl<T: HealingSchema> HealingSchema for BTreeMap<String, T> {
    fn kind() -> FieldKind {
        FieldKind::Map(Box::new(T::kind()))
    }
}

impl<T: HealingSchema> HealingSchema for Box<T> {
    fn kind() -> FieldKind {
        T::kind()
    }
}
