//! Checks the rules of a schema on an object, at every depth
//!
//! It owns which rules are checked where, which old value belongs to a place, and what an error says. What an expression
//! means is `machine`'s business.

use serde_json::Value;

use crate::field_error::{FieldError, Reason};
use crate::schema::{Additional, ListType, Rule, Schema, Type};

use super::field_path;
use super::machine::Machine;
use super::program::{Cached, Program};
use super::syntax::Tree;
use super::value::{Fault, Val};

/// What all rules of one object may cost
const TOTAL_MAX: u64 = 10_000_000;
/// How long a message is that an expression makes, in bytes
const MESSAGE_BYTES_MAX: usize = 5 * 1024;

/// One walk through an object
pub(super) struct Walk {
    errors: Vec<FieldError>,
    /// What is left of [`TOTAL_MAX`]; none if no further rule is checked
    left: Option<u64>,
}

/// A place in the object
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    schema: &'a Schema,
    new: &'a Value,
    /// What `oldSelf` is
    old: Option<&'a Value>,
    /// Whether it is the object itself, or another resource in it
    resource: bool,
    /// What was here before
    before: Before<'a>,
}

/// What was at a place before, for the question whether it has changed
#[derive(Clone, Copy)]
enum Before<'a> {
    /// Something that can be told to be the same
    Known(&'a Value),
    /// It cannot be told; but it is inside of something that is the same, or is not
    Within { unchanged: bool },
}

// === impl Walk ===

impl Walk {
    /// All errors of an object
    pub(super) fn object(schema: &Schema, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut walk = Self { errors: Vec::new(), left: Some(TOTAL_MAX) };
        let before = old.map_or(Before::Within { unchanged: false }, Before::Known);
        walk.place("", Place { schema, new, old, resource: true, before }, true);
        walk.errors
    }

    fn place(&mut self, path: &str, place: Place<'_>, root: bool) {
        if place.new.is_null() || self.left.is_none() {
            return;
        }
        self.rules(path, &place);
        match place.new {
            Value::Array(elements) => self.elements(path, &place, elements),
            Value::Object(map) => self.fields(path, &place, map, root),
            _ => {}
        }
    }

    fn fields(&mut self, path: &str, place: &Place<'_>, map: &serde_json::Map<String, Value>, root: bool) {
        let schema = place.schema;
        for (name, new) in map {
            let field = match (schema.properties.get(name), &schema.additional) {
                (Some(field), _) => field,
                (None, Additional::Schema(values)) if schema.properties.is_empty() => values,
                _ => continue,
            };
            if !is_visible(field) {
                continue;
            }
            let known = schema.properties.contains_key(name);
            let field_path = if known { child(path, name) } else { format!("{path}[{name}]") };
            let old = place.old.and_then(|old| old.get(name)).filter(|old| !old.is_null());
            let before = if root && matches!(name.as_str(), "apiVersion" | "kind") {
                Before::Within { unchanged: false }
            } else {
                place.before_field(name)
            };
            let below = Place { schema: field, new, old, resource: field.embedded, before };
            self.place(&field_path, below, false);
        }
    }

    fn elements(&mut self, path: &str, place: &Place<'_>, elements: &[Value]) {
        let Some(items) = place.schema.items.as_deref().filter(|items| is_visible(items)) else { return };
        for (index, new) in elements.iter().enumerate() {
            let old =
                place.old.and_then(Value::as_array).and_then(|old| same_element(place.schema, new, old));
            let before = place.before_element(new);
            let below = Place { schema: items, new, old, resource: items.embedded, before };
            self.place(&format!("{path}[{index}]"), below, false);
        }
    }

    fn rules(&mut self, path: &str, place: &Place<'_>) {
        for rule in &place.schema.rules {
            let program = Cached::of(rule);
            if program.is_transition && place.old.is_none() && !rule.optional_old_self
                || rule.rule.trim().is_empty()
            {
                continue;
            }
            if !self.rule(path, place, rule, program) {
                self.left = None;
                return;
            }
        }
    }

    /// Whether further rules are to be checked
    fn rule(&mut self, path: &str, place: &Place<'_>, rule: &Rule, program: &Program) -> bool {
        let kind = Value::from(type_word(place.schema.kind));
        let mut invalid =
            |detail: String| self.errors.push(FieldError::of_value(Reason::Invalid, path, &kind, detail));
        let name = shown(rule);
        let tree = match &program.rule {
            Ok(tree) => tree,
            Err(issues) => {
                invalid(format!("rule compile error: compilation failed: {issues}"));
                return true;
            }
        };
        let (outcome, spent) = evaluate(tree, place, rule);
        let Some(left) = self.left.and_then(|left| left.checked_sub(spent)) else {
            invalid("validation failed due to running out of cost budget, no further validation rules will be run".to_owned());
            return false;
        };
        self.left = Some(left);
        match outcome {
            Ok(Val::Bool(true)) => {}
            Ok(_) => self.broken(path, place, rule, program),
            Err(Fault::NoOverload) => invalid(no_overload("no such overload", name)),
            Err(Fault::NoOperator(operator)) => {
                invalid(no_overload(&format!("no such overload: {operator}"), name));
            }
            Err(Fault::Budget) => {
                invalid(format!(
                    "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: {name}"
                ));
                return false;
            }
            Err(Fault::Failed(message)) => invalid(format!("{message} evaluating rule: {name}")),
        }
        true
    }

    /// A rule that does not hold
    fn broken(&mut self, path: &str, place: &Place<'_>, rule: &Rule, program: &Program) {
        if !program.is_transition && place.is_unchanged() {
            return;
        }
        let made = match &program.message {
            Some(Ok(tree)) => {
                let (outcome, spent) = evaluate(tree, place, rule);
                self.left = self.left.map(|left| left.saturating_sub(spent));
                message_of(outcome)
            }
            _ => None,
        };
        let detail = made.unwrap_or_else(|| match rule.message.trim() {
            _ if rule.message.is_empty() => format!("failed rule: {}", rule.rule.trim()),
            message => message.to_owned(),
        });
        let place_of_error = if rule.field_path.is_empty() {
            path.to_owned()
        } else {
            match field_path::resolve(&rule.field_path, place.schema) {
                Some(relative) => child(path, &relative),
                None => path.to_owned(),
            }
        };
        let value = Some(place.new).filter(|value| !value.is_object() && !value.is_array());
        let error = match (rule.reason.as_str(), value) {
            ("FieldValueForbidden", _) => FieldError::new(Reason::Forbidden, place_of_error, detail),
            ("FieldValueRequired", _) => FieldError::new(Reason::Required, place_of_error, detail),
            ("FieldValueDuplicate", Some(value)) => {
                FieldError::of_value(Reason::Duplicate, place_of_error, value, "")
            }
            ("FieldValueDuplicate", None) => FieldError::new(Reason::Duplicate, place_of_error, ""),
            (_, Some(value)) => FieldError::of_value(Reason::Invalid, place_of_error, value, detail),
            (_, None) => FieldError::new(Reason::Invalid, place_of_error, detail),
        };
        self.errors.push(error);
    }
}

// === impl Place ===

impl<'a> Place<'a> {
    fn is_unchanged(&self) -> bool {
        match self.before {
            Before::Known(old) => unchanged(self.schema, self.new, old),
            Before::Within { unchanged } => unchanged,
        }
    }

    /// What was at a field before; what cannot be told is as changed as this place
    fn before_field(&self, name: &str) -> Before<'a> {
        match self.before {
            Before::Known(old) => match old.get(name) {
                Some(old) => Before::Known(old),
                None => Before::Within { unchanged: self.is_unchanged() },
            },
            within @ Before::Within { .. } => within,
        }
    }

    fn before_element(&self, new: &Value) -> Before<'a> {
        match self.before {
            Before::Known(old) => {
                let element = old.as_array().and_then(|old| same_element(self.schema, new, old));
                element.map_or_else(|| Before::Within { unchanged: self.is_unchanged() }, Before::Known)
            }
            within @ Before::Within { .. } => within,
        }
    }
}

fn evaluate<'a>(tree: &Tree, place: &Place<'a>, rule: &Rule) -> (Result<Val<'a>, Fault>, u64) {
    let of = |value| Val::of(value, place.schema, place.resource);
    let mut names = Vec::with_capacity(2);
    match of(place.new) {
        Ok(value) => names.push(("self", value)),
        Err(fault) => return (Err(fault), 0),
    }
    match place.old.map(of) {
        Some(Ok(old)) if rule.optional_old_self => {
            names.push(("oldSelf", Val::Optional(Some(std::sync::Arc::new(old)))));
        }
        Some(Ok(old)) => names.push(("oldSelf", old)),
        Some(Err(fault)) => return (Err(fault), 0),
        None if rule.optional_old_self => names.push(("oldSelf", Val::Optional(None))),
        None => {}
    }
    let mut machine = Machine::new(names);
    let outcome = machine.evaluate(&tree.root);
    (outcome, machine.spent())
}

fn no_overload(fault: &str, name: &str) -> String {
    format!(
        "'{fault}': call arguments did not match a supported operator, function or macro signature for rule: {name}"
    )
}

/// The message that an expression has made, if it is fit to be one
fn message_of(outcome: Result<Val<'_>, Fault>) -> Option<String> {
    let Ok(Val::Text(text)) = outcome else { return None };
    let text = text.trim();
    (!text.is_empty() && text.len() <= MESSAGE_BYTES_MAX && !text.contains('\n')).then(|| text.to_owned())
}

/// How a rule is named in errors
fn shown(rule: &Rule) -> &str {
    if rule.message.is_empty() { rule.rule.trim() } else { rule.message.trim() }
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The old element with the keys of a new one
fn same_element<'a>(schema: &Schema, new: &Value, old: &'a [Value]) -> Option<&'a Value> {
    if schema.list_type != ListType::Map || schema.list_map_keys.is_empty() {
        return None;
    }
    let keys_of = |value: &Value| {
        let keys = schema
            .list_map_keys
            .iter()
            .map(|key| value.get(key).filter(|key| !key.is_object() && !key.is_array()).cloned());
        keys.collect::<Option<Vec<_>>>()
    };
    let keys = keys_of(new)?;
    old.iter().find(|old| keys_of(old).as_ref() == Some(&keys))
}

/// Whether nothing has changed, as far as the schema can tell what belongs to what
fn unchanged(schema: &Schema, new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Array(new), Value::Array(old)) => {
            if new.len() != old.len() {
                return false;
            }
            match &schema.items {
                Some(items) if schema.list_type == ListType::Map => new
                    .iter()
                    .all(|new| same_element(schema, new, old).is_some_and(|old| unchanged(items, new, old))),
                _ => new == old,
            }
        }
        (Value::Object(new), Value::Object(old)) => {
            new.len() == old.len()
                && new.iter().all(|(name, new)| match (schema.field(name), old.get(name)) {
                    (Some(field), Some(old)) => unchanged(field, new, old),
                    _ => false,
                })
        }
        _ => new == old,
    }
}

/// Whether CEL can see a place: it cannot see what has no type
pub(super) fn is_visible(schema: &Schema) -> bool {
    match schema.kind {
        Type::Any => false,
        Type::Array => schema.items.as_deref().is_some_and(is_visible),
        Type::Object => match &schema.additional {
            Additional::Schema(values) => is_visible(values),
            Additional::None | Additional::Any => true,
        },
        _ => true,
    }
}

fn type_word(kind: Type) -> &'static str {
    match kind {
        Type::Object => "object",
        Type::Array => "array",
        Type::String => "string",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::Any | Type::IntOrString => "",
    }
}
