//! `pods/binding`: a pod is given its node
//!
//! It owns what is written. Which node that is was decided by whoever sends it; nobody asks whether it exists.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{done, key, read_posted, set_pod_condition};
use crate::Refusal;
use crate::call::{Call, Target};
use crate::decode::decode;
use crate::kind::Kind;
use crate::meta::Meta;
use crate::refusal::Subject;
use crate::server::{ApiServer, Response};

// === impl ApiServer ===

impl ApiServer {
    /// Binds a pod to a node
    pub(super) fn bind(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let posted = read_posted(kind, call, ("", "Binding", "io.k8s.api.core.v1.Binding"))?;
        let node = target(&posted.value)?;
        let key = key(call);
        let Some(pod) = self.store.get(&kind.key, &key).cloned() else {
            return Err(Refusal::not_found(&kind.subject(&key.1)));
        };
        check(kind, &pod, &posted.value)?;
        let mut bound = Value::clone(&pod);
        bound["spec"]["nodeName"] = node.into();
        bound["status"].as_object_mut().map(|status| status.remove("nominatedNodeName"));
        for field in ["labels", "annotations"] {
            for (name, value) in posted.value["metadata"][field].as_object().into_iter().flatten() {
                bound["metadata"][field][name] = value.clone();
            }
        }
        set_pod_condition(&mut bound, &json!({ "type": "PodScheduled", "status": "True" }), call.now);
        if !call.query.dry_run {
            self.store.put(&kind.key, key, bound);
        }
        Ok(done(posted.warnings))
    }
}

/// What is posted to the collection of bindings is the binding of the pod that it names
///
/// # Errors
/// 405 for all but a POST, 400 where it names no pod.
pub(crate) fn bound(target: Target, request: &Request<Vec<u8>>) -> Result<Target, Refusal> {
    let is_collection = target.group.is_empty()
        && target.plural == "bindings"
        && target.name.is_empty()
        && !target.namespace.is_empty();
    if !is_collection {
        return Ok(target);
    }
    if request.method() != Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let body = decode(request.body(), content_type);
    if body.as_ref().is_ok_and(|body| body.value.name().is_empty()) {
        return Err(Refusal::bad_request("Name parameter required."));
    }
    let body = body.unwrap_or_default();
    Ok(Target {
        plural: "pods".to_owned(),
        name: body.value.name().to_owned(),
        subresource: "binding".to_owned(),
        ..target
    })
}

/// The node in a binding
fn target(binding: &Value) -> Result<&str, Refusal> {
    let text = |field: &str| binding["target"][field].as_str().unwrap_or_default();
    let mut errors = Vec::new();
    if !matches!(text("kind"), "" | "Node") {
        let kind = text("kind");
        errors.push(format!(
            "target.kind: Unsupported value: \"{kind}\": supported values: \"Node\", \"<empty>\""
        ));
    }
    if text("name").is_empty() {
        errors.push("target.name: Required value".to_owned());
    }
    match errors.as_slice() {
        [] => Ok(text("name")),
        // a real server has no code for these either
        [one] => Err(Refusal::new(500, "", one.clone())),
        many => Err(Refusal::new(500, "", format!("[{}]", many.join(", ")))),
    }
}

fn check(kind: &Kind, pod: &Value, binding: &Value) -> Result<(), Refusal> {
    let name = pod.name();
    for (what, field) in [("UID", "uid"), ("ResourceVersion", "resourceVersion")] {
        let (asked, is) = (binding.meta(field), pod.meta(field));
        if !asked.is_empty() && asked != is {
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: /registry/pods/{}/{name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: {what} in precondition: {asked}, {what} in object meta: {is}",
                pod.namespace()
            );
            return Err(Refusal::conflict(&kind.subject(name), &why));
        }
    }
    let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
    let why = if pod.is_terminating() {
        format!("pod {name} is being deleted, cannot be assigned to a host")
    } else if !node.is_empty() {
        format!("pod {name} is already assigned to node \"{node}\"")
    } else if pod["spec"]["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) {
        format!("pod {name} has non-empty .spec.schedulingGates")
    } else {
        return Ok(());
    };
    Err(Refusal::conflict(&Subject { group: "", what: "pods/binding", name }, &why))
}
