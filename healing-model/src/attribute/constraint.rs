//! Constraints: the words whose value is an OpenAPI keyword on the property
//!
//! It owns which word stands for which keyword, in which form, on which types. What a value must be besides is
//! checked in `blueprint/check`.

use serde_json::{Map, Value};

use crate::FieldKind;

/// One word that becomes a keyword of the schema
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The word
    pub word: &'static str,
    /// The keyword, such as `maxLength`
    pub keyword: &'static str,
    /// How its value is written
    pub form: ConstraintForm,
    /// Which types have it
    pub takes: Takes,
}

/// How the value of a constraint is written
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintForm {
    /// A whole number that is not negative
    Count,
    /// A number
    Number,
    /// Text
    Text,
    /// Text that may be given more than once
    Texts,
    /// One of these words
    Word(&'static [&'static str]),
    /// Nothing: the word alone
    Flag,
    /// Any literal
    Literal,
}

/// Types that have a constraint; one that is known when the program runs only may have each
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Text
    Text,
    /// Whole numbers and numbers with a fraction
    Number,
    /// Lists
    List,
    /// Maps and structs
    Map,
    /// Types that are not declared with us, and maps
    Foreign,
    /// Every type, in an `Option`
    Optional,
    /// Every type
    Any,
}

/// Every constraint, in the order of the documentation
///
/// `minimum` and `maximum` are constraints of items; on a field they are words of their own, which may have a message.
pub const CONSTRAINTS: &[Constraint] = &[
    of("minimum", "minimum", ConstraintForm::Number, Takes::Number),
    of("maximum", "maximum", ConstraintForm::Number, Takes::Number),
    of("exclusive_minimum", "exclusiveMinimum", ConstraintForm::Number, Takes::Number),
    of("exclusive_maximum", "exclusiveMaximum", ConstraintForm::Number, Takes::Number),
    of("multiple_of", "multipleOf", ConstraintForm::Number, Takes::Number),
    of("min_length", "minLength", ConstraintForm::Count, Takes::Text),
    of("max_length", "maxLength", ConstraintForm::Count, Takes::Text),
    of("pattern", "pattern", ConstraintForm::Text, Takes::Text),
    of("format", "format", ConstraintForm::Text, Takes::Text),
    of("min_items", "minItems", ConstraintForm::Count, Takes::List),
    of("max_items", "maxItems", ConstraintForm::Count, Takes::List),
    of("list_type", "x-kubernetes-list-type", ConstraintForm::Word(&["atomic", "set", "map"]), Takes::List),
    of("list_map_key", "x-kubernetes-list-map-keys", ConstraintForm::Texts, Takes::List),
    of("min_properties", "minProperties", ConstraintForm::Count, Takes::Map),
    of("max_properties", "maxProperties", ConstraintForm::Count, Takes::Map),
    of("map_type", "x-kubernetes-map-type", ConstraintForm::Word(&["granular", "atomic"]), Takes::Map),
    of("nullable", "nullable", ConstraintForm::Flag, Takes::Optional),
    of(
        "preserve_unknown_fields",
        "x-kubernetes-preserve-unknown-fields",
        ConstraintForm::Flag,
        Takes::Foreign,
    ),
    of("embedded_resource", "x-kubernetes-embedded-resource", ConstraintForm::Flag, Takes::Foreign),
    of("example", "example", ConstraintForm::Literal, Takes::Any),
];

/// The constraints of what stands in a list or a map
pub const ITEM_WORDS: &[&str] = &[
    "minimum",
    "maximum",
    "exclusive_minimum",
    "exclusive_maximum",
    "multiple_of",
    "min_length",
    "max_length",
    "pattern",
    "format",
    "min_items",
    "max_items",
    "min_properties",
    "max_properties",
    "map_type",
    "preserve_unknown_fields",
    "embedded_resource",
];

// === impl Constraint ===

impl Constraint {
    /// The constraint with this word
    pub fn find(word: &str) -> Option<&'static Self> {
        CONSTRAINTS.iter().find(|constraint| constraint.word == word)
    }

    /// The constraint with this keyword
    pub fn of_keyword(keyword: &str) -> Option<&'static Self> {
        CONSTRAINTS.iter().find(|constraint| constraint.keyword == keyword)
    }

    /// Adds the constraint with a value to the keywords of a property
    ///
    /// A bound that excludes itself is two keywords, and one that may be repeated adds to what is there.
    pub fn add(&self, keywords: &mut Map<String, Value>, value: Value) {
        let mut put = |keyword: &str, value: Value| keywords.insert(keyword.to_owned(), value);
        match (self.word, self.form) {
            ("exclusive_minimum", _) => drop((put("minimum", value), put(self.keyword, true.into()))),
            ("exclusive_maximum", _) => drop((put("maximum", value), put(self.keyword, true.into()))),
            (_, ConstraintForm::Texts) => {
                let all = keywords.entry(self.keyword).or_insert_with(|| Value::Array(Vec::new()));
                all.as_array_mut().into_iter().for_each(|all| all.push(value.clone()));
            }
            _ => drop(put(self.keyword, value)),
        }
    }
}

// === impl Takes ===

impl Takes {
    /// Whether a field of this type, in an `Option` or not, has the constraint
    pub fn admits(self, kind: &FieldKind, optional: bool) -> bool {
        match (self, kind) {
            (Self::Optional, _) => optional,
            (_, FieldKind::Flattened) => false,
            (_, FieldKind::Other)
            | (Self::Any, _)
            | (Self::Text, FieldKind::String)
            | (Self::Number, FieldKind::Integer { .. } | FieldKind::Number)
            | (Self::List, FieldKind::List(_))
            | (Self::Map, FieldKind::Map(_) | FieldKind::Object(_))
            | (Self::Foreign, FieldKind::Map(_)) => true,
            _ => false,
        }
    }

    /// What it is for, in words
    pub fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "numbers",
            Self::List => "lists",
            Self::Map => "maps and structs",
            Self::Foreign => "maps and types that are not declared with us",
            Self::Optional => "a field that is an `Option`",
            Self::Any => "every type",
        }
    }
}

const fn of(word: &'static str, keyword: &'static str, form: ConstraintForm, takes: Takes) -> Constraint {
    Constraint { word, keyword, form, takes }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_item_word_is_a_constraint_and_nothing_is_there_twice() {
        for word in ITEM_WORDS {
            assert!(Constraint::find(word).is_some(), "{word}");
        }
        for (at, one) in CONSTRAINTS.iter().enumerate() {
            let same = |other: &Constraint| other.word == one.word || other.keyword == one.keyword;
            assert!(!CONSTRAINTS[..at].iter().any(same), "{}", one.word);
        }
    }

    #[test]
    fn a_bound_that_excludes_itself_is_two_keywords_and_keys_add_up() {
        let mut keywords = Map::new();
        for (word, value) in
            [("exclusive_minimum", json!(0)), ("list_map_key", json!("a")), ("list_map_key", json!("b"))]
        {
            Constraint::find(word).expect("the words of this test exist").add(&mut keywords, value);
        }
        let expected = json!({
            "minimum": 0, "exclusiveMinimum": true, "x-kubernetes-list-map-keys": ["a", "b"]
        });
        assert_eq!(Value::Object(keywords), expected);
    }
}
