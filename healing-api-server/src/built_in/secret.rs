//! Secret: values that are not for everybody
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

mod key_pair;

use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::text;
use super::check::{Errors, data_key};
use super::config_map::SIZE_MAX_BYTES;
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column, age};
use crate::decode::syntax;
use crate::{base64, go_value};

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
    validate,
    warnings: |new, _| warnings(new),
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
        edit::set_below(object, "data", name, base64::encode(text(value).as_bytes()));
    }
}

/// Credentials for a registry are an object in JSON
fn registry(errors: &mut Errors, key: &str, value: &Value) {
    let bytes = base64::decode(text(value));
    let detail = match serde_json::from_slice::<Value>(&bytes) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(other) => {
            let kind = go_value::word(&other);
            format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
        }
        Err(error) => syntax(&bytes, &error),
    };
    errors.invalid(format!("data[{key}]"), &"<secret contents redacted>".into(), detail);
}

/// What is said of a certificate without its key
fn warnings(new: &Value) -> Vec<String> {
    if new["type"] != "kubernetes.io/tls" {
        return Vec::new();
    }
    let bytes = |key: &str| base64::decode(text(&new["data"][key]));
    key_pair::problem(&bytes("tls.crt"), &bytes("tls.key")).into_iter().collect()
}

/// Keys that a type of Secret must have
const KEYS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if let Some(old) = old {
        errors.fixed("type", &new["type"], &old["type"]);
        errors.keeps_data(new, old, &["data"]);
    }
    let mut bytes = 0;
    for (key, value) in new["data"].as_object().into_iter().flatten() {
        errors.problems(&format!("data[{key}]"), key, data_key(key));
        bytes += text(value).len() / 4 * 3;
    }
    if bytes > SIZE_MAX_BYTES {
        errors.too_long("data", SIZE_MAX_BYTES);
    }
    let (kind, has) = (text(&new["type"]), |key: &str| !new["data"][key].is_null());
    let needed = KEYS.iter().filter(|(name, _)| *name == kind).flat_map(|(_, keys)| *keys);
    for key in needed.filter(|key| !has(key)) {
        errors.required(format!("data[{key}]"), "");
    }
    for key in [".dockercfg", ".dockerconfigjson"] {
        if kind.ends_with(&key[1..]) && has(key) {
            registry(&mut errors, key, &new["data"][key]);
        }
    }
    if kind == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        errors.required("data[username]", "");
        errors.required("data[password]", "");
    }
    let account = &new["metadata"]["annotations"]["kubernetes.io/service-account.name"];
    if kind == "kubernetes.io/service-account-token" && text(account).is_empty() {
        errors.required("metadata.annotations[kubernetes.io/service-account.name]", "");
    }
    errors.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_data() {
        let mut secret = json!({ "stringData": { "a": "b" }, "data": { "a": "eA==", "c": "eQ==" } });
        default(&mut secret);
        assert_eq!(secret, json!({ "type": "Opaque", "data": { "a": "Yg==", "c": "eQ==" } }));
    }
}
