//! `patch`: the new form of an object from the old one and a patch, in four languages
//!
//! It owns what a patch is allowed to do. What happens to the object that comes out is `write`'s business; merging
//! with owners is `apply`'s, merging by keys `strategic`'s.

mod steps;

use std::sync::Arc;

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason, Schema};

use crate::apply;
use crate::built_in::{BuiltIn, go_text};
use crate::call::{Call, PatchKind};
use crate::decode::{Body, decode};
use crate::go_value::{self, escaped, plain};
use crate::kind::Kind;
use crate::meta::{self, Meta, Moment};
use crate::refusal::Subject;
use crate::strategic::strategic;
use crate::write::{self, Origin, Part, Unfit, Update, check_name, reset, writer};
use crate::{ApiServer, Refusal, Response};

// === impl ApiServer ===

impl ApiServer {
    pub(crate) fn patch(
        &mut self,
        kind: &Arc<Kind>,
        language: PatchKind,
        call: &Call,
    ) -> Result<Response, Refusal> {
        check_options(language, call)?;
        if language == PatchKind::Apply {
            return self.apply(kind, call);
        }
        let live = kind.shown(&self.find(kind, call)?);
        let like = Like::of(kind);
        let patched = patched(&live, like, language, call)?.body;
        let mut read = write::read_as(kind, patched, call.query.field_validation)
            .map_err(|unfit| refused(unfit, &live, like, language, call))?;
        read.warnings.extend(meta::owners_once(&mut read.value, Moment::Patched));
        check_name(&read.value, live.name())?;
        if kind.namespaced && !read.value.namespace().is_empty() {
            check_namespace(&read.value, call)?;
        }
        let part = Part::of(&call.target.subresource);
        let update = Update { live, new: read.value, part, origin: Origin::Patched, warnings: read.warnings };
        self.change(kind, update, call)
    }

    /// Merges what is applied as it was sent: only what comes out is an object of the kind
    fn apply(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let Body { value: applied, duplicates, complaints } = applied(call)?;
        check_kind(kind, &applied)?;
        let key = (call.target.namespace.clone(), call.target.name.clone());
        let live = self.store.get(&kind.key, &key).map(|live| kind.shown(live));
        let part = Part::of(&call.target.subresource);
        let api_version = kind.api_version();
        let writer = writer(call, &api_version, part);
        if live.is_none() {
            check_missing(kind, part, &applied, call)?;
        }
        let (force, reset) = (call.query.force, reset(kind, part));
        let merged = apply::apply(live.as_deref(), &applied, &kind.schema, &writer, force, reset)?;
        let merged = Body { value: merged, duplicates, complaints };
        let validation = call.query.field_validation;
        let mut read =
            write::read_as(kind, merged, validation).map_err(|unfit| inconvertible(kind, &applied, unfit))?;
        check_names(kind, &mut read.value, call)?;
        let Some(live) = live else {
            let object = self
                .create_object(kind, read.value, Origin::Applied, call)
                .map_err(|refusal| refusal.with_warnings(&read.warnings))?;
            return Ok(write::created(kind, &object, read.warnings, call));
        };
        let update = Update { live, new: read.value, part, origin: Origin::Applied, warnings: read.warnings };
        self.change(kind, update, call)
    }
}

/// The body of an apply: an object in YAML
fn applied(call: &Call) -> Result<Body, Refusal> {
    let wrong = |why: &str| Refusal::bad_request(format!("error decoding patch: error {why}"));
    let body = decode(&call.body, &call.content_type).map_err(|refusal| {
        let of_yaml = refusal.message.strip_prefix("error decoding YAML: ");
        of_yaml.map(|why| wrong(&format!("converting YAML to JSON: yaml: {why}"))).unwrap_or(refusal)
    })?;
    if body.value.is_object() || body.value.is_null() {
        return Ok(body);
    }
    let what = go_value::word(&body.value);
    let into = "Go value of type map[string]interface {}";
    Err(wrong(&format!("unmarshaling JSON: while decoding JSON: json: cannot unmarshal {what} into {into}")))
}

/// What comes out of an apply is read as an object of the kind on the server's own account: that it is none is its error
fn inconvertible(kind: &Kind, applied: &Value, unfit: Unfit) -> Refusal {
    match unfit {
        Unfit::Fields { said: None, problem }
            if kind.built_in().is_some() && !problem.starts_with(write::STRICT) =>
        {
            let (name, namespace) = (applied.name(), applied.namespace());
            let what = format!("{}/{}, Kind={}", kind.group(), kind.version, kind.kind);
            let message = format!(
                "failed to convert new object ({namespace}/{name}; {what}) to proper version: unable to convert unstructured object to {what}: error decoding from json: {problem}"
            );
            Refusal::new(500, "", message)
        }
        other => other.refuse(kind),
    }
}

/// An apply of an object that is not there makes it, unless it names a part or the UID of one
fn check_missing(kind: &Kind, part: Part, applied: &Value, call: &Call) -> Result<(), Refusal> {
    if part != Part::Main {
        return Err(Refusal::not_found(&kind.subject(&call.target.name)));
    }
    let uid = applied.uid();
    if uid.is_empty() {
        return Ok(());
    }
    let why =
        format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
    Err(Refusal::conflict(&kind.subject(&call.target.name), &why))
}

fn check_options(language: PatchKind, call: &Call) -> Result<(), Refusal> {
    let invalid = |reason, field: &str, detail: &str| {
        let error = FieldError::new(reason, field, detail);
        let details = json!({
            "group": "meta.k8s.io", "kind": "PatchOptions",
            "causes": [{ "reason": error.reason.as_cause(), "message": error.message(), "field": error.field }],
        });
        let message = format!("PatchOptions.meta.k8s.io \"\" is invalid: {error}");
        Err(Refusal { details, ..Refusal::new(422, "Invalid", message) })
    };
    let named = call.query.field_manager.as_deref().is_some_and(|manager| !manager.is_empty());
    if language == PatchKind::Apply {
        return if named {
            Ok(())
        } else {
            invalid(Reason::Required, "fieldManager", "is required for apply patch")
        };
    }
    if call.query.force {
        return invalid(Reason::Forbidden, "force", "may not be specified for non-apply patch");
    }
    Ok(())
}

/// How the fields of what is patched are known
#[derive(Clone, Copy, Debug)]
pub(crate) struct Like<'a> {
    pub(crate) schema: &'a Schema,
    /// The type in a real server; none for what has no type of its own there
    pub(crate) go: Option<&'static str>,
    /// Whether lists are merged by their keys
    pub(crate) merges_lists: bool,
}

/// The object after a patch
pub(crate) struct Patched {
    pub(crate) body: Body,
    patch: Value,
}

/// The object after a patch in one of the languages without owners
pub(crate) fn patched(
    shown: &Value,
    like: Like<'_>,
    language: PatchKind,
    call: &Call,
) -> Result<Patched, Refusal> {
    let body = decode(&call.body, &call.content_type).map_err(|refusal| match language {
        PatchKind::Json | PatchKind::Merge if refusal.code == 400 => {
            Refusal::bad_request("invalid JSON patch")
        }
        _ => refusal,
    });
    let Body { value: patch, mut duplicates, mut complaints } = body?;
    let value = match language {
        PatchKind::Json => {
            complaints = steps::complaints(&patch, &std::mem::take(&mut duplicates));
            steps::apply(shown, &patch)?
        }
        PatchKind::Merge | PatchKind::Apply => {
            if patch.is_null() {
                return Err(Refusal::bad_request("Invalid JSON Patch"));
            }
            if !patch.is_object() {
                return Err(cannot_unmarshal(&patch, "map[string]interface {}"));
            }
            let mut value = shown.clone();
            json_patch::merge(&mut value, &patch);
            value
        }
        PatchKind::Strategic if !like.merges_lists => {
            return Err(PatchKind::unknown());
        }
        PatchKind::Strategic => strategic(shown, &patch, like.schema)?,
    };
    Ok(Patched { body: Body { value, duplicates, complaints }, patch })
}

/// What a patch made that is no object of its kind: what was made is shown, or the patch where that is not known as text
pub(crate) fn refused(
    unfit: Unfit,
    live: &Value,
    like: Like<'_>,
    language: PatchKind,
    call: &Call,
) -> Refusal {
    let problem = match unfit {
        Unfit::Refused(refusal) => return refusal,
        Unfit::Fields { problem, .. } => problem,
    };
    // made once more: most patches need no text
    let Patched { body, patch } = match patched(live, like, language, call) {
        Ok(patched) => patched,
        Err(refusal) => return refusal,
    };
    let shown = match (language, like.go) {
        (PatchKind::Strategic | PatchKind::Apply, _) => plain(&patch),
        (PatchKind::Json, Some(kind)) => go_text(&body.value, kind, &steps::touched(&patch)),
        (PatchKind::Merge, Some(kind)) => go_text(&body.value, kind, &patch),
        (PatchKind::Json | PatchKind::Merge, None) => escaped(&body.value.to_string()),
    };
    let error = FieldError::of_value(Reason::Invalid, "patch", &shown.into(), problem);
    Refusal::invalid(&Subject { group: "", what: "", name: "" }, &[error])
}

// === impl Like ===

impl<'a> Like<'a> {
    fn of(kind: &'a Kind) -> Self {
        let go = kind.built_in().map(BuiltIn::go_type);
        Self { schema: &kind.schema, go, merges_lists: go.is_some() }
    }
}

fn cannot_unmarshal(patch: &Value, into: &str) -> Refusal {
    let what = go_value::word(patch);
    Refusal::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {what} into Go value of type {into}"
    ))
}

/// What is applied must be of the kind that the URL names
fn check_kind(kind: &Kind, applied: &Value) -> Result<(), Refusal> {
    let said = |field: &str| applied[field].as_str().unwrap_or_default();
    if said("kind") == kind.kind && said("apiVersion") == kind.api_version() {
        return Ok(());
    }
    let slash = if said("apiVersion").contains('/') { "" } else { "/" };
    let message = format!("invalid object type: {slash}{}, Kind={}", said("apiVersion"), said("kind"));
    Err(Refusal::bad_request(message))
}

/// Namespace and name of an object are those of the URL
fn check_names(kind: &Kind, object: &mut Value, call: &Call) -> Result<(), Refusal> {
    if kind.namespaced && object.namespace().is_empty() {
        object["metadata"]["namespace"] = call.target.namespace.clone().into();
    }
    check_namespace(object, call)?;
    check_name(object, &call.target.name)
}

fn check_namespace(object: &Value, call: &Call) -> Result<(), Refusal> {
    if object.namespace() == call.target.namespace {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "the namespace of the provided object does not match the namespace sent on the request",
    ))
}
