//! Whether a CustomResourceDefinition is right, in the API server's words
//!
//! It owns the rules for everything but the schemas themselves, which `structural-schema` judges.

use serde_json::Value;
use structural_schema::{FieldError, Reason, Schema};

use crate::kind::Custom;
use crate::meta::Meta;

/// Most fields that a version may be selected by
const SELECTABLE_MAX: usize = 8;
/// Types of a printer column
const COLUMN_TYPES: &[&str] = &["integer", "number", "string", "boolean", "date"];
/// Formats of a printer column
const COLUMN_FORMATS: &[&str] =
    &["int32", "int64", "float", "double", "byte", "date", "date-time", "password"];

/// What is wrong with a definition, and with its change
pub(crate) fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &new["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    if new.name() != format!("{plural}.{group}") {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::of_value(Reason::Invalid, "metadata.name", &new.name().into(), detail));
    }
    errors.extend(identity(spec, &group));
    errors.extend(versions(spec));
    if let Some(old) = old {
        errors.extend(unchanged(new, old));
    }
    errors
}

fn identity(spec: &Value, group: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let required = |field: &str| FieldError::new(Reason::Required, field, "");
    if group.is_empty() {
        errors.push(required("spec.group"));
    } else if !group.contains('.') {
        let detail = "should be a domain with at least one dot";
        errors.push(FieldError::of_value(Reason::Invalid, "spec.group", &group.into(), detail));
    }
    match spec["scope"].as_str() {
        Some("Namespaced" | "Cluster") => {}
        None | Some("") => errors.push(required("spec.scope")),
        Some(other) => errors.push(FieldError::of_value(
            Reason::NotSupported,
            "spec.scope",
            &other.into(),
            "supported values: \"Cluster\", \"Namespaced\"",
        )),
    }
    let names = &spec["names"];
    for field in ["plural", "singular", "kind", "listKind"] {
        let place = format!("spec.names.{field}");
        match names[field].as_str() {
            None | Some("") => errors.push(required(&place)),
            Some(name) => errors.extend(label(&place, name)),
        }
    }
    if names["kind"] == names["listKind"] && !names["kind"].is_null() {
        let detail = "kind and listKind may not be the same";
        errors.push(FieldError::of_value(Reason::Invalid, "spec.names.listKind", &names["listKind"], detail));
    }
    let short = names["shortNames"].as_array().into_iter().flatten().enumerate();
    for (index, name) in short {
        errors.extend(label(&format!("spec.names.shortNames[{index}]"), name.as_str().unwrap_or_default()));
    }
    errors
}

/// RFC 1035: kinds are checked in lower case
fn label(place: &str, name: &str) -> Option<FieldError> {
    let lower = name.to_ascii_lowercase();
    let is_first = |letter: char| letter.is_ascii_lowercase();
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let right = lower.starts_with(is_first)
        && lower.chars().all(is_plain)
        && !lower.ends_with('-')
        && lower.len() <= 63;
    (!right).then(|| {
        let detail = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
        FieldError::of_value(Reason::Invalid, place, &name.into(), detail)
    })
}

fn versions(spec: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let versions = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    if versions.is_empty() {
        errors.push(FieldError::new(Reason::Required, "spec.versions", ""));
        return errors;
    }
    let stored = versions.iter().filter(|version| version["storage"] == true).count();
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.push(FieldError::of_value(Reason::Invalid, "spec.versions", &spec["versions"], detail));
    }
    for (index, version) in versions.iter().enumerate() {
        let place = format!("spec.versions[{index}]");
        if let Some(name) = version["name"].as_str() {
            errors.extend(label(&format!("{place}.name"), name));
            if versions[..index].iter().any(|other| other["name"] == name) {
                let detail = "must not contain duplicate version names";
                errors.push(FieldError::of_value(
                    Reason::Invalid,
                    "spec.versions",
                    &spec["versions"],
                    detail,
                ));
            }
        } else {
            errors.push(FieldError::new(Reason::Required, format!("{place}.name"), ""));
        }
        errors.extend(version_schema(&place, version));
        errors.extend(columns(&place, &version["additionalPrinterColumns"]));
        errors.extend(scale_paths(&place, &version["subresources"]["scale"]));
    }
    errors
}

fn version_schema(place: &str, version: &Value) -> Vec<FieldError> {
    let written = &version["schema"]["openAPIV3Schema"];
    let at = format!("{place}.schema.openAPIV3Schema");
    if written.is_null() {
        return vec![FieldError::new(Reason::Required, at, "schemas are required")];
    }
    match Schema::parse_at(written, &at) {
        Err(errors) => errors,
        Ok(schema) => {
            let mut errors = Vec::new();
            let fields = version["selectableFields"].as_array().map_or(&[][..], Vec::as_slice);
            errors.extend(selectable(place, fields, &schema));
            errors
        }
    }
}

fn selectable(place: &str, fields: &[Value], schema: &Schema) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if fields.len() > SELECTABLE_MAX {
        let detail = format!("{}: must have at most {SELECTABLE_MAX} items", fields.len());
        errors.push(FieldError::new(Reason::TooMany, format!("{place}.selectableFields"), detail));
    }
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{place}.selectableFields[{index}].jsonPath");
        let path = field["jsonPath"].as_str().unwrap_or_default();
        let found = path.strip_prefix('.').and_then(|path| {
            path.split('.').try_fold(schema, |at, part| at.properties.get(part).map(|next| &**next))
        });
        if found.is_none() {
            let detail = "is an invalid path: does not refer to a valid field";
            errors.push(FieldError::of_value(Reason::Invalid, at, &path.into(), detail));
        }
    }
    errors
}

fn columns(place: &str, columns: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, column) in columns.as_array().into_iter().flatten().enumerate() {
        let at = |field: &str| format!("{place}.additionalPrinterColumns[{index}].{field}");
        let supported = |known: &[&str]| {
            let known: Vec<String> = known.iter().map(|name| format!("\"{name}\"")).collect();
            format!("supported values: {}", known.join(", "))
        };
        if column["name"].as_str().unwrap_or_default().is_empty() {
            errors.push(FieldError::new(Reason::Required, at("name"), ""));
        }
        match column["type"].as_str().unwrap_or_default() {
            "" => errors.push(FieldError::new(
                Reason::Required,
                at("type"),
                format!("must be one of {}", COLUMN_TYPES.join(",")),
            )),
            kind if !COLUMN_TYPES.contains(&kind) => {
                let detail = format!("must be one of {}", COLUMN_TYPES.join(","));
                errors.push(FieldError::of_value(Reason::Invalid, at("type"), &kind.into(), detail));
            }
            _ => {}
        }
        let format = column["format"].as_str().unwrap_or_default();
        if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
            errors.push(FieldError::of_value(
                Reason::NotSupported,
                at("format"),
                &format.into(),
                supported(COLUMN_FORMATS),
            ));
        }
        let path = column["jsonPath"].as_str().unwrap_or_default();
        if path.is_empty() {
            errors.push(FieldError::new(Reason::Required, at("jsonPath"), ""));
        } else if !path.starts_with('.') {
            let detail = "is not a valid json path: must be a simple json path starting with .";
            errors.push(FieldError::of_value(Reason::Invalid, at("jsonPath"), &path.into(), detail));
        }
    }
    errors
}

fn scale_paths(place: &str, scale: &Value) -> Vec<FieldError> {
    if scale.is_null() {
        return Vec::new();
    }
    let mut errors = Vec::new();
    for (field, prefixes, is_required) in [
        ("specReplicasPath", &[".spec."][..], true),
        ("statusReplicasPath", &[".status."][..], true),
        ("labelSelectorPath", &[".spec.", ".status."][..], false),
    ] {
        let at = format!("{place}.subresources.scale.{field}");
        let path = scale[field].as_str().unwrap_or_default();
        if path.is_empty() {
            if is_required {
                errors.push(FieldError::new(Reason::Required, at, ""));
            }
        } else if !prefixes.iter().any(|prefix| path.starts_with(prefix)) {
            let allowed: Vec<&str> = prefixes.iter().map(|prefix| prefix.trim_end_matches('.')).collect();
            let detail = format!("should be a json path under {}", allowed.join(" or "));
            errors.push(FieldError::of_value(Reason::Invalid, at, &path.into(), detail));
        }
    }
    errors
}

/// What a definition must not change once its names are accepted
fn unchanged(new: &Value, old: &Value) -> Vec<FieldError> {
    let conditions = old["status"]["conditions"].as_array().into_iter().flatten();
    let is_established = conditions
        .into_iter()
        .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    if !is_established {
        return Vec::new();
    }
    let mut errors = Vec::new();
    for path in [&["group"][..], &["names", "plural"], &["names", "kind"], &["scope"]] {
        let at = |object: &Value| path.iter().fold(object["spec"].clone(), |at, part| at[*part].clone());
        let (is, was) = (at(new), at(old));
        if is != was {
            let place = format!("spec.{}", path.join("."));
            errors.push(FieldError::of_value(Reason::Invalid, place, &is, "field is immutable"));
        }
    }
    errors
}

/// What `/scale` asks of an object besides its schema
pub(super) fn validate_scale(custom: &Custom, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (field, kept) in [("specReplicasPath", "spec"), ("statusReplicasPath", "status")] {
        let Some(path) = custom.scale[field].as_str() else { continue };
        let parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
        if parts.first() != Some(&kept) {
            continue;
        }
        let value = parts.iter().fold(object, |at, part| &at[*part]);
        match value.as_i64() {
            Some(replicas) if replicas < 0 => {
                errors.push(FieldError::of_value(
                    Reason::Invalid,
                    path,
                    value,
                    "should be a non-negative integer",
                ));
            }
            Some(replicas) if replicas > i64::from(i32::MAX) => {
                let detail = format!("should be less than or equal to {}", i32::MAX);
                errors.push(FieldError::of_value(Reason::Invalid, path, value, detail));
            }
            None if !value.is_null() => {
                let detail = format!("should be a json number, but is {value}");
                errors.push(FieldError::of_value(Reason::Invalid, path, value, detail));
            }
            _ => {}
        }
    }
    errors
}
