//! Types of fields as the program knows them, where the derive saw only their names

use std::{any::type_name, cell::RefCell, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

pub use healing_model::FieldKind;
use healing_model::{Blueprint, Shape};

use crate::HealingSchema;

/// A type that is asked what it is
pub struct Of<T>(PhantomData<T>);

/// What the program knows of one field
pub enum Fact {
    /// Its type
    Kind(FieldKind),
    /// Its default, as an object has it
    Default(Value),
}

/// The answer of a type that is not declared with us; a method of [`Of`] itself goes before it
pub trait Foreign {
    /// Nothing that rules could use
    fn kind(&self) -> FieldKind {
        FieldKind::Other
    }
}

// === impl Fact ===

impl Fact {
    /// The default that a user's expression gives
    pub fn of_default(default: &impl serde::Serialize) -> Self {
        Self::Default(super::written(default).unwrap_or_default())
    }
}

// === impl Of ===

impl<T> Of<T> {
    /// The question
    pub const NEW: Self = Self(PhantomData);
}

impl<T: HealingSchema> Of<T> {
    /// What the type is
    pub fn kind(&self) -> FieldKind {
        T::kind()
    }
}

impl<T> Foreign for Of<T> {}

/// The fields and the constants of a struct as the program knows them
type Known = (Vec<(&'static str, Fact)>, Vec<Value>);

/// The struct that the derive wrote down, with the types of its fields
///
/// # Panics
///
/// Where it is none: the derive and this crate are not of one release.
pub fn object<T>(json: &str, known: impl FnOnce() -> Known) -> FieldKind {
    thread_local! {
        static UNDER_WAY: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }
    let name = type_name::<T>();
    // A struct in itself has no end; its schema, which has none either, tells so.
    if UNDER_WAY.with_borrow(|names| names.contains(&name)) {
        return FieldKind::Other;
    }
    UNDER_WAY.with_borrow_mut(|names| names.push(name));
    let (facts, constants) = known();
    UNDER_WAY.with_borrow_mut(Vec::pop);
    let mut shape: Shape = serde_json::from_str(json).expect("the derive and the runtime are of one release");
    know(&mut shape, facts, &constants);
    FieldKind::Object(Box::new(shape))
}

/// The words of an enum, as its schema has them
pub fn words<T: JsonSchema>() -> FieldKind {
    let schema = T::json_schema(&mut SchemaGenerator::default()).to_value();
    let alone = std::slice::from_ref(&schema);
    let parts = schema["oneOf"].as_array().map_or(alone, Vec::as_slice);
    let of = |part: &Value| {
        let listed = part["enum"].as_array().cloned().unwrap_or_default();
        let words = listed.into_iter().chain(part.get("const").cloned());
        words.filter_map(|word| Some(word.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    FieldKind::Enumeration(parts.iter().flat_map(of).collect())
}

/// An object of which one field is set; rules do not look into it
pub fn union<T>() -> FieldKind {
    FieldKind::Other
}

/// The schema of a struct with the bounds and rules of its fields
pub fn declare<T: HealingSchema>(schema: Schema) -> Schema {
    match T::kind() {
        FieldKind::Object(shape) => crate::schema::declare(schema, &shape.fields, &shape.rules, &shape.cel),
        _ => schema,
    }
}

/// A blueprint with what the program knows
pub(super) fn complete(blueprint: &mut Blueprint, facts: Vec<(&'static str, Fact)>, constants: &[Value]) {
    let mut shape = Shape {
        ident: String::new(),
        fields: std::mem::take(&mut blueprint.fields),
        rules: std::mem::take(&mut blueprint.rules),
        cel: std::mem::take(&mut blueprint.cel),
    };
    know(&mut shape, facts, constants);
    (blueprint.fields, blueprint.rules, blueprint.cel) = (shape.fields, shape.rules, shape.cel);
}

fn know(shape: &mut Shape, facts: Vec<(&'static str, Fact)>, constants: &[Value]) {
    let mut flattened = Vec::new();
    for (name, fact) in facts {
        let Some(field) = shape.fields.iter_mut().find(|field| field.ident() == name) else { continue };
        match fact {
            Fact::Kind(FieldKind::Other) => {}
            Fact::Kind(FieldKind::Object(below)) if field.kind == FieldKind::Flattened && !field.optional => {
                flattened.push((name, below));
            }
            Fact::Kind(_) if field.kind == FieldKind::Flattened => {}
            Fact::Kind(kind) => field.kind = kind,
            // An absent value is no default.
            Fact::Default(default) => field.default = Some(default).filter(|default| !default.is_null()),
        }
    }
    let rules = std::mem::take(&mut shape.rules).into_iter();
    shape.rules = rules.map(|rule| rule.resolved(&shape.fields, constants)).collect();
    // The fields of a flattened struct stand beside the others, and so do its rules.
    for (name, below) in flattened {
        shape.fields.retain(|field| field.ident() != name);
        shape.fields.extend(below.fields);
        shape.rules.extend(below.rules);
        shape.cel.extend(below.cel);
    }
}
