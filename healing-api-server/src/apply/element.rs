//! One step of a path into an object, as managed fields name it
//!
//! It owns order, text and JSON form of a step. Sets of paths are `field_set`'s business.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

/// One step of a path
///
/// The order of the variants is the order of elements in a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// A field of an object
    Field(String),
    /// An element of a list of objects, by its keys in order of their names
    Key(Vec<(String, Plain)>),
    /// An element of a set, by itself
    Value(Plain),
    /// An element of a list, by its place
    Index(i64),
}

/// A value with a total order: numbers by size, then texts, truth values, lists, objects, null
#[derive(Clone, Debug)]
pub(crate) struct Plain(pub(crate) Value);

// === impl Element ===

impl Element {
    pub(crate) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// The key in `fieldsV1`, such as `f:spec` or `k:{"name":"a"}`
    pub(crate) fn to_key(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), value.to_json()))
                    .collect();
                format!("k:{{{}}}", fields.join(","))
            }
            Self::Value(value) => format!("v:{}", value.to_json()),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// Reads a key of `fieldsV1`; none for a kind of element that is not known, an error for one that is broken
    pub(crate) fn from_key(key: &str) -> Result<Option<Self>, String> {
        let Some((kind, rest)) = key.split_at_checked(2).filter(|(kind, _)| kind.ends_with(':')) else {
            return Err(format!("missing colon: {key}"));
        };
        match kind {
            "f:" => Ok(Some(Self::field(rest))),
            "k:" => {
                let fields: serde_json::Map<String, Value> =
                    serde_json::from_str(rest).map_err(|error| error.to_string())?;
                let mut fields: Vec<(String, Plain)> =
                    fields.into_iter().map(|(name, value)| (name, Plain(value))).collect();
                fields.sort_by(|one, other| one.0.cmp(&other.0));
                Ok(Some(Self::Key(fields)))
            }
            "v:" => {
                let value = serde_json::from_str(rest).map_err(|error| error.to_string())?;
                Ok(Some(Self::Value(Plain(value))))
            }
            "i:" => {
                rest.parse().map(|index| Some(Self::Index(index))).map_err(|_| format!("no index: {rest}"))
            }
            _ => Ok(None),
        }
    }
}

/// As messages show it: `.spec`, `[name="a"]`, `[="x"]`, `[0]`
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}={}", value.0)).collect();
                write!(f, "[{}]", fields.join(","))
            }
            Self::Value(value) => write!(f, "[={}]", value.0),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// A whole path as messages show it
pub(crate) fn path_text(path: &[Element]) -> String {
    path.iter().map(ToString::to_string).collect()
}

// === impl Plain ===

impl Plain {
    fn to_json(&self) -> String {
        go_json(&self.0)
    }

    fn rank(&self) -> u8 {
        match &self.0 {
            Value::Number(_) => 0,
            Value::String(_) => 1,
            Value::Bool(_) => 2,
            Value::Array(_) => 3,
            Value::Object(_) => 4,
            Value::Null => 5,
        }
    }
}

impl Ord for Plain {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Value::Number(one), Value::Number(two)) => match (one.as_i64(), two.as_i64()) {
                (Some(one), Some(two)) => one.cmp(&two),
                _ => one.as_f64().unwrap_or_default().total_cmp(&two.as_f64().unwrap_or_default()),
            },
            (Value::String(one), Value::String(two)) => one.cmp(two),
            (Value::Bool(one), Value::Bool(two)) => one.cmp(two),
            (Value::Array(one), Value::Array(two)) => {
                one.iter().map(|item| Self(item.clone())).cmp(two.iter().map(|item| Self(item.clone())))
            }
            (Value::Object(one), Value::Object(two)) => {
                let pairs = |map: &serde_json::Map<String, Value>| {
                    let pairs = map.iter().map(|(name, value)| (name.clone(), Self(value.clone())));
                    pairs.collect::<Vec<_>>()
                };
                pairs(one).cmp(&pairs(two))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Plain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Plain {}

/// JSON as Go writes it: `<`, `>`, `&` and two line separators are escaped
pub(super) fn go_json(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    text.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_the_form_that_kubernetes_writes() {
        let cases = [
            ("f:spec", ".spec"),
            ("f:", "."),
            ("f:a:b/c", ".a:b/c"),
            (r#"k:{"containerPort":80,"protocol":"TCP"}"#, r#"[containerPort=80,protocol="TCP"]"#),
            (r#"v:"a\u003cb""#, r#"[="a<b"]"#),
            ("v:1.5", "[=1.5]"),
            ("i:7", "[7]"),
        ];
        for (key, text) in cases {
            let element = Element::from_key(key).unwrap().unwrap();
            assert_eq!(element.to_string(), text);
            assert_eq!(element.to_key(), key);
        }
    }

    #[test]
    fn broken_elements_are_errors_and_unknown_ones_are_left_out() {
        for key in ["", "f", "spec", "k:7", "k:{", "v:", "v:1 2", "i:x", "é:"] {
            assert!(Element::from_key(key).is_err(), "{key}");
        }
        assert_eq!(Element::from_key("x:1"), Ok(None));
    }

    #[test]
    fn elements_are_ordered_by_kind_and_then_by_value() {
        let mut keys =
            vec!["i:1", "v:null", "v:true", "v:\"b\"", "v:10", "v:9.5", r#"k:{"a":1}"#, "f:b", "f:a"];
        keys.sort_by_key(|key| Element::from_key(key).unwrap());
        assert_eq!(
            keys,
            ["f:a", "f:b", r#"k:{"a":1}"#, "v:9.5", "v:10", "v:\"b\"", "v:true", "v:null", "i:1"]
        );
    }
}
