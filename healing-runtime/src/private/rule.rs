//! What rules are checked on by rustc: each type of a spec has a stand-in with what a rule can do with it
//!
//! None of this runs. A rule is written once more, on stand-ins, in code that is compiled and never called; so rustc finds
//! a field that a nested type does not have, and an operator that a type does not take.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    marker::PhantomData,
    ops::{Add, Div, Mul, Neg, Rem, Sub},
};

use serde::Serialize;
use serde_json::Value as Json;

/// A type whose values a rule can use
#[diagnostic::on_unimplemented(
    message = "a rule cannot use a `{Self}`",
    label = "not for rules",
    note = "a struct or an enum of your own derives `HealingSchema`; an `Option` is asked with `is_some_and`, `is_none_or`, \
            `map_or` or `unwrap_or`",
    note = "what a rule cannot say: `cel(\"…\", \"message\")` for the API server alone, `validate = path` for Rust alone"
)]
pub trait Value {
    /// What stands in for it
    type Kind;
}

/// A type that a message can show
#[diagnostic::on_unimplemented(
    message = "a message cannot show this",
    label = "not for messages",
    note = "a message shows text, whole numbers and true or false"
)]
pub trait Shown {}

/// Stands in for the value that is borrowed
pub const fn value<V: Value + ?Sized>(_: &V) -> V::Kind {
    stand_in()
}

/// Stands in for an optional value
pub const fn optional<V>(_: &Option<V>) -> Maybe<V> {
    Maybe(PhantomData)
}

/// Stands in for an optional value where it is there
pub const fn present<V>(value: &Option<V>) -> &V {
    match value {
        Some(value) => value,
        None => stand_in(),
    }
}

/// Stands in for a value that is one of some
pub fn one_of<K: PartialEq>(_: K, _: &[K]) -> bool {
    stand_in()
}

/// Stands in for a value in a message
pub fn shown<K: Shown>(_: K) -> bool {
    stand_in()
}

/// A constant of the program as JSON; null for what JSON cannot hold
pub fn constant<V: Value + Serialize + ?Sized>(value: &V) -> Json {
    super::written(value).unwrap_or_default()
}

const fn stand_in<T>() -> T {
    unreachable!()
}

/// A whole number
pub const WHOLE: Whole = Whole;
/// A number with a fraction
pub const DECIMAL: Decimal = Decimal;

/// A whole number
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Whole;

/// A number with a fraction
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Decimal;

/// Text
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Text;

/// A value of an enum
#[derive(Clone, Copy)]
pub struct Enumeration<T>(PhantomData<T>);

/// A struct
#[derive(Clone, Copy)]
pub struct Object<T>(PhantomData<T>);

/// A list
#[derive(Clone, Copy)]
pub struct List<T>(PhantomData<T>);

/// A map from text
#[derive(Clone, Copy)]
pub struct Map<T>(PhantomData<T>);

/// The keys of a map
#[derive(Clone, Copy)]
pub struct Keys;

/// The values of a map
#[derive(Clone, Copy)]
pub struct Values<T>(PhantomData<T>);

/// A value that may be absent
#[derive(Clone, Copy)]
pub struct Maybe<T>(PhantomData<T>);

macro_rules! values {
    ($($kind:ident: $($type:ty)*;)*) => {$($(
        impl Value for $type {
            type Kind = $kind;
        }
    )*)*};
}

values! {
    Whole: i8 i16 i32 i64 isize u8 u16 u32 u64 usize;
    Decimal: f32 f64;
    Text: String str &'static str;
    bool: bool;
}

macro_rules! lists {
    ($($list:ident)*) => {$(
        impl<T> Value for $list<T> {
            type Kind = List<T>;
        }
    )*};
}

lists! { Vec VecDeque BTreeSet }

#[expect(clippy::disallowed_types, reason = "what users have; nothing iterates it here")]
impl<T, S> Value for std::collections::HashMap<String, T, S> {
    type Kind = Map<T>;
}

#[expect(clippy::disallowed_types, reason = "what users have; nothing iterates it here")]
impl<T, S> Value for std::collections::HashSet<T, S> {
    type Kind = List<T>;
}

impl<T> Value for BTreeMap<String, T> {
    type Kind = Map<T>;
}

impl<T: Value> Value for Box<T> {
    type Kind = T::Kind;
}

impl Shown for Whole {}
impl Shown for Text {}
impl Shown for bool {}
impl<T> Shown for Enumeration<T> {}

macro_rules! equal {
    ($($kind:ident)*) => {$(
        impl<T> PartialEq for $kind<T> {
            fn eq(&self, _: &Self) -> bool {
                stand_in()
            }
        }
    )*};
}

equal! { Enumeration Object List Map }

macro_rules! arithmetic {
    ($($operator:ident $function:ident)*) => {$(
        impl $operator for Whole {
            type Output = Self;

            fn $function(self, _: Self) -> Self {
                stand_in()
            }
        }
    )*};
}

arithmetic! { Add add Sub sub Mul mul Div div Rem rem }

impl Neg for Whole {
    type Output = Self;

    fn neg(self) -> Self {
        stand_in()
    }
}

impl Neg for Decimal {
    type Output = Self;

    fn neg(self) -> Self {
        stand_in()
    }
}

macro_rules! functions {
    ($(impl[$($parameter:ident)?] $kind:ty { $($name:ident($($argument:ident: $of:ty),*) -> $result:ty;)* })*) => {$(
        #[expect(missing_docs, reason = "the functions of a rule, in its reference")]
        impl$(<$parameter>)? $kind {
            $(
                #[must_use]
                pub fn $name(self, $($argument: $of),*) -> $result {
                    let _ = ($($argument,)*);
                    stand_in()
                }
            )*
        }
    )*};
}

functions! {
    impl[] Text {
        len() -> Whole;
        is_empty() -> bool;
        starts_with(start: Text) -> bool;
        ends_with(end: Text) -> bool;
        contains(part: Text) -> bool;
        matches(pattern: Text) -> bool;
        to_ascii_lowercase() -> Text;
        to_ascii_uppercase() -> Text;
    }
    impl[T] List<T> {
        len() -> Whole;
        is_empty() -> bool;
        all(holds: impl FnOnce(&T) -> bool) -> bool;
        any(holds: impl FnOnce(&T) -> bool) -> bool;
    }
    impl[T] Map<T> {
        len() -> Whole;
        is_empty() -> bool;
        contains_key(key: Text) -> bool;
        keys() -> Keys;
        values() -> Values<T>;
    }
    impl[] Keys {
        all(holds: impl FnOnce(&str) -> bool) -> bool;
        any(holds: impl FnOnce(&str) -> bool) -> bool;
    }
    impl[T] Values<T> {
        all(holds: impl FnOnce(&T) -> bool) -> bool;
        any(holds: impl FnOnce(&T) -> bool) -> bool;
    }
    impl[T] Maybe<T> {
        is_some() -> bool;
        is_none() -> bool;
        is_some_and(holds: impl FnOnce(&T) -> bool) -> bool;
        is_none_or(holds: impl FnOnce(&T) -> bool) -> bool;
    }
}

impl<T: Value> List<T> {
    /// Whether the item is in it
    pub fn contains(self, _: T::Kind) -> bool {
        stand_in()
    }
}

impl<T> Maybe<T> {
    /// The other value where there is none
    pub fn map_or<K>(self, _: K, _: impl FnOnce(&T) -> K) -> K {
        stand_in()
    }
}

impl<T: Value> Maybe<T> {
    /// The other value where there is none
    pub fn unwrap_or(self, _: T::Kind) -> T::Kind {
        stand_in()
    }
}
