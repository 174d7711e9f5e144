//! The form of an answer: an object, a list, a Table, metadata alone, a Status
//!
//! It owns how objects are shown. The columns of a Table are `table`'s business.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};

use crate::Response;
use crate::call::{Call, Form};
use crate::kind::Kind;
use crate::table::{self, IncludeObject};

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
    match call.accept.form {
        Form::Whole => Response::json(code, &shown),
        Form::Metadata => Response::json(code, &metadata(&shown)),
        Form::Table => {
            let meta = json!({ "resourceVersion": shown["metadata"]["resourceVersion"] });
            Response::json(code, &table::table(kind, &[shown], meta, include(call), call.now))
        }
    }
}

/// A list as the answer to a call
pub(crate) fn list(kind: &Kind, objects: &[Arc<Value>], meta: &ListMeta, call: &Call) -> Response {
    let objects: Vec<Arc<Value>> = objects.iter().map(|object| kind.shown(object)).collect();
    let mut meta = meta.to_value();
    if kind.custom().is_some() && call.accept.form == Form::Whole && meta["continue"].is_null() {
        // lists of custom resources always name it
        meta["continue"] = "".into();
    }
    match call.accept.form {
        Form::Whole => {
            let list = List { kind, meta: &meta, objects: &objects };
            Response::bytes(200, serde_json::to_vec(&list).unwrap_or_default())
        }
        Form::Metadata => Response::json(
            200,
            &json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
                "items": objects.iter().map(|object| metadata(object)).collect::<Vec<_>>(),
            }),
        ),
        Form::Table => Response::json(200, &table::table(kind, &objects, meta, include(call), call.now)),
    }
}

/// What rows of a Table carry besides their cells
pub(crate) fn include(call: &Call) -> IncludeObject {
    match call.query.get("includeObject") {
        Some("None") => IncludeObject::None,
        Some("Object") => IncludeObject::Object,
        _ => IncludeObject::Metadata,
    }
}

/// The metadata of an object alone
pub(crate) fn metadata(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"],
    })
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
