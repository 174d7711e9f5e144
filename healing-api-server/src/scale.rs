//! `/scale`: the number of replicas of any kind that has one, as an object of its own
//!
//! It owns the form of that object. The change it makes goes the way of every write.

use std::sync::Arc;

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason, prune};

use crate::apply::{self, Writer};
use crate::built_in::{age, go_mismatch};
use crate::call::{Call, FieldValidation, Form, PatchKind, Verb};
use crate::decode::{Body, decode};
use crate::kind::Kind;
use crate::meta::{Meta, tidy};
use crate::patch::{Like, patched, refused};
use crate::server::not_on_part;
use crate::write::{Origin, Part, Unfit, Update, writer};
use crate::{ApiServer, Refusal, Response};

/// The version of a Scale
const API_VERSION: &str = "autoscaling/v1";

/// Where a kind keeps what a Scale shows; each part of a path is a field
struct Paths {
    wanted: Vec<String>,
    present: Vec<String>,
    /// None: the selector of the spec, as text
    selector: Option<Vec<String>>,
}

// === impl ApiServer ===

impl ApiServer {
    /// Any verb on `/scale`
    pub(crate) fn scale(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let live = kind.shown(&self.find(kind, call)?);
        let paths = Paths::of(kind);
        let old = paths.scale(&live);
        let mut warnings = Vec::new();
        let new = match call.verb {
            Verb::Get if call.accept.form == Form::Table => {
                return Ok(Response::json(200, &in_table(&old, call)));
            }
            Verb::Get => return Ok(Response::json(200, &old)),
            Verb::Update => paths.tracked(&live, &old, sent(kind, call, &mut warnings)?, call),
            Verb::Patch(PatchKind::Apply) => paths.applied(kind, &live, &old, call)?,
            Verb::Patch(language) => {
                let mut owned = old.clone();
                owned["metadata"]["managedFields"] = apply::scale_entries(&live, &paths.wanted);
                tidy(&mut owned);
                let new = patched_scale(kind, &owned, language, call, &mut warnings)?;
                paths.tracked(&live, &old, new, call)
            }
            _ => return Err(not_on_part(kind, call)),
        };
        check(kind, &new, &live)?;
        let mut parent = Value::clone(&live);
        set(&mut parent, &paths.wanted, new["spec"]["replicas"].as_i64().unwrap_or(0).into());
        let asked = new.meta("resourceVersion");
        let version = if asked.is_empty() { live.meta("resourceVersion") } else { asked };
        parent["metadata"]["resourceVersion"] = version.into();
        // a patch of another UID is not even refused
        if call.verb == Verb::Update && !new.uid().is_empty() {
            parent["metadata"]["uid"] = new.uid().into();
        }
        let entries = apply::parent_entries(&live, &new, &paths.wanted, &kind.api_version());
        parent["metadata"]["managedFields"] = entries;
        let update =
            Update { live, new: parent, part: Part::Scale, origin: Origin::Scaled, warnings: Vec::new() };
        let object = self.change_object(kind, update, call)?;
        Ok(Response::json(200, &paths.scale(&object)).with_warnings(warnings))
    }
}

/// A Scale as `kubectl get --subresource=scale` shows it
fn in_table(scale: &Value, call: &Call) -> Value {
    let column = |name: &str, kind: &str| json!({ "name": name, "type": kind, "format": "", "priority": 0, "description": "" });
    let number = |part: &str| scale[part]["replicas"].as_i64().unwrap_or(0);
    let cells = json!([scale["metadata"]["name"], number("spec"), number("status"), age(scale, call.now)]);
    let object = json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": scale["metadata"],
    });
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1",
        "metadata": { "resourceVersion": scale["metadata"]["resourceVersion"] },
        "columnDefinitions": [
            { "name": "Name", "type": "string", "format": "name", "priority": 0, "description": "" },
            column("Desired", "integer"), column("Available", "integer"), column("Age", "date"),
        ],
        "rows": [{ "cells": cells, "object": object }],
    })
}

/// How many replicas an object wants; 0 if it does not say
pub(crate) fn wanted_replicas(kind: &Kind, object: &Value) -> i64 {
    get(object, &Paths::of(kind).wanted).as_i64().unwrap_or(0)
}

fn scale_writer(call: &Call) -> Writer<'_> {
    Writer { api_version: API_VERSION, ..writer(call, "", Part::Scale) }
}

/// The Scale that is sent as a whole
fn sent(kind: &Kind, call: &Call, warnings: &mut Vec<String>) -> Result<Value, Refusal> {
    let body = decode(&call.body, &call.content_type)?;
    let said = |field: &str| body.value[field].as_str().unwrap_or_default();
    if !matches!((said("apiVersion"), said("kind")), ("" | API_VERSION, "" | "Scale")) {
        let scheme = "in scheme \"pkg/runtime/scheme.go:111\"";
        return Err(Refusal::bad_request(if kind.custom().is_some() {
            format!("no kind is registered for the type v1.Scale {scheme}")
        } else {
            let (version, what) = (said("apiVersion"), said("kind"));
            format!(
                "{what} in version \"{}\" cannot be handled as a Scale: no kind {what:?} is registered for version {version:?} {scheme}",
                version.rsplit('/').next().unwrap_or_default()
            )
        }));
    }
    read(body, call, warnings).map_err(|problem| {
        Refusal::bad_request(format!("Scale in version \"v1\" cannot be handled as a Scale: {problem}"))
    })
}

/// The Scale after a patch in one of the languages without owners
fn patched_scale(
    kind: &Kind,
    old: &Value,
    language: PatchKind,
    call: &Call,
    warnings: &mut Vec<String>,
) -> Result<Value, Refusal> {
    let like = Like { schema: &apply::SCALE, go: Some("Scale"), merges_lists: kind.built_in().is_some() };
    let body = patched(old, like, language, call)?.body;
    read(body, call, warnings).map_err(|problem| refused(Unfit::fields(problem), old, like, language, call))
}

/// A Scale that was read, without unknown fields
///
/// # Errors
/// What a reader of its type says.
fn read(body: Body, call: &Call, warnings: &mut Vec<String>) -> Result<Value, String> {
    let Body { mut value, duplicates, complaints } = body;
    if let Some(problem) = go_mismatch(&value, "Scale") {
        return Err(problem);
    }
    let duplicates = duplicates.into_iter().map(|place| format!("duplicate field \"{place}\""));
    let unknown = prune(&apply::SCALE, &mut value);
    let unknown = unknown.into_iter().map(|place| format!("unknown field \"{place}\""));
    let told: Vec<String> = complaints.into_iter().chain(duplicates).chain(unknown).collect();
    match call.query.field_validation {
        FieldValidation::Strict if !told.is_empty() => {
            return Err(format!("strict decoding error: {}", told.join(", ")));
        }
        FieldValidation::Warn => warnings.extend(told),
        FieldValidation::Strict | FieldValidation::Ignore => {}
    }
    Ok(value)
}

fn check(kind: &Kind, new: &Value, live: &Value) -> Result<(), Refusal> {
    let (said, is) = (new.name(), live.name());
    if said != is {
        let message = format!("the name of the object ({said}) does not match the name on the URL ({is})");
        return Err(Refusal::bad_request(message));
    }
    let replicas = &new["spec"]["replicas"];
    // a custom resource is judged as a whole
    if kind.built_in().is_some() && replicas.as_i64().is_some_and(|replicas| replicas < 0) {
        let error = FieldError::of_value(
            Reason::Invalid,
            "spec.replicas",
            replicas,
            "must be greater than or equal to 0",
        );
        let subject = crate::refusal::Subject { group: "autoscaling", what: "Scale", name: is };
        return Err(Refusal::invalid(&subject, &[error]));
    }
    Ok(())
}

// === impl Paths ===

impl Paths {
    fn of(kind: &Kind) -> Self {
        let split =
            |path: &str| path.split('.').filter(|part| !part.is_empty()).map(ToOwned::to_owned).collect();
        match kind.custom() {
            Some(custom) => {
                let path = |field: &str| split(custom.scale[field].as_str().unwrap_or_default());
                Self {
                    wanted: path("specReplicasPath"),
                    present: path("statusReplicasPath"),
                    selector: Some(path("labelSelectorPath")),
                }
            }
            None => {
                Self { wanted: split("spec.replicas"), present: split("status.replicas"), selector: None }
            }
        }
    }

    /// The new Scale with the entries of who owns what in it
    fn tracked(&self, live: &Value, old: &Value, mut new: Value, call: &Call) -> Value {
        let mut old = old.clone();
        old["metadata"]["managedFields"] = apply::scale_entries(live, &self.wanted);
        // Nobody owns a zero, which a Scale leaves out.
        if new["spec"]["replicas"] == 0 {
            new["spec"] = spec(0);
        }
        apply::track(Some(&old), &mut new, &apply::SCALE, &scale_writer(call), &[]);
        new
    }

    /// The Scale after a server-side apply
    fn applied(&self, kind: &Kind, live: &Value, old: &Value, call: &Call) -> Result<Value, Refusal> {
        let applied = decode(&call.body, &call.content_type)?.value;
        let mut before = old.clone();
        before["metadata"]["managedFields"] = apply::scale_entries(live, &self.wanted);
        let force = call.query.force;
        let new = apply::apply(Some(&before), &applied, &apply::SCALE, &scale_writer(call), force, &[])?;
        if kind.custom().is_some() && new["spec"] != old["spec"] {
            // a real server applies no change to the Scale of a custom resource
            return Err(Refusal::new(
                500,
                "",
                format!(
                    "failed to convert new object ({}/{}; {API_VERSION}, Kind=Scale) to proper version: request to convert CR to an invalid group/version: {API_VERSION}",
                    applied.namespace(),
                    applied.name()
                ),
            ));
        }
        Ok(new)
    }

    fn scale(&self, object: &Value) -> Value {
        let number = |path: &[String]| get(object, path).as_i64().unwrap_or(0);
        let mut metadata = json!({});
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            if !object["metadata"][field].is_null() {
                metadata[field] = object["metadata"][field].clone();
            }
        }
        let selector = match &self.selector {
            Some(path) if path.is_empty() => String::new(),
            Some(path) => get(object, path).as_str().unwrap_or_default().to_owned(),
            None => in_words(&object["spec"]["selector"]),
        };
        let mut status = json!({ "replicas": number(&self.present) });
        if !selector.is_empty() {
            status["selector"] = selector.into();
        }
        json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": spec(number(&self.wanted)), "status": status,
        })
    }
}

/// A Scale leaves a zero out
fn spec(replicas: i64) -> Value {
    if replicas == 0 { json!({}) } else { json!({ "replicas": replicas }) }
}

/// A selector by labels as the text that other requests take
fn in_words(selector: &Value) -> String {
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let labels = labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten().map(|expression| {
        let key = expression["key"].as_str().unwrap_or_default();
        let values = expression["values"].as_array().into_iter().flatten();
        let values = values.filter_map(Value::as_str).collect::<Vec<_>>().join(",");
        match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.to_owned(),
        }
    });
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

fn get<'v>(object: &'v Value, path: &[String]) -> &'v Value {
    path.iter().fold(object, |at, part| &at[part.as_str()])
}

fn set(object: &mut Value, path: &[String], value: Value) {
    let mut at = object;
    for part in path {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[part.as_str()];
    }
    *at = value;
}
