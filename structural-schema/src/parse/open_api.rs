//! What a CRD's schema may say, node by node, beside being structural
//!
//! It owns the rules of plain OpenAPI and of the `x-kubernetes-` keywords, with their words.

use serde_json::Value;

use super::go_record;
use super::written::{BRANCHES, Written, WrittenAdditional};
use crate::field_error::{FieldError, Reason};
use crate::place::{child, index, key, property};

const LIST_TYPE: &str = "x-kubernetes-list-type";
const MAP_TYPE: &str = "x-kubernetes-map-type";
const MAP_KEYS: &str = "x-kubernetes-list-map-keys";

/// What holds for a place because of where it is
#[derive(Clone, Default)]
struct Around {
    /// Why there may be no default, if there may not
    default_refused: Option<String>,
    /// Inside of the `metadata`, `kind` or `apiVersion` of a resource
    in_meta: bool,
}

pub(super) fn check(root: Written<'_>, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    place(root, path, true, &Around::default(), &mut errors);
    errors
}

fn place(node: Written<'_>, path: &str, is_root: bool, around: &Around, errors: &mut Vec<FieldError>) {
    keywords(node, path, around, errors);
    if node.flag("uniqueItems") {
        errors.push(forbidden(
            child(path, "uniqueItems"),
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ));
    }
    additional(node, path, around, errors);
    fields(node, path, is_root, around, errors);
    if let Some(not) = node.node("not") {
        place(not, &child(path, "not"), false, around, errors);
    }
    for keyword in BRANCHES {
        for (at, branch) in node.nodes(keyword).into_iter().enumerate() {
            place(branch, &index(&child(path, keyword), at), false, around, errors);
        }
    }
    for keyword in ["definitions", "dependencies"] {
        for (name, nested) in node.named(keyword) {
            place(nested, &key(&child(path, keyword), name), false, around, errors);
        }
    }
    if let Some(items) = node.node("items") {
        place(items, &child(path, "items"), false, around, errors);
    }
    for (at, items) in node.nodes("items").into_iter().enumerate() {
        place(items, &index(&child(path, "items"), at), false, around, errors);
    }
    extensions(node, path, errors);
}

fn keywords(node: Written<'_>, path: &str, around: &Around, errors: &mut Vec<FieldError>) {
    let mut refuse = |is_set: bool, keyword: &str, detail: &str| {
        if is_set {
            errors.push(forbidden(child(path, keyword), detail));
        }
    };
    let types = ["array", "boolean", "integer", "number", "object", "string"];
    let unknown_type = !node.kind().is_empty() && !types.contains(&node.kind());
    if let Some(reason) = &around.default_refused {
        refuse(node.has("default"), "default", &format!("must not be set {reason}"));
    }
    refuse(!node.text("id").is_empty(), "id", "id is not supported");
    refuse(node.has("additionalItems"), "additionalItems", "additionalItems is not supported");
    for keyword in ["patternProperties", "definitions"] {
        let detail = format!("{keyword} is not supported");
        refuse(!node.named(keyword).is_empty(), keyword, &detail);
    }
    refuse(node.has("dependencies"), "dependencies", "dependencies is not supported");
    refuse(node.has("$ref"), "$ref", "$ref is not supported");
    refuse(node.kind() == "null", "type", "type cannot be set to null, use nullable as an alternative");
    refuse(node.has_list_of_items(), "items", "items must be a schema object and not an array");
    refuse(
        around.in_meta && node.is_embedded(),
        "x-kubernetes-embedded-resource",
        "must not be used inside of resource meta",
    );
    if unknown_type {
        let first = errors.len() - usize::from(node.kind() == "null");
        errors.insert(first, not_supported(child(path, "type"), node.kind(), &types));
    }
}

fn additional(node: Written<'_>, path: &str, around: &Around, errors: &mut Vec<FieldError>) {
    let here = child(path, "additionalProperties");
    let values = match node.additional() {
        WrittenAdditional::Nothing | WrittenAdditional::Flag(true) => return,
        WrittenAdditional::Flag(false) => None,
        WrittenAdditional::Node(values) => Some(values),
    };
    if !node.properties().is_empty() {
        let detail = "additionalProperties and properties are mutual exclusive";
        errors.push(forbidden(here.clone(), detail));
    }
    let Some(values) = values else { return };
    let mut below = around.clone();
    if around.in_meta {
        below.default_refused = Some("inside additionalProperties applying to object metadata".to_owned());
    }
    place(values, &here, false, &below, errors);
}

fn fields(node: Written<'_>, path: &str, is_root: bool, around: &Around, errors: &mut Vec<FieldError>) {
    for (name, field) in node.properties() {
        let mut below = around.clone();
        let is_meta = ["metadata", "kind", "apiVersion"].contains(&name);
        if is_meta && (is_root || node.is_embedded()) {
            below.in_meta = true;
            if is_root {
                below.default_refused = Some(format!("in top-level {name}"));
            }
        }
        place(field, &property(path, name), false, &below, errors);
    }
}

fn extensions(node: Written<'_>, path: &str, errors: &mut Vec<FieldError>) {
    let preserve = "x-kubernetes-preserve-unknown-fields";
    if node.has(preserve) && !node.preserves_unknown() {
        let here = child(path, preserve);
        errors.push(invalid(here, &false.into(), "must be true or undefined"));
    }
    if node.has(MAP_TYPE) && node.kind() != "object" {
        errors.push(wrong_type(node, path, "object", MAP_TYPE));
    }
    if node.has(MAP_TYPE) && !["atomic", "granular"].contains(&node.map_type()) {
        let here = child(path, MAP_TYPE);
        errors.push(not_supported(here, node.map_type(), &["atomic", "granular"]));
    }
    if node.has(LIST_TYPE) && node.kind() != "array" {
        errors.push(wrong_type(node, path, "array", LIST_TYPE));
    } else if node.list_type() == "set" {
        set(node, path, errors);
    }
    if node.has(LIST_TYPE) && !["atomic", "set", "map"].contains(&node.list_type()) {
        let here = child(path, LIST_TYPE);
        errors.push(not_supported(here, node.list_type(), &["atomic", "set", "map"]));
    }
    if !node.values(MAP_KEYS).is_empty() && node.list_type() != "map" {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        errors.push(if node.has(LIST_TYPE) {
            invalid(child(path, LIST_TYPE), &node.list_type().into(), detail)
        } else {
            required(child(path, LIST_TYPE), detail)
        });
    }
    if node.list_type() == "map" {
        map(node, path, errors);
    }
    elements(node, path, errors);
}

/// The elements of a set are compared as wholes
fn set(node: Written<'_>, path: &str, errors: &mut Vec<FieldError>) {
    let Some(items) = node.node("items") else { return };
    let here = child(path, "items");
    let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
    // both messages print the list type of the items
    let list_type = items.get(LIST_TYPE).cloned().unwrap_or_default();
    match items.kind() {
        "array" if !["", "atomic"].contains(&items.list_type()) => {
            errors.push(invalid(child(&here, LIST_TYPE), &list_type, detail));
        }
        "object" if items.map_type() != "atomic" => {
            errors.push(invalid(child(&here, MAP_TYPE), &list_type, detail));
        }
        _ => {}
    }
}

/// The elements of a list map are told apart by scalars that they have
fn map(node: Written<'_>, path: &str, errors: &mut Vec<FieldError>) {
    let keys = node.texts(MAP_KEYS);
    if keys.is_empty() {
        errors.push(required(child(path, MAP_KEYS), "must not be empty if x-kubernetes-list-type is map"));
    }
    if !node.has("items") {
        errors.push(required(child(path, "items"), "must have a schema if x-kubernetes-list-type is map"));
    }
    if node.has_list_of_items() {
        let detail = "must only have a single schema if x-kubernetes-list-type is map";
        let mut error = invalid(child(path, "items"), &Value::Null, detail);
        error.value = Some(go_record::print_items(node));
        errors.push(error);
    }
    let Some(items) = node.node("items") else { return };
    let here = child(path, "items");
    if items.kind() != "object" {
        errors.push(invalid(
            child(&here, "type"),
            &items.kind().into(),
            "must be object if parent array's x-kubernetes-list-type is map",
        ));
        return;
    }
    let printed: Value = keys.clone().into();
    for (at, name) in keys.iter().enumerate() {
        match items.property(name).map(Written::kind) {
            Some("array" | "object") => errors.push(invalid(
                child(&property(&here, name), "type"),
                &items.kind().into(),
                "must be a scalar type if parent array's x-kubernetes-list-type is map",
            )),
            Some(_) => {}
            None => errors.push(invalid(
                child(path, MAP_KEYS),
                &printed,
                "entries must all be names of item properties",
            )),
        }
        if keys[..at].contains(name) {
            errors.push(invalid(child(path, MAP_KEYS), &printed, "must not contain duplicate entries"));
        }
    }
}

/// An element of a set or list map is there, and so are its keys
fn elements(node: Written<'_>, path: &str, errors: &mut Vec<FieldError>) {
    let list_type = node.list_type();
    let Some(items) = node.node("items").filter(|_| ["set", "map"].contains(&list_type)) else {
        return;
    };
    let here = child(path, "items");
    if items.flag("nullable") {
        let detail = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
        errors.push(forbidden(child(&here, "nullable"), &detail));
    }
    if list_type != "map" {
        return;
    }
    let always = items.texts("required");
    for name in node.texts(MAP_KEYS) {
        let Some(field) = items.property(&name) else { continue };
        let here = property(&here, &name);
        let because = "this property is in x-kubernetes-list-map-keys, so it";
        if !always.contains(&name) && !field.has("default") {
            let detail = format!("{because} must have a default or be a required property");
            errors.push(required(child(&here, "default"), &detail));
        }
        if field.flag("nullable") {
            let detail = format!("{because} cannot be nullable");
            errors.push(forbidden(child(&here, "nullable"), &detail));
        }
    }
}

fn wrong_type(node: Written<'_>, path: &str, wanted: &str, keyword: &str) -> FieldError {
    let detail = format!("must be {wanted} if {keyword} is specified");
    if node.kind().is_empty() {
        required(child(path, "type"), &detail)
    } else {
        invalid(child(path, "type"), &node.kind().into(), &detail)
    }
}

fn required(field: String, detail: &str) -> FieldError {
    FieldError::new(Reason::Required, field, detail)
}

fn forbidden(field: String, detail: &str) -> FieldError {
    FieldError::new(Reason::Forbidden, field, detail)
}

fn invalid(field: String, value: &Value, detail: &str) -> FieldError {
    FieldError::of_value(Reason::Invalid, field, value, detail)
}

fn not_supported(field: String, value: &str, supported: &[&str]) -> FieldError {
    FieldError::not_supported(field, &value.into(), supported)
}
