//! `AdmissionReview`: the question as the API server asks it, and the answer in its own words
//!
//! It owns the wire form and nothing else: bytes and values in, values out. What the answer is, `judge` decides.

use healing_model::{FieldError, Identity};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the API server asks
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    /// Names the question; the answer repeats it
    pub(crate) uid: String,
    /// What kind `object` is, converted to the version that the webhook was registered for
    pub(crate) kind: GroupVersionKind,
    /// `metadata.name`; empty where the API server has yet to generate it
    #[serde(default)]
    pub(crate) name: String,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`
    pub(crate) operation: String,
    /// Such as `scale`; empty for the resource itself
    #[serde(default)]
    pub(crate) sub_resource: String,
    /// The object as it is to be; null where it is to go
    #[serde(default)]
    pub(crate) object: Value,
    /// The object as it is; null where there is none yet
    #[serde(default)]
    pub(crate) old_object: Value,
}

/// Names a kind in one version
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct GroupVersionKind {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
}

/// What the API server is told
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The write goes on
    Allowed,
    /// It does not, and why
    Denied(Denial),
}

/// Why a write is refused: a `Status` in the making
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Denial {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
}

/// Why a body is no question
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReviewError {
    /// Not retried: the sender does not speak JSON
    #[error("the body is no AdmissionReview: {0}")]
    Json(String),
    /// Not retried: it is some other object, or in another version
    #[error("the body is {0}; this webhook reads an AdmissionReview of admission.k8s.io/v1")]
    Other(String),
    /// Not retried: nothing is asked
    #[error("the AdmissionReview holds no request")]
    NoRequest,
    /// Not retried: what is asked lacks a part
    #[error("the request of the AdmissionReview cannot be read: {0}")]
    Request(String),
}

const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// Reads a question
///
/// # Errors
/// [`ReviewError`], in words for whoever sent it.
pub(crate) fn read(body: &[u8]) -> Result<Question, ReviewError> {
    let mut review: Value =
        serde_json::from_slice(body).map_err(|error| ReviewError::Json(error.to_string()))?;
    let said = |field: &str| review[field].as_str().unwrap_or_default().to_owned();
    if (said("apiVersion").as_str(), said("kind").as_str()) != (API_VERSION, KIND) {
        let words = format!("{} {}", said("apiVersion"), said("kind"));
        let words = words.trim();
        let shown = if words.is_empty() { "an object without apiVersion and kind" } else { words };
        return Err(ReviewError::Other(shown.chars().take(200).collect()));
    }
    let request = review["request"].take();
    if request.is_null() {
        return Err(ReviewError::NoRequest);
    }
    let question: Question =
        serde_path_to_error::deserialize(request).map_err(|error| ReviewError::Request(error.to_string()))?;
    if question.uid.is_empty() {
        return Err(ReviewError::Request("uid: it is empty".to_owned()));
    }
    Ok(question)
}

/// The answer to the question of this `uid`
pub(crate) fn answer(uid: &str, verdict: &Verdict) -> Value {
    let mut response = json!({ "uid": uid, "allowed": matches!(verdict, Verdict::Allowed) });
    if let Verdict::Denied(denial) = verdict {
        response["status"] = denial.status();
    }
    json!({ "apiVersion": API_VERSION, "kind": KIND, "response": response })
}

// === impl GroupVersionKind ===

impl GroupVersionKind {
    /// Whether this is the kind of `identity`
    pub(crate) fn is(&self, identity: &Identity) -> bool {
        (&self.group, &self.version, &self.kind) == (&identity.group, &identity.version, &identity.kind)
    }
}

// === impl Denial ===

impl Denial {
    /// The object breaks rules; all of them are told at once
    ///
    /// The words are those with which the API server refuses an object by its definition. The code is 403: it is an
    /// admission plugin that refuses, and 403 is what operators written with controller-runtime answer.
    pub(crate) fn invalid(identity: &Identity, name: &str, errors: &[FieldError]) -> Self {
        let Identity { group, kind, .. } = identity;
        let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let words =
            if let [only] = words.as_slice() { only.clone() } else { format!("[{}]", words.join(", ")) };
        let causes: Vec<Value> = errors.iter().map(cause).collect();
        Self {
            code: 403,
            reason: "Forbidden",
            message: format!("{kind}.{group} \"{name}\" is invalid: {words}"),
            details: Some(json!({ "name": name, "group": group, "kind": kind, "causes": causes })),
        }
    }

    /// What was sent cannot be judged
    pub(crate) fn bad_request(message: String) -> Self {
        Self { code: 400, reason: "BadRequest", message, details: None }
    }

    /// Judging it failed, which is a fault in the operator
    pub(crate) fn internal(message: String) -> Self {
        Self { code: 500, reason: "InternalError", message, details: None }
    }

    /// The words
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    fn status(&self) -> Value {
        let Self { code, reason, message, details } = self;
        let mut status = json!({
            "apiVersion": "v1",
            "kind": "Status",
            "metadata": {},
            "status": "Failure",
            "code": code,
            "reason": reason,
            "message": message,
        });
        if let Some(details) = details {
            status["details"] = details.clone();
        }
        status
    }
}

/// One broken rule as the API server lists it: the field apart from the words
fn cause(error: &FieldError) -> Value {
    let words = error.to_string();
    let words = words.strip_prefix(&format!("{}: ", error.field)).unwrap_or(&words);
    json!({ "reason": error.reason, "message": words, "field": error.field })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_question_is_told_apart() {
        for (body, words) in [
            ("", "the body is no AdmissionReview: EOF while parsing a value at line 1 column 0"),
            (
                "[1]",
                "the body is an object without apiVersion and kind; this webhook reads an AdmissionReview of admission.k8s.io/v1",
            ),
            (
                r#"{"apiVersion": "v1", "kind": "Pod"}"#,
                "the body is v1 Pod; this webhook reads an AdmissionReview of admission.k8s.io/v1",
            ),
            (
                r#"{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"}"#,
                "the body is admission.k8s.io/v1beta1 AdmissionReview; this webhook reads an AdmissionReview of admission.k8s.io/v1",
            ),
            (
                r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {}}"#,
                "the AdmissionReview holds no request",
            ),
            (
                r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": 7}}"#,
                "the request of the AdmissionReview cannot be read: uid: invalid type: integer `7`, expected a string",
            ),
            (
                r#"{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request":
                    {"uid": "", "kind": {"group": "x.io", "version": "v1", "kind": "Web"}, "operation": "CREATE"}}"#,
                "the request of the AdmissionReview cannot be read: uid: it is empty",
            ),
        ] {
            assert_eq!(read(body.as_bytes()).expect_err(body).to_string(), words);
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(read(deep.as_bytes()), Err(ReviewError::Json(_))), "it neither hangs nor overflows");
    }

    #[test]
    fn the_answer_repeats_the_uid_and_says_why() {
        assert_eq!(
            answer("a-b", &Verdict::Allowed),
            json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                    "response": { "uid": "a-b", "allowed": true } })
        );
        let denied = answer("a-b", &Verdict::Denied(Denial::bad_request("no".to_owned())));
        assert_eq!(
            denied["response"],
            json!({ "uid": "a-b", "allowed": false, "status": {
                "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
                "code": 400, "reason": "BadRequest", "message": "no",
            } })
        );
    }
}
