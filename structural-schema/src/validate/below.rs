//! What stands below a value: the fields of an object, the elements of a list
//!
//! It owns their number and the way down to them. Whether elements repeat is `unique`'s business.

use serde_json::{Map, Value};

use super::Place;
use super::outcome::{Outcome, invalid};
use crate::correlate::{OldElements, old_field};
use crate::field_error::{FieldError, Reason};
use crate::place::child;
use crate::schema::Additional;

pub(super) fn elements(place: &Place<'_>, elements: &[Value]) -> Outcome {
    let checks = place.schema.compiled.checks();
    let mut outcome = Outcome::default();
    if let Some(items) = &place.schema.items {
        let old_elements = OldElements::new(place.schema, place.old);
        for (at, element) in elements.iter().enumerate() {
            let path = place.path.index(at);
            let old = old_elements.get(element);
            outcome.merge(Place { schema: items, value: element, old, path }.check());
        }
    }
    let count = count_of(elements.len());
    if let Some(least) = checks.items_min.filter(|least| count < *least) {
        let should = format!("should have at least {least} items");
        outcome.push(invalid(&place.path, &count.into(), &should));
    }
    if let Some(most) = checks.items_max.filter(|most| count > *most) {
        outcome.push(too_many(place, count, most));
    }
    outcome.count += 1;
    outcome
}

pub(super) fn fields(place: &Place<'_>, fields: &Map<String, Value>) -> Outcome {
    let checks = place.schema.compiled.checks();
    let mut outcome = Outcome::default();
    let count = count_of(fields.len());
    if let Some(least) = checks.properties_min.filter(|least| count < *least) {
        let should = format!("should have at least {least} properties");
        outcome.push(invalid(&place.path, &count.into(), &should));
    }
    if let Some(most) = checks.properties_max.filter(|most| count > *most) {
        outcome.push(too_many(place, count, most));
    }
    let known = &place.schema.properties;
    for (name, value) in fields.iter().filter(|(name, _)| !known.contains_key(*name)) {
        if checks.closed {
            outcome.push(FieldError::of_value(
                Reason::Invalid,
                place.path.to_string(),
                &name.as_str().into(),
                format!("{}.{name} in body is a forbidden property", place.path),
            ));
        } else if let Additional::Schema(schema) = &place.schema.additional {
            let old = old_field(place.schema, place.old, name);
            let path = place.path.field(name);
            outcome.merge(Place { schema, value, old, path }.check());
        }
    }
    for (name, schema) in known {
        let Some(value) = fields.get(name) else { continue };
        // what a root says of its own type is never old: both are seen in the version of the request
        let is_type = place.path.is_root() && ["apiVersion", "kind"].contains(&name.as_str());
        let old = old_field(place.schema, place.old.filter(|_| !is_type), name);
        let path = place.path.field(name);
        outcome.merge(Place { schema, value, old, path }.check());
    }
    for name in place.schema.required.iter().filter(|name| !fields.contains_key(*name)) {
        let field = child(&place.path.to_string(), name);
        outcome.push(FieldError::new(Reason::Required, field, ""));
    }
    outcome
}

fn too_many(place: &Place<'_>, count: i64, most: i64) -> FieldError {
    let items = if most == 1 { "item" } else { "items" };
    let detail = format!("must have at most {most} {items}");
    FieldError::of_value(Reason::TooMany, place.path.to_string(), &count.into(), detail)
}

fn count_of(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
