//! Kubernetes' own types in a schema: how their lists and maps are merged, and no texts about their fields
//!
//! Without the first two who apply an object overwrite each other's containers or tolerations; the Rust types do not say it. The table is
//! what a real API server says of its own types (`cargo run -p control-plane -- merging`); how a user's fields are merged is
//! declared. With the texts a definition with a pod template is larger than what a client-side apply can do.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const TABLE: &str = include_str!("embedded/merging.txt");
/// What the names of Kubernetes' types begin with
const KUBERNETES: &str = "io.k8s.";
const LIST_TYPE: &str = "x-kubernetes-list-type";
const LIST_KEYS: &str = "x-kubernetes-list-map-keys";
const MAP_TYPE: &str = "x-kubernetes-map-type";

/// Words about a place in a schema
type Words = Map<String, Value>;

/// Finishes Kubernetes' types in `schema`, in which types have no names any more, with the help of `named`: the same
/// schema, in which they have
pub(super) fn finish(schema: &mut Value, named: &Value) {
    let table = TABLE.lines().filter_map(|line| line.split_once(": ")).collect();
    let names = &named["components"]["schemas"];
    Walk { table, names }.node(schema, named, false);
}

struct Walk<'a> {
    /// Fields by type
    table: BTreeMap<&'a str, &'a str>,
    /// Schemas by name
    names: &'a Value,
}

// === impl Walk ===

impl<'a> Walk<'a> {
    /// `is_inside`: the place is below the field whose type is Kubernetes'
    fn node(&self, schema: &mut Value, named: &'a Value, is_inside: bool) {
        let (kind, named) = self.resolve(named);
        if let Value::Object(schema) = schema
            && is_inside
        {
            schema.remove("description");
        }
        let is_inside = is_inside || kind.is_some_and(|kind| kind.starts_with(KUBERNETES));
        for word in kind.and_then(|kind| self.table.get(kind)).into_iter().flat_map(|row| row.split(' ')) {
            note(schema, word);
        }
        for (name, part) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            self.node(part, &named["properties"][name.as_str()], is_inside);
        }
        for keyword in ["items", "additionalProperties"] {
            schema.get_mut(keyword).into_iter().for_each(|part| self.node(part, &named[keyword], is_inside));
        }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            let parts = schema.get_mut(keyword).and_then(Value::as_array_mut);
            for (index, part) in parts.into_iter().flatten().enumerate() {
                self.node(part, &named[keyword][index], is_inside);
            }
        }
    }

    /// The name of the type that a schema stands for, and what is said of it there
    fn resolve(&self, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
        let reference = |schema: &'a Value| schema["$ref"].as_str()?.rsplit('/').next();
        let parts = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|word| schema[word].as_array());
        let mut around = [schema].into_iter().chain(parts.flatten());
        match around.find_map(reference) {
            Some(name) => (Some(name), &self.names[name]),
            None => (None, schema),
        }
    }
}

/// Puts one word of the table on the place that it is about
fn note(schema: &mut Value, word: &str) {
    let end = word.find(['{', '[', '(']).unwrap_or(word.len());
    let (name, kind) = word.split_at(end);
    let place = match name {
        "" => Some(schema),
        _ => schema.get_mut("properties").and_then(|properties| properties.get_mut(name)),
    };
    let Some(Value::Object(place)) = place else { return };
    match kind {
        "" => put(place, LIST_TYPE, "atomic"),
        "{}" => put(place, LIST_TYPE, "set"),
        "(atomic)" => put(place, MAP_TYPE, "atomic"),
        keys => by_key(place, keys.trim_matches(['[', ']'])),
    }
}

/// A list map, if each of its keys is always there, as an API server demands
fn by_key(list: &mut Words, keys: &str) {
    let Some(Value::Object(item)) = list.get_mut("items") else { return };
    let keys =
        keys.split(',').map(|key| key.split_once('=').map_or((key, None), |(key, value)| (key, Some(value))));
    let keys: Vec<_> = keys.collect();
    for (key, default) in &keys {
        let is_required =
            item.get("required").and_then(Value::as_array).is_some_and(|names| names.contains(&json!(key)));
        let property = item.get_mut("properties").and_then(|properties| properties.get_mut(*key));
        match (property, default) {
            (Some(_), _) if is_required => {}
            (Some(Value::Object(property)), Some(default)) => put(property, "default", default),
            _ => return,
        }
    }
    put(list, LIST_TYPE, "map");
    list.entry(LIST_KEYS).or_insert_with(|| keys.iter().map(|(key, _)| *key).collect());
}

/// What is said there already stays.
fn put(words: &mut Words, word: &str, value: &str) {
    words.entry(word).or_insert_with(|| value.into());
}

#[cfg(test)]
mod tests;
