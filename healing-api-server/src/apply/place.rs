//! A place in an object with the schema that holds there: what managed fields can tell apart
//!
//! It owns the reading of a schema for ownership: what is one value and what has parts. Validation is not its business.

use std::sync::LazyLock;

use serde_json::Value;
use structural_schema::{Additional, ListType, MapType, Schema, Type};

use super::element::{Element, Plain};
use super::object_meta::OBJECT_META;

/// A place and what is known of it
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// A whole resource, or one that is embedded: it has `apiVersion`, `kind` and `metadata` besides
    Resource { schema: &'a Schema, preserve: bool },
    /// A place with a schema; `preserve` if unknown fields are kept here or further up
    Known { schema: &'a Schema, preserve: bool },
    /// Nothing is known: objects have fields, lists are one value
    Deduced,
    /// Nothing is known, and whatever stands here is one value
    Whole,
}

/// What stands at a place
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Map,
    List,
    Scalar,
    /// Null where anything may stand; treated as a map
    Open,
}

/// What tells the elements of a list apart
#[derive(Clone, Copy, Debug)]
pub(crate) enum Relation<'a> {
    Atomic,
    Set,
    Map(&'a [String]),
}

static TEXT: LazyLock<Schema> = LazyLock::new(|| Schema { kind: Type::String, ..Schema::default() });

// === impl Place ===

impl<'a> Place<'a> {
    /// A whole resource
    pub(crate) fn resource(schema: &'a Schema) -> Self {
        Self::Resource { schema, preserve: schema.preserve_unknown }
    }

    fn below(schema: &'a Schema, preserve: bool) -> Self {
        let preserve = preserve || schema.preserve_unknown;
        if schema.embedded { Self::Resource { schema, preserve } } else { Self::Known { schema, preserve } }
    }

    fn schema(self) -> Option<(&'a Schema, bool)> {
        match self {
            Self::Resource { schema, preserve } | Self::Known { schema, preserve } => {
                Some((schema, preserve))
            }
            Self::Deduced | Self::Whole => None,
        }
    }

    /// The form in which a value is treated here
    pub(crate) fn form(self, value: &Value) -> Form {
        let kind = match self {
            Self::Resource { .. } => Type::Object,
            Self::Known { schema, .. } => schema.kind,
            Self::Deduced | Self::Whole => Type::Any,
        };
        match (kind, value) {
            (Type::Object, _) | (Type::Any | Type::IntOrString, Value::Object(_)) => Form::Map,
            (Type::Array, _) | (Type::Any | Type::IntOrString, Value::Array(_)) => Form::List,
            (Type::Any | Type::IntOrString, Value::Null) => Form::Open,
            _ => Form::Scalar,
        }
    }

    /// Whether an object here is one value
    pub(crate) fn map_is_atomic(self) -> bool {
        match self {
            Self::Known { schema, .. } => schema.map_type == MapType::Atomic,
            Self::Resource { .. } | Self::Deduced => false,
            Self::Whole => true,
        }
    }

    /// Whether the schema names a field, so that it is part of the object and not an element of a map
    pub(crate) fn names(self, field: &str) -> bool {
        self.named(field).is_some()
    }

    fn named(self, field: &str) -> Option<Self> {
        if let Self::Resource { .. } = self {
            match field {
                "apiVersion" | "kind" => return Some(Self::below(&TEXT, false)),
                "metadata" => return Some(Self::below(&OBJECT_META, false)),
                _ => {}
            }
        }
        let (schema, preserve) = self.schema()?;
        schema.properties.get(field).map(|schema| Self::below(schema, preserve))
    }

    /// Whether a field that the schema names may be null
    pub(crate) fn may_be_null(self, field: &str) -> bool {
        match self.named(field) {
            Some(Self::Known { schema, .. } | Self::Resource { schema, .. }) => schema.nullable,
            _ => true,
        }
    }

    /// The place of a field; none if the schema allows no such field
    pub(crate) fn field(self, field: &str) -> Option<Self> {
        if let Some(named) = self.named(field) {
            return Some(named);
        }
        let Some((schema, preserve)) = self.schema() else { return Some(self) };
        match &schema.additional {
            Additional::Schema(schema) => Some(Self::below(schema, preserve)),
            Additional::Any => Some(Self::Deduced),
            Additional::None => (preserve || schema.properties.is_empty()).then_some(Self::Deduced),
        }
    }

    /// The place of a field, whether the schema allows it or not
    pub(crate) fn field_or_deduced(self, field: &str) -> Self {
        self.field(field).unwrap_or(Self::Deduced)
    }

    /// What tells the elements of a list here apart
    pub(crate) fn relation(self) -> Relation<'a> {
        match self.schema() {
            Some((schema, _)) => match schema.list_type {
                ListType::Atomic => Relation::Atomic,
                ListType::Set => Relation::Set,
                ListType::Map => Relation::Map(&schema.list_map_keys),
            },
            None => Relation::Atomic,
        }
    }

    /// The place of each element of a list
    pub(crate) fn item(self) -> Self {
        let item = self.schema().and_then(|(schema, preserve)| Some((schema.items.as_deref()?, preserve)));
        item.map_or(Self::Whole, |(schema, preserve)| Self::below(schema, preserve))
    }

    /// What names an element of a list that is not atomic
    pub(crate) fn element(self, value: &Value) -> Result<Element, String> {
        match (self.relation(), value) {
            (Relation::Atomic, _) => Err("invalid indexing of non-associative list".to_owned()),
            (Relation::Map(keys), Value::Object(map)) => {
                let mut fields = Vec::new();
                for key in keys {
                    let default = || match self.item() {
                        Self::Known { schema, .. } | Self::Resource { schema, .. } => {
                            schema.properties.get(key)?.default.as_ref()
                        }
                        Self::Deduced | Self::Whole => None,
                    };
                    if let Some(value) = map.get(key).or_else(default) {
                        fields.push((key.clone(), Plain(value.clone())));
                    }
                }
                if fields.is_empty() && !keys.is_empty() {
                    let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
                    return Err(format!(
                        "associative list with keys has an element that omits all key fields [{}] \
                         (and doesn't have default values for any key fields)",
                        keys.join(" ")
                    ));
                }
                fields.sort_by(|one, other| one.0.cmp(&other.0));
                Ok(Element::Key(fields))
            }
            (Relation::Map(_), Value::Null) => {
                Err("associative list with keys may not have a null element".to_owned())
            }
            (Relation::Map(_), _) => {
                Err("associative list with keys may not have non-map elements".to_owned())
            }
            (Relation::Set, Value::Object(_)) => {
                Err("associative list without keys has an element that's a map type".to_owned())
            }
            (Relation::Set, Value::Array(_)) => {
                Err("not supported: associative list with lists as elements".to_owned())
            }
            (Relation::Set, Value::Null) => {
                Err("associative list without keys has an element that's an explicit null".to_owned())
            }
            (Relation::Set, _) => Ok(Element::Value(Plain(value.clone()))),
        }
    }

    /// The place that an element of a set of fields leads to
    pub(crate) fn step(self, element: &Element) -> Option<Self> {
        match element {
            Element::Field(name) => self.field(name),
            Element::Key(_) | Element::Value(_) | Element::Index(_) => Some(self.item()),
        }
    }
}
