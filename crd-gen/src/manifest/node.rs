//! A value with its place in the text
//!
//! It owns how scalars become JSON. How places are found by their paths is `find`'s business.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::{Number, Value};
use serde_saphyr::{Location, Spanned};

/// A place in a text: line and column, counted from 1 in characters
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Counted from 1
    pub line: u64,
    /// Counted from 1
    pub column: u64,
}

/// A value and where it begins
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it begins; for an alias, the place where it is used
    pub at: Position,
    /// What it is
    pub content: Content,
}

/// What a value is
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Null, a truth value, a number or a text
    Scalar(Value),
    /// A list
    List(Vec<Node>),
    /// A map, with what is there twice
    Map(Vec<Entry>),
}

/// A field of a map
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where its name is
    pub at: Position,
    /// Its name
    pub key: String,
    /// Its value
    pub value: Node,
}

/// A name, whatever it looks like
struct Key(String);

// === impl Position ===

impl Position {
    /// The place behind a text that begins here
    pub(super) fn after(self, text: &str) -> Self {
        text.chars().fold(self, |Self { line, column }, char| match char {
            '\n' => Self { line: line + 1, column: 1 },
            _ => Self { line, column: column + 1 },
        })
    }

    /// This place of a text that begins at another
    pub(super) fn moved(self, begin: Self) -> Self {
        let column = if self.line == 1 { begin.column + self.column - 1 } else { self.column };
        Self { line: begin.line + self.line - 1, column }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl From<Location> for Position {
    fn from(location: Location) -> Self {
        Self { line: location.line().max(1), column: location.column().max(1) }
    }
}

/// `LINE:COLUMN`
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

// === impl Node ===

impl Node {
    /// This value of a text that begins at a place
    pub(super) fn moved(self, begin: Position) -> Self {
        let content = match self.content {
            Content::Scalar(value) => Content::Scalar(value),
            Content::List(items) => Content::List(items.into_iter().map(|item| item.moved(begin)).collect()),
            Content::Map(entries) => {
                let move_entry = |entry: Entry| Entry {
                    at: entry.at.moved(begin),
                    key: entry.key,
                    value: entry.value.moved(begin),
                };
                Content::Map(entries.into_iter().map(move_entry).collect())
            }
        };
        Self { at: self.at.moved(begin), content }
    }

    /// The entries of a map; none for what is none
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The field of this name; the last one counts
    pub fn field(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The field of this name, if it is a text
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.field(key)?.content {
            Content::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self { at: spanned.referenced.into(), content: spanned.value })
    }
}

/// As JSON, with what is there twice
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Scalar(value) => value.serialize(serializer),
            Content::List(items) => serializer.collect_seq(items),
            Content::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}

// === impl Content ===

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyContent;

        impl<'de> Visitor<'de> for AnyContent {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value of JSON")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Content, E> {
                let number = number(value).ok_or_else(|| E::custom("JSON has no such number"))?;
                Ok(Content::Scalar(Value::Number(number)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Content, E> {
                Ok(Content::Scalar(value.into()))
            }

            fn visit_unit<E>(self) -> Result<Content, E> {
                Ok(Content::Scalar(Value::Null))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Content::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
                let mut entries = Vec::new();
                while let Some(Spanned { value: Key(key), referenced, .. }) = map.next_key()? {
                    entries.push(Entry { at: referenced.into(), key, value: map.next_value()? });
                }
                Ok(Content::Map(entries))
            }
        }

        deserializer.deserialize_any(AnyContent)
    }
}

/// A whole number in the way of Go's writer of JSON: `1e3` is 1000
fn number(value: f64) -> Option<Number> {
    /// From here on not every whole number has a form of its own
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "it is a whole number within these bounds")]
        return Some((value as i64).into());
    }
    Number::from_f64(value)
}

// === impl Key ===

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Content::deserialize(deserializer)? {
            Content::Scalar(Value::String(text)) => Ok(Self(text)),
            Content::Scalar(Value::Bool(value)) => Ok(Self(value.to_string())),
            Content::Scalar(Value::Number(number)) => Ok(Self(number.to_string())),
            _ => Err(de::Error::custom("a name must be a text")),
        }
    }
}
