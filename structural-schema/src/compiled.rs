//! What a place demands of its value, read once from its schema so that validation need not read it again
//!
//! It owns the form in which `validate` looks at `checks`. What follows from it is `validate`'s business.

use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

use crate::schema::Schema;

/// The checks of one place, ready for use; made by `Schema::parse`, empty in a schema made by hand
#[derive(Clone, Debug, Default)]
pub struct Compiled(Option<Box<Checks>>);

/// Everything that only validates
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    /// A format that is checked; one that nobody knows is not here
    pub(crate) format: String,
    pub(crate) minimum: Option<Bound>,
    pub(crate) maximum: Option<Bound>,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) length_min: Option<i64>,
    pub(crate) length_max: Option<i64>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) items_min: Option<i64>,
    pub(crate) items_max: Option<i64>,
    pub(crate) properties_min: Option<i64>,
    pub(crate) properties_max: Option<i64>,
    /// `enum`
    pub(crate) values: Vec<Value>,
    pub(crate) all_of: Vec<Arc<Schema>>,
    pub(crate) any_of: Vec<Arc<Schema>>,
    pub(crate) one_of: Vec<Arc<Schema>>,
    pub(crate) not: Option<Arc<Schema>>,
    /// `additionalProperties: false`
    pub(crate) closed: bool,
}

/// A minimum or maximum
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) limit: f64,
    /// Whether the limit itself is out of bounds
    pub(crate) exclusive: bool,
}

/// A pattern as it was written, and ready to match
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) regex: Regex,
}

/// What is demanded where nothing is
static NOTHING: Checks = Checks {
    format: String::new(),
    minimum: None,
    maximum: None,
    multiple_of: None,
    length_min: None,
    length_max: None,
    pattern: None,
    items_min: None,
    items_max: None,
    properties_min: None,
    properties_max: None,
    values: Vec::new(),
    all_of: Vec::new(),
    any_of: Vec::new(),
    one_of: Vec::new(),
    not: None,
    closed: false,
};

// === impl Compiled ===

impl Compiled {
    /// Keeps what is demanded; most places demand nothing and cost nothing
    pub(crate) fn new(checks: Checks) -> Self {
        Self((!checks.is_empty()).then(|| Box::new(checks)))
    }

    pub(crate) fn checks(&self) -> &Checks {
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

// === impl Checks ===

impl Checks {
    fn is_empty(&self) -> bool {
        let bounds = [
            self.length_min,
            self.length_max,
            self.items_min,
            self.items_max,
            self.properties_min,
            self.properties_max,
        ];
        self.format.is_empty()
            && self.minimum.is_none()
            && self.maximum.is_none()
            && self.multiple_of.is_none()
            && self.pattern.is_none()
            && bounds.iter().all(Option::is_none)
            && self.values.is_empty()
            && [&self.all_of, &self.any_of, &self.one_of].iter().all(|list| list.is_empty())
            && self.not.is_none()
            && !self.closed
    }
}
