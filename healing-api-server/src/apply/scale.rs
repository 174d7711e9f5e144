//! Ownership of the replicas through `/scale`
//!
//! It owns the translation of entries between an object and its Scale, in which the field has another path.

use serde_json::Value;

use super::element::Element;
use super::field_set::FieldSet;
use super::managers::{Managers, Owned};

/// The version in which entries of a Scale are written
const SCALE: &str = "autoscaling/v1";

fn replicas_of_scale() -> FieldSet {
    FieldSet::of(&[&["spec", "replicas"]])
}

/// `managedFields` of the Scale of an object: the entries that own `replicas`, the path of the field in the object
pub(crate) fn scale_entries(parent: &Value, replicas: &[&str]) -> Value {
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
pub(crate) fn parent_entries(parent: &Value, scale: &Value, replicas: &[&str], api_version: &str) -> Value {
    let path: Vec<Element> = replicas.iter().map(|name| Element::field(name)).collect();
    let before = Managers::of(parent);
    let mut of_scale = Managers::of(scale);
    let mut after = Managers::default();
    for (key, owned) in &before.0 {
        let keeps = !owned.set.has(&path) || of_scale.0.remove(key).is_some();
        let set = if keeps { owned.set.clone() } else { owned.set.difference(&FieldSet::of(&[replicas])) };
        if !set.is_empty() {
            after.0.insert(key.clone(), Owned { set, ..owned.clone() });
        }
    }
    of_scale.0.retain(|_, owned| owned.set.has(&[Element::field("spec"), Element::field("replicas")]));
    for (key, _) in of_scale.0 {
        let time = before.0.get(&key).and_then(|owned| owned.time.clone());
        let set = FieldSet::of(&[replicas]);
        after.0.insert(key, Owned { set, api_version: api_version.to_owned(), time });
    }
    after.to_value()
}
