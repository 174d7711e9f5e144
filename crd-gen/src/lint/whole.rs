//! The definition as a whole: how large it is, and whether spec and status have schemas
//!
//! That spec and status are described is what the scorecard of the Operator SDK asks of a definition (`crds-have-validation`).

use serde_json::Value;

use super::{Report, Rule};

/// All annotations of an object together; `kubectl apply` keeps the whole object in one of them
const ANNOTATIONS_BYTES_MAX: usize = 262_144;
/// What etcd takes in one request
const STORED_BYTES_MAX: usize = 1_572_864;

/// Looks at the definition
pub(super) fn check(report: &mut Report<'_>) {
    let definition = report.subject.definition;
    size(serde_json::to_vec(&definition.to_create()).map_or(0, |bytes| bytes.len()), report);
    for (number, version) in definition.versions().iter().enumerate() {
        schemas(&format!("spec.versions[{number}]"), version, report);
    }
}

fn size(bytes: usize, report: &mut Report<'_>) {
    let shorter = "shorten descriptions, and keep embedded types without their schema where nobody needs it";
    if bytes > STORED_BYTES_MAX {
        let message = format!("has {bytes} bytes as JSON; etcd takes {STORED_BYTES_MAX} at most");
        report.note(Rule::TooLarge, "", message, shorter);
    } else if bytes > ANNOTATIONS_BYTES_MAX {
        let message = format!(
            "has {bytes} bytes as JSON; a client-side `kubectl apply` fails above {ANNOTATIONS_BYTES_MAX}, the limit of annotations"
        );
        report.note(Rule::Oversized, "", message, &format!("{shorter}; or apply it with --server-side"));
    }
}

fn schemas(at: &str, version: &Value, report: &mut Report<'_>) {
    let properties = &version["schema"]["openAPIV3Schema"]["properties"];
    let root = format!("{at}.schema.openAPIV3Schema");
    let has_status = version["subresources"]["status"].is_object();
    for (part, is_wanted) in [("spec", true), ("status", has_status)] {
        if is_wanted && !is_described(&properties[part]) {
            let message = format!(
                "`{part}` has no fields with a schema: nothing is checked, and mistyped fields go unnoticed"
            );
            let path = if properties[part].is_object() {
                format!("{root}.properties[{part}]")
            } else {
                root.clone()
            };
            report.note(Rule::NoSchema, &path, message, "give each field a type");
        }
    }
    if properties["status"].is_object() && !has_status {
        let message =
            "has a status without the status subresource: who writes the spec writes the status too"
                .to_owned();
        report.note(
            Rule::NoStatus,
            &format!("{at}.subresources"),
            message,
            "add `subresources: {status: {}}`",
        );
    }
}

/// Whether something is said of the fields, or it is a plain value
fn is_described(schema: &Value) -> bool {
    match schema["type"].as_str() {
        Some("object") => {
            let has_fields = schema["properties"].as_object().is_some_and(|fields| !fields.is_empty());
            has_fields || schema["additionalProperties"].is_object()
        }
        Some(_) => true,
        None => schema["x-kubernetes-int-or-string"] == true,
    }
}
