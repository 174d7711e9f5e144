//! How the real server's types are written: which fields are always there, which go when they are empty, which forms
//! quantities and times take
//!
//! The real server reads an object into a type of Go and writes it again, which changes it. It owns that change, by a
//! table of types. Defaults that mean something are the kinds' business.

mod text;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::quantity;
use super::time;
use crate::{base64, go_value};
pub(crate) use text::text;

/// A line is a type and its fields. A field is `name:form` and what happens when it is empty: nothing for "it goes",
/// `*` "it stays if it is there", `!` "its zero is written", `~` "null is written", `^` "null is written, but an empty
/// list stays". No form is a text
const TABLE: &str = include_str!("wire.txt");

static TYPES: LazyLock<BTreeMap<&'static str, Vec<Field>>> = LazyLock::new(|| {
    let lines = TABLE.lines().map(|line| {
        let mut words = line.split(' ');
        (words.next().unwrap_or_default(), words.map(Field::parse).collect())
    });
    lines.collect()
});

/// One field of a type
#[derive(Debug)]
struct Field {
    name: &'static str,
    form: Form,
    empty: Empty,
}

/// What stands in a field
#[derive(Debug)]
enum Form {
    Text,
    Flag,
    Int,
    Long,
    Bytes,
    Time,
    MicroTime,
    Quantity,
    IntOrText,
    Anything,
    Type(&'static str),
    List(Box<Form>),
    Map(Box<Form>),
}

/// What happens to a field that is missing, null or zero
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Empty {
    Goes,
    Stays,
    Zero,
    Null,
    /// As `Null`, for kinds that are stored as JSON, which knows empty lists
    NullUnlessList,
}

/// Writes an object of the type `kind` as the real server does, in place
pub(crate) fn normalize(object: &mut Value, kind: &str) {
    if let (Some(fields), Value::Object(object)) = (TYPES.get(kind), object) {
        for field in fields {
            field.normalize(object);
        }
    }
}

/// The first place where an object does not fit the type `kind`, in the words of Go's JSON; none if it fits
pub(crate) fn mismatch(object: &Value, kind: &'static str) -> Option<String> {
    let mut found = None;
    fits(object, &Form::Type(kind), &mut Place { owner: "", path: String::new() }, &mut found);
    found
}

/// Where a value stands, as Go tells it
#[derive(Clone, Debug)]
struct Place {
    /// The type that has the outermost field of the path
    owner: &'static str,
    path: String,
}

// === impl Field ===

impl Field {
    fn parse(word: &'static str) -> Self {
        let (word, empty) = match word.as_bytes().last() {
            Some(b'*') => (&word[..word.len() - 1], Empty::Stays),
            Some(b'!') => (&word[..word.len() - 1], Empty::Zero),
            Some(b'~') => (&word[..word.len() - 1], Empty::Null),
            Some(b'^') => (&word[..word.len() - 1], Empty::NullUnlessList),
            _ => (word, Empty::Goes),
        };
        let (name, form) = word.split_once(':').unwrap_or((word, "s"));
        Self { name, form: Form::parse(form), empty }
    }

    fn normalize(&self, object: &mut Map<String, Value>) {
        let value = object.get_mut(self.name).filter(|value| !value.is_null());
        if let Some(value) = value {
            self.form.normalize(value);
            match self.empty {
                Empty::Goes if self.form.is_zero(value) => {
                    object.remove(self.name);
                }
                Empty::Null
                    if matches!(self.form, Form::List(_) | Form::Map(_)) && self.form.is_zero(value) =>
                {
                    *value = Value::Null;
                }
                _ => {}
            }
            return;
        }
        match self.empty {
            Empty::Goes | Empty::Stays => {
                object.remove(self.name);
            }
            Empty::Null | Empty::NullUnlessList => {
                object.insert(self.name.to_owned(), Value::Null);
            }
            Empty::Zero => {
                let mut zero = self.form.zero();
                self.form.normalize(&mut zero);
                object.insert(self.name.to_owned(), zero);
            }
        }
    }
}

// === impl Form ===

impl Form {
    fn parse(text: &'static str) -> Self {
        if let Some(rest) = text.strip_prefix("[]") {
            return Self::List(Box::new(Self::parse(rest)));
        }
        if let Some(rest) = text.strip_prefix("{}") {
            return Self::Map(Box::new(Self::parse(rest)));
        }
        match text {
            "s" => Self::Text,
            "b" => Self::Flag,
            "i" => Self::Int,
            "l" => Self::Long,
            "B" => Self::Bytes,
            "T" => Self::Time,
            "M" => Self::MicroTime,
            "Q" => Self::Quantity,
            "I" => Self::IntOrText,
            "R" => Self::Anything,
            name => Self::Type(name),
        }
    }

    fn zero(&self) -> Value {
        match self {
            Self::Text => "".into(),
            Self::Flag => false.into(),
            Self::Int | Self::Long | Self::IntOrText => 0.into(),
            Self::Quantity => "0".into(),
            Self::Type(_) => json!({}),
            _ => Value::Null,
        }
    }

    /// Whether Go's `omitempty` leaves a value out
    fn is_zero(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Bool(flag) => !flag,
            Value::Number(number) => number.as_i64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty() && !matches!(self, Self::Anything),
        }
    }

    fn normalize(&self, value: &mut Value) {
        match self {
            Self::Type(kind) => normalize(value, kind),
            Self::List(form) => value.as_array_mut().into_iter().flatten().for_each(|item| {
                if item.is_null() {
                    *item = form.zero();
                }
                form.normalize(item);
            }),
            Self::Map(form) => value.as_object_mut().into_iter().flatten().for_each(|(_, item)| {
                if item.is_null() && !matches!(**form, Self::Bytes) {
                    *item = form.zero();
                }
                form.normalize(item);
            }),
            Self::Quantity => {
                if let Some(text) = quantity::canonical(value) {
                    *value = text.into();
                }
            }
            Self::Time => {
                if let Some(text) = value.as_str().and_then(time::whole_seconds) {
                    *value = text.into();
                }
            }
            Self::MicroTime => {
                if let Some(text) = value.as_str().and_then(time::micro_seconds) {
                    *value = text.into();
                }
            }
            // a number that a client wrote with a fraction of zero is an integer
            Self::Int | Self::Long | Self::IntOrText => {
                if let Some(number) = value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0)
                {
                    #[expect(clippy::cast_possible_truncation, reason = "saturates, and has no fraction")]
                    let whole = number as i64;
                    *value = whole.into();
                }
            }
            Self::Text | Self::Flag | Self::Bytes | Self::Anything => {}
        }
    }

    /// The name of the type in Go
    fn go(&self) -> &'static str {
        match self {
            Self::Text | Self::Time | Self::MicroTime => "string",
            Self::Bytes => "[]uint8",
            Self::Flag => "bool",
            Self::Int | Self::IntOrText => "int32",
            Self::Long => "int64",
            Self::Quantity => "resource.Quantity",
            Self::Anything => "any",
            Self::Type(name) => name,
            Self::List(_) => "[]",
            Self::Map(_) => "map",
        }
    }

    /// The name of the type in Go with its package and elements, as error messages have it
    fn go_name(&self, package: &str) -> String {
        match self {
            Self::List(form) => format!("[]{}", form.go_name(package)),
            // all amounts by name are of one type
            Self::Map(form) if matches!(**form, Self::Quantity) => "v1.ResourceList".to_owned(),
            Self::Map(form) => format!("map[string]{}", form.go_name(package)),
            Self::Type("ObjectMeta" | "OwnerReference" | "ManagedFieldsEntry" | "LabelSelector") => {
                format!("v1.{}", self.go())
            }
            Self::Type(name) => format!("{package}.{}", name.rsplit('.').next().unwrap_or(name)),
            other => other.go().to_owned(),
        }
    }
}

/// Looks for the first value that cannot be read
fn fits(value: &Value, form: &Form, place: &mut Place, found: &mut Option<String>) {
    if found.is_some() || value.is_null() {
        return;
    }
    match (form, value) {
        (Form::Type(kind), Value::Object(object)) => {
            for field in TYPES.get(kind).into_iter().flatten() {
                if let Some(value) = object.get(field.name) {
                    let mut below = place.clone();
                    kind.clone_into(&mut below.owner);
                    if !below.path.is_empty() {
                        below.path.push('.');
                    }
                    below.path.push_str(field.name);
                    fits(value, &field.form, &mut below, found);
                }
            }
        }
        (Form::List(form), Value::Array(list)) => {
            for item in list {
                fits(item, form, place, found);
            }
        }
        (Form::Map(form), Value::Object(map)) => {
            for item in map.values() {
                fits(item, form, place, found);
            }
        }
        (Form::Text | Form::IntOrText, Value::String(_))
        | (Form::Flag, Value::Bool(_))
        | (Form::Anything, _) => {}
        (Form::Bytes, Value::String(text)) => *found = base64::problem(text),
        (Form::Int | Form::Long | Form::IntOrText, Value::Number(number)) => {
            let whole = number.as_i64().or_else(|| whole(number.as_f64()?));
            let fits = whole.is_some_and(|whole| matches!(form, Form::Long) || i32::try_from(whole).is_ok());
            if !fits {
                *found = Some(place.tell(&format!("number {number}"), form));
            }
        }
        (Form::Quantity, value) => {
            if !matches!(value, Value::String(_) | Value::Number(_)) || quantity::canonical(value).is_none() {
                *found = Some(quantity::WRONG.to_owned());
            }
        }
        (Form::Time, Value::String(text)) => *found = time::problem(text),
        (Form::MicroTime, Value::String(text)) => *found = time::micro_problem(text),
        (form, value) => *found = Some(place.tell(go_value::word(value), form)),
    }
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked: no fraction, and a float holds it exactly")]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

// === impl Place ===

impl Place {
    fn tell(&self, what: &str, form: &Form) -> String {
        let owner = self.owner.rsplit('.').next().unwrap_or(self.owner);
        format!(
            "json: cannot unmarshal {what} into Go struct field {owner}.{} of type {}",
            self.path,
            form.go_name("v1")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_table_is_known() {
        fn check(form: &Form) {
            match form {
                Form::Type(name) => assert!(TYPES.contains_key(name), "{name}"),
                Form::List(form) | Form::Map(form) => check(form),
                _ => {}
            }
        }
        TYPES.values().flatten().for_each(|field| check(&field.form));
    }

    #[test]
    fn empty_fields_go_stay_or_are_written() {
        let mut pod = json!({
            "metadata": { "labels": {}, "name": "p", "creationTimestamp": null },
            "spec": { "hostNetwork": false, "enableServiceLinks": false, "nodeName": "", "containers": [
                { "name": "a", "image": "", "args": [], "resources": { "limits": { "cpu": 0.5, "memory": "1024Mi" } } },
            ] },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
        });
        normalize(&mut pod, "Pod");
        assert_eq!(
            pod,
            json!({
                "metadata": { "name": "p" },
                "spec": { "enableServiceLinks": false, "containers": [
                    { "name": "a", "resources": { "limits": { "cpu": "500m", "memory": "1Gi" } } },
                ] },
                "status": { "conditions": [
                    { "type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": null },
                ] },
            })
        );
    }

    #[test]
    fn what_go_cannot_read_is_told_in_its_words() {
        let cases = [
            (json!({ "spec": { "replicas": 1 } }), None),
            (
                json!({ "spec": { "replicas": "1" } }),
                Some(
                    "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
                ),
            ),
        ];
        for (object, expected) in cases {
            assert_eq!(mismatch(&object, "Deployment").as_deref(), expected);
        }
    }
}
