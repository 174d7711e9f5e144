//! Who owns which fields of an object: `metadata.managedFields`
//!
//! It owns the entries: reading, writing, order, times and their limit. How owners change is decided by `track` and
//! `apply`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::compare::Comparison;
use super::conflict::Conflict;
use super::field_set::FieldSet;
use super::place::Place;
use super::reconcile::reconcile;

/// Entries of updates that are kept; older ones are merged
const UPDATERS_MAX: usize = 10;
/// The entry that older ones are merged into
const ANCIENT: &str = "ancient-changes";

/// What tells entries apart
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ManagerKey {
    pub(crate) manager: String,
    pub(crate) applies: bool,
    /// Empty for one that applies: its entry is the same in all versions
    pub(crate) api_version: String,
    pub(crate) subresource: String,
}

/// What a manager owns
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) set: FieldSet,
    pub(crate) api_version: String,
    pub(crate) time: Option<String>,
}

/// All entries of an object
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Managers(pub(crate) BTreeMap<ManagerKey, Owned>);

// === impl ManagerKey ===

impl ManagerKey {
    /// The key as a real server writes it, which orders conflicts
    pub(crate) fn identity(&self) -> String {
        let fields = [
            ("manager", self.manager.as_str()),
            ("operation", if self.applies { "Apply" } else { "Update" }),
            ("apiVersion", &self.api_version),
            ("subresource", &self.subresource),
        ];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let fields: Vec<String> = fields.map(|(name, text)| format!("\"{name}\":{text:?}")).collect();
        format!("{{{}}}", fields.join(","))
    }
}

// === impl Managers ===

impl Managers {
    /// Reads `metadata.managedFields`
    pub(crate) fn parse(entries: Option<&Value>) -> Result<Self, String> {
        let mut managers = BTreeMap::new();
        for entry in entries.and_then(Value::as_array).into_iter().flatten() {
            let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
            let applies = match entry["operation"].as_str() {
                Some("Apply") => true,
                Some("Update") => false,
                _ => return Err("operation must be `Apply` or `Update`".to_owned()),
            };
            let api_version = text("apiVersion");
            if api_version.is_empty() {
                return Err("apiVersion must not be empty".to_owned());
            }
            if entry["fieldsType"] != "FieldsV1" {
                return Err(format!("invalid fieldsType {}", entry["fieldsType"]));
            }
            let key = ManagerKey {
                manager: text("manager"),
                applies,
                api_version: if applies { String::new() } else { api_version.clone() },
                subresource: text("subresource"),
            };
            let set = FieldSet::parse(&entry["fieldsV1"])?;
            let time = entry["time"].as_str().map(ToOwned::to_owned);
            managers.insert(key, Owned { set, api_version, time });
        }
        Ok(Self(managers))
    }

    /// The entries of an object; none at all if one of them is broken
    pub(crate) fn of(object: &Value) -> Self {
        Self::parse(object["metadata"].get("managedFields")).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries in the order in which they are stored
    pub(crate) fn to_value(&self) -> Value {
        let mut entries: Vec<(&ManagerKey, &Owned)> = self.0.iter().collect();
        entries.sort_by_key(|(key, owned)| {
            (!key.applies, owned.seconds(), &key.manager, &owned.api_version, &key.subresource)
        });
        entries.into_iter().map(|(key, owned)| entry(key, owned)).collect()
    }

    /// Puts the entries into an object, or removes them if there are none
    pub(crate) fn store(&self, object: &mut Value) {
        set_entries(object, (!self.is_empty()).then(|| self.to_value()));
    }

    /// Brings all sets up to date with the schema
    pub(crate) fn reconcile(&mut self, place: Place<'_>) {
        for owned in self.0.values_mut() {
            owned.set = reconcile(place, std::mem::take(&mut owned.set));
        }
    }

    /// Everything that somebody owns
    pub(crate) fn all(&self) -> FieldSet {
        let mut all = FieldSet::default();
        for owned in self.0.values() {
            all.add(&owned.set);
        }
        all
    }

    /// What others own of what was written
    pub(crate) fn conflicts(&self, but: &ManagerKey, written: &FieldSet) -> Vec<Conflict> {
        let others = self.0.iter().filter(|(key, _)| *key != but);
        let conflicts = others.flat_map(|(key, owned)| {
            let paths = owned.set.intersection(written).paths();
            paths.into_iter().map(|path| Conflict {
                manager: key.clone(),
                api_version: owned.api_version.clone(),
                path,
            })
        });
        let mut conflicts: Vec<Conflict> = conflicts.collect();
        conflicts.sort_by_cached_key(|conflict| conflict.manager.identity());
        conflicts
    }

    /// Takes from all, except for `but`, what was written by somebody else or removed
    pub(crate) fn take(&mut self, but: Option<&ManagerKey>, changes: &Comparison) {
        let written = changes.written();
        for (_, owned) in self.0.iter_mut().filter(|(key, _)| Some(*key) != but) {
            for gone in [&written, &changes.removed] {
                if !gone.is_empty() {
                    owned.set = owned.set.difference(gone);
                }
            }
        }
        self.0.retain(|_, owned| !owned.set.is_empty());
    }

    /// Merges the oldest entries of updates when there are too many
    pub(crate) fn cap(&mut self) {
        let mut updaters: Vec<ManagerKey> = self.0.keys().filter(|key| !key.applies).cloned().collect();
        let mut left = updaters.len();
        updaters.sort_by_key(|key| self.0.get(key).map(Owned::seconds));
        let mut first_of: BTreeMap<String, ManagerKey> = BTreeMap::new();
        for key in updaters {
            if left <= UPDATERS_MAX {
                return;
            }
            let Some(version) = self.0.get(&key).map(|owned| owned.api_version.clone()) else { continue };
            let bucket = ManagerKey {
                manager: ANCIENT.to_owned(),
                applies: false,
                api_version: version.clone(),
                subresource: String::new(),
            };
            let Some(first) = first_of.get(&version) else {
                first_of.insert(version, key);
                continue;
            };
            if !self.0.contains_key(&bucket)
                && let Some(owned) = self.0.remove(first)
            {
                self.0.insert(bucket.clone(), owned);
            }
            if let Some(owned) = self.0.remove(&key) {
                let ancient = self.0.entry(bucket).or_default();
                ancient.set.add(&owned.set);
                ancient.time = owned.time;
                ancient.api_version = version;
                left -= 1;
            }
        }
    }
}

/// Puts entries into `metadata` of an object, or removes them
pub(crate) fn set_entries(object: &mut Value, entries: Option<Value>) {
    match (object.get_mut("metadata").and_then(Value::as_object_mut), entries) {
        (Some(metadata), Some(entries)) => {
            metadata.insert("managedFields".to_owned(), entries);
        }
        (Some(metadata), None) => {
            metadata.remove("managedFields");
        }
        (None, Some(entries)) => {
            if let Some(object) = object.as_object_mut() {
                object.insert("metadata".to_owned(), serde_json::json!({ "managedFields": entries }));
            }
        }
        (None, None) => {}
    }
}

fn entry(key: &ManagerKey, owned: &Owned) -> Value {
    let mut entry = Map::new();
    let texts = [
        ("manager", key.manager.as_str()),
        ("operation", if key.applies { "Apply" } else { "Update" }),
        ("apiVersion", owned.api_version.as_str()),
        ("time", owned.time.as_deref().unwrap_or_default()),
        ("fieldsType", "FieldsV1"),
        ("subresource", key.subresource.as_str()),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        entry.insert(name.to_owned(), text.into());
    }
    entry.insert("fieldsV1".to_owned(), owned.set.to_value());
    Value::Object(entry)
}

// === impl Owned ===

impl Owned {
    fn seconds(&self) -> i64 {
        let time = self.time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
        time.map_or(0, Timestamp::as_second)
    }
}
