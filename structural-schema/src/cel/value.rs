//! The values of CEL: those in an object, seen through its schema, and those that an expression makes
//!
//! It owns how data is looked at without copying it. What is done with values is the business of `operator`, `function`
//! and `foreign`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use crate::schema::{ListType, Schema, Type};

use super::fields::Fields;
use super::foreign::Foreign;
use super::moment::{Moment, parse_span};
use super::syntax::Literal;
use super::url::Url;

/// A value
#[derive(Clone, Debug)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(Text<'a>),
    Bytes(Arc<[u8]>),
    /// In nanoseconds
    Span(i64),
    Moment(Moment),
    List(List<'a>),
    Map(Map<'a>),
    /// A type, by its name
    Type(Arc<str>),
    Optional(Option<Arc<Val<'a>>>),
    /// A value of one of Kubernetes' libraries, such as a quantity
    Foreign(Arc<Foreign>),
    Url(Arc<Url>),
    /// A named format, by its name
    Named(&'static str),
    /// Data without a schema: it can be compared, and nothing else
    Unknown(&'a Value),
}

/// Text in the object, or made
#[derive(Clone, Debug)]
pub(super) enum Text<'a> {
    Data(&'a str),
    Made(Arc<str>),
}

/// A list in the object, or made
#[derive(Clone, Debug)]
pub(super) enum List<'a> {
    Data {
        elements: &'a [Value],
        schema: &'a Schema,
    },
    Made(Arc<Vec<Val<'a>>>),
    /// Made from a list in the object, whose type it keeps
    Joined {
        elements: Arc<Vec<Val<'a>>>,
        list_type: ListType,
        keys: &'a [String],
    },
}

/// An object or map in the object, or made
#[derive(Clone, Debug)]
pub(super) enum Map<'a> {
    Data(Fields<'a>),
    Made(Arc<BTreeMap<Key, Val<'a>>>),
}

/// The key of an entry; equal numbers are equal keys
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Text(Arc<str>),
}

/// Why an expression has no value
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// A function does not take these values
    NoOverload,
    /// An operator, by its name, does not take such a value as its first
    NoOperator(&'static str),
    /// It went on for too long
    Budget,
    /// Anything else, in the words of the server
    Failed(String),
}

pub(super) type Outcome<'a> = Result<Val<'a>, Fault>;

// === impl Fault ===

impl Fault {
    pub(super) fn failed<T>(message: impl Into<String>) -> Result<T, Self> {
        Err(Self::Failed(message.into()))
    }
}

// === impl Text ===

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Data(text) => text,
            Self::Made(text) => text,
        }
    }
}

// === impl Val ===

impl<'a> Val<'a> {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Val::Text(Text::Made(Arc::from(text.into())))
    }

    pub(super) fn list(elements: Vec<Val<'a>>) -> Self {
        Val::List(List::Made(Arc::new(elements)))
    }

    pub(super) fn constant(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Val::Null,
            Literal::Bool(value) => Val::Bool(*value),
            Literal::Int(value) => Val::Int(*value),
            Literal::Uint(value) => Val::Uint(*value),
            Literal::Double(value) => Val::Double(*value),
            Literal::String(text) => Val::Text(Text::Made(Arc::clone(text))),
            Literal::Bytes(bytes) => Val::Bytes(Arc::clone(bytes)),
        }
    }

    /// The value of a place in an object
    pub(super) fn of(value: &'a Value, schema: &'a Schema, resource: bool) -> Outcome<'a> {
        if value.is_null() {
            return if schema.nullable {
                Ok(Val::Null)
            } else {
                Fault::failed("invalid data, got null for schema with nullable=false")
            };
        }
        match (schema.kind, value) {
            (Type::Object, Value::Object(map)) => {
                Ok(Val::Map(Map::Data(Fields::new(map, schema, resource || schema.embedded))))
            }
            (Type::Array, Value::Array(elements)) => Ok(Val::List(List::Data { elements, schema })),
            (Type::String, Value::String(text)) => formatted(text, schema),
            (Type::IntOrString, Value::String(text)) => Ok(Val::Text(Text::Data(text))),
            (Type::Boolean, Value::Bool(value)) => Ok(Val::Bool(*value)),
            (Type::Number, Value::Number(number)) => Ok(Val::Double(number.as_f64().unwrap_or(f64::NAN))),
            (Type::Integer | Type::IntOrString, Value::Number(number)) if number.as_i64().is_some() => {
                Ok(Val::Int(number.as_i64().unwrap_or_default()))
            }
            (Type::Any, _) => Ok(Val::Unknown(value)),
            _ => Fault::failed(format!(
                "invalid data, expected {}, got {}",
                expected(schema.kind),
                go_type(value)
            )),
        }
    }

    /// The name of its type
    pub(super) fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::Uint(_) => "uint",
            Val::Double(_) => "double",
            Val::Text(_) => "string",
            Val::Bytes(_) => "bytes",
            Val::Span(_) => "google.protobuf.Duration",
            Val::Moment(_) => "google.protobuf.Timestamp",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Type(_) => "type",
            Val::Optional(_) => "optional_type",
            Val::Foreign(foreign) => foreign.type_name(),
            Val::Url(_) => "kubernetes.URL",
            Val::Named(_) => "kubernetes.NamedFormat",
            Val::Unknown(_) => "unknown",
        })
    }
}

/// A text whose format may make it something else
fn formatted<'a>(text: &'a str, schema: &Schema) -> Outcome<'a> {
    let format = schema.checks.get("format").and_then(Value::as_str).unwrap_or_default();
    let (value, shown) = match format {
        "date-time" => (Moment::parse(text, true).map(Val::Moment), "date-time formatted string"),
        "date" => (Moment::parse_date(text).map(Val::Moment), "date formatted string"),
        "duration" => (parse_span(text, true).map(Val::Span), "duration"),
        "byte" => {
            (super::foreign::from_base64(text).map(|bytes| Val::Bytes(bytes.into())), "byte formatted string")
        }
        _ => return Ok(Val::Text(Text::Data(text))),
    };
    value.map_or_else(|| Fault::failed(format!("Invalid {shown} {text}")), Ok)
}

fn expected(kind: Type) -> &'static str {
    match kind {
        Type::Any => "any value",
        Type::Object => "a map for the provided schema with type=object",
        Type::Array => "an array for the provided schema with type=array",
        Type::String => "string",
        Type::Integer => "int",
        Type::Number => "float",
        Type::Boolean => "bool",
        Type::IntOrString => "XIntOrString value to be either a string or integer",
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

// === impl List ===

impl<'a> List<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Data { elements, .. } => elements.len(),
            Self::Made(elements) | Self::Joined { elements, .. } => elements.len(),
        }
    }

    /// None past the end
    pub(super) fn get(&self, index: usize) -> Option<Outcome<'a>> {
        match self {
            Self::Data { elements, schema } => {
                let items = schema.items.as_deref();
                elements.get(index).map(|value| match items {
                    Some(items) => Val::of(value, items, false),
                    None => Fault::failed("invalid array type, expected Items with a non-empty Schema"),
                })
            }
            Self::Made(elements) | Self::Joined { elements, .. } => elements.get(index).cloned().map(Ok),
        }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = Outcome<'a>> {
        (0..self.len()).map_while(|index| self.get(index))
    }

    /// How it is compared and added to
    pub(super) fn list_type(&self) -> ListType {
        match self {
            Self::Data { schema, .. } => schema.list_type,
            Self::Joined { list_type, .. } => *list_type,
            Self::Made(_) => ListType::Atomic,
        }
    }

    /// What tells its elements apart, for [`ListType::Map`]
    pub(super) fn keys(&self) -> &'a [String] {
        match self {
            Self::Data { schema, .. } => &schema.list_map_keys,
            Self::Joined { keys, .. } => keys,
            Self::Made(_) => &[],
        }
    }
}

// === impl Map ===

impl<'a> Map<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Data(fields) => fields.map.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    /// None if there is no such entry
    pub(super) fn find(&self, key: &Val<'_>) -> Result<Option<Val<'a>>, Fault> {
        match self {
            Self::Data(fields) => match key {
                Val::Text(name) => fields.find(name).transpose(),
                _ => Err(Fault::NoOverload),
            },
            Self::Made(entries) => Ok(Key::of(key).and_then(|key| entries.get(&key).cloned())),
        }
    }

    pub(super) fn keys(&self) -> Vec<Val<'a>> {
        match self {
            Self::Data(fields) => fields.keys(),
            Self::Made(entries) => entries.keys().map(Key::value).collect(),
        }
    }
}

// === impl Key ===

impl Key {
    /// The key that equals a value; none if the value can be no key
    pub(super) fn of(value: &Val<'_>) -> Option<Self> {
        Some(match value {
            Val::Bool(value) => Self::Bool(*value),
            Val::Int(value) => Self::Int(*value),
            Val::Uint(value) => i64::try_from(*value).map_or(Self::Uint(*value), Self::Int),
            Val::Double(value) => Self::Int(super::operator::whole(*value)?),
            Val::Text(text) => Self::Text(Arc::from(&**text)),
            _ => return None,
        })
    }

    pub(super) fn value<'a>(&self) -> Val<'a> {
        match self {
            Self::Bool(value) => Val::Bool(*value),
            Self::Int(value) => Val::Int(*value),
            Self::Uint(value) => Val::Uint(*value),
            Self::Text(text) => Val::Text(Text::Made(Arc::clone(text))),
        }
    }
}
