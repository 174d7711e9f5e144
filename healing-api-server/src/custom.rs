//! Custom resources: from a CustomResourceDefinition to a kind that is served, and to its end
//!
//! It owns what a definition brings about. Whether a definition is right is `definition`'s business, what its schema
//! says of objects that of the crate `structural-schema`.

mod definition;
mod names;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::{Beside, FieldError, Schema};

pub(crate) use definition::validate as validate_definition;

use crate::ApiServer;
use crate::apply::{self, Writer};
use crate::built_in::go_mismatch;
use crate::delete::{CUSTOM_CLEANUP, DeleteOptions, set_condition, set_finalizers};
use crate::discovery::order;
use crate::kind::{ALL_VERBS, Custom, Kind, ResourceKey, Source};
use crate::meta::{Meta, validate_embedded};

/// What is known of the definitions
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    /// Revision of the newest change of a definition that is followed already
    seen: u64,
    /// As `seen`, where nothing was left to be done for the definitions: until one changes, nothing will be
    settled: u64,
    /// By name
    known: BTreeMap<String, Known>,
}

/// One definition as it is served
#[derive(Debug)]
struct Known {
    resource: ResourceKey,
    uid: String,
    generation: i64,
    is_terminating: bool,
}

/// Where definitions are kept
pub(crate) fn definitions_key() -> ResourceKey {
    ResourceKey::new("apiextensions.k8s.io", "customresourcedefinitions")
}

/// What is wrong with a custom object, or with the status that a write gives it
///
/// Rules are not looked at when something else is wrong, be it with the metadata.
pub(crate) fn validate(
    kind: &Kind,
    new: &Value,
    live: Option<&Value>,
    status_only: bool,
    metadata: Vec<FieldError>,
) -> Vec<FieldError> {
    let scale = kind.custom().map(|custom| definition::validate_scale(custom, new, status_only));
    let beside = Beside { metadata, scale: scale.unwrap_or_default(), embedded: Some(validate_embedded) };
    if status_only {
        structural_schema::validate_status(&kind.schema, new, live, beside)
    } else {
        structural_schema::validate_beside(&kind.schema, new, live, beside)
    }
}

/// The schemas in a definition, with their places
fn schemas(definition: &mut Value) -> impl Iterator<Item = (String, &mut Value)> {
    let versions = definition.pointer_mut("/spec/versions").and_then(Value::as_array_mut);
    versions.into_iter().flatten().enumerate().filter_map(|(index, version)| {
        let schema = version.pointer_mut("/schema/openAPIV3Schema")?;
        Some((format!("spec.versions[{index}].schema.openAPIV3Schema"), schema))
    })
}

/// Why a definition or a custom object cannot be read
pub(crate) fn mismatch(kind: &Kind, object: &Value) -> Option<String> {
    if kind.custom().is_some() {
        // the metadata is read as that of every object
        let of_metadata = || go_mismatch(&object["metadata"], "ObjectMeta");
        let embedded = structural_schema::undecodable(&kind.schema, object);
        return embedded.map(|error| error.to_string()).or_else(of_metadata);
    }
    let versions = object.pointer("/spec/versions").and_then(Value::as_array);
    let schemas =
        versions.into_iter().flatten().filter_map(|version| version.pointer("/schema/openAPIV3Schema"));
    let mut schemas = schemas.filter(|_| is_definition(kind));
    schemas.find_map(Schema::undecodable)
}

/// Removes what nobody knows from the schemas of a definition, and tells it
pub(crate) fn prune_definition(kind: &Kind, object: &mut Value) -> Vec<String> {
    if !is_definition(kind) {
        return Vec::new();
    }
    schemas(object).flat_map(|(place, schema)| Schema::prune_written(schema, &place)).collect()
}

/// The formats in a definition that nobody checks, as warnings
pub(crate) fn unrecognized_formats(definition: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    for (_, schema) in schemas(&mut definition.clone()) {
        for format in Schema::unrecognized_formats(schema) {
            let warning = format!("unrecognized format \"{format}\"");
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

fn is_definition(kind: &Kind) -> bool {
    kind.built_in().is_some_and(|built_in| built_in.kind == "CustomResourceDefinition")
}

// === impl ApiServer ===

impl ApiServer {
    /// Serves what the definitions say by now
    pub(crate) fn follow_definitions(&mut self) {
        let key = definitions_key();
        let newest = self.store.newest(&key);
        if newest == self.definitions.seen {
            return;
        }
        self.definitions.seen = newest;
        let all: Vec<Arc<Value>> = self.store.list(&key, "").map(|(_, object)| Arc::clone(object)).collect();
        let gone: Vec<String> = {
            let is_there = |name: &str| all.iter().any(|definition| definition.name() == name);
            self.definitions.known.keys().filter(|name| !is_there(name)).cloned().collect()
        };
        for name in gone {
            if let Some(known) = self.definitions.known.remove(&name) {
                self.kinds.remove(&known.resource);
            }
        }
        for definition in all {
            if names::is_established(&definition) {
                self.serve(&definition);
            }
        }
    }

    /// Makes the kinds of a definition, if it has changed
    fn serve(&mut self, definition: &Value) {
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fresh = Known {
            resource: ResourceKey::new(&text(&spec["group"]), &text(&spec["names"]["plural"])),
            uid: definition.uid().to_owned(),
            generation: definition["metadata"]["generation"].as_i64().unwrap_or(0),
            is_terminating: definition.is_terminating(),
        };
        let known = self.definitions.known.get(definition.name());
        if known.is_some_and(|known| known.is_same(&fresh)) {
            return;
        }
        let is_changed =
            known.is_some_and(|known| known.uid == fresh.uid && known.generation != fresh.generation);
        if known.is_none_or(|known| known.uid != fresh.uid) {
            self.store.begin(&fresh.resource);
        }
        self.kinds.remove(&fresh.resource);
        for version in spec["versions"].as_array().into_iter().flatten() {
            if version["served"] == true || version["storage"] == true {
                let mut kind = kind(definition, version, &fresh.resource);
                kind.is_served = version["served"] == true;
                self.kinds.insert(kind);
            }
        }
        if is_changed {
            self.read_anew(&fresh.resource);
        }
        self.definitions.known.insert(definition.name().to_owned(), fresh);
    }

    /// Objects are pruned and defaulted when they are read from storage: after a change of the schema, again
    fn read_anew(&mut self, resource: &ResourceKey) {
        let Some(kind) = self.kinds.any_version(resource).cloned() else { return };
        self.store.rewrite(resource, |object| {
            structural_schema::prune(&kind.schema, object);
            structural_schema::default(&kind.schema, object);
        });
    }

    /// Accepts new definitions, and ends those that are deleted; true if something was done
    pub(crate) fn run_definitions(&mut self, now: Timestamp) -> bool {
        let key = definitions_key();
        if self.store.newest(&key) == self.definitions.settled {
            return false;
        }
        let mut all: Vec<Arc<Value>> =
            self.store.list(&key, "").map(|(_, object)| Arc::clone(object)).collect();
        let mut acted = false;
        for at in 0..all.len() {
            let definition = &all[at];
            if definition.is_terminating() && definition.finalizers().contains(&CUSTOM_CLEANUP) {
                acted |= self.end_instances(definition, now);
            } else if let Some(status) = names::accepted(definition, &all, now) {
                let mut next = Value::clone(definition);
                next["status"] = status;
                self.own_status(definition, &mut next, now);
                let name = definition.name().to_owned();
                // the next one sees that these names are taken
                all[at] = self.store.put(&key, (String::new(), name), next);
                acted = true;
            }
        }
        self.follow_definitions();
        // one that ends waits for its objects, whose changes are not its own
        if !acted && !all.iter().any(|definition| definition.is_terminating()) {
            self.definitions.settled = self.definitions.seen;
        }
        acted
    }

    /// The server itself owns what it says of a definition
    fn own_status(&self, definition: &Value, next: &mut Value, now: Timestamp) {
        let Some(kind) = self.kinds.any_version(&definitions_key()) else { return };
        let api_version = kind.api_version();
        let writer =
            Writer { manager: "kube-apiserver", subresource: "status", api_version: &api_version, now };
        apply::track(Some(definition), next, &kind.schema, &writer, &[]);
    }

    /// Deletes the objects of a definition that is deleted, and lets it go when there are none
    fn end_instances(&mut self, definition: &Value, now: Timestamp) -> bool {
        let Some(known) = self.definitions.known.get(definition.name()) else {
            return self.let_go(definition, now);
        };
        let resource = known.resource.clone();
        let keys: Vec<_> = self
            .store
            .list(&resource, "")
            .map(|(key, object)| (key.clone(), object.is_terminating()))
            .collect();
        if keys.is_empty() {
            return self.let_go(definition, now);
        }
        let mut acted = false;
        for (key, _) in keys.into_iter().filter(|(_, is_terminating)| !is_terminating) {
            acted |= self.delete_object(&resource, &key, &DeleteOptions::default(), now).is_ok();
        }
        acted
    }

    fn let_go(&mut self, definition: &Value, now: Timestamp) -> bool {
        let key = (String::new(), definition.name().to_owned());
        let mut next = definition.clone();
        let left: Vec<String> = definition
            .finalizers()
            .into_iter()
            .filter(|finalizer| *finalizer != CUSTOM_CLEANUP)
            .map(ToOwned::to_owned)
            .collect();
        set_finalizers(&mut next, &left);
        set_condition(
            &mut next,
            &json!({
                "type": "Terminating", "status": "False", "reason": "InstanceDeletionCompleted",
                "message": "removed all instances",
            }),
            now,
        );
        if left.is_empty() {
            self.store.remove(&definitions_key(), &key, next);
        } else {
            self.store.put(&definitions_key(), key, next);
        }
        true
    }
}

// === impl Known ===

impl Known {
    fn is_same(&self, other: &Self) -> bool {
        self.uid == other.uid
            && self.generation == other.generation
            && self.is_terminating == other.is_terminating
    }
}

/// One version of a definition as a kind
fn kind(definition: &Value, version: &Value, resource: &ResourceKey) -> Kind {
    let spec = &definition["spec"];
    let names = &spec["names"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let subresources = version["subresources"].as_object().into_iter().flatten();
    let selectable = list(&version["selectableFields"]).into_iter();
    let custom = Custom {
        written: Arc::new(version["schema"]["openAPIV3Schema"].clone()),
        columns: list(&version["additionalPrinterColumns"]),
        selectable: selectable
            .map(|field| text(&field["jsonPath"]).trim_start_matches('.').to_owned())
            .collect(),
        scale: version["subresources"]["scale"].clone(),
        has_status: !version["subresources"]["status"].is_null(),
        deprecation: deprecation(definition, version),
        is_storage: version["storage"] == true,
        terminating: definition.is_terminating(),
    };
    Kind {
        key: resource.clone(),
        group: text(&spec["group"]).into(),
        is_served: true,
        version: text(&version["name"]),
        kind: text(&names["kind"]),
        list_kind: text(&names["listKind"]),
        singular: text(&names["singular"]),
        short_names: texts(&names["shortNames"]),
        categories: texts(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        subresources: subresources.map(|(name, _)| name.clone()).collect(),
        verbs: ALL_VERBS,
        schema: schema(version),
        source: Source::Custom(Arc::new(custom)),
    }
}

/// The schema of a version; it was found right when the definition was written
fn schema(version: &Value) -> Arc<Schema> {
    Schema::parse(&version["schema"]["openAPIV3Schema"]).unwrap_or_default()
}

/// The warning for a deprecated version; empty for one that is not
fn deprecation(definition: &Value, version: &Value) -> String {
    if version["deprecated"] != true {
        return String::new();
    }
    if let Some(written) = version["deprecationWarning"].as_str() {
        return written.to_owned();
    }
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = |name: &str| format!("{}/{name} {}", text(&spec["group"]), text(&spec["names"]["kind"]));
    let name = text(&version["name"]);
    let others = spec["versions"].as_array().into_iter().flatten();
    let mut better: Vec<String> = others
        .filter(|other| other["served"] == true && other["deprecated"] != true)
        .map(|other| text(&other["name"]))
        .filter(|other| order(other, &name).is_lt())
        .collect();
    better.sort_by(|one, other| order(one, other));
    let better = better.first().map(|best| format!("; use {}", named(best))).unwrap_or_default();
    format!("{} is deprecated{better}", named(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deprecated_version_names_the_best_one_that_is_better() {
        let version = |name: &str, served: bool, deprecated: bool| json!({ "name": name, "served": served, "deprecated": deprecated });
        for (others, expected) in [
            (vec![], "a.b/v1beta1 Kind is deprecated"),
            (vec![version("v1alpha1", true, false)], "a.b/v1beta1 Kind is deprecated"),
            (vec![version("v3", false, false), version("v2", true, true)], "a.b/v1beta1 Kind is deprecated"),
            (
                vec![version("v1beta2", true, false), version("v1", true, false)],
                "a.b/v1beta1 Kind is deprecated; use a.b/v1 Kind",
            ),
        ] {
            let old = version("v1beta1", true, true);
            let versions = [vec![old.clone()], others].concat();
            let names = json!({ "kind": "Kind" });
            let definition = json!({ "spec": { "group": "a.b", "names": names, "versions": versions } });
            assert_eq!(deprecation(&definition, &old), expected);
        }
    }
}
