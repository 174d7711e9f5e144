//! An object as a real server writes it: the fields of its types in their order
//!
//! It owns the order. A patch takes objects apart, and puts them together in the order of the names of their fields.

use serde_json::Value;

use super::{Form, TYPES};
use crate::go_value::escaped;

/// An object of the type `kind` after a patch; `touched` has an object where the patch went through one, and something
/// else where it put something
pub(crate) fn text(object: &Value, kind: &'static str, touched: &Value) -> String {
    let mut text = String::new();
    write(&mut text, object, Some(&Form::Type(kind)), Some(touched));
    escaped(&text)
}

fn write(text: &mut String, value: &Value, form: Option<&Form>, touched: Option<&Value>) {
    match value {
        Value::Object(object) => {
            let fields = match form {
                Some(Form::Type(kind)) => TYPES.get(kind).map_or(&[][..], Vec::as_slice),
                _ => &[],
            };
            let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
            if touched.is_none() {
                // what is in no type comes last
                let place = |name: &str| fields.iter().position(|field| field.name == name);
                names.sort_by_key(|name| place(name).unwrap_or(fields.len()));
            }
            text.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name).to_string());
                text.push(':');
                let form = match form {
                    Some(Form::Map(form)) => Some(&**form),
                    _ => fields.iter().find(|field| field.name == name).map(|field| &field.form),
                };
                below(text, &object[name], form, touched.and_then(|touched| touched.get(name)));
            }
            text.push('}');
        }
        Value::Array(list) => {
            let form = match form {
                Some(Form::List(form)) => Some(&**form),
                _ => None,
            };
            text.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                below(text, value, form, touched.and_then(|touched| touched.get(index.to_string())));
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// What a patch put somewhere is in the order in which it was sent, which is not known any more
fn below(text: &mut String, value: &Value, form: Option<&Form>, touched: Option<&Value>) {
    match touched {
        Some(put) if !put.is_object() => text.push_str(&value.to_string()),
        touched => write(text, value, form, touched),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_patch_went_through_is_in_the_order_of_names() {
        let object = json!({
            "kind": "ConfigMap", "apiVersion": "v1", "data": { "a": "<" }, "immutable": true,
            "metadata": { "name": "a", "namespace": "ns", "labels": { "b": "c" }, "uid": "u" },
        });
        let untouched = r#"{"name":"a","namespace":"ns","uid":"u","labels":{"b":"c"}}"#;
        let touched = r#"{"labels":{"b":"c"},"name":"a","namespace":"ns","uid":"u"}"#;
        for (patch, metadata) in
            [(json!({ "data": { "a": "<" } }), untouched), (json!({ "metadata": { "labels": {} } }), touched)]
        {
            assert_eq!(
                text(&object, "ConfigMap", &patch),
                format!(
                    r#"{{"apiVersion":"v1","data":{{"a":"\u003c"}},"immutable":true,"kind":"ConfigMap","metadata":{metadata}}}"#
                )
            );
        }
    }
}
