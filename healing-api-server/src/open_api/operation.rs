//! The paths of a kind and what can be asked there, as OpenAPI documents show them
//!
//! It owns the operations with their parameters: clients look there whether a server knows `dryRun` and
//! `fieldValidation`. What the operations do is the verbs' business.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::REFERENCE;
use crate::discovery::Part;
use crate::kind::Kind;

/// Name and type of a query parameter
type Parameter = (&'static str, &'static str);

/// One operation
struct Action {
    /// As discovery names it
    verb: &'static str,
    method: &'static str,
    /// As `x-kubernetes-action` names it
    name: &'static str,
    /// With which `operationId` begins
    word: &'static str,
    parameters: &'static [Parameter],
    codes: &'static [u16],
}

/// Where an operation is, and what it takes and gives
struct Place<'a> {
    kind: &'a Kind,
    part: Option<&'a Part>,
    /// Name of the definition of the object
    object: &'a str,
    /// Name of the definition of an answer
    answer: &'a str,
    /// With which `operationId` ends
    suffix: String,
}

const LIST: &[Parameter] = &[
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
    ("watch", "boolean"),
];
const WRITE: &[Parameter] =
    &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")];
const PATCH: &[Parameter] =
    &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"), ("force", "boolean")];
const DELETE: &[Parameter] = &[
    ("dryRun", "string"),
    ("gracePeriodSeconds", "integer"),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
];
const DELETE_MANY: &[Parameter] = &[
    ("continue", "string"),
    ("dryRun", "string"),
    ("fieldSelector", "string"),
    ("gracePeriodSeconds", "integer"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
];
const OF_COLLECTION: &[Action] = &[
    Action { verb: "list", method: "get", name: "list", word: "list", parameters: LIST, codes: &[200] },
    Action {
        verb: "create",
        method: "post",
        name: "post",
        word: "create",
        parameters: WRITE,
        codes: &[200, 201, 202],
    },
    Action {
        verb: "deletecollection",
        method: "delete",
        name: "deletecollection",
        word: "delete",
        parameters: DELETE_MANY,
        codes: &[200],
    },
];
const OF_OBJECT: &[Action] = &[
    Action { verb: "get", method: "get", name: "get", word: "read", parameters: &[], codes: &[200] },
    Action { verb: "create", ..OF_COLLECTION[1] },
    Action {
        verb: "update",
        method: "put",
        name: "put",
        word: "replace",
        parameters: WRITE,
        codes: &[200, 201],
    },
    Action {
        verb: "patch",
        method: "patch",
        name: "patch",
        word: "patch",
        parameters: PATCH,
        codes: &[200, 201],
    },
    Action {
        verb: "delete",
        method: "delete",
        name: "delete",
        word: "delete",
        parameters: DELETE,
        codes: &[200, 202],
    },
];
/// Languages of patches; custom kinds do not know the last
const PATCHES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];
const DELETE_OPTIONS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
const PATCH_BODY: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const RESOURCE_LIST: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList";
const STATUS: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";

/// All paths of a kind; `names` are those of its definition and of its list's
pub(super) fn paths(kind: &Kind, [object, list]: &[String; 2]) -> BTreeMap<String, Value> {
    let base = format!("/{}", super::path(kind.group(), &kind.version));
    let scope = if kind.namespaced { "namespaces/{namespace}/" } else { "" };
    let collection = format!("{base}/{scope}{}", kind.plural());
    let whole = |answer| Place { kind, part: None, object, answer, suffix: String::new() };
    let verbs: Vec<&str> = kind.verbs.to_vec();
    let mut paths = BTreeMap::new();
    if kind.namespaced && verbs.contains(&"list") {
        let everywhere = Place { suffix: "ForAllNamespaces".to_owned(), ..whole(list) };
        paths.insert(format!("{base}/{}", kind.plural()), item(&everywhere, &OF_COLLECTION[..1], &["list"]));
    }
    paths.insert(collection.clone(), item(&whole(list), OF_COLLECTION, &verbs));
    let of_object: Vec<&str> = verbs.into_iter().filter(|verb| *verb != "create").collect();
    if of_object.contains(&"get") {
        paths.insert(format!("{collection}/{{name}}"), item(&whole(object), OF_OBJECT, &of_object));
    }
    for part in Part::all(kind) {
        let definition = if part.definition.is_empty() { object } else { part.definition };
        let place = Place {
            kind,
            part: Some(&part),
            object: definition,
            answer: definition,
            suffix: capitalized(part.name),
        };
        paths.insert(format!("{collection}/{{name}}/{}", part.name), item(&place, OF_OBJECT, part.verbs));
    }
    paths
}

/// What is served at the root of a group's version
pub(super) fn resource_list(kinds: &[&Arc<Kind>]) -> Value {
    let mut operation = json!({ "responses": responses(&[200], RESOURCE_LIST) });
    if let Some(kind) = kinds.first() {
        operation["tags"] = json!([tag(kind)]);
        operation["operationId"] = format!("get{}APIResources", group_version(kind)).into();
    }
    json!({ "get": operation })
}

/// What is served at one path
fn item(place: &Place<'_>, actions: &[Action], verbs: &[&str]) -> Value {
    let actions: Vec<&Action> = actions.iter().filter(|action| verbs.contains(&action.verb)).collect();
    // parameters of all operations belong to the path
    let common = |parameter: &&Parameter| actions.iter().all(|action| action.parameters.contains(parameter));
    let first = actions.first().map_or(&[][..], |action| action.parameters);
    let shared: Vec<Parameter> = first.iter().filter(common).copied().collect();
    let mut fields = Map::new();
    for action in &actions {
        let own = action.parameters.iter().filter(|parameter| !shared.contains(parameter)).copied();
        fields.insert(action.method.to_owned(), operation(place, action, own.map(parameter).collect()));
    }
    let named = actions.iter().any(|action| action.word == "read") || place.part.is_some();
    let everywhere = place.suffix == "ForAllNamespaces";
    let in_path = [("name", named), ("namespace", place.kind.namespaced && !everywhere)];
    let mut parameters: Vec<Value> =
        in_path.into_iter().filter(|(_, is)| *is).map(|(name, _)| in_path_of(name)).collect();
    parameters.push(parameter(("pretty", "string")));
    parameters.extend(shared.into_iter().map(parameter));
    fields.insert("parameters".to_owned(), parameters.into());
    fields.into()
}

fn operation(place: &Place<'_>, action: &Action, parameters: Vec<Value>) -> Value {
    let kind = place.kind;
    let gives = match action.name {
        "delete" | "deletecollection" => STATUS,
        "post" if place.part.is_none() => place.object,
        _ => place.answer,
    };
    let mut operation = json!({
        "tags": [tag(kind)],
        "operationId": id(place, action),
        "responses": responses(action.codes, gives),
        "x-kubernetes-action": action.name,
        "x-kubernetes-group-version-kind": gvk(place),
    });
    if place.part.is_some_and(|part| part.name == "log") {
        operation["responses"]["200"]["content"] =
            json!({ "text/plain": { "schema": { "type": "string" } } });
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    let (takes, forms): (_, &[&str]) = match action.name {
        "post" | "put" => (place.object, &["application/json"]),
        "delete" | "deletecollection" => (DELETE_OPTIONS, &["application/json"]),
        "patch" if kind.custom().is_some() => {
            (PATCH_BODY, PATCHES.split_last().map_or(&[], |(_, others)| others))
        }
        "patch" => (PATCH_BODY, PATCHES),
        _ => return operation,
    };
    operation["requestBody"] = json!({ "content": content(forms, takes) });
    if action.word != "delete" {
        operation["requestBody"]["required"] = true.into();
    }
    operation
}

fn gvk(place: &Place<'_>) -> Value {
    let kind = place.kind;
    let own = (kind.group(), kind.version.as_str(), kind.kind.as_str());
    let (group, version, name) = match place.part.and_then(|part| part.of) {
        // of custom kinds, the scale is said to be of the kind itself
        Some((group, version, name)) if kind.custom().is_none() => {
            (group, if version.is_empty() { own.1 } else { version }, name)
        }
        _ => own,
    };
    json!({ "group": group, "version": version, "kind": name })
}

fn responses(codes: &[u16], definition: &str) -> Value {
    let mut responses = Map::new();
    for code in codes {
        let description = match code {
            200 => "OK",
            201 => "Created",
            _ => "Accepted",
        };
        let content = content(&["application/json"], definition);
        responses.insert(code.to_string(), json!({ "description": description, "content": content }));
    }
    responses.insert("401".to_owned(), json!({ "description": "Unauthorized" }));
    responses.into()
}

fn content(forms: &[&str], definition: &str) -> Value {
    let schema = json!({ "schema": { "$ref": format!("{REFERENCE}{definition}") } });
    forms.iter().map(|form| ((*form).to_owned(), schema.clone())).collect::<Map<_, _>>().into()
}

fn parameter((name, kind): Parameter) -> Value {
    json!({ "name": name, "in": "query", "schema": { "type": kind, "uniqueItems": true } })
}

fn in_path_of(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "uniqueItems": true } })
}

/// Such as `readAppsV1NamespacedDeploymentScale`
fn id(place: &Place<'_>, action: &Action) -> String {
    let kind = place.kind;
    let version = group_version(kind);
    let many = if action.name == "deletecollection" { "Collection" } else { "" };
    let everywhere = place.suffix == "ForAllNamespaces";
    let scope = if kind.namespaced && !everywhere { "Namespaced" } else { "" };
    format!("{}{version}{many}{scope}{}{}", action.word, kind.kind, place.suffix)
}

/// Such as `RbacAuthorizationV1`
fn group_version(kind: &Kind) -> String {
    words(kind).into_iter().map(capitalized).collect()
}

/// Such as `rbacAuthorization_v1`
fn tag(kind: &Kind) -> String {
    let words = words(kind);
    let (version, group) = words.split_last().unwrap_or((&"", &[]));
    let (first, others) = group.split_first().unwrap_or((&"", &[]));
    let others: String = others.iter().map(|word| capitalized(word)).collect();
    format!("{first}{others}_{version}")
}

/// The parts of group and version; the end that all groups of Kubernetes have is left out
fn words(kind: &Kind) -> Vec<&str> {
    let group = kind.group();
    let group = if group.is_empty() { "core" } else { group.strip_suffix(".k8s.io").unwrap_or(group) };
    group.split('.').chain([kind.version.as_str()]).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
