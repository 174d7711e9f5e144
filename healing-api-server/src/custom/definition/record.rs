//! Versions of a definition as the API server prints them in the messages that contain them: as the records that it holds
//! in memory
//!
//! It owns the names and order of the fields of a version. Those of a schema are the business of `structural-schema`.

use serde_json::Value;
use structural_schema::Schema;

use super::version;

/// All versions, as in an error that shows them
pub(super) fn versions(written: &Value) -> String {
    let Some(versions) = written.as_array() else { return "null".to_owned() };
    list(versions, |version| one(versions, version))
}

fn one(versions: &[Value], version: &Value) -> String {
    // what all versions say alike is held once, beside them
    let own = |part: &str| Some(&version[part]).filter(|_| !version::is_alike(versions, part));
    let shown = |part: &str, print: fn(&Value) -> String| {
        own(part).filter(|part| !part.is_null()).map_or_else(|| "null".to_owned(), print)
    };
    format!(
        r#"{{"Name":{},"Served":{},"Storage":{},"Deprecated":{},"DeprecationWarning":{},"Schema":{},"Subresources":{},"AdditionalPrinterColumns":{},"SelectableFields":{}}}"#,
        text(&version["name"]),
        version["served"] == true,
        version["storage"] == true,
        version["deprecated"] == true,
        version["deprecationWarning"],
        shown("schema", schema),
        shown("subresources", subresources),
        shown("additionalPrinterColumns", columns),
        shown("selectableFields", |fields| {
            each(fields, |field| format!(r#"{{"JSONPath":{}}}"#, text(&field["jsonPath"])))
        }),
    )
}

fn schema(schema: &Value) -> String {
    format!(r#"{{"OpenAPIV3Schema":{}}}"#, Schema::in_memory(&schema["openAPIV3Schema"]))
}

fn subresources(parts: &Value) -> String {
    let status = if parts["status"].is_null() { "null" } else { "{}" };
    let scale = match &parts["scale"] {
        Value::Null => "null".to_owned(),
        scale => format!(
            r#"{{"SpecReplicasPath":{},"StatusReplicasPath":{},"LabelSelectorPath":{}}}"#,
            text(&scale["specReplicasPath"]),
            text(&scale["statusReplicasPath"]),
            scale["labelSelectorPath"],
        ),
    };
    format!(r#"{{"Status":{status},"Scale":{scale}}}"#)
}

fn columns(columns: &Value) -> String {
    each(columns, |column| {
        format!(
            r#"{{"Name":{},"Type":{},"Format":{},"Description":{},"Priority":{},"JSONPath":{}}}"#,
            text(&column["name"]),
            text(&column["type"]),
            text(&column["format"]),
            text(&column["description"]),
            column["priority"].as_i64().unwrap_or(0),
            text(&column["jsonPath"]),
        )
    })
}

fn each(elements: &Value, print: impl Fn(&Value) -> String) -> String {
    list(elements.as_array().map_or(&[][..], Vec::as_slice), print)
}

fn list(elements: &[Value], print: impl Fn(&Value) -> String) -> String {
    format!("[{}]", elements.iter().map(print).collect::<Vec<_>>().join(","))
}

/// A text in quotes; one that is missing is empty
fn text(value: &Value) -> String {
    Value::from(value.as_str().unwrap_or_default()).to_string()
}
