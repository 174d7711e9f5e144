//! The parts of objects that are no objects: eviction, binding and log of a pod, the finalizers of a namespace
//!
//! It owns which part does what. `status` and `scale` are ways to write an object and have their own files; parts that
//! only a real server has are refused before.

mod binding;
mod eviction;
mod log;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Value, json};

pub(crate) use binding::bound;
pub(crate) use log::Logs;

use crate::apply::{self, Writer};
use crate::call::{Call, Verb};
use crate::decode::decode;
use crate::kind::{Kind, ResourceKey};
use crate::meta::{Meta, seconds, tidy};
use crate::server::{ApiServer, Response};
use crate::store::ObjectKey;
use crate::{Refusal, open_api, write};

// === impl ApiServer ===

impl ApiServer {
    /// Answers a request for a part of an object other than `status` and `scale`
    pub(crate) fn subresource(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        match (kind.plural(), call.target.subresource.as_str(), call.verb) {
            ("pods", "eviction", Verb::Create) => self.evict(kind, call),
            ("pods", "binding", Verb::Create) => self.bind(kind, call),
            ("pods", "log", Verb::Get) => self.log(kind, call),
            ("namespaces", "finalize", Verb::Update) => self.finalize(kind, call),
            ("pods", "eviction" | "binding" | "log", _) | ("namespaces", "finalize", _) => {
                Err(Refusal::method_not_allowed())
            }
            (plural, part, _) => {
                Err(Refusal::not_implemented(&format!("{plural}/{part}"), "use a real cluster for this"))
            }
        }
    }

    /// Sets the finalizers in the `spec` of a namespace, and nothing else
    fn finalize(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let body = decode(&call.body, &call.content_type)?;
        let body = write::object(kind, body, call.query.field_validation)?;
        let key = (String::new(), call.target.name.clone());
        let Some(live) = self.store.get(&kind.key, &key).cloned() else {
            return Err(Refusal::not_found(&kind.subject(&key.1)));
        };
        let asked = body.value.meta("resourceVersion");
        if !asked.is_empty() && asked != live.meta("resourceVersion") {
            return Err(Refusal::modified(&kind.subject(&key.1)));
        }
        let mut changed = Value::clone(&live);
        for field in ["labels", "annotations", "ownerReferences", "managedFields"] {
            changed["metadata"][field] = body.value["metadata"][field].clone();
        }
        changed["spec"] = match &body.value["spec"]["finalizers"] {
            Value::Array(finalizers) if !finalizers.is_empty() => json!({ "finalizers": finalizers }),
            _ => json!({}),
        };
        tidy(&mut changed);
        let api_version = kind.api_version();
        let manager = call.manager.as_str();
        let writer = Writer { manager, subresource: "finalize", api_version: &api_version, now: call.now };
        apply::track(Some(&live), &mut changed, &kind.schema, &writer, &[&["status"]]);
        let mut answer = Arc::new(changed);
        if !call.query.dry_run && *answer != *live {
            let ends = self.finish_if_free(&kind.key, &key, &answer, false);
            if !ends {
                answer = self.store.put(&kind.key, key, Value::clone(&answer));
            }
        }
        Ok(crate::present::object(kind, &answer, call, 200).with_warnings(body.warnings))
    }
}

/// What is posted to a part of a pod
struct Posted {
    value: Value,
    warnings: Vec<String>,
}

/// Reads what is posted to a part of an object: something of another kind, with the name of the object
fn read_posted(
    kind: &Kind,
    call: &Call,
    (group, name, schema): (&str, &str, &str),
) -> Result<Posted, Refusal> {
    let posted = Kind {
        group: group.into(),
        version: "v1".to_owned(),
        kind: name.to_owned(),
        schema: open_api::schema(schema),
        ..kind.clone()
    };
    let body = decode(&call.body, &call.content_type)?;
    let read = write::object(&posted, body, call.query.field_validation)?;
    let namespace = read.value.namespace();
    if !namespace.is_empty() && namespace != call.target.namespace {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if read.value.name() != call.target.name {
        return Err(Refusal::bad_request(format!("name in URL does not match name in {name} object")));
    }
    Ok(Posted { value: read.value, warnings: read.warnings })
}

/// The Status that tells that it was done
fn done(warnings: Vec<String>) -> Response {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    });
    Response::json(201, &status).with_warnings(warnings)
}

/// Sets a condition of a pod
pub(crate) fn set_pod_condition(pod: &mut Value, condition: &Value, now: jiff::Timestamp) {
    let mut condition = condition.clone();
    condition["lastProbeTime"] = Value::Null;
    condition["lastTransitionTime"] = seconds(now).into();
    if !pod["status"]["conditions"].is_array() {
        pod["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = pod["status"]["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|known| known["type"] == condition["type"]) {
        Some(known) => {
            if known["status"] == condition["status"] {
                condition["lastTransitionTime"] = known["lastTransitionTime"].take();
            }
            *known = condition;
        }
        None => conditions.push(condition),
    }
}

/// Whether a condition of an object is `True`
pub(crate) fn has_condition(object: &Value, kind: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|known| known["type"] == kind && known["status"] == "True")
}

fn pods() -> ResourceKey {
    ResourceKey::new("", "pods")
}

fn key(call: &Call) -> ObjectKey {
    (call.target.namespace.clone(), call.target.name.clone())
}
