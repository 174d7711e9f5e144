//! The types of CEL
//!
//! It owns their form, how they are written and how they are named in messages. Which type a place of an object has is
//! `declared`'s business.

use std::fmt;
use std::sync::Arc;

use super::declared::Declared;

/// A type
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ty {
    /// Of what is wrong already: it fits everywhere
    Error,
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    List(Arc<Ty>),
    Map(Arc<(Ty, Ty)>),
    Optional(Arc<Ty>),
    Type(Arc<Ty>),
    /// An object with known fields
    Object(Object),
    /// A type of Kubernetes' libraries
    Library(&'static str),
    /// Any type, in a declaration
    Param(char),
    /// A type that is not known yet
    Var(usize),
}

/// An object with known fields; two are the same if they stand at the same place
#[derive(Clone, Debug)]
pub(super) struct Object(pub(super) Arc<Declared>);

const LIBRARIES: [(&str, &str); 11] = [
    ("authorizer", "kubernetes.authorization.Authorizer"),
    ("pathcheck", "kubernetes.authorization.PathCheck"),
    ("groupcheck", "kubernetes.authorization.GroupCheck"),
    ("resourcecheck", "kubernetes.authorization.ResourceCheck"),
    ("decision", "kubernetes.authorization.Decision"),
    ("ip", "net.IP"),
    ("cidr", "net.CIDR"),
    ("url", "kubernetes.URL"),
    ("quantity", "kubernetes.Quantity"),
    ("semver", "kubernetes.Semver"),
    ("format", "kubernetes.NamedFormat"),
];

// === impl Object ===

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

// === impl Ty ===

impl Ty {
    pub(super) fn list(of: Self) -> Self {
        Self::List(Arc::new(of))
    }

    pub(super) fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new((key, value)))
    }

    pub(super) fn optional(of: Self) -> Self {
        Self::Optional(Arc::new(of))
    }

    /// A type as declarations write it; `dyn` if it is none
    pub(super) fn read(text: &str) -> Self {
        if let Some((outer, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            let mut inner = Self::read_list(inner).into_iter();
            let first = inner.next().unwrap_or(Self::Dyn);
            return match outer {
                "list" => Self::list(first),
                "map" => Self::map(first, inner.next().unwrap_or(Self::Dyn)),
                "optional" => Self::optional(first),
                _ => Self::Type(Arc::new(first)),
            };
        }
        match text {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "uint" => Self::Uint,
            "double" => Self::Double,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "duration" => Self::Duration,
            "timestamp" => Self::Timestamp,
            _ => match (text.chars().next(), LIBRARIES.iter().find(|(short, _)| *short == text)) {
                (_, Some((_, name))) => Self::Library(name),
                (Some(c), None) if c.is_ascii_uppercase() => Self::Param(c),
                _ => Self::Dyn,
            },
        }
    }

    /// Types between commas
    pub(super) fn read_list(text: &str) -> Vec<Self> {
        let (mut depth, mut start, mut types) = (0_usize, 0, Vec::new());
        for (at, c) in text.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    types.push(Self::read(&text[start..at]));
                    start = at + 1;
                }
                _ => {}
            }
        }
        types.push(Self::read(&text[start..]));
        types
    }

    /// The types inside
    pub(super) fn inner(&self) -> Vec<&Self> {
        match self {
            Self::List(of) | Self::Optional(of) | Self::Type(of) => vec![of],
            Self::Map(of) => vec![&of.0, &of.1],
            _ => Vec::new(),
        }
    }

    /// The same type with other types inside
    pub(super) fn with_inner(&self, change: &mut dyn FnMut(&Self) -> Self) -> Self {
        match self {
            Self::List(of) => Self::list(change(of)),
            Self::Optional(of) => Self::optional(change(of)),
            Self::Type(of) => Self::Type(Arc::new(change(of))),
            Self::Map(of) => Self::map(change(&of.0), change(&of.1)),
            other => other.clone(),
        }
    }

    /// The name that a value of this type has when rules run
    pub(super) fn value_name(&self) -> String {
        match self {
            Self::Null => "null_type".to_owned(),
            Self::Duration => "google.protobuf.Duration".to_owned(),
            Self::Timestamp => "google.protobuf.Timestamp".to_owned(),
            Self::List(_) => "list".to_owned(),
            Self::Map(_) => "map".to_owned(),
            Self::Optional(_) => "optional_type".to_owned(),
            Self::Type(_) => "type".to_owned(),
            other => other.to_string(),
        }
    }

    pub(super) fn is_dyn_or_error(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("!error!"),
            Self::Dyn | Self::Var(_) => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Duration => f.write_str("duration"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(of) => write!(f, "map({}, {})", of.0, of.1),
            Self::Optional(of) => write!(f, "optional_type({of})"),
            Self::Type(of) => write!(f, "type({of})"),
            Self::Object(object) => f.write_str(&object.0.name),
            Self::Library(name) => f.write_str(name),
            Self::Param(name) => write!(f, "{name}"),
        }
    }
}
