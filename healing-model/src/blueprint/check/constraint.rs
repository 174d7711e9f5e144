//! Rules about constraints: each is for the field's type, none contradicts another, and a default holds under all
//!
//! An API server refuses most of what is refused here when the definition is installed; some it takes, and then no
//! object is right.

use serde_json::{Map, Value};

use super::Engine;
use crate::{
    BlueprintError, Field, FieldKind, Place,
    attribute::{Constraint, ConstraintForm, suggest},
    translate, violations,
};

/// Formats of text that the API server knows
pub const TEXT_FORMATS: &[&str] = &[
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "date-time",
    "datetime",
    "duration",
    "email",
    "hexcolor",
    "hostname",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];

const SELECTABLE_MAX: usize = 8;
const LIST_TYPE: &str = "x-kubernetes-list-type";
const LIST_MAP_KEYS: &str = "x-kubernetes-list-map-keys";
const MAP_TYPE: &str = "x-kubernetes-map-type";

pub(super) fn constraints(fields: &[Field], engine: Engine<'_>, errors: &mut Vec<BlueprintError>) {
    for field in fields {
        let own = Site { field, kind: &field.kind, keywords: &field.constraints, items: false, engine };
        let item = match &field.kind {
            FieldKind::List(item) | FieldKind::Map(item) => item.as_ref(),
            _ => &FieldKind::Other,
        };
        let below = Site { field, kind: item, keywords: &field.items, items: true, engine };
        let before = errors.len();
        own.check(errors);
        items_type(field, errors);
        below.check(errors);
        list(field, errors);
        selectable(field, errors);
        // What follows from a wrong constraint is noise.
        if errors.len() == before {
            values(&own, errors);
        }
    }
    let mut all = fields.iter().filter(|field| field.selectable);
    if let Some(one_too_many) = all.nth(SELECTABLE_MAX) {
        errors.push(BlueprintError::new(
            Place::Selectable(one_too_many.name.clone()),
            format!("objects can be selected by at most {SELECTABLE_MAX} fields"),
        ));
    }
}

/// The constraints of a value, or of what stands in it
struct Site<'f> {
    field: &'f Field,
    kind: &'f FieldKind,
    keywords: &'f Map<String, Value>,
    items: bool,
    engine: Engine<'f>,
}

// === impl Site ===

impl Site<'_> {
    fn check(&self, errors: &mut Vec<BlueprintError>) {
        let before = errors.len();
        for (keyword, value) in self.keywords {
            let Some(constraint) = Constraint::of_keyword(keyword) else { continue };
            if let Some(message) = self.one(constraint, value) {
                errors.push(self.error(self.word(constraint), message));
            }
        }
        if errors.len() == before {
            errors.extend(self.crossed());
            errors.extend(self.excluded());
        }
    }

    /// Each constraint is for the type, and its value is one that it can have.
    fn one(&self, constraint: &Constraint, value: &Value) -> Option<String> {
        let (word, takes) = (self.word(constraint), constraint.takes);
        if !takes.admits(self.kind, self.field.optional && !self.items) {
            return Some(format!(
                "`{word}` is for {}; {} is {}",
                takes.describe(),
                self.subject(),
                self.kind.describe()
            ));
        }
        match constraint.form {
            ConstraintForm::Number => self.number(constraint, value),
            _ if word == "pattern" => self.pattern(value.as_str()?),
            _ if word == "format" => format(value.as_str()?),
            _ => None,
        }
    }

    /// A bound and a factor are values of the type, and a factor is above 0.
    fn number(&self, constraint: &Constraint, value: &Value) -> Option<String> {
        let word = self.word(constraint);
        if word == "multiple_of" && value.as_f64().is_some_and(|factor| factor <= 0.0) {
            return Some(format!("`multiple_of` ({value}) must be above 0"));
        }
        let is_number = value.is_number() && matches!(self.kind, FieldKind::Integer { .. });
        (is_number && !self.kind.admits(value))
            .then(|| format!("`{word}` ({value}) does not fit the type of {}", self.subject()))
    }

    /// A pattern is one in the API server's dialect.
    fn pattern(&self, pattern: &str) -> Option<String> {
        let problem = match translate(pattern) {
            Err(problem) => problem,
            Ok(translated) => (self.engine)(&translated, "").err()?,
        };
        Some(format!("pattern `{pattern}`: {problem}"))
    }

    /// A lower bound is not above the upper one.
    fn crossed(&self) -> Option<BlueprintError> {
        let pairs = [
            ("min_length", "minLength", "max_length", "maxLength"),
            ("min_items", "minItems", "max_items", "maxItems"),
            ("min_properties", "minProperties", "max_properties", "maxProperties"),
        ];
        pairs.into_iter().find_map(|(low_word, low, high_word, high)| {
            let (low, high) = (self.keywords.get(low)?.as_u64()?, self.keywords.get(high)?.as_u64()?);
            let message = format!(
                "`{low_word}` ({low}) must not exceed `{high_word}` ({high}); raise `{high_word}` or lower `{low_word}`"
            );
            (low > high).then(|| self.error(low_word, message))
        })
    }

    /// Some number lies between the bounds.
    fn excluded(&self) -> Option<BlueprintError> {
        let bound = |keyword: &str, own: Option<i64>| {
            self.keywords.get(keyword).cloned().or_else(|| own.filter(|_| !self.items).map(Value::from))
        };
        let low = bound("minimum", self.field.minimum)?;
        let high = bound("maximum", self.field.maximum)?;
        let (low_excluded, high_excluded) = (self.flag("exclusiveMinimum"), self.flag("exclusiveMaximum"));
        let is_empty = match (low.as_i64(), high.as_i64()) {
            (Some(low), Some(high)) if matches!(self.kind, FieldKind::Integer { .. }) => {
                low.saturating_add(low_excluded.into()) > high.saturating_sub(high_excluded.into())
            }
            _ => {
                let (low, high) = (low.as_f64()?, high.as_f64()?);
                low > high || (low >= high && (low_excluded || high_excluded))
            }
        };
        // Two plain bounds of a whole number are the business of `bound`.
        let plain = self.keywords.get("minimum").is_none() && self.keywords.get("maximum").is_none();
        let low_word = if low_excluded { "exclusive_minimum" } else { "minimum" };
        let high_word = if high_excluded { "exclusive_maximum" } else { "maximum" };
        let message = format!(
            "no number lies between `{low_word}` ({low}) and `{high_word}` ({high}); raise `{high_word}` or lower \
             `{low_word}`"
        );
        (is_empty && !plain).then(|| self.error(low_word, message))
    }

    fn flag(&self, keyword: &str) -> bool {
        self.keywords.get(keyword) == Some(&Value::Bool(true))
    }

    /// The word that was written: a bound that excludes itself has a keyword for its number too
    fn word(&self, constraint: &Constraint) -> &'static str {
        match constraint.word {
            "minimum" if self.flag("exclusiveMinimum") => "exclusive_minimum",
            "maximum" if self.flag("exclusiveMaximum") => "exclusive_maximum",
            _ => Constraint::of_keyword(constraint.keyword).map_or("", |constraint| constraint.word),
        }
    }

    fn subject(&self) -> String {
        let name = &self.field.name;
        if self.items { format!("what is in `{name}`") } else { format!("`{name}`") }
    }

    fn error(&self, word: &'static str, message: String) -> BlueprintError {
        let (field, items) = (self.field.name.clone(), self.items);
        BlueprintError::new(Place::Constraint { field, items, word }, message)
    }

    /// What is wrong with a value of the field
    fn breaks(&self, value: &Value) -> Option<String> {
        let mut keywords = self.keywords.clone();
        let bounds = [("minimum", self.field.minimum), ("maximum", self.field.maximum)];
        keywords
            .extend(bounds.into_iter().filter_map(|(word, bound)| Some((word.to_owned(), bound?.into()))));
        let matches = |pattern: &str, text: &str| {
            translate(pattern).and_then(|pattern| (self.engine)(&pattern, text)).unwrap_or(true)
        };
        let path = &self.field.name;
        let mut errors = violations(&keywords, path, value, &matches);
        let parts: Vec<(String, &Value)> = match value {
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect()
            }
            Value::Object(entries) => {
                entries.iter().map(|(key, entry)| (format!("{path}.{key}"), entry)).collect()
            }
            _ => Vec::new(),
        };
        for (path, part) in parts {
            errors.extend(violations(&self.field.items, &path, part, &matches));
        }
        errors.first().map(|error| match error.message.as_str() {
            "" => format!("{} is there twice", error.value),
            message => message.to_owned(),
        })
    }
}

/// A format is one that the API server knows; it takes any other and ignores it.
fn format(format: &str) -> Option<String> {
    if TEXT_FORMATS.contains(&format) {
        return None;
    }
    let hint = suggest(format, TEXT_FORMATS.iter().copied()).map_or_else(
        || format!("it knows {}", TEXT_FORMATS.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Some(format!("the API server does not know the format `{format}`; {hint}"))
}

/// Constraints of what stands in a value are for lists and maps.
fn items_type(field: &Field, errors: &mut Vec<BlueprintError>) {
    let is_container = matches!(field.kind, FieldKind::List(_) | FieldKind::Map(_) | FieldKind::Other);
    if !is_container && !field.items.is_empty() {
        errors.push(BlueprintError::new(
            Place::Items(field.name.clone()),
            format!(
                "`items` is for lists and `values` for maps; `{}` is {}",
                field.name,
                field.kind.describe()
            ),
        ));
    }
}

/// A list map has keys, which its items have; a set has plain values in it.
fn list(field: &Field, errors: &mut Vec<BlueprintError>) {
    let kind = field.constraints.get(LIST_TYPE).and_then(Value::as_str);
    let keys = field.constraints.get(LIST_MAP_KEYS).and_then(Value::as_array);
    let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
    let item = match &field.kind {
        FieldKind::List(item) => item.as_ref(),
        _ => &FieldKind::Other,
    };
    let mut report = |word: &'static str, message: String| {
        let place = Place::Constraint { field: field.name.clone(), items: false, word };
        errors.push(BlueprintError::new(place, message));
    };
    match (kind, keys.as_slice()) {
        (Some("map"), []) => report(
            "list_type",
            "a list of type `map` needs a key: `list_map_key = \"name\"`, a field of its items".to_owned(),
        ),
        (Some("map"), _) if !matches!(item, FieldKind::Object(_) | FieldKind::Other) => {
            report(
                "list_type",
                format!("a list of type `map` has structs in it; these are {}", plural(item)),
            );
        }
        (Some("map"), keys) => {
            if let Some(problem) = map_keys(item, keys) {
                report("list_map_key", problem);
            }
        }
        (_, [_, ..]) => report(
            "list_map_key",
            "a key is for a list of type `map`; add `list_type = \"map\"` or drop this".to_owned(),
        ),
        (Some("set"), []) if !plain(item, &field.items) => {
            report(
                "list_type",
                format!("a list of type `set` has plain values in it; these are {}", plural(item)),
            );
        }
        _ => {}
    }
}

fn map_keys(item: &FieldKind, keys: &[&str]) -> Option<String> {
    if let Some((_, twice)) = keys.iter().enumerate().find(|(at, key)| keys[..*at].contains(key)) {
        return Some(format!("key `{twice}` is there twice"));
    }
    let FieldKind::Object(shape) = item else { return None };
    keys.iter().find_map(|key| {
        let Some(field) = shape.fields.iter().find(|field| field.name == *key) else {
            let names: Vec<&str> = shape.fields.iter().map(|field| field.name.as_str()).collect();
            let hint = suggest(key, names.iter().copied()).map_or_else(
                || format!("its fields are {}", names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Some(format!("`{}` has no field `{key}`; {hint}", shape.ident));
        };
        if field.may_be_missing() {
            return Some(format!("key `{key}` may be missing; make it no `Option`, or give it a default"));
        }
        let is_container = matches!(
            field.kind,
            FieldKind::List(_) | FieldKind::Map(_) | FieldKind::Object(_) | FieldKind::Flattened
        );
        is_container.then(|| format!("key `{key}` must be a plain value; it is {}", field.kind.describe()))
    })
}

/// Whether values are told apart as wholes
fn plain(kind: &FieldKind, items: &Map<String, Value>) -> bool {
    match kind {
        FieldKind::Object(_) | FieldKind::Map(_) => items.get(MAP_TYPE) == Some(&"atomic".into()),
        _ => true,
    }
}

fn plural(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Integer { .. } | FieldKind::Number => "numbers",
        FieldKind::Boolean => "true or false",
        FieldKind::String | FieldKind::Enumeration(_) => "texts",
        FieldKind::List(_) => "lists",
        FieldKind::Map(_) => "maps",
        FieldKind::Object(_) | FieldKind::Flattened | FieldKind::Other => "structs",
    }
}

/// Objects are selected by text, whole numbers, true and false.
fn selectable(field: &Field, errors: &mut Vec<BlueprintError>) {
    if !field.selectable {
        return;
    }
    let name = &field.name;
    let problem = match &field.kind {
        FieldKind::String
        | FieldKind::Boolean
        | FieldKind::Integer { .. }
        | FieldKind::Enumeration(_)
        | FieldKind::Other
            if name.contains(['.', '[', ']']) =>
        {
            format!("objects cannot be selected by a field whose name has a dot or a bracket in it: `{name}`")
        }
        FieldKind::String
        | FieldKind::Boolean
        | FieldKind::Integer { .. }
        | FieldKind::Enumeration(_)
        | FieldKind::Other => return,
        other => format!(
            "objects are selected by text, whole numbers, true and false; `{name}` is {}",
            other.describe()
        ),
    };
    errors.push(BlueprintError::new(Place::Selectable(name.clone()), problem));
}

/// A default, and an example, is a value that the API server would take.
fn values(own: &Site<'_>, errors: &mut Vec<BlueprintError>) {
    let field = own.field;
    if let Some(default) = field.default.as_ref().filter(|default| field.kind.admits(default))
        && within_bounds(field, default)
        && let Some(problem) = own.breaks(default)
    {
        let message = format!("`default` ({default}) would be refused: {problem}");
        errors.push(BlueprintError::new(Place::Default(field.name.clone()), message));
    }
    let Some(example) = field.constraints.get("example") else { return };
    let known = !matches!(field.kind, FieldKind::Object(_) | FieldKind::Flattened | FieldKind::Other);
    if known && !field.kind.admits(example) {
        let message = format!(
            "`example` ({example}) does not fit `{}`, which is {}",
            field.name,
            field.kind.describe()
        );
        errors.push(own.error("example", message));
    } else if let Some(problem) = own.breaks(example) {
        errors.push(own.error("example", format!("`example` ({example}) would be refused: {problem}")));
    }
}

/// Whether a default is within the plain bounds; beyond them it has its error already
fn within_bounds(field: &Field, default: &Value) -> bool {
    default.as_i64().is_none_or(|number| {
        field.minimum.is_none_or(|minimum| number >= minimum)
            && field.maximum.is_none_or(|maximum| number <= maximum)
    })
}

#[cfg(test)]
mod tests;
