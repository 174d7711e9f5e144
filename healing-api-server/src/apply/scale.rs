//! Ownership of the replicas through `/scale`
//!
//! It owns the translation of entries between an object and its Scale, in which the field has another path.

use std::sync::{Arc, LazyLock};

use serde_json::Value;
use structural_schema::{Schema, Type};

use super::element::Element;
use super::field_set::FieldSet;
use super::managers::{Managers, Owned};

/// The version in which entries of a Scale are written
const SCALE: &str = "autoscaling/v1";

/// The schema of a Scale, as far as it can be written
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let leaf = |kind| Arc::new(Schema { kind, ..Schema::default() });
    let object = |fields: &[(&str, Type)]| {
        let properties = fields.iter().map(|(name, kind)| ((*name).to_owned(), leaf(*kind))).collect();
        Arc::new(Schema { kind: Type::Object, properties, ..Schema::default() })
    };
    let properties = [
        ("spec", object(&[("replicas", Type::Integer)])),
        ("status", object(&[("replicas", Type::Integer), ("selector", Type::String)])),
    ];
    let properties = properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    Schema { kind: Type::Object, properties, ..Schema::default() }
});

fn replicas_of_scale() -> FieldSet {
    FieldSet::of(&[&["spec", "replicas"]])
}

/// `managedFields` of the Scale of an object: the entries that own `replicas`, the path of the field in the object
pub(crate) fn scale_entries(parent: &Value, replicas: &[String]) -> Value {
    let path: Vec<Element> = replicas.iter().map(|name| Element::field(name)).collect();
    let mut entries = Managers::of(parent);
    entries.0.retain(|_, owned| owned.set.has(&path));
    for owned in entries.0.values_mut() {
        owned.set = replicas_of_scale();
        SCALE.clone_into(&mut owned.api_version);
    }
    entries.to_value()
}

/// `managedFields` of an object whose Scale was written; `scale` is the Scale as `track` or `apply` left it
pub(crate) fn parent_entries(parent: &Value, scale: &Value, replicas: &[String], api_version: &str) -> Value {
    let path: Vec<Element> = replicas.iter().map(|name| Element::field(name)).collect();
    let mut of_parent = FieldSet::default();
    of_parent.insert(&path);
    let before = Managers::of(parent);
    let mut of_scale = Managers::of(scale);
    let mut after = Managers::default();
    for (key, owned) in &before.0 {
        let keeps = !owned.set.has(&path) || of_scale.0.remove(key).is_some();
        let set = if keeps { owned.set.clone() } else { owned.set.difference(&of_parent) };
        if !set.is_empty() {
            after.0.insert(key.clone(), Owned { set, ..owned.clone() });
        }
    }
    of_scale.0.retain(|_, owned| owned.set.has(&[Element::field("spec"), Element::field("replicas")]));
    for (key, _) in of_scale.0 {
        let time = before.0.get(&key).and_then(|owned| owned.time.clone());
        let set = of_parent.clone();
        after.0.insert(key, Owned { set, api_version: api_version.to_owned(), time });
    }
    after.to_value()
}
