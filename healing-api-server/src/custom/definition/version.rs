//! What a version of a definition says: its schema, columns, selectable fields and the paths of its scale
//!
//! It owns where errors stand: what all versions say alike, the API server reads as said once, and tells so.

use serde_json::Value;
use structural_schema::{FieldError, Reason, Schema, Type, cel};

use super::{invalid, required};

/// Most fields that a version may be selected by
const SELECTABLE_MAX: usize = 8;
/// Types of a printer column
const COLUMN_TYPES: &str = "boolean,date,integer,number,string";
/// Formats of a printer column
const COLUMN_FORMATS: &str = "byte,date,date-time,double,float,int32,int64,password";

/// What may be said once for all versions
const PARTS: [&str; 4] = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"];

/// Whether all versions say the same there
pub(super) fn is_alike(versions: &[Value], part: &str) -> bool {
    let first = &versions[0][part];
    !is_nothing(first) && versions.iter().all(|version| version[part] == *first)
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Versions that have no schema
pub(super) fn without_schema(versions: &[Value]) -> Vec<FieldError> {
    let lacks = |version: &Value| version["schema"]["openAPIV3Schema"].is_null();
    let lacking = versions.iter().enumerate().filter(|(_, version)| lacks(version));
    lacking
        .map(|(index, _)| required(&format!("spec.versions[{index}].schema.openAPIV3Schema"), ""))
        .collect()
}

/// What is wrong with what a version says for itself
pub(super) fn own(place: &str, versions: &[Value], version: &Value) -> Vec<FieldError> {
    let has_status = !version["subresources"]["status"].is_null();
    let of_part = |part: &&str| {
        let at = if *part == "schema" {
            format!("{place}.schema.openAPIV3Schema")
        } else {
            format!("{place}.{part}")
        };
        check(part, &at, version, has_status)
    };
    PARTS.iter().filter(|part| !is_alike(versions, part)).flat_map(of_part).collect()
}

/// What is wrong with what all versions say alike
pub(super) fn hoisted(spec: &Value) -> Vec<FieldError> {
    let versions = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(first) = versions.first() else { return Vec::new() };
    let has_status = versions.iter().any(|version| !version["subresources"]["status"].is_null());
    let of_part = |part: &&str| {
        let at = if *part == "schema" {
            "spec.validation.openAPIV3Schema".to_owned()
        } else {
            format!("spec.{part}")
        };
        check(part, &at, first, has_status)
    };
    PARTS.iter().filter(|part| is_alike(versions, part)).flat_map(of_part).collect()
}

fn check(part: &str, at: &str, version: &Value, has_status: bool) -> Vec<FieldError> {
    let written = &version["schema"]["openAPIV3Schema"];
    match part {
        "schema" if written.is_null() => Vec::new(),
        "schema" => {
            let beside = has_status.then(|| Schema::refused_beside_status(written, at)).flatten();
            // rules stand on a schema that is right
            let errors = match Schema::parse_at(written, at) {
                Ok(schema) => cel::compile_at(&schema, at),
                Err(errors) => errors,
            };
            beside.into_iter().chain(errors).collect()
        }
        "subresources" => scale(at, &version[part]["scale"]),
        "additionalPrinterColumns" => columns(at, &version[part]),
        _ => selectable(at, version[part].as_array().map_or(&[][..], Vec::as_slice), written),
    }
}

fn selectable(at: &str, fields: &[Value], written: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    // a schema that is refused is told of elsewhere
    let Ok(schema) = Schema::parse(written) else { return errors };
    let mut known: Vec<&str> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let at = format!("{at}[{index}].jsonPath");
        let path = field["jsonPath"].as_str().unwrap_or_default();
        if path.is_empty() {
            errors.push(required(&at, ""));
            continue;
        }
        let found = match find(&schema, path) {
            Ok(found) => found,
            Err(reason) => {
                errors.push(invalid(&at, &path.into(), &format!("is an invalid path: {reason}")));
                continue;
            }
        };
        if path.starts_with(".metadata") {
            errors.push(invalid(&at, &path.into(), "must not point to fields in metadata"));
        }
        if !matches!(found.kind, Type::String | Type::Boolean | Type::Integer) {
            let detail = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.push(invalid(&at, &path.into(), detail));
        }
        if known.contains(&path) {
            errors.push(FieldError::of_value(Reason::Duplicate, &at, &path.into(), ""));
        } else {
            known.push(path);
        }
    }
    if known.len() > SELECTABLE_MAX {
        let detail = format!("must have at most {SELECTABLE_MAX} items");
        errors.push(FieldError::of_value(Reason::TooMany, at, &known.len().into(), detail));
    }
    errors
}

fn find<'a>(schema: &'a Schema, path: &str) -> Result<&'a Schema, String> {
    if let Some(before) = path.split_once('[').map(|(before, _)| before) {
        return find(schema, before).and(Err("array notation is not allowed".to_owned()));
    }
    let Some(names) = path.strip_prefix('.') else {
        let token = path.split('.').next().unwrap_or_default();
        return Err(format!("expected [ or . but got: {token}"));
    };
    let lost = || "does not refer to a valid field".to_owned();
    names.split('.').try_fold(schema, |at, name| match name {
        "" => Err("unexpected end of JSON path".to_owned()),
        name if at.properties.is_empty() => at.field(name).map(AsRef::as_ref).ok_or_else(lost),
        name => at.properties.get(name).map(AsRef::as_ref).ok_or_else(lost),
    })
}

fn columns(at: &str, columns: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, column) in columns.as_array().into_iter().flatten().enumerate() {
        let at = |field: &str| format!("{at}[{index}].{field}");
        let text = |field: &str| column[field].as_str().unwrap_or_default();
        if text("name").is_empty() {
            errors.push(required(&at("name"), ""));
        }
        let is_one_of = |known: &str, word: &str| known.split(',').any(|known| known == word);
        let types = format!("must be one of {COLUMN_TYPES}");
        match text("type") {
            "" => errors.push(required(&at("type"), &types)),
            kind if !is_one_of(COLUMN_TYPES, kind) => {
                errors.push(invalid(&at("type"), &kind.into(), &types));
            }
            _ => {}
        }
        let format = text("format");
        if !format.is_empty() && !is_one_of(COLUMN_FORMATS, format) {
            let detail = format!("must be one of {COLUMN_FORMATS}");
            errors.push(invalid(&at("format"), &format.into(), &detail));
        }
        match text("jsonPath") {
            "" => errors.push(required(&at("JSONPath"), "")),
            path => errors.extend(simple_path(&at("JSONPath"), path)),
        }
    }
    errors
}

fn scale(at: &str, scale: &Value) -> Vec<FieldError> {
    if scale.is_null() {
        return Vec::new();
    }
    let rows = [
        ("specReplicasPath", &[".spec."][..], ".spec"),
        ("statusReplicasPath", &[".status."][..], ".status"),
        ("labelSelectorPath", &[".spec.", ".status."][..], "either .spec or .status"),
    ];
    let wrong = rows.into_iter().filter_map(|(field, prefixes, words)| {
        let at = format!("{at}.scale.{field}");
        let path = scale[field].as_str().unwrap_or_default();
        match path {
            "" if field == "labelSelectorPath" => None,
            "" => Some(required(&at, "")),
            path => simple_path(&at, path).or_else(|| {
                let is_under = prefixes.iter().any(|prefix| path.starts_with(prefix));
                let detail = format!("should be a json path under {words}");
                (!is_under).then(|| invalid(&at, &path.into(), &detail))
            }),
        }
    });
    wrong.collect()
}

fn simple_path(at: &str, path: &str) -> Option<FieldError> {
    let detail = "must be a simple json path starting with .";
    (!path.starts_with('.')).then(|| invalid(at, &path.into(), detail))
}
