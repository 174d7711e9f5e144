//! What makes a schema structural: every place has a type, and branches only validate
//!
//! It owns these rules and their words. The rules of plain OpenAPI stand in `open_api`.

use serde_json::Value;

use super::written::{BRANCHES, Written, WrittenAdditional};
use crate::field_error::{FieldError, Reason};
use crate::pattern;
use crate::place::{child, index, property};

/// Which kind of place a node describes
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

const EMBEDDED: &str = "x-kubernetes-embedded-resource";
const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

/// What keeps a schema from being read as a structural one at all; said only if nothing else is
pub(super) fn unreadable(node: Written<'_>, path: &str) -> Option<FieldError> {
    let keyword = [
        ("id", "id"),
        ("$schema", "schema"),
        ("$ref", "$ref"),
        ("patternProperties", "patternProperties"),
        ("dependencies", "dependencies"),
        ("additionalItems", "additionalItems"),
        ("definitions", "definitions"),
    ]
    .into_iter()
    .find(|(keyword, _)| has_content(node, keyword))
    .map(|(_, name)| format!("OpenAPIV3Schema '{name}' is not supported"));
    let items = || {
        node.has_list_of_items()
            .then(|| "OpenAPIV3Schema 'items' must be a schema, but is an array".to_owned())
    };
    let preserve = || {
        (node.has(PRESERVE) && !node.preserves_unknown())
            .then(|| format!("internal error: '{PRESERVE}' must be true or undefined"))
    };
    if let Some(detail) = keyword.or_else(items).or_else(preserve) {
        return Some(FieldError::of_value(Reason::Invalid, path, &"".into(), detail));
    }
    below(node).into_iter().find_map(|child| unreadable(child, path))
}

/// Whether a keyword says anything: an empty text or map says nothing
fn has_content(node: Written<'_>, keyword: &str) -> bool {
    node.get(keyword).is_some_and(|value| {
        !(value.as_str().is_some_and(str::is_empty)
            || value.as_object().is_some_and(|map| map.is_empty() && keyword != "additionalItems"))
    })
}

/// Every node right below a node
fn below(node: Written<'_>) -> Vec<Written<'_>> {
    let mut found: Vec<_> = node.properties().into_iter().map(|(_, child)| child).collect();
    found.extend(node.node("items"));
    if let WrittenAdditional::Node(child) = node.additional() {
        found.push(child);
    }
    found.extend(BRANCHES.into_iter().flat_map(|keyword| node.nodes(keyword)));
    found.extend(node.node("not"));
    found
}

/// Everything that keeps a schema from being structural, in the order in which the API server tells it
pub(super) fn check(root: Written<'_>, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    place(root, Level::Root, path, &mut errors);
    complete_branches(root, root, (path, path), &mut errors);
    errors.sort_by_cached_key(ToString::to_string);
    errors
}

fn place(node: Written<'_>, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    if node.kind() == "array" && node.node("items").is_none() {
        errors.push(required(child(path, "items"), "must be specified"));
    }
    if let Some(items) = node.node("items") {
        place(items, Level::Item, &child(path, "items"), errors);
    }
    for (name, field) in node.properties() {
        place(field, Level::Field, &property(path, name), errors);
    }
    additional(node, level, path, errors);
    extensions(node, path, errors);
    branches(node, path, (is_int_or_string(node), starts_with_int_or_string(node)), errors);
    kind(node, level, path, errors);
    type_meta(node, level, path, errors);
    if node.is_embedded() && !node.preserves_unknown() && node.properties().is_empty() {
        errors.push(required(
            child(path, "properties"),
            format!("must not be empty if {EMBEDDED} is true without {PRESERVE}"),
        ));
    }
}

fn additional(node: Written<'_>, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let here = child(path, "additionalProperties");
    match node.additional() {
        WrittenAdditional::Nothing => return,
        WrittenAdditional::Flag(_) => {}
        WrittenAdditional::Node(values) => place(values, Level::Field, &here, errors),
    }
    if level == Level::Root {
        errors.push(forbidden(here.clone(), "must not be used at the root"));
    }
    if node.is_embedded() {
        errors.push(forbidden(here, format!("must not be used if {EMBEDDED} is set")));
    }
}

fn extensions(node: Written<'_>, path: &str, errors: &mut Vec<FieldError>) {
    if !node.is_int_or_string() {
        return;
    }
    for (keyword, set) in [(PRESERVE, node.preserves_unknown()), (EMBEDDED, node.is_embedded())] {
        if set {
            errors.push(FieldError::of_value(
                Reason::Invalid,
                child(path, keyword),
                &true.into(),
                "must be false if x-kubernetes-int-or-string is true",
            ));
        }
    }
}

fn kind(node: Written<'_>, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let here = child(path, "type");
    let invalid = |detail: &str| invalid(here.clone(), node.kind(), detail);
    if node.is_embedded() && node.kind() != "object" {
        let detail = format!("must be object if {EMBEDDED} is true");
        errors.push(if node.kind().is_empty() { required(here.clone(), detail) } else { invalid(&detail) });
    } else if node.kind().is_empty() && !node.is_int_or_string() && !node.preserves_unknown() {
        errors.push(required(
            here.clone(),
            match level {
                Level::Root => "must not be empty at the root",
                Level::Item => "must not be empty for specified array items",
                Level::Field => "must not be empty for specified object fields",
            },
        ));
    }
    if level == Level::Root && !node.kind().is_empty() && node.kind() != "object" {
        errors.push(invalid("must be object at the root"));
    }
}

/// `apiVersion`, `kind` and `metadata` of a resource have the types that they have in every resource
fn type_meta(node: Written<'_>, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let is_resource = level == Level::Root || node.is_embedded();
    let wanted = [("kind", "string"), ("apiVersion", "string"), ("metadata", "object")];
    for (name, kind) in wanted.into_iter().filter(|_| is_resource) {
        if let Some(field) = node.property(name).filter(|field| field.kind() != kind) {
            errors.push(invalid(
                child(&property(path, name), "type"),
                field.kind(),
                &format!("must be {kind}"),
            ));
        }
    }
    let Some(metadata) = node.property("metadata").filter(|_| level == Level::Root) else { return };
    let names = metadata.properties();
    let only_names = names.iter().all(|(name, _)| ["name", "generateName"].contains(name));
    let own = |keyword: &String| ["type", "default", "properties"].contains(&keyword.as_str());
    let only_type = metadata.0.iter().all(|(keyword, value)| own(keyword) || says_nothing(value));
    if !(only_names && only_type) {
        errors.push(forbidden(
            property(path, "metadata"),
            "must not specify anything other than name and generateName, but metadata is implicitly specified",
        ));
    }
}

/// `anyOf: [{type: integer}, {type: string}]`, the one place where a branch may name a type
fn is_int_or_string(node: Written<'_>) -> bool {
    let branches = node.nodes("anyOf");
    let only = |branch: Written<'_>, kind: &str| {
        branch.kind() == kind && branch.0.iter().all(|(key, value)| key == "type" || says_nothing(value))
    };
    branches.len() == 2 && only(branches[0], "integer") && only(branches[1], "string")
}

/// Whether a keyword with this value is as good as absent
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn starts_with_int_or_string(node: Written<'_>) -> bool {
    node.nodes("allOf").first().is_some_and(|first| is_int_or_string(*first))
}

/// `skip` says whether `anyOf`, and that of the first of `allOf`, are the pattern of an int-or-string
fn branches(node: Written<'_>, path: &str, skip: (bool, bool), errors: &mut Vec<FieldError>) {
    for (keyword, skipped) in [("anyOf", skip.0), ("allOf", false), ("oneOf", false)] {
        if skipped {
            continue;
        }
        for (at, nested) in node.nodes(keyword).into_iter().enumerate() {
            let skip_any_of = keyword == "allOf" && at == 0 && skip.1;
            branch(nested, &index(&child(path, keyword), at), skip_any_of, errors);
        }
    }
    if let Some(nested) = node.node("not") {
        branch(nested, &child(path, "not"), false, errors);
    }
    let text = node.text("pattern");
    if let Err(reason) = pattern::compile(text) {
        errors.push(invalid(
            child(path, "pattern"),
            text,
            &format!("must be a valid regular expression, but isn't: {reason}"),
        ));
    }
}

/// A branch may only validate what the schema around it describes
fn branch(node: Written<'_>, path: &str, skip_any_of: bool, errors: &mut Vec<FieldError>) {
    branches(node, path, (skip_any_of, false), errors);
    if let Some(items) = node.node("items") {
        branch(items, &child(path, "items"), false, errors);
    }
    for (name, field) in node.properties() {
        branch(field, &property(path, name), false, errors);
    }
    let mut refuse = |is_set: bool, keyword: &str, wanted: &str| {
        if is_set {
            let detail = format!("must be {wanted} to be structural");
            errors.push(forbidden(child(path, keyword), detail));
        }
    };
    refuse(!node.kind().is_empty(), "type", "empty");
    let open = matches!(node.additional(), WrittenAdditional::Flag(true) | WrittenAdditional::Node(_));
    refuse(open, "additionalProperties", "undefined");
    refuse(node.has("default"), "default", "undefined");
    for keyword in ["title", "description"] {
        refuse(!node.text(keyword).is_empty(), keyword, "empty");
    }
    for keyword in ["nullable", PRESERVE, EMBEDDED, "x-kubernetes-int-or-string"] {
        refuse(node.flag(keyword), keyword, "false");
    }
    let keys = "x-kubernetes-list-map-keys";
    refuse(!node.values(keys).is_empty(), keys, "empty");
    for keyword in ["x-kubernetes-list-type", "x-kubernetes-map-type"] {
        refuse(node.has(keyword), keyword, "undefined");
    }
    let rules = "x-kubernetes-validations";
    refuse(!node.values(rules).is_empty(), rules, "empty");
    if node.property("metadata").is_some() {
        let here = property(path, "metadata");
        errors.push(forbidden(here, "must not be specified in a nested context"));
    }
}

type Paths<'a> = (&'a str, &'a str);

/// Whatever a branch names is also named by the schema around it; `paths` are those of both
fn complete_branches(node: Written<'_>, around: Written<'_>, paths: Paths<'_>, errors: &mut Vec<FieldError>) {
    let not = node.node("not").map(|nested| (nested, child(paths.1, "not")));
    let lists = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|keyword| {
        let nodes = node.nodes(keyword).into_iter().enumerate();
        nodes.map(move |(at, nested)| (nested, index(&child(paths.1, keyword), at)))
    });
    for (nested, path) in not.into_iter().chain(lists) {
        complete(nested, Some(around), (paths.0, &path), errors);
    }
}

fn complete(node: Written<'_>, around: Option<Written<'_>>, paths: Paths<'_>, errors: &mut Vec<FieldError>) {
    let Some(around) = around else {
        errors.push(required(paths.0, format!("because it is defined in {}", paths.1)));
        return;
    };
    complete_branches(node, around, paths, errors);
    if let Some(items) = node.node("items") {
        let (outer, inner) = (child(paths.0, "items"), child(paths.1, "items"));
        complete(items, around.node("items"), (&outer, &inner), errors);
    }
    for (name, field) in node.properties() {
        let (outer, inner) = (property(paths.0, name), property(paths.1, name));
        complete(field, around.property(name), (&outer, &inner), errors);
    }
}

fn required(field: impl Into<String>, detail: impl Into<String>) -> FieldError {
    FieldError::new(Reason::Required, field, detail)
}

fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> FieldError {
    FieldError::new(Reason::Forbidden, field, detail)
}

fn invalid(field: String, value: &str, detail: &str) -> FieldError {
    FieldError::of_value(Reason::Invalid, field, &value.into(), detail)
}
