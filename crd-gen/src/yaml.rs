//! Renders JSON values as YAML that people read and every Kubernetes client understands the same way
//!
//! The bytes depend on the value alone: keys are sorted here, whatever order the map had. Kubernetes reads YAML 1.1,
//! where `on`, `1_000` or `12:30:00` are no strings; such strings are quoted, as values and as keys. Scalars and
//! layout are serde-saphyr's; the tests hold it to that.

use std::collections::BTreeMap;

use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap},
};
use serde_json::Value;
use serde_saphyr::SerializerOptions;

/// A value could not be rendered
#[derive(Debug, thiserror::Error)]
#[error("cannot render YAML: {0}")]
pub struct YamlError(#[from] serde_saphyr::ser::Error);

/// One document, ending in a newline
///
/// # Errors
/// [`YamlError`] where the YAML serializer refuses the value; no value that an emitter makes is refused.
pub fn document(value: &Value) -> Result<String, YamlError> {
    Ok(serde_saphyr::to_string_with_options(&Ordered(value), options())?)
}

/// Several documents, each opened by `---`
///
/// # Errors
/// As [`document`].
pub fn stream<'v>(values: impl IntoIterator<Item = &'v Value>) -> Result<String, YamlError> {
    let mut stream = String::new();
    for value in values {
        stream.push_str("---\n");
        stream.push_str(&document(value)?);
    }
    Ok(stream)
}

fn options() -> SerializerOptions {
    serde_saphyr::ser_options! { yaml_12: false, compact_list_indent: true, prefer_block_scalars: true }
}

/// A value whose maps are written in the order of their keys
struct Ordered<'v>(&'v Value);

// === impl Ordered ===

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let sorted: BTreeMap<&String, &Value> = map.iter().collect();
                let mut out = serializer.serialize_map(Some(sorted.len()))?;
                for (key, value) in sorted {
                    out.serialize_entry(key, &Ordered(value))?;
                }
                out.end()
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(Ordered)),
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(whole), ..) => serializer.serialize_i64(whole),
                (None, Some(whole), _) => serializer.serialize_u64(whole),
                (None, None, Some(real)) => serializer.serialize_f64(real),
                (None, None, None) => Err(S::Error::custom(format!("number {number} has no YAML form"))),
            },
            scalar => scalar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests;
