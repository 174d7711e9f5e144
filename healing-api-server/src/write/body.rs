//! The object in the body of a write: read, of the right kind, without unknown fields
//!
//! It owns what is refused before the object is looked at as a whole.

use std::sync::Arc;

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason, prune};

use crate::call::{Call, FieldValidation};
use crate::custom;
use crate::decode::{Body, decode};
use crate::kind::{Kind, Kinds};
use crate::meta::Meta;
use crate::refusal::Subject;
use crate::{Refusal, go_value};

/// An object that was read, with warnings about what was left out
pub(crate) struct Read {
    pub(crate) value: Value,
    pub(crate) warnings: Vec<String>,
}

/// Reads the body of a create or an update
pub(super) fn read(kinds: &Kinds, kind: &Kind, call: &Call) -> Result<Read, Refusal> {
    if matches!(call.content_type.as_str(), "application/apply-patch+yaml" | "application/merge-patch+json") {
        return Err(decode(b"", "").err().unwrap_or_else(|| Refusal::unsupported_media_type("not a patch")));
    }
    let body = decode(&call.body, &call.content_type).map_err(|refusal| match refusal.code {
        400 if call.content_type != "application/yaml" => unrecognized(kind, &call.body, &refusal.message),
        _ => refusal,
    })?;
    if !body.value.is_object() && !body.value.is_null() {
        let problem =
            format!("json: cannot unmarshal {} into Go value of type {GO_TYPE}", go_value::word(&body.value));
        return Err(unrecognized(kind, &call.body, &problem));
    }
    if kind.custom().is_some() {
        let warnings = unknown_elsewhere(kinds, kind, &body, call.query.field_validation)?;
        check_said(kind, &body.value, &call.body).map_err(|refusal| refusal.with_warnings(&warnings))?;
    }
    object(kind, body, call.query.field_validation)
}

/// A custom resource that is sent as a whole says of which kind and version it is
fn check_said(kind: &Kind, value: &Value, sent: &[u8]) -> Result<(), Refusal> {
    let said = |field: &str| value[field].as_str().unwrap_or_default();
    if (value.is_object() || value.is_null()) && said("kind").is_empty() {
        let text = String::from_utf8_lossy(sent);
        return Err(Refusal::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): Object 'Kind' is missing in '{text}' ({})",
            kind.kind,
            summary(sent),
        )));
    }
    let (version, expected) = (said("apiVersion"), kind.api_version());
    if value.is_object() && version != expected {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({expected})"
        )));
    }
    Ok(())
}

/// What is told of the fields of a custom resource that says another version than it is sent to: it is read as of that
/// one, of which no field is known if it is not served
fn unknown_elsewhere(
    kinds: &Kinds,
    kind: &Kind,
    body: &Body,
    validation: FieldValidation,
) -> Result<Vec<String>, Refusal> {
    let said = |field: &str| body.value[field].as_str().unwrap_or_default();
    let Some((group, version)) = said("apiVersion").rsplit_once('/') else { return Ok(Vec::new()) };
    if group != kind.group() || version == kind.version || said("kind") != kind.kind {
        return Ok(Vec::new());
    }
    let elsewhere = kinds.get(group, version, kind.plural()).map_or_else(
        || Kind { version: version.to_owned(), schema: Arc::default(), ..kind.clone() },
        |kind| Kind::clone(kind),
    );
    object(&elsewhere, body.clone(), validation).map(|read| read.warnings)
}

/// The begin of a body as an error shows it: what looks like JSON as text, all else in hexadecimal digits
fn summary(sent: &[u8]) -> String {
    const SHOWN_MAX: usize = 30;
    let (shown, more) = match sent.get(..SHOWN_MAX) {
        Some(begin) if sent.len() > SHOWN_MAX => (begin, " ..."),
        _ => (sent, ""),
    };
    match shown {
        [] => "<empty>".to_owned(),
        [b'{', ..] => format!("{}{more}", String::from_utf8_lossy(shown)),
        _ => shown.iter().map(|byte| format!("{byte:02x}")).chain([more.to_owned()]).collect(),
    }
}

/// What a real server reads first of every object, as it names it
const GO_TYPE: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

/// What begins a refusal of unknown fields
pub(crate) const STRICT: &str = "strict decoding error";

/// Why what was read is no object of a kind
pub(crate) enum Unfit {
    /// It is something else
    Refused(Refusal),
    /// Its fields are not those of the kind that it says to be of: in the words of whoever reads them
    Fields {
        /// Kind and version, if they are others
        said: Option<(String, String)>,
        problem: String,
    },
}

// === impl Unfit ===

impl Unfit {
    pub(crate) fn fields(problem: String) -> Self {
        Self::Fields { said: None, problem }
    }

    /// In the words for what was sent as an object of the kind
    pub(crate) fn refuse(self, kind: &Kind) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Fields { said, problem } => {
                let (what, version) = match &said {
                    Some((kind, version)) => (kind, version),
                    None => (&kind.kind, &kind.version),
                };
                Refusal::bad_request(format!(
                    "{what} in version \"{version}\" cannot be handled as a {}: {problem}",
                    kind.kind
                ))
            }
        }
    }
}

/// What was read as an object of this kind
///
/// # Errors
/// 400 for what is no object of this kind, and for unknown fields where they are forbidden.
pub(crate) fn object(kind: &Kind, body: Body, validation: FieldValidation) -> Result<Read, Refusal> {
    read_as(kind, body, validation).map_err(|unfit| unfit.refuse(kind))
}

/// The same for callers that tell in another way what is wrong with the fields
pub(crate) fn read_as(kind: &Kind, body: Body, validation: FieldValidation) -> Result<Read, Unfit> {
    let Body { mut value, duplicates, complaints } = body;
    if !value.is_object() {
        return Err(Unfit::Refused(unrecognized(kind, value.to_string().as_bytes(), "no object")));
    }
    check_kind(kind, &mut value)?;
    if let Some(problem) = kind.mismatch(&value) {
        return Err(Unfit::fields(problem));
    }
    if kind.custom().is_some() {
        make_whole(&mut value);
    }
    let mut unknown = prune(&kind.schema, &mut value);
    unknown.extend(custom::prune_definition(kind, &mut value));
    let duplicates = duplicates.into_iter().map(|place| format!("duplicate field \"{place}\""));
    let unknown = unknown.into_iter().map(|place| format!("unknown field \"{place}\""));
    let told: Vec<String> = complaints.into_iter().chain(duplicates).chain(unknown).collect();
    match validation {
        FieldValidation::Strict if !told.is_empty() => {
            Err(Unfit::fields(format!("{STRICT}: {}", told.join(", "))))
        }
        FieldValidation::Warn => Ok(Read { value, warnings: told }),
        FieldValidation::Strict | FieldValidation::Ignore => Ok(Read { value, warnings: Vec::new() }),
    }
}

fn unrecognized(kind: &Kind, body: &[u8], problem: &str) -> Refusal {
    Refusal::bad_request(format!(
        "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: {problem} ({})",
        kind.kind,
        summary(body)
    ))
}

/// Numbers without a fraction are written without one
fn make_whole(value: &mut Value) {
    /// Up to here every whole number is a float too
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT);
            if let Some(whole) = whole.and_then(|float| format!("{float:.0}").parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(make_whole),
        Value::Object(map) => map.values_mut().for_each(make_whole),
        _ => {}
    }
}

/// An object says of which kind it is, or is of the kind that the URL names
fn check_kind(kind: &Kind, value: &mut Value) -> Result<(), Unfit> {
    let api_version = kind.api_version();
    let said = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let (said_version, said_kind) = (said("apiVersion"), said("kind"));
    let name = value.name().to_owned();
    if kind.custom().is_some() {
        let wrong = |field: &str, said: &str, must: &str| {
            FieldError::of_value(Reason::Invalid, field, &said.into(), format!("must be {must}"))
        };
        let mut errors = Vec::new();
        if said_version != api_version && !said_version.is_empty() {
            errors.push(wrong("apiVersion", &said_version, &api_version));
        }
        if said_kind != kind.kind && !said_kind.is_empty() {
            errors.push(wrong("kind", &said_kind, &kind.kind));
        }
        if !errors.is_empty() {
            let group = match said_version.rsplit_once('/') {
                _ if said_version.is_empty() => kind.group(),
                Some((group, _)) => group,
                None => "",
            };
            let what = if said_kind.is_empty() { &kind.kind } else { &said_kind };
            let subject = Subject { group, what, name: &name };
            return Err(Unfit::Refused(Refusal::invalid(&subject, &errors)));
        }
    } else if (!said_kind.is_empty() && said_kind != kind.kind)
        || (!said_version.is_empty() && said_version != api_version)
    {
        let version = said_version.rsplit('/').next().unwrap_or_default().to_owned();
        let problem = no_conversion(kind, value, &said_version, &said_kind);
        return Err(Unfit::Fields { said: Some((said_kind, version)), problem });
    }
    value["apiVersion"] = api_version.into();
    value["kind"] = kind.kind.clone().into();
    if !value["metadata"].is_object() {
        value["metadata"] = json!({});
    }
    Ok(())
}

/// Why an object of another kind cannot be one of this built-in kind
fn no_conversion(kind: &Kind, value: &Value, said_version: &str, said_kind: &str) -> String {
    let kinds = Kinds::built_in();
    let other = kinds.of_object(said_version, said_kind);
    if other.is_none() && said_kind != "Status" {
        return format!(
            "no kind \"{said_kind}\" is registered for version \"{said_version}\" in scheme \"pkg/runtime/scheme.go:111\""
        );
    }
    // it is read as what it says to be before it is converted
    other.and_then(|other| other.mismatch(value)).unwrap_or_else(|| {
        let package = match kind.group().split('.').next() {
            None | Some("") => "core",
            Some(group) => group,
        };
        let version = said_version.rsplit('/').next().unwrap_or_default();
        format!("converting ({version}.{said_kind}) to ({package}.{}): unknown conversion", kind.kind)
    })
}

/// The namespace of an object is that of the URL
pub(super) fn check_namespace(kind: &Kind, object: &mut Value, call: &Call) -> Result<(), Refusal> {
    if !kind.namespaced {
        object["metadata"].as_object_mut().map(|metadata| metadata.remove("namespace"));
        return Ok(());
    }
    let said = object.namespace();
    if said.is_empty() {
        object["metadata"]["namespace"] = call.target.namespace.clone().into();
    } else if said != call.target.namespace {
        return Err(Refusal::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    Ok(())
}

/// The name of an object is that of the URL
pub(crate) fn check_name(object: &Value, asked: &str) -> Result<(), Refusal> {
    let said = object.name();
    if said == asked {
        return Ok(());
    }
    if said.is_empty() {
        return Err(Refusal::bad_request(format!(
            "the name of the object ({asked} based on URL) was undeterminable: name must be provided"
        )));
    }
    Err(Refusal::bad_request(format!(
        "the name of the object ({said}) does not match the name on the URL ({asked})"
    )))
}
