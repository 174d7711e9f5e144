//! Defaults in a CRD's schema: what is put into an object must itself be right
//!
//! It owns where defaults are looked for. What makes a value right is `prune`'s and `validate`'s business.

use serde_json::Value;

use crate::field_error::{FieldError, Reason};
use crate::place::{child, property};
use crate::prune::{META, prune_at};
use crate::schema::{Schema, Type};
use crate::validate;

/// Everything that is wrong with the defaults in a schema, in whose place `path` stands
pub(super) fn check(root: &Schema, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    // a resource at the root is as one that is embedded
    let root = Schema { embedded: true, ..root.clone() };
    walk(&root, path, false, &mut errors);
    errors
}

/// `in_meta` is whether the place is inside of the `metadata`, `kind` or `apiVersion` of a resource; values of maps are
/// not looked at, as by the API server
fn walk(schema: &Schema, path: &str, in_meta: bool, errors: &mut Vec<FieldError>) {
    let in_meta = in_meta && !schema.embedded;
    if let Some(default) = &schema.default {
        value(schema, default, &child(path, "default"), in_meta, errors);
    }
    if let Some(items) = &schema.items {
        walk(items, &child(path, "items"), in_meta, errors);
    }
    for (name, field) in &schema.properties {
        let is_meta = schema.embedded && META.contains(&name.as_str());
        walk(field, &property(path, name), in_meta || is_meta, errors);
    }
}

fn value(schema: &Schema, default: &Value, at: &str, in_meta: bool, errors: &mut Vec<FieldError>) {
    if !in_meta {
        let mut pruned = default.clone();
        prune_at(schema, &mut pruned, "");
        if pruned != *default {
            let detail = "must not have unknown fields";
            errors.push(FieldError::of_value(Reason::Invalid, at, default, detail));
        }
        let embedded = validate::embedded(schema, default, at);
        if !embedded.is_empty() {
            errors.extend(embedded);
            return;
        }
    }
    // an int-or-string is held by its `anyOf` alone here
    let untyped = (schema.kind == Type::IntOrString).then(|| Schema { kind: Type::Any, ..schema.clone() });
    let wrong = validate::place(untyped.as_ref().unwrap_or(schema), default, None, at);
    if wrong.is_empty() {
        errors.extend(validate::default_rules(schema, default, at));
    }
    errors.extend(wrong);
}
