//! The custom resources of one kind that are watched
//!
//! One that cannot be decoded is kept as such: it blocks itself and nobody else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{
    Freshness,
    expect::{Expectations, Written},
};
use crate::{
    change::{Key, Reason},
    clock::Clock,
    watch::{Scope, Watched},
};

/// All watched resources of one kind; clones are the same cache
pub(crate) struct ResourceCache<R> {
    inner: Arc<Mutex<Resources<R>>>,
    clock: Clock,
}

/// One resource, as the watch showed it last
#[derive(Debug)]
pub(crate) enum Cached<R> {
    /// It is what it should be
    Valid(Arc<R>),
    /// It does not decode: nothing may be done to it or its pods
    Undecodable {
        /// `metadata.name`
        name: String,
        /// `metadata.uid`
        uid: String,
        /// What is wrong, with the path of the field
        message: String,
    },
}

/// A resource and whether it shows what we wrote to it
#[derive(Debug)]
pub(crate) struct Lookup<R> {
    /// The resource
    pub(crate) cached: Cached<R>,
    /// Whether it may be acted on; never [`Freshness::Undecodable`], which [`Cached`] says
    pub(crate) freshness: Freshness,
}

struct Resources<R> {
    entries: BTreeMap<Key, Entry<R>>,
    expected: Expectations,
}

struct Entry<R> {
    /// Without managedFields
    metadata: ObjectMeta,
    cached: Cached<R>,
}

// === impl ResourceCache ===

impl<R> Clone for ResourceCache<R> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), clock: self.clock.clone() }
    }
}

impl<R> ResourceCache<R> {
    /// An empty cache
    pub(crate) fn new(clock: Clock) -> Self {
        let resources = Resources { entries: BTreeMap::new(), expected: Expectations::default() };
        Self { inner: Arc::new(Mutex::new(resources)), clock }
    }

    /// The resource, if it exists
    pub(crate) fn get(&self, key: &Key) -> Option<Lookup<R>> {
        let now = self.clock.now();
        let mut resources = self.lock();
        let Resources { entries, expected } = &mut *resources;
        let entry = entries.get(key)?;
        let freshness = expected.freshness(entry.uid(), now, |written| match written {
            Written::Version { version, .. } => {
                version.parse::<u64>().ok().zip(entry.version()).map(|(written, seen)| seen >= written)
            }
            Written::Gone { .. } | Written::Leaving { .. } => Some(false),
            Written::Unanswered => None,
        });
        Some(Lookup { cached: entry.cached.clone(), freshness })
    }

    /// All that are cached, those included that could not be decoded
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.lock().entries.keys().cloned().collect()
    }

    /// How many resources are cached
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// How many resources could not be decoded
    pub(crate) fn undecodable(&self) -> usize {
        let is_undecodable = |entry: &&Entry<R>| matches!(entry.cached, Cached::Undecodable { .. });
        self.lock().entries.values().filter(is_undecodable).count()
    }

    /// Says what was written to the resource with this UID, or that it is not known whether it was
    pub(crate) fn wrote(&self, uid: &str, written: Written) {
        let now = self.clock.now();
        self.lock().expected.add(uid, written, now);
    }

    /// Forgets what is expected of a resource that is gone
    pub(crate) fn forget(&self, uid: &str) {
        self.lock().expected.forget(uid);
    }

    /// How many resources something is expected of
    #[cfg(test)]
    pub(crate) fn expected(&self) -> usize {
        self.lock().expected.len()
    }

    /// Compares the resource as read live with the cache; if they agree, nothing is expected any more
    ///
    /// False: the watch is behind or ahead; look again soon.
    pub(crate) fn confirm(&self, key: &Key, uid: &str, version: &str) -> bool {
        let mut resources = self.lock();
        let agree = resources.entries.get(key).is_some_and(|entry| {
            entry.uid() == uid && entry.metadata.resource_version.as_deref() == Some(version)
        });
        if agree {
            resources.expected.forget(uid);
        }
        agree
    }

    /// Puts a resource in; tells why it must be looked at, if it must ([`Reason::Initial`]: it is new)
    ///
    /// Our own status write, seen again with nothing else changed, is no reason unless somebody waits for it. The
    /// status written by anybody else is, and so is all metadata that decisions may depend on.
    pub(crate) fn apply(&self, watched: Watched<R>) -> Option<Reason> {
        let key = watched.key();
        let metadata = watched.metadata;
        let entry = Entry {
            cached: match watched.content {
                Ok(resource) => Cached::Valid(Arc::new(resource)),
                Err(message) => Cached::Undecodable {
                    name: key.name.clone(),
                    uid: metadata.uid.clone().unwrap_or_default(),
                    message,
                },
            },
            metadata,
        };
        let mut resources = self.lock();
        let waited = resources.expected.take_waiter(entry.uid());
        let version = entry.metadata.resource_version.as_deref().unwrap_or_default();
        let own = resources.expected.is_own_write(entry.uid(), &key, version);
        let reason = match resources.entries.get(&key) {
            None => Some(Reason::Initial),
            Some(old) if old.uid() != entry.uid() => Some(Reason::Spec),
            Some(old) if old.metadata.generation != entry.metadata.generation => Some(Reason::Spec),
            Some(old) if old.metadata.resource_version == entry.metadata.resource_version => None,
            Some(old) if own && old.same_metadata(&entry) => None,
            Some(_) => Some(Reason::Resource),
        };
        resources.entries.insert(key, entry);
        reason.or(waited.then_some(Reason::Resource))
    }

    /// Takes a resource out
    pub(crate) fn remove(&self, key: &Key) -> Option<Reason> {
        let mut resources = self.lock();
        let entry = resources.entries.remove(key)?;
        resources.expected.forget(entry.uid());
        Some(Reason::Deleted)
    }

    /// Ends a list of a scope: takes out what was not listed and tells its keys
    pub(crate) fn listed(&self, scope: &Scope, keys: &BTreeSet<Key>) -> Vec<Key> {
        let gone: Vec<Key> = self
            .lock()
            .entries
            .keys()
            .filter(|key| scope.contains(&key.namespace) && !keys.contains(*key))
            .cloned()
            .collect();
        gone.into_iter().filter(|key| self.remove(key).is_some()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Resources<R>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Cached ===

// Not derived: that would ask for `R: Clone`, and only the `Arc` is cloned.
impl<R> Clone for Cached<R> {
    fn clone(&self) -> Self {
        match self {
            Self::Valid(resource) => Self::Valid(Arc::clone(resource)),
            Self::Undecodable { name, uid, message } => {
                Self::Undecodable { name: name.clone(), uid: uid.clone(), message: message.clone() }
            }
        }
    }
}

// === impl Entry ===

impl<R> Entry<R> {
    fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    fn version(&self) -> Option<u64> {
        self.metadata.resource_version.as_deref()?.parse().ok()
    }

    /// Whether the metadata differs in nothing but the resourceVersion
    fn same_metadata(&self, other: &Self) -> bool {
        let without_version =
            |metadata: &ObjectMeta| ObjectMeta { resource_version: None, ..metadata.clone() };
        without_version(&self.metadata) == without_version(&other.metadata)
    }
}
