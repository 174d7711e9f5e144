//! The object in the body of a write: read, of the right kind, without unknown fields
//!
//! It owns what is refused before the object is looked at as a whole.

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason, prune};

use crate::Refusal;
use crate::call::{Call, FieldValidation};
use crate::custom;
use crate::decode::{Body, decode};
use crate::kind::{Kind, Kinds};
use crate::meta::Meta;

/// An object that was read, with warnings about what was left out
pub(crate) struct Read {
    pub(crate) value: Value,
    pub(crate) warnings: Vec<String>,
}

/// Reads the body of a create or an update
pub(super) fn read(kind: &Kind, call: &Call) -> Result<Read, Refusal> {
    if matches!(call.content_type.as_str(), "application/apply-patch+yaml" | "application/merge-patch+json") {
        return Err(decode(b"", "").err().unwrap_or_else(|| Refusal::unsupported_media_type("not a patch")));
    }
    let body = decode(&call.body, &call.content_type).map_err(|refusal| match refusal.code {
        400 if call.content_type != "application/yaml" => unrecognized(kind, &call.body, &refusal.message),
        _ => refusal,
    })?;
    if !body.value.is_object() && !body.value.is_null() {
        let problem =
            format!("json: cannot unmarshal {} into Go value of type {GO_TYPE}", go_word(&body.value));
        return Err(unrecognized(kind, &call.body, &problem));
    }
    if kind.custom().is_some() {
        check_said(kind, &body.value, &call.body)?;
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

/// A form of value as a real server names it
pub(crate) fn go_word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn unreadable(kind: &Kind) -> String {
    format!("{} in version \"{}\" cannot be handled as a {}", kind.kind, kind.version, kind.kind)
}

/// What was read as an object of this kind
///
/// # Errors
/// 400 for what is no object of this kind, and for unknown fields where they are forbidden.
pub(crate) fn object(kind: &Kind, body: Body, validation: FieldValidation) -> Result<Read, Refusal> {
    let Body { mut value, duplicates } = body;
    if !value.is_object() {
        return Err(unrecognized(kind, value.to_string().as_bytes(), "no object"));
    }
    check_kind(kind, &mut value)?;
    if let Some(problem) = kind.mismatch(&value) {
        return Err(Refusal::bad_request(format!("{}: {problem}", unreadable(kind))));
    }
    if kind.custom().is_some() {
        make_whole(&mut value);
    }
    let mut unknown = prune(&kind.schema, &mut value);
    unknown.extend(custom::prune_definition(kind, &mut value));
    let duplicates = duplicates.into_iter().map(|place| format!("duplicate field \"{place}\""));
    let unknown = unknown.into_iter().map(|place| format!("unknown field \"{place}\""));
    let told: Vec<String> = duplicates.chain(unknown).collect();
    match validation {
        FieldValidation::Strict if !told.is_empty() => Err(Refusal::bad_request(format!(
            "{}: strict decoding error: {}",
            unreadable(kind),
            told.join(", ")
        ))),
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
fn check_kind(kind: &Kind, value: &mut Value) -> Result<(), Refusal> {
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
            return Err(Refusal::invalid(&kind.object(&name), &errors));
        }
    } else if (!said_kind.is_empty() && said_kind != kind.kind)
        || (!said_version.is_empty() && said_version != api_version)
    {
        let is_known =
            said_kind == "Status" || Kinds::built_in().of_object(&said_version, &said_kind).is_some();
        let version = said_version.rsplit('/').next().unwrap_or_default();
        let why = if is_known {
            let package = match kind.group().split('.').next() {
                None | Some("") => "core",
                Some(group) => group,
            };
            format!("converting ({version}.{said_kind}) to ({package}.{}): unknown conversion", kind.kind)
        } else {
            format!(
                "no kind \"{said_kind}\" is registered for version \"{said_version}\" in scheme \"pkg/runtime/scheme.go:111\""
            )
        };
        return Err(Refusal::bad_request(format!(
            "{said_kind} in version \"{version}\" cannot be handled as a {}: {why}",
            kind.kind,
        )));
    }
    value["apiVersion"] = api_version.into();
    value["kind"] = kind.kind.clone().into();
    if !value["metadata"].is_object() {
        value["metadata"] = json!({});
    }
    Ok(())
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
