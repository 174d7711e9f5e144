//! What is stored: objects, one revision for all, and a log of changes a resource
//!
//! It owns order and history. Whether a change may be made, and what it makes of an object, was decided before.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::kind::ResourceKey;

/// Changes of one resource that are kept for watches; older ones are compacted
const LOG_MAX: usize = 10_000;

/// The newest changes of one resource whose text is kept once it was written: watches that keep up share it
const TEXTS_MAX: usize = 500;

/// Namespace (empty for cluster-scoped objects) and name
pub(crate) type ObjectKey = (String, String);

/// Everything that is stored
#[derive(Debug, Default)]
pub(crate) struct Store {
    revision: u64,
    collections: BTreeMap<ResourceKey, Collection>,
}

/// The objects of one resource and what happened to them
#[derive(Debug, Default)]
pub(crate) struct Collection {
    objects: BTreeMap<ObjectKey, Arc<Value>>,
    log: VecDeque<Change>,
    /// Revision of the newest change that is no longer in the log
    compacted: u64,
    /// Revision at which watches of it became possible
    begins: u64,
}

/// One change
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    /// The object after it; for a deletion its last state, with the revision of the deletion
    pub(crate) object: Arc<Value>,
    /// The object before it; none for a creation
    pub(crate) previous: Option<Arc<Value>>,
    pub(crate) deleted: bool,
    text: OnceLock<Arc<[u8]>>,
}

// === impl Store ===

impl Store {
    /// The revision of the newest change
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// A resource is served from now on: what was before cannot be watched
    pub(crate) fn begin(&mut self, resource: &ResourceKey) {
        self.collections.entry(resource.clone()).or_default().begins = self.revision;
    }

    /// The revision from which on changes of a resource can be watched
    pub(crate) fn begins(&self, resource: &ResourceKey) -> u64 {
        self.collections.get(resource).map_or(0, |collection| collection.begins)
    }

    pub(crate) fn get(&self, resource: &ResourceKey, key: &ObjectKey) -> Option<&Arc<Value>> {
        self.collections.get(resource)?.objects.get(key)
    }

    /// The objects of a resource by namespace and name, in all namespaces or in one
    pub(crate) fn list<'a>(
        &'a self,
        resource: &ResourceKey,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a ObjectKey, &'a Arc<Value>)> + use<'a> {
        let objects = self.collections.get(resource).map(|collection| &collection.objects);
        let start = (namespace.to_owned(), String::new());
        let range = objects.map(|objects| objects.range(start..));
        range.into_iter().flatten().take_while(move |((of, _), _)| namespace.is_empty() || of == namespace)
    }

    /// All objects of all resources, by resource, namespace and name
    pub(crate) fn everything(&self) -> impl Iterator<Item = (&ResourceKey, &ObjectKey, &Arc<Value>)> {
        let collections = self.collections.iter();
        collections.flat_map(|(resource, collection)| {
            collection.objects.iter().map(move |(key, object)| (resource, key, object))
        })
    }

    /// Stores an object under the next revision, which becomes its resourceVersion
    pub(crate) fn put(&mut self, resource: &ResourceKey, key: ObjectKey, mut object: Value) -> Arc<Value> {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let object = Arc::new(object);
        let collection = self.collections.entry(resource.clone()).or_default();
        let previous = collection.objects.insert(key, Arc::clone(&object));
        collection.push(Change::new(self.revision, &object, previous));
        object
    }

    /// Removes an object under the next revision; `last` is what watches see of it
    pub(crate) fn remove(
        &mut self,
        resource: &ResourceKey,
        key: &ObjectKey,
        mut last: Value,
    ) -> Option<Arc<Value>> {
        let collection = self.collections.get_mut(resource)?;
        let previous = collection.objects.remove(key)?;
        self.revision += 1;
        last["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let object = Arc::new(last);
        let change = Change::new(self.revision, &object, Some(previous));
        collection.push(Change { deleted: true, ..change });
        Some(object)
    }

    /// Changes how objects of a resource read, without a change that anybody is told of
    pub(crate) fn rewrite(&mut self, resource: &ResourceKey, change: impl Fn(&mut Value)) {
        let objects = self.collections.get_mut(resource).map(|collection| collection.objects.values_mut());
        for object in objects.into_iter().flatten() {
            change(Arc::make_mut(object));
        }
    }

    /// The changes of a resource after `revision`, oldest first; none if some of them are no longer known
    pub(crate) fn changes(
        &self,
        resource: &ResourceKey,
        revision: u64,
    ) -> Option<impl Iterator<Item = &Change>> {
        let collection = self.collections.get(resource);
        if collection.is_some_and(|collection| revision < collection.compacted) {
            return None;
        }
        let log = collection.map(|collection| {
            let from = collection.log.partition_point(|change| change.revision <= revision);
            collection.log.range(from..)
        });
        Some(log.into_iter().flatten())
    }

    /// The changes of all resources after `revision`, oldest first; none if some of them are no longer known
    pub(crate) fn all_changes(&self, revision: u64) -> Option<Vec<(ResourceKey, Change)>> {
        let mut all = Vec::new();
        for resource in self.collections.keys().filter(|resource| self.newest(resource) > revision) {
            all.extend(self.changes(resource, revision)?.map(|change| (resource.clone(), change.clone())));
        }
        all.sort_by_key(|(_, change)| change.revision);
        Some(all)
    }

    /// The revision of the newest change of a resource; 0 if there was none
    pub(crate) fn newest(&self, resource: &ResourceKey) -> u64 {
        let collection = self.collections.get(resource);
        collection.map_or(0, |collection| {
            collection.log.back().map_or(collection.compacted, |change| change.revision)
        })
    }

    /// The revision of the newest known change of all other resources
    pub(crate) fn newest_but_of(&self, plurals: &[&str]) -> u64 {
        let others = self.collections.iter().filter(|(resource, _)| !plurals.contains(&&*resource.plural));
        others
            .filter_map(|(_, collection)| collection.log.back().map(|change| change.revision))
            .max()
            .unwrap_or(0)
    }

    /// Forgets all changes up to now, as a server does that starts anew
    pub(crate) fn compact(&mut self) {
        let revision = self.revision;
        for collection in self.collections.values_mut() {
            collection.log.clear();
            collection.compacted = revision;
        }
    }
}

// === impl Change ===

impl Change {
    /// A creation, or an update where there was a `previous` object
    pub(crate) fn new(revision: u64, object: &Arc<Value>, previous: Option<Arc<Value>>) -> Self {
        Self { revision, object: Arc::clone(object), previous, deleted: false, text: OnceLock::new() }
    }

    /// The object after it as JSON: written once, however many watches are told
    pub(crate) fn text(&self) -> &[u8] {
        self.text.get_or_init(|| serde_json::to_vec(&*self.object).unwrap_or_default().into())
    }
}

// === impl Collection ===

impl Collection {
    fn push(&mut self, change: Change) {
        self.log.push_back(change);
        let stale = self.log.len().checked_sub(TEXTS_MAX + 1).and_then(|at| self.log.get_mut(at));
        if let Some(stale) = stale {
            stale.text.take();
        }
        if self.log.len() > LOG_MAX
            && let Some(oldest) = self.log.pop_front()
        {
            self.compacted = oldest.revision;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(name: &str) -> ObjectKey {
        ("ns".to_owned(), name.to_owned())
    }

    #[test]
    fn every_change_has_its_revision_and_can_be_replayed() {
        let (mut store, resource) = (Store::default(), ResourceKey::new("", "configmaps"));
        store.put(&resource, key("a"), json!({ "metadata": {} }));
        store.put(&resource, key("b"), json!({ "metadata": {} }));
        let last = store.remove(&resource, &key("a"), json!({ "metadata": {} })).unwrap();
        assert_eq!(last["metadata"]["resourceVersion"], "3");
        let seen: Vec<(u64, bool)> =
            store.changes(&resource, 1).unwrap().map(|change| (change.revision, change.deleted)).collect();
        assert_eq!(seen, [(2, false), (3, true)]);
        let all = store.all_changes(1).unwrap();
        assert_eq!(all.iter().map(|(_, change)| change.revision).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(store.list(&resource, "ns").count(), 1);
        assert_eq!(store.list(&resource, "other").count(), 0);
        store.compact();
        assert!(store.changes(&resource, 2).is_none());
        assert!(store.all_changes(2).is_none());
        assert_eq!(store.changes(&resource, 3).unwrap().count(), 0);
    }
}
