//! A schema as it was written: typed looks at one node of OpenAPI
//!
//! It owns how JSON is read, with the API server's leniency: a null is as if nothing were there. What a node means
//! is the business of the files that read it.

use serde_json::{Map, Value};

/// One node of a written schema
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a>(pub(crate) &'a Map<String, Value>);

/// `additionalProperties`
#[derive(Clone, Copy, Debug)]
pub(crate) enum WrittenAdditional<'a> {
    Nothing,
    Flag(bool),
    Node(Written<'a>),
}

/// The places below a node, by what they are called
pub(crate) const BRANCHES: [&str; 3] = ["allOf", "oneOf", "anyOf"];

// === impl Written ===

impl<'a> Written<'a> {
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// What stands at a keyword; null is nothing
    pub(crate) fn get(self, keyword: &str) -> Option<&'a Value> {
        self.0.get(keyword).filter(|value| !value.is_null())
    }

    pub(crate) fn has(self, keyword: &str) -> bool {
        self.get(keyword).is_some()
    }

    /// A text, empty if there is none
    pub(crate) fn text(self, keyword: &str) -> &'a str {
        self.get(keyword).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn kind(self) -> &'a str {
        self.text("type")
    }

    pub(crate) fn flag(self, keyword: &str) -> bool {
        self.get(keyword).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn number(self, keyword: &str) -> Option<f64> {
        self.get(keyword).and_then(Value::as_f64)
    }

    pub(crate) fn count(self, keyword: &str) -> Option<i64> {
        self.get(keyword).and_then(Value::as_i64)
    }

    /// A list of texts, empty if there is none
    pub(crate) fn texts(self, keyword: &str) -> Vec<String> {
        let list = self.get(keyword).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// A list of values, empty if there is none
    pub(crate) fn values(self, keyword: &str) -> &'a [Value] {
        self.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// One node below, such as that of `not` or of `items`
    pub(crate) fn node(self, keyword: &str) -> Option<Written<'a>> {
        self.get(keyword).and_then(Written::of)
    }

    /// A list of nodes below, such as that of `anyOf`
    pub(crate) fn nodes(self, keyword: &str) -> Vec<Written<'a>> {
        self.values(keyword).iter().filter_map(Written::of).collect()
    }

    /// Named nodes below, in the order of their names
    pub(crate) fn named(self, keyword: &str) -> Vec<(&'a str, Written<'a>)> {
        let map = self.get(keyword).and_then(Value::as_object);
        let mut found: Vec<_> = map
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), Written::of(value)?)))
            .collect();
        found.sort_unstable_by_key(|(name, _)| *name);
        found
    }

    pub(crate) fn properties(self) -> Vec<(&'a str, Written<'a>)> {
        self.named("properties")
    }

    pub(crate) fn property(self, name: &str) -> Option<Written<'a>> {
        self.node("properties").and_then(|all| all.node(name))
    }

    pub(crate) fn additional(self) -> WrittenAdditional<'a> {
        match self.get("additionalProperties") {
            Some(Value::Bool(flag)) => WrittenAdditional::Flag(*flag),
            Some(Value::Object(map)) => WrittenAdditional::Node(Written(map)),
            _ => WrittenAdditional::Nothing,
        }
    }

    /// `items` that is a list of schemas, which no structural schema has
    pub(crate) fn has_list_of_items(self) -> bool {
        matches!(self.get("items"), Some(Value::Array(list)) if !list.is_empty())
    }

    pub(crate) fn preserves_unknown(self) -> bool {
        self.flag("x-kubernetes-preserve-unknown-fields")
    }

    pub(crate) fn is_embedded(self) -> bool {
        self.flag("x-kubernetes-embedded-resource")
    }

    pub(crate) fn is_int_or_string(self) -> bool {
        self.flag("x-kubernetes-int-or-string")
    }

    pub(crate) fn list_type(self) -> &'a str {
        self.text("x-kubernetes-list-type")
    }

    pub(crate) fn map_type(self) -> &'a str {
        self.text("x-kubernetes-map-type")
    }
}
