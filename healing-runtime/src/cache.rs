//! What the watches have seen, and whether that includes what we wrote ourselves
//!
//! It owns the pods by owner and the custom resources, the highest resourceVersion seen, and the expectations that
//! our writes leave. It watches nothing and asks the API server nothing: watches put objects in, writers say what they
//! wrote, and a snapshot says whether it may be acted on. Locks are never held over an await.

mod document;
mod expect;
mod index;
mod node;
mod object;
mod resource;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use healing_engine::{ObservedPod, pod::OWNER_UID_LABEL};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

pub(crate) use self::{
    document::{PodDocument, WholePod, controller},
    expect::Written,
    node::{NodeCache, NodeDocument},
    object::{GroupKind, ObjectCache, ObjectEntry},
    resource::{Cached, Lookup, ResourceCache},
};

use self::{expect::Expectations, index::OwnerIndex};
use crate::{
    change::{Key, Owner},
    clock::Clock,
    watch::{Scope, Watched},
};

/// All pods that are watched; clones are the same cache
#[derive(Clone)]
pub(crate) struct PodCache {
    inner: Arc<Mutex<Pods>>,
    clock: Clock,
}

/// The pods of one owner, as of one moment
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The pods, in the order of their names
    pub(crate) pods: Vec<Arc<ObservedPod>>,
    /// The same as they are, by UID, where they are kept whole
    pub(crate) whole: BTreeMap<String, Arc<Pod>>,
    /// Whether they may be acted on
    pub(crate) freshness: Freshness,
}

/// Whether what is cached shows everything that we wrote
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It does
    Fresh,
    /// Not yet: the watch will show it. Look again at the next change, at the latest at `until`
    Behind {
        /// When a live read is due instead
        until: Timestamp,
    },
    /// It cannot be told from the watch; read live and `confirm`
    NeedsLiveRead,
    /// A pod could not be decoded: nothing may be done to its owner's pods until it is changed or gone
    Undecodable {
        /// Which pod
        pod: Key,
        /// What is wrong with it, with the path of the field
        message: String,
    },
}

/// What an event changed, for whoever wakes the owner
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedChange {
    /// Namespace of the pod or object
    pub(crate) namespace: String,
    /// Its controller
    pub(crate) owner: Owner,
}

#[derive(Default)]
struct Pods {
    entries: BTreeMap<Key, Entry>,
    owners: OwnerIndex<Key>,
    /// Highest resourceVersion that each watch has shown; a watch that has not listed yet has none
    seen: BTreeMap<Scope, Option<u64>>,
    expected: Expectations,
}

struct Entry {
    uid: String,
    version: Option<u64>,
    /// Whether a live list by the owner's label shows it as well
    labelled: bool,
    owner: Option<Owner>,
    pod: Result<Arc<ObservedPod>, String>,
    /// The pod as it is, where it is kept
    whole: Option<Arc<Pod>>,
}

// === impl PodCache ===

impl PodCache {
    /// An empty cache that is fed by one watch per scope; nothing in it is fresh before all of them have listed
    pub(crate) fn new(clock: Clock, scopes: impl IntoIterator<Item = Scope>) -> Self {
        let seen = scopes.into_iter().map(|scope| (scope, None)).collect();
        Self { inner: Arc::new(Mutex::new(Pods { seen, ..Pods::default() })), clock }
    }

    /// The pods whose controller is the object with this UID
    pub(crate) fn owned_by(&self, owner_uid: &str) -> Snapshot {
        let now = self.clock.now();
        let mut pods = self.lock();
        let mut snapshot = Snapshot { pods: Vec::new(), whole: BTreeMap::new(), freshness: Freshness::Fresh };
        for key in pods.owners.of(owner_uid) {
            let Some(entry) = pods.entries.get(key) else { continue };
            if let Some(whole) = &entry.whole {
                snapshot.whole.insert(entry.uid.clone(), Arc::clone(whole));
            }
            match &entry.pod {
                Ok(pod) => snapshot.pods.push(Arc::clone(pod)),
                Err(message) => {
                    snapshot.freshness =
                        Freshness::Undecodable { pod: key.clone(), message: message.clone() };
                }
            }
        }
        if snapshot.freshness == Freshness::Fresh {
            snapshot.freshness = pods.freshness(owner_uid, now);
        }
        snapshot
    }

    /// Says what was written to a pod of this owner, or that it is not known whether it was
    pub(crate) fn wrote(&self, owner_uid: &str, written: Written) {
        let now = self.clock.now();
        self.lock().expected.add(owner_uid, written, now);
    }

    /// Compares a live list of the owner's pods, as UID and resourceVersion, with the cache; if they agree, nothing is
    /// expected any more
    ///
    /// Compared is what both watch and list must show: pods with the operator's and the owner's label. A label that a
    /// person took off must not make the two differ for ever.
    ///
    /// False: the watch is behind or ahead; look again soon.
    pub(crate) fn confirm(&self, owner_uid: &str, live: &[(&str, &str)]) -> bool {
        let mut pods = self.lock();
        let cached: BTreeSet<(String, Option<u64>)> = pods
            .owners
            .of(owner_uid)
            .filter_map(|key| pods.entries.get(key))
            .filter(|entry| entry.labelled)
            .map(|entry| (entry.uid.clone(), entry.version))
            .collect();
        let live: BTreeSet<(String, Option<u64>)> =
            live.iter().map(|(uid, version)| ((*uid).to_owned(), version.parse().ok())).collect();
        let agree = cached == live;
        if agree {
            pods.expected.forget(owner_uid);
        }
        agree
    }

    /// Forgets what is expected for an owner that is gone
    pub(crate) fn forget(&self, owner_uid: &str) {
        self.lock().expected.forget(owner_uid);
    }

    /// How many owners something is expected of
    #[cfg(test)]
    pub(crate) fn expected(&self) -> usize {
        self.lock().expected.len()
    }

    /// How many pods are cached
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// How many pods could not be decoded
    pub(crate) fn undecodable(&self) -> usize {
        self.lock().entries.values().filter(|entry| entry.pod.is_err()).count()
    }

    /// Whose pods are on the nodes that `wanted` accepts, by their names
    pub(crate) fn on_nodes(&self, wanted: impl Fn(&str) -> bool) -> Vec<OwnedChange> {
        let pods = self.lock();
        let on = |entry: &Entry| {
            let pod = entry.pod.as_ref().ok();
            pod.and_then(|pod| pod.spec.node_name.as_deref()).is_some_and(&wanted)
        };
        let there = pods.entries.iter().filter(|(_, entry)| on(entry));
        there
            .filter_map(|(key, entry)| {
                let owner = entry.owner.clone()?;
                Some(OwnedChange { namespace: key.namespace.clone(), owner })
            })
            .collect()
    }

    /// Puts a pod in, as a watch showed it; tells whose pods changed, if anything that matters did
    ///
    /// A new resourceVersion alone is taken over and wakes nobody, unless somebody waits for it.
    pub(crate) fn apply(&self, scope: &Scope, watched: Watched<PodDocument>) -> Vec<OwnedChange> {
        let mut pods = self.lock();
        pods.see(scope, watched.version());
        pods.put(watched)
    }

    /// Puts a pod in, as a list showed it; otherwise like [`PodCache::apply`]
    ///
    /// A list is not in the order of resourceVersions: what it has shown so far says nothing of the rest.
    pub(crate) fn apply_listed(&self, watched: Watched<PodDocument>) -> Vec<OwnedChange> {
        self.lock().put(watched)
    }

    /// Takes a pod out, as a watch showed it to be gone
    pub(crate) fn remove(&self, scope: &Scope, watched: &Watched<PodDocument>) -> Vec<OwnedChange> {
        let mut pods = self.lock();
        pods.see(scope, watched.version());
        pods.change_of_removal(&watched.key()).into_iter().collect()
    }

    /// Ends a list of a scope: what was not listed is gone, and the watch is at this resourceVersion
    pub(crate) fn listed(
        &self,
        scope: &Scope,
        keys: &BTreeSet<Key>,
        version: Option<u64>,
    ) -> Vec<OwnedChange> {
        let mut pods = self.lock();
        let gone: Vec<Key> = pods
            .entries
            .keys()
            .filter(|key| scope.contains(&key.namespace) && !keys.contains(*key))
            .cloned()
            .collect();
        pods.seen.insert(scope.clone(), Some(version.unwrap_or(0)));
        gone.iter().filter_map(|key| pods.change_of_removal(key)).collect()
    }

    /// A watch has shown everything up to this resourceVersion
    pub(crate) fn seen(&self, scope: &Scope, version: Option<u64>) {
        self.lock().see(scope, version);
    }

    fn lock(&self) -> MutexGuard<'_, Pods> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Pods ===

impl Pods {
    fn freshness(&mut self, owner_uid: &str, now: Timestamp) -> Freshness {
        if self.seen.values().any(Option::is_none) {
            return Freshness::Behind { until: Expectations::deadline(now) };
        }
        let Self { entries, owners, seen, expected } = self;
        expected.freshness(owner_uid, now, |written| match written {
            Written::Version { object, version } => {
                let shown = entries.get(object).and_then(|entry| entry.version);
                let reached = seen
                    .iter()
                    .filter(|(scope, _)| scope.contains(&object.namespace))
                    .filter_map(|(_, seen)| *seen);
                version.parse::<u64>().ok().map(|version| reached.chain(shown).any(|seen| seen >= version))
            }
            Written::Gone { uid } => Some(Self::entry_of(entries, owners, (owner_uid, uid)).is_none()),
            Written::Leaving { uid } => {
                let entry = Self::entry_of(entries, owners, (owner_uid, uid));
                let stays = |entry: &Entry| entry.pod.as_ref().is_ok_and(|pod| pod.deletion.is_none());
                Some(!entry.is_some_and(stays))
            }
            Written::Unanswered => None,
        })
    }

    /// What is cached of the owner's object with this UID
    fn entry_of<'e>(
        entries: &'e BTreeMap<Key, Entry>,
        owners: &OwnerIndex<Key>,
        (owner_uid, uid): (&str, &str),
    ) -> Option<&'e Entry> {
        owners.of(owner_uid).filter_map(|key| entries.get(key)).find(|entry| entry.uid == uid)
    }

    /// Only ever forward: after a list this is at least the list's version
    fn see(&mut self, scope: &Scope, version: Option<u64>) {
        if let Some(Some(seen)) = self.seen.get_mut(scope)
            && let Some(version) = version
        {
            *seen = version.max(*seen);
        }
    }

    /// Replaces a pod; tells whose pods changed
    fn put(&mut self, watched: Watched<PodDocument>) -> Vec<OwnedChange> {
        let key = watched.key();
        let entry = Entry::new(watched);
        let old = self.remove(&key);
        let waited = entry.owner.as_ref().is_some_and(|owner| self.expected.take_waiter(&owner.uid));
        let changed = old.as_ref().is_none_or(|old| !old.says_the_same_as(&entry));
        let mut changes = Vec::new();
        if changed || waited {
            // A pod that went from one owner to another, which only a person can do, concerns both.
            let lost = old.and_then(|old| old.owner).filter(|owner| entry.owner.as_ref() != Some(owner));
            let owners = entry.owner.clone().into_iter().chain(lost);
            changes.extend(owners.map(|owner| OwnedChange { namespace: key.namespace.clone(), owner }));
        }
        self.insert(key, entry);
        changes
    }

    fn insert(&mut self, key: Key, entry: Entry) {
        if let Some(owner) = &entry.owner {
            self.owners.insert(&owner.uid, key.clone());
        }
        self.entries.insert(key, entry);
    }

    fn remove(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        if let Some(owner) = &entry.owner {
            self.owners.remove(&owner.uid, key);
        }
        Some(entry)
    }

    fn change_of_removal(&mut self, key: &Key) -> Option<OwnedChange> {
        let owner = self.remove(key)?.owner?;
        self.expected.take_waiter(&owner.uid);
        Some(OwnedChange { namespace: key.namespace.clone(), owner })
    }
}

/// What of a pod may lead to another verdict
fn shown_of(pod: &Pod) -> impl PartialEq {
    let Pod { metadata, spec, status } = pod;
    (&metadata.labels, &metadata.annotations, spec, status)
}

// === impl Entry ===

impl Entry {
    fn new(watched: Watched<PodDocument>) -> Self {
        let version = watched.version();
        let uid = watched.metadata.uid.clone().unwrap_or_default();
        let owner = controller(&watched.metadata);
        let label = watched.metadata.labels.as_ref().and_then(|labels| labels.get(OWNER_UID_LABEL));
        let labelled = owner.as_ref().is_some_and(|owner| label == Some(&owner.uid));
        let whole = watched.content.as_ref().ok().and_then(|document| document.whole.clone());
        let pod = watched.content.map(|document| Arc::new(document.observe(&watched.metadata)));
        Self { uid, version, labelled, owner, pod, whole }
    }

    /// Whether nothing but the resourceVersion differs
    fn says_the_same_as(&self, other: &Self) -> bool {
        self.uid == other.uid
            && self.owner == other.owner
            && match (&self.whole, &other.whole) {
                (Some(one), Some(two)) => shown_of(one) == shown_of(two),
                (one, two) => one.is_none() == two.is_none(),
            }
            && match (&self.pod, &other.pod) {
                (Ok(one), Ok(two)) => {
                    ObservedPod { resource_version: String::new(), ..ObservedPod::clone(one) }
                        == ObservedPod { resource_version: String::new(), ..ObservedPod::clone(two) }
                }
                (one, two) => one == two,
            }
    }
}
