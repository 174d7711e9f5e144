//! How an object is to be deleted: the options of a DELETE, from its body or its query
//!
//! It reads and checks them. What they do to an object is `fate`'s business.

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason};

use crate::Refusal;
use crate::call::{Call, dry_run};
use crate::decode::decode;
use crate::refusal::Subject;

/// Options of a DELETE, and of an eviction
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeleteOptions {
    /// Seconds that a pod may take to end; none leaves it to the pod
    pub(crate) grace: Option<i64>,
    /// The UID that the object must have
    pub(crate) uid: Option<String>,
    /// The resourceVersion that the object must have
    pub(crate) resource_version: Option<String>,
    /// None leaves it to the finalizers that the object has already
    pub(crate) propagation: Option<Propagation>,
    /// The old form of `propagation`
    pub(crate) orphan: Option<bool>,
    pub(crate) dry_run: bool,
}

/// What happens to the dependents of an object
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They go after it
    Background,
    /// They go before it
    Foreground,
    /// They stay
    Orphan,
}

/// A format that clients may send and this server does not read
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
/// What a real server reads the kind of an object into, as its errors name it
const KIND_IN_GO: &str =
    r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
/// Values that `propagationPolicy` can have, as the server lists them
const POLICIES: &str = "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";

// === impl DeleteOptions ===

impl DeleteOptions {
    /// What the server's own controllers ask for: in the background
    pub(crate) fn background() -> Self {
        Self { propagation: Some(Propagation::Background), ..Self::default() }
    }

    /// The options of a request: those of the body if it has one, else those of the query
    ///
    /// # Errors
    /// 400 for a body that holds no options, 415 for one in another format, 422 for values that an option cannot have.
    pub(crate) fn of_call(call: &Call) -> Result<Self, Refusal> {
        if call.body.is_empty() {
            let query = &call.query;
            let written = Written {
                policy: query.propagation_policy.as_deref().filter(|policy| !policy.is_empty()),
                dry_run: query.values("dryRun"),
            };
            let options = Self {
                grace: query.grace_period_seconds,
                orphan: query.orphan_dependents,
                ..Self::default()
            };
            return options.checked(&written);
        }
        let body = read_body(&call.content_type, &call.body)?;
        let kind = body["kind"].as_str().unwrap_or("DeleteOptions");
        if kind != "DeleteOptions" {
            let version = body["apiVersion"].as_str().unwrap_or("meta.k8s.io/v1");
            return Err(Refusal::bad_request(format!(
                "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/runtime/scheme.go:111\""
            )));
        }
        Self::of_value(&body)
    }

    /// The options in an object of the kind `DeleteOptions`; null has none
    ///
    /// # Errors
    /// 400 for values of the wrong type, 422 for those that an option cannot have.
    pub(crate) fn of_value(body: &Value) -> Result<Self, Refusal> {
        let preconditions = &body["preconditions"];
        if !(preconditions.is_null() || preconditions.is_object()) {
            return Err(wrong_type(preconditions, "DeleteOptions.preconditions", "v1.Preconditions"));
        }
        let options = Self {
            grace: integer(body, "gracePeriodSeconds")?,
            uid: text(preconditions, "uid", ("Preconditions.preconditions.uid", "types.UID"))?,
            resource_version: text(
                preconditions,
                "resourceVersion",
                ("Preconditions.preconditions.resourceVersion", "string"),
            )?,
            propagation: None,
            orphan: match &body["orphanDependents"] {
                Value::Null => None,
                Value::Bool(orphan) => Some(*orphan),
                other => return Err(wrong_type(other, "DeleteOptions.orphanDependents", "bool")),
            },
            dry_run: false,
        };
        let policy =
            text(body, "propagationPolicy", ("DeleteOptions.propagationPolicy", "v1.DeletionPropagation"))?;
        let dry_run = match &body["dryRun"] {
            Value::Null => Vec::new(),
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            other => return Err(wrong_type(other, "DeleteOptions.dryRun", "[]string")),
        };
        options.checked(&Written { policy: policy.as_deref(), dry_run })
    }

    fn checked(mut self, written: &Written<'_>) -> Result<Self, Refusal> {
        let mut errors = Vec::new();
        if let Some(policy) = written.policy {
            let value = Value::from(policy);
            let wrong = |reason, detail| FieldError::of_value(reason, "propagationPolicy", &value, detail);
            if self.orphan.is_some() {
                errors.push(wrong(
                    Reason::Invalid,
                    "orphanDependents and deletionPropagation cannot be both set",
                ));
            }
            self.propagation = Propagation::parse(policy);
            if self.propagation.is_none() {
                errors.push(wrong(Reason::NotSupported, POLICIES));
            }
        }
        self.dry_run = !written.dry_run.is_empty();
        errors.extend(dry_run(&written.dry_run));
        if errors.is_empty() {
            return Ok(self);
        }
        let subject = Subject { group: "meta.k8s.io", what: "DeleteOptions", name: "" };
        Err(Refusal::invalid(&subject, &errors))
    }
}

/// Options as they were written, not checked yet
struct Written<'a> {
    policy: Option<&'a str>,
    dry_run: Vec<&'a str>,
}

// === impl Propagation ===

impl Propagation {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "Background" => Some(Self::Background),
            "Foreground" => Some(Self::Foreground),
            "Orphan" => Some(Self::Orphan),
            _ => None,
        }
    }
}

/// The body as a value, in JSON or YAML
fn read_body(content_type: &str, body: &[u8]) -> Result<Value, Refusal> {
    if !matches!(content_type, "" | "application/json" | "application/yaml" | PROTOBUF) {
        return Err(Refusal::unsupported_media_type(format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, {PROTOBUF}"
        )));
    }
    let unreadable =
        |why: &str| Refusal::bad_request(format!("couldn't get version/kind; json parse error: {why}"));
    let value = match decode(body, content_type) {
        Ok(read) => read.value,
        Err(refusal) if refusal.code == 400 && refusal.message.contains("EOF while parsing") => {
            return Err(unreadable("unexpected end of JSON input"));
        }
        Err(refusal) if refusal.code == 400 => return Err(unreadable(&refusal.message)),
        Err(refusal) => return Err(refusal),
    };
    let found = match &value {
        Value::Object(_) => return Ok(value),
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => return Ok(json!({})),
    };
    Err(unreadable(&format!("json: cannot unmarshal {found} into Go value of type {KIND_IN_GO}")))
}

fn integer(body: &Value, field: &str) -> Result<Option<i64>, Refusal> {
    match &body[field] {
        Value::Null => Ok(None),
        value => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(wrong_type(value, &format!("DeleteOptions.{field}"), "int64")),
        },
    }
}

fn text(body: &Value, field: &str, (place, wanted): (&str, &str)) -> Result<Option<String>, Refusal> {
    match &body[field] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        other => Err(wrong_type(other, place, wanted)),
    }
}

fn wrong_type(value: &Value, place: &str, wanted: &str) -> Refusal {
    let found = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        // a number of the wrong form is named, one in the place of something else is not
        Value::Number(number) if wanted == "int64" => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "string".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Object(_) => "object".to_owned(),
    };
    Refusal::bad_request(format!(
        "json: cannot unmarshal {found} into Go struct field {place} of type {wanted}"
    ))
}
