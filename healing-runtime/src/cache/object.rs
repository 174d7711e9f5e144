//! The objects beside pods that are watched, of all kinds that are declared
//!
//! What was written is put in as it was answered, so that a decision sees it before the watch shows it; what a watch
//! shows later of an older state is passed over.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use healing_engine::{ObjectKey, revision};
use serde_json::Value;

use super::{OwnedChange, document::controller, index::OwnerIndex};
use crate::{
    change::{Key, Owner},
    watch::{Scope, Watched},
};

/// Fields that are not kept; items of a list are without their kind, answers are not
const NOT_KEPT: [&str; 3] = ["status", "apiVersion", "kind"];

/// Group and kind
pub(crate) type GroupKind = (String, String);

/// All watched objects beside pods; clones are the same cache
#[derive(Clone, Default)]
pub(crate) struct ObjectCache {
    inner: Arc<Mutex<Objects>>,
}

/// One object
#[derive(Clone, Debug)]
pub(crate) struct ObjectEntry {
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    /// Its controller
    pub(crate) owner: Option<Owner>,
    pub(crate) terminating: bool,
    /// The object without its kind, its status and what changes with each write
    pub(crate) object: Arc<Value>,
    /// Hash of that
    pub(crate) content: String,
}

#[derive(Default)]
struct Objects {
    entries: BTreeMap<GroupKind, BTreeMap<Key, ObjectEntry>>,
    owners: OwnerIndex<(GroupKind, Key)>,
}

// === impl ObjectCache ===

impl ObjectCache {
    /// The objects whose controller has this UID
    pub(crate) fn owned_by(&self, owner_uid: &str) -> Vec<(ObjectKey, ObjectEntry)> {
        let objects = self.lock();
        let found = objects.owners.of(owner_uid).filter_map(|(kind, key)| {
            let entry = objects.entries.get(kind)?.get(key)?.clone();
            let (group, kind) = kind.clone();
            Some((ObjectKey { group, kind, name: key.name.clone() }, entry))
        });
        found.collect()
    }

    /// How many objects of a kind are cached
    pub(crate) fn len(&self, kind: &GroupKind) -> usize {
        self.lock().entries.get(kind).map_or(0, BTreeMap::len)
    }

    /// Puts an object in, as a watch showed it; tells whose objects changed, if anything that matters did
    pub(crate) fn apply(&self, kind: &GroupKind, watched: Watched<Value>) -> Vec<OwnedChange> {
        let key = watched.key();
        let entry = ObjectEntry::new(watched);
        let mut objects = self.lock();
        let old = objects.entries.get(kind).and_then(|of_kind| of_kind.get(&key)).cloned();
        if old.as_ref().is_some_and(|old| old.version() > entry.version()) {
            return Vec::new();
        }
        let changed = old.as_ref().is_none_or(|old| !old.says_the_same_as(&entry));
        let owners = [old.and_then(|old| old.owner), entry.owner.clone()];
        objects.insert(kind, key.clone(), entry);
        let mut owners: Vec<Owner> = owners.into_iter().flatten().filter(|_| changed).collect();
        owners.dedup();
        owners.into_iter().map(|owner| OwnedChange { namespace: key.namespace.clone(), owner }).collect()
    }

    /// Takes an object out, as a watch showed it to be gone
    pub(crate) fn remove(&self, kind: &GroupKind, watched: &Watched<Value>) -> Option<OwnedChange> {
        self.lock().remove(kind, &watched.key(), watched.version())
    }

    /// Ends a list of a scope: what was not listed is gone, but for what was written since
    pub(crate) fn listed(
        &self,
        kind: &GroupKind,
        scope: &Scope,
        (keys, version): (&BTreeSet<Key>, Option<u64>),
    ) -> Vec<OwnedChange> {
        let mut objects = self.lock();
        let known = objects.entries.get(kind).into_iter().flat_map(BTreeMap::keys);
        let gone = known.filter(|key| scope.contains(&key.namespace) && !keys.contains(*key));
        let gone: Vec<Key> = gone.cloned().collect();
        gone.iter().filter_map(|key| objects.remove(kind, key, version)).collect()
    }

    /// Puts in what the API server answered to a write of ours
    pub(crate) fn wrote(&self, kind: &GroupKind, key: Key, entry: ObjectEntry) {
        self.lock().insert(kind, key, entry);
    }

    /// Takes out what a delete of ours ended
    pub(crate) fn gone(&self, kind: &GroupKind, key: &Key) {
        self.lock().remove(kind, key, None);
    }

    fn lock(&self) -> MutexGuard<'_, Objects> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Objects ===

impl Objects {
    fn insert(&mut self, kind: &GroupKind, key: Key, entry: ObjectEntry) {
        self.remove(kind, &key, None);
        if let Some(owner) = &entry.owner {
            self.owners.insert(&owner.uid, (kind.clone(), key.clone()));
        }
        self.entries.entry(kind.clone()).or_default().insert(key, entry);
    }

    /// Takes an object out, unless it is newer than what is known to have ended at `version`
    fn remove(&mut self, kind: &GroupKind, key: &Key, version: Option<u64>) -> Option<OwnedChange> {
        let of_kind = self.entries.get_mut(kind)?;
        if version.is_some() && of_kind.get(key)?.version() > version {
            return None;
        }
        let owner = of_kind.remove(key)?.owner?;
        self.owners.remove(&owner.uid, &(kind.clone(), key.clone()));
        Some(OwnedChange { namespace: key.namespace.clone(), owner })
    }
}

// === impl ObjectEntry ===

impl ObjectEntry {
    /// What is kept of an object
    pub(crate) fn new(watched: Watched<Value>) -> Self {
        let Watched { metadata, content } = watched;
        let mut object = content.unwrap_or_default();
        if let Some(fields) = object.as_object_mut() {
            fields.retain(|name, _| !NOT_KEPT.contains(&name.as_str()));
            if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
                metadata.remove("resourceVersion");
                metadata.remove("generation");
            }
        }
        Self {
            owner: controller(&metadata),
            uid: metadata.uid.unwrap_or_default(),
            resource_version: metadata.resource_version.unwrap_or_default(),
            terminating: metadata.deletion_timestamp.is_some(),
            content: revision(&object),
            object: Arc::new(object),
        }
    }

    fn version(&self) -> Option<u64> {
        self.resource_version.parse().ok()
    }

    /// Whether nothing differs but what changes with each write, and the status
    fn says_the_same_as(&self, other: &Self) -> bool {
        self.uid == other.uid && self.owner == other.owner && self.content == other.content
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind() -> GroupKind {
        (String::new(), "ConfigMap".to_owned())
    }

    fn map(name: &str, version: u64, value: &str, owner: &str) -> Watched<Value> {
        Watched::decode(json!({
            "metadata": {
                "name": name, "namespace": "ns", "uid": format!("uid-{name}"), "resourceVersion": version.to_string(),
                "ownerReferences": [{ "apiVersion": "x.io/v1", "kind": "Web", "name": "web", "uid": owner, "controller": true }],
            },
            "data": { "a": value },
        }))
    }

    fn values(cache: &ObjectCache, owner: &str) -> Vec<String> {
        let owned = cache.owned_by(owner).into_iter();
        owned.map(|(key, entry)| format!("{}={}", key.name, entry.object["data"]["a"])).collect()
    }

    #[test]
    fn a_change_wakes_the_owner_and_a_new_version_alone_does_not() {
        let cache = ObjectCache::default();
        let wakes = |watched| {
            cache.apply(&kind(), watched).into_iter().map(|change| change.owner.uid).collect::<Vec<_>>()
        };
        assert_eq!(wakes(map("m", 5, "1", "u1")), ["u1"]);
        assert_eq!(wakes(map("m", 6, "1", "u1")), [""; 0]);
        assert_eq!(wakes(map("m", 7, "2", "u1")), ["u1"]);
        assert_eq!(wakes(map("m", 8, "2", "u2")), ["u1", "u2"], "both owners");
        assert_eq!(values(&cache, "u1"), [""; 0]);
        assert_eq!(values(&cache, "u2"), ["m=\"2\""]);
    }

    #[test]
    fn our_own_write_is_seen_at_once_and_stays_until_the_watch_is_past_it() {
        let cache = ObjectCache::default();
        cache.apply(&kind(), map("m", 5, "1", "u1"));
        cache.wrote(&kind(), Key::new("ns", "m"), ObjectEntry::new(map("m", 9, "2", "u1")));
        assert_eq!(cache.apply(&kind(), map("m", 6, "x", "u1")), [], "older than what we wrote");
        assert_eq!(values(&cache, "u1"), ["m=\"2\""]);
        assert_eq!(cache.remove(&kind(), &map("m", 7, "x", "u1")), None, "its predecessor is gone");
        let empty = BTreeSet::new();
        assert_eq!(cache.listed(&kind(), &Scope::Cluster, (&empty, Some(8))), []);
        assert_eq!(cache.apply(&kind(), map("m", 9, "2", "u1")), [], "shown, and nothing new in it");
        assert_eq!(cache.listed(&kind(), &Scope::Cluster, (&empty, Some(10))).len(), 1);
        assert_eq!(cache.len(&kind()), 0);
    }
}
