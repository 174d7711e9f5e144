//! Paths to places, as Kubernetes writes them: `spec.ports[0].name`, `properties[spec].type`
//!
//! It owns how a path grows. What stands at a place is not its business.

/// The path to a field by its name
pub(crate) fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The path to a value of a map by its key
pub(crate) fn key(path: &str, key: &str) -> String {
    format!("{path}[{key}]")
}

/// The path to an element of a list
pub(crate) fn index(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// The path to a property in a schema
pub(crate) fn property(path: &str, name: &str) -> String {
    key(&child(path, "properties"), name)
}
