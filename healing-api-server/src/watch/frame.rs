//! One line of a watch: an event in the form that the client takes
//!
//! It owns the bytes. Which event it is was decided in `watch`.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::Watch;
use crate::call::Form;
use crate::{Refusal, present, table};

/// An event as it is sent
#[derive(Serialize)]
pub(super) struct Frame<'a> {
    r#type: &'a str,
    object: &'a Value,
}

// === impl Frame ===

impl Frame<'_> {
    /// ADDED, MODIFIED or DELETED
    pub(super) fn event(watch: &mut Watch, word: &str, object: &Arc<Value>, now: Timestamp) -> Vec<u8> {
        match watch.accept.form {
            Form::Whole => line(word, object),
            Form::Metadata | Form::MetadataList => {
                line(word, &present::versioned(present::metadata(object), watch.accept))
            }
            Form::Table => {
                let meta = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
                let rows = [Arc::clone(object)];
                line(word, &in_table(watch, &rows, meta, now))
            }
        }
    }

    /// An event about an object that is JSON already
    pub(super) fn text(word: &str, object: &[u8]) -> Vec<u8> {
        let begin = format!("{{\"type\":\"{word}\",\"object\":");
        [begin.as_bytes(), object, b"}\n"].concat()
    }

    /// BOOKMARK, with an object that has nothing but metadata
    pub(super) fn bookmark(watch: &mut Watch, mut object: Value) -> Vec<u8> {
        match watch.accept.form {
            Form::Whole => line("BOOKMARK", &object),
            Form::Metadata | Form::MetadataList => {
                line("BOOKMARK", &present::versioned(present::metadata(&object), watch.accept))
            }
            Form::Table => {
                let meta = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
                // its cell is the empty name
                object["metadata"]["name"] = "".into();
                let mut table = in_table(watch, &[Arc::new(object)], meta, Timestamp::UNIX_EPOCH);
                let metadata = table.pointer_mut("/rows/0/object/metadata").and_then(Value::as_object_mut);
                metadata.map(|metadata| metadata.remove("name"));
                line("BOOKMARK", &table)
            }
        }
    }

    /// ERROR, with a Status
    pub(super) fn error(error: &Refusal) -> Vec<u8> {
        line("ERROR", &error.to_value())
    }
}

fn in_table(watch: &mut Watch, rows: &[Arc<Value>], meta: Value, now: Timestamp) -> Value {
    let mut table = table::table(&watch.kind, rows, meta, watch.include, now);
    if std::mem::replace(&mut watch.has_columns, true) {
        table["columnDefinitions"] = Value::Null;
    }
    present::versioned(table, watch.accept)
}

fn line(word: &str, object: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&Frame { r#type: word, object }).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
