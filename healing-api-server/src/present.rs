//! The form of an answer: an object, a list, a Table, metadata alone, a Status
//!
//! It owns how objects are shown. The columns of a Table are `table`'s business.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};

use crate::call::{Accept, Call, Form};
use crate::kind::Kind;
use crate::table::{self, IncludeObject};
use crate::{Refusal, Response};

/// The metadata of a list
pub(crate) struct ListMeta {
    pub(crate) revision: u64,
    /// Token of the next page
    pub(crate) next: Option<String>,
    /// How many objects further pages have
    pub(crate) remaining: Option<usize>,
}

/// An object as the answer to a call
pub(crate) fn object(kind: &Kind, object: &Arc<Value>, call: &Call, code: u16) -> Response {
    let shown = kind.shown(object);
    let value = match call.accept.form {
        Form::Whole => return Response::json(code, &shown),
        Form::Metadata => metadata(&shown),
        Form::MetadataList => return no_list(kind).to_response(),
        Form::Table => {
            let include = match include(call) {
                Ok(include) => include,
                Err(refusal) => return refusal.to_response(),
            };
            let mut meta = json!({});
            if let Some(version) = shown["metadata"].get("resourceVersion") {
                meta["resourceVersion"] = version.clone();
            }
            table::table(kind, &[shown], meta, include, call.now)
        }
    };
    Response::json(code, &versioned(value, call.accept))
}

/// A list as the answer to a call
pub(crate) fn list(kind: &Kind, objects: &[Arc<Value>], meta: &ListMeta, call: &Call) -> Response {
    let objects: Vec<Arc<Value>> = objects.iter().map(|object| kind.shown(object)).collect();
    let mut meta = meta.to_value();
    if kind.custom().is_some() && call.accept.form == Form::Whole && meta["continue"].is_null() {
        // lists of custom resources always name it
        meta["continue"] = "".into();
    }
    let value = match call.accept.form {
        Form::Whole => {
            let list = List { kind, meta: &meta, objects: &objects };
            return Response::bytes(200, serde_json::to_vec(&list).unwrap_or_default());
        }
        Form::Metadata => {
            return Refusal::not_acceptable(format!(
                "you requested PartialObjectMetadata, but the requested object is a list ({})",
                go_type(kind, "List"),
            ))
            .to_response();
        }
        Form::MetadataList => json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
            "items": objects.iter().map(|object| metadata(object)).collect::<Vec<_>>(),
        }),
        Form::Table => match include(call) {
            Ok(include) => table::table(kind, &objects, meta, include, call.now),
            Err(refusal) => return refusal.to_response(),
        },
    };
    Response::json(200, &versioned(value, call.accept))
}

/// What rows of a Table carry besides their cells
///
/// # Errors
/// 400 for what no Table can have.
pub(crate) fn include(call: &Call) -> Result<IncludeObject, Refusal> {
    match call.query.get("includeObject") {
        Some("None") => Ok(IncludeObject::None),
        Some("Object") => Ok(IncludeObject::Object),
        None | Some("" | "Metadata") => Ok(IncludeObject::Metadata),
        Some(_) if call.accept.form != Form::Table => Ok(IncludeObject::Metadata),
        Some(other) => Err(Refusal::bad_request(format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be 'Metadata', 'Object', 'None', or empty"
        ))),
    }
}

/// The metadata of an object alone
pub(crate) fn metadata(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
    })
}

/// A Table or metadata in the version that the client wants
pub(crate) fn versioned(mut value: Value, accept: Accept) -> Value {
    const OLDER: &str = "meta.k8s.io/v1beta1";
    if !accept.is_older {
        return value;
    }
    for row in value.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        if row["object"]["kind"] == "PartialObjectMetadata" {
            row["object"]["apiVersion"] = OLDER.into();
        }
    }
    for item in value.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        item["apiVersion"] = OLDER.into();
    }
    value["apiVersion"] = OLDER.into();
    value
}

fn no_list(kind: &Kind) -> Refusal {
    if kind.custom().is_some() {
        // a real server did not foresee it
        return Refusal::new(500, "", "content is not a list");
    }
    Refusal::not_acceptable(format!(
        "you requested PartialObjectMetadataList, but the requested object is not a list ({})",
        go_type(kind, ""),
    ))
}

/// The type of an object, or of a list, in a real server
fn go_type(kind: &Kind, list: &str) -> String {
    match (kind.custom(), kind.group().split('.').next()) {
        (Some(_), _) => format!("*unstructured.Unstructured{list}"),
        (None, None | Some("" | "events")) => format!("*core.{}{list}", kind.kind),
        (None, Some(group)) => format!("*{group}.{}{list}", kind.kind),
    }
}

// === impl ListMeta ===

impl ListMeta {
    fn to_value(&self) -> Value {
        let mut meta = json!({ "resourceVersion": self.revision.to_string() });
        if let Some(next) = &self.next {
            meta["continue"] = next.as_str().into();
        }
        if let Some(remaining) = self.remaining {
            meta["remainingItemCount"] = remaining.into();
        }
        meta
    }
}

/// A list that is written without being copied
struct List<'a> {
    kind: &'a Kind,
    meta: &'a Value,
    objects: &'a [Arc<Value>],
}

/// Items, each with or without what says of which kind it is
struct Items<'a>(&'a [Arc<Value>], bool);

/// An object without `apiVersion` and `kind`
struct Bare<'a>(&'a Value);

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("kind", &self.kind.list_kind)?;
        map.serialize_entry("apiVersion", &self.kind.api_version())?;
        map.serialize_entry("metadata", self.meta)?;
        // items of built-in lists do not say what they are
        map.serialize_entry("items", &Items(self.objects, self.kind.custom().is_some()))?;
        map.end()
    }
}

impl Serialize for Items<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for object in self.0 {
            if self.1 {
                list.serialize_element(&**object)?;
            } else {
                list.serialize_element(&Bare(object))?;
            }
        }
        list.end()
    }
}

impl Serialize for Bare<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.0.as_object().into_iter().flatten();
        serializer.collect_map(fields.filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind")))
    }
}
