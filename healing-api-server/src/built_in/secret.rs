//! Secret: values that are not for everybody
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};

use super::cell::text;
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    default: |object| fill(object, "Secret", default),
    prepare_update: |new, old| {
        if text(&new["type"]).is_empty() {
            keep(new, old, "type");
        }
    },
    fields: |object| vec![("type", text(&object["type"]).to_owned())],
    columns: &[
        Column::NAME,
        Column::shown("Type", "string", "@type"),
        Column::shown("Data", "string", "@data"),
        Column::AGE,
    ],
    cells: |object, now| {
        let count = object["data"].as_object().map_or(0, serde_json::Map::len);
        vec![object["metadata"]["name"].clone(), text(&object["type"]).into(), count.into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};

fn default(object: &mut Value) {
    edit::default_text(object, "type", "Opaque");
    let texts = object["stringData"].as_object().cloned().unwrap_or_default();
    edit::set(object, "stringData", Value::Null);
    if texts.is_empty() {
        return;
    }
    edit::default(object, "data", json!({}));
    for (name, value) in &texts {
        edit::set_below(object, "data", name, base64(text(value).as_bytes()));
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut written = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |index: usize| u32::from(part.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * index) & 63) as usize];
            written.push(if index <= part.len() { char::from(letter) } else { '=' });
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_data() {
        for (text, written) in
            [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")]
        {
            assert_eq!(base64(text.as_bytes()), written);
        }
        let mut secret = json!({ "stringData": { "a": "b" }, "data": { "a": "eA==", "c": "eQ==" } });
        default(&mut secret);
        assert_eq!(secret, json!({ "type": "Opaque", "data": { "a": "Yg==", "c": "eQ==" } }));
    }
}
