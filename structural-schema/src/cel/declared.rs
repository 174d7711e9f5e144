//! What CEL knows of a schema: the type of each place, and how large its values can be
//!
//! It owns the step from schemas to types. What may be done with a type is `checker`'s business, what it costs `cost`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::schema::{Additional, Schema, Type};

use super::escape::escape;
use super::kind::{Object, Ty};

/// The largest request, in bytes: what has no limit of its own fits in it
pub(super) const REQUEST_BYTES_MAX: u64 = 3 * 1024 * 1024;
/// How long the name of an object is
const NAME_MAX: u64 = 253;

/// One place
#[derive(Debug)]
pub(super) struct Declared {
    /// Of an object: its path, by which two are told apart
    pub(super) name: String,
    kind: Kind,
    /// How many bytes its JSON has at least
    pub(super) bytes_min: u64,
    /// How many characters, elements or entries it has at most
    pub(super) size_max: u64,
}

#[derive(Debug)]
enum Kind {
    Simple(Ty),
    List(Arc<Declared>),
    Map(Arc<Declared>),
    Object(BTreeMap<String, Arc<Declared>>),
}

// === impl Declared ===

impl Declared {
    /// None if CEL cannot see it
    pub(super) fn of(schema: &Schema, resource: bool, name: &str) -> Option<Arc<Self>> {
        let number = |key: &str| schema.checks.get(key).and_then(Value::as_u64);
        let make = |kind, bytes_min, size_max| {
            Some(Arc::new(Self { name: name.to_owned(), kind, bytes_min, size_max }))
        };
        match schema.kind {
            Type::Any => None,
            Type::IntOrString => {
                let longest =
                    number("maxLength").map_or(REQUEST_BYTES_MAX - 2, |length| length.saturating_mul(4));
                make(Kind::Simple(Ty::Dyn), 1, longest)
            }
            Type::Boolean => make(Kind::Simple(Ty::Bool), 4, 0),
            Type::Integer => make(Kind::Simple(Ty::Int), 1, 0),
            Type::Number => make(Kind::Simple(Ty::Double), 1, 0),
            Type::String => {
                let (ty, bytes_min, longest) = text(schema);
                make(Kind::Simple(ty), bytes_min, longest)
            }
            Type::Array => {
                let items = schema.items.as_deref()?;
                let items = Self::of(items, items.embedded, &format!("{name}.@idx"))?;
                let most = number("maxItems").unwrap_or((REQUEST_BYTES_MAX - 2) / (items.bytes_min + 1));
                make(Kind::List(items), 2, most)
            }
            Type::Object => match &schema.additional {
                Additional::Schema(values) if !resource || schema.properties.is_empty() => {
                    let values = Self::of(values, values.embedded, &format!("{name}.@elem"))?;
                    let most =
                        number("maxProperties").unwrap_or((REQUEST_BYTES_MAX - 2) / (values.bytes_min + 6));
                    make(Kind::Map(values), 2, most)
                }
                _ => {
                    let (fields, bytes_min) = fields(schema, resource || schema.embedded, name);
                    make(Kind::Object(fields), bytes_min, 0)
                }
            },
        }
    }

    pub(super) fn ty(self: &Arc<Self>) -> Ty {
        match &self.kind {
            Kind::Simple(ty) => ty.clone(),
            Kind::List(items) => Ty::list(items.ty()),
            Kind::Map(values) => Ty::map(Ty::String, values.ty()),
            Kind::Object(_) => Ty::Object(Object(Arc::clone(self))),
        }
    }

    /// A known field, by its identifier
    pub(super) fn field(&self, ident: &str) -> Option<&Arc<Self>> {
        match &self.kind {
            Kind::Object(fields) => fields.get(ident),
            _ => None,
        }
    }

    /// The elements of a list, the values of a map
    pub(super) fn inner(&self) -> Option<&Arc<Self>> {
        match &self.kind {
            Kind::List(inner) | Kind::Map(inner) => Some(inner),
            _ => None,
        }
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.kind, Kind::Map(_))
    }
}

/// The fields of an object, and how many bytes it has at least: those that must be there and have no default count
fn fields(schema: &Schema, resource: bool, name: &str) -> (BTreeMap<String, Arc<Declared>>, u64) {
    let (mut fields, mut bytes_min) = (BTreeMap::new(), 2);
    let meta = if resource { resource_fields(schema, name) } else { Vec::new() };
    for (field, property) in &schema.properties {
        if meta.iter().any(|(known, _)| known == field) {
            continue;
        }
        let ident = escape(field);
        let place = format!("{name}.{}", ident.as_deref().unwrap_or(field));
        let Some(declared) = Declared::of(property, property.embedded, &place) else { continue };
        if schema.required.contains(field) && property.default.is_none() {
            bytes_min += u64::try_from(field.len()).unwrap_or_default() + declared.bytes_min + 4;
        }
        if let Some(ident) = ident {
            fields.insert(ident, declared);
        }
    }
    for (field, declared) in meta {
        if schema.required.iter().any(|required| required == field) {
            bytes_min += u64::try_from(field.len()).unwrap_or_default() + declared.bytes_min + 4;
        }
        fields.insert(field.to_owned(), declared);
    }
    (fields, bytes_min)
}

/// What every resource has, whatever its schema says
fn resource_fields(schema: &Schema, name: &str) -> Vec<(&'static str, Arc<Declared>)> {
    let text = |size_max| {
        Arc::new(Declared { name: String::new(), kind: Kind::Simple(Ty::String), bytes_min: 2, size_max })
    };
    let metadata = schema.properties.get("metadata");
    let limit = |field: &str, most: u64| {
        let written = metadata.and_then(|metadata| metadata.properties.get(field));
        let written = written.and_then(|field| field.checks.get("maxLength")).and_then(Value::as_u64);
        text(written.map_or(most, |length| length.min(most)) * 4)
    };
    let metadata = BTreeMap::from([
        ("name".to_owned(), limit("name", NAME_MAX)),
        ("generateName".to_owned(), limit("generateName", NAME_MAX - 1)),
    ]);
    let metadata = Declared {
        name: format!("{name}.metadata"),
        kind: Kind::Object(metadata),
        bytes_min: 2,
        size_max: 0,
    };
    vec![
        ("apiVersion", text(REQUEST_BYTES_MAX - 2)),
        ("kind", text(REQUEST_BYTES_MAX - 2)),
        ("metadata", Arc::new(metadata)),
    ]
}

/// The type of a text, how many bytes it has at least, how many characters at most
fn text(schema: &Schema) -> (Ty, u64, u64) {
    let length = schema.checks.get("maxLength").and_then(Value::as_u64);
    match schema.checks.get("format").and_then(Value::as_str).unwrap_or_default() {
        "byte" => (Ty::Bytes, 2, length.unwrap_or(REQUEST_BYTES_MAX - 2)),
        "duration" => (Ty::Duration, 3, 32),
        "date" => (Ty::Timestamp, 12, 12),
        "date-time" => (Ty::Timestamp, 21, 32),
        _ => {
            let values = schema.checks.get("enum").and_then(Value::as_array);
            let longest = match (length, values) {
                (Some(length), _) => length.saturating_mul(4),
                (None, Some(values)) if !values.is_empty() => {
                    let lengths = values.iter().filter_map(Value::as_str).map(str::len);
                    u64::try_from(lengths.max().unwrap_or_default()).unwrap_or(u64::MAX)
                }
                _ => REQUEST_BYTES_MAX - 2,
            };
            (Ty::String, 2, longest)
        }
    }
}
