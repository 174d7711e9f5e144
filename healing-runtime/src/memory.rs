//! What this process remembers of each resource between two passes, and forgets when it ends
//!
//! Nothing here may be needed for correctness after a restart: what must survive is in the resource's status and on
//! its pods. Bounded by the number of resources that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use healing_engine::{CreateRefused, EvictionRefused, ObjectKey, PodMemory, RefusedObject};
use jiff::{SignedDuration, Timestamp};

use crate::change::Key;

/// First wait after a refused create
const REFUSED_BACKOFF: SignedDuration = SignedDuration::from_secs(5);
/// Longest wait after refused creates in a row
const REFUSED_BACKOFF_MAX: SignedDuration = SignedDuration::from_secs(300);
/// Foreign names remembered per resource; more than any real resource meets
const TAKEN_NAMES_MAX: usize = 1000;
/// A status in which only counts differ is written at most once in this time
const COUNTS_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// The memories of all resources of one kind
#[derive(Debug, Default)]
pub(crate) struct Memories {
    by_key: Mutex<BTreeMap<Key, Memory>>,
}

/// The memory of one resource
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// UID of the resource that is remembered: another object under the same key starts afresh
    uid: String,
    /// Per pod, by UID
    pub(crate) pods: BTreeMap<String, PodMemory>,
    /// The newest create, if it was refused
    pub(crate) create_refused: Option<CreateRefused>,
    /// Refused creates in a row
    refusals: u32,
    /// The newest eviction of each pod that was refused, by the pod's UID, and how many were in a row
    evictions: BTreeMap<String, (EvictionRefused, u32)>,
    /// Pod names that belong to others
    pub(crate) taken_names: BTreeSet<String>,
    /// Objects beside pods, as this process applied them or could not
    objects: BTreeMap<ObjectKey, ObjectMemory>,
    /// What could not be read at the last look, which has been told
    pub(crate) blocked: Option<String>,
    /// Open heals of leaders of other terms about which the lease was asked: pod, term and time
    pub(crate) confirmed: BTreeSet<(String, Option<i32>, Timestamp)>,
    /// When the status was written last by this process
    pub(crate) status_written: Option<Timestamp>,
}

/// What is remembered of one object beside pods
#[derive(Clone, Debug, Default)]
struct ObjectMemory {
    /// Hash of what was applied last, and of what it has come to in the API server's words
    applied: Option<(String, String)>,
    /// The newest apply, if it was refused
    refused: Option<RefusedObject>,
    /// Refused applies in a row
    refusals: u32,
}

// === impl Memories ===

impl Memories {
    /// Changes what is remembered of the resource `uid` under `key`, and returns what `change` returns
    pub(crate) fn with<T>(&self, key: &Key, uid: &str, change: impl FnOnce(&mut Memory) -> T) -> T {
        let mut all = self.lock();
        let memory = all.entry(key.clone()).or_default();
        if memory.uid != uid {
            *memory = Memory { uid: uid.to_owned(), ..Memory::default() };
        }
        change(memory)
    }

    /// UID of the resource that is remembered under `key`
    pub(crate) fn uid(&self, key: &Key) -> Option<String> {
        self.lock().get(key).map(|memory| memory.uid.clone())
    }

    /// Forgets what is remembered under `key`, unless it is of the resource with this UID; tells the UID it was of
    pub(crate) fn forget_other(&self, key: &Key, uid: Option<&str>) -> Option<String> {
        let mut all = self.lock();
        let memory = all.get(key)?;
        if uid == Some(memory.uid.as_str()) { None } else { all.remove(key).map(|memory| memory.uid) }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Memory>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Memory ===

impl Memory {
    /// Notes that the API server refused a create; the wait doubles with each refusal in a row
    pub(crate) fn refused(&mut self, message: String, generation: i64, now: Timestamp) {
        let until = refused_until(self.refusals, now);
        self.refusals = self.refusals.saturating_add(1);
        self.create_refused = Some(CreateRefused { message, until, generation });
    }

    /// Notes that a create was accepted
    pub(crate) fn accepted(&mut self) {
        self.create_refused = None;
        self.refusals = 0;
    }

    /// Notes that the API server refused to evict a pod; the wait doubles with each refusal in a row
    ///
    /// Tells whether it is the first in this row.
    pub(crate) fn eviction_refused(&mut self, uid: &str, message: String, now: Timestamp) -> bool {
        let refusals = self.evictions.get(uid).map_or(0, |(_, refusals)| *refusals);
        let refused = EvictionRefused { message, at: now, until: refused_until(refusals, now) };
        self.evictions.insert(uid.to_owned(), (refused, refusals.saturating_add(1)));
        refusals == 0
    }

    /// Notes that a pod was evicted
    pub(crate) fn evicted(&mut self, uid: &str) {
        self.evictions.remove(uid);
    }

    /// The evictions that were refused, of pods that are still there
    pub(crate) fn evictions_refused(
        &mut self,
        is_there: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, EvictionRefused> {
        self.evictions.retain(|uid, _| is_there(uid));
        self.evictions.iter().map(|(uid, (refused, _))| (uid.clone(), refused.clone())).collect()
    }

    /// Notes that a pod name belongs to somebody else
    pub(crate) fn taken(&mut self, name: &str) {
        if self.taken_names.len() < TAKEN_NAMES_MAX {
            self.taken_names.insert(name.to_owned());
        }
    }

    /// Notes what an object has come to by an apply that was accepted
    pub(crate) fn object_applied(&mut self, key: &ObjectKey, hash: &str, content: String) {
        let applied = Some((hash.to_owned(), content));
        self.objects.insert(key.clone(), ObjectMemory { applied, ..ObjectMemory::default() });
    }

    /// Whether this is what an apply of this hash has come to
    pub(crate) fn is_applied(&self, key: &ObjectKey, hash: &str, content: &str) -> bool {
        let applied = self.objects.get(key).and_then(|object| object.applied.as_ref());
        applied.is_some_and(|(of, to)| of == hash && to == content)
    }

    /// Notes that an apply was refused; the wait doubles with each refusal in a row
    pub(crate) fn object_refused(
        &mut self,
        (key, hash): (&ObjectKey, &str),
        message: String,
        now: Timestamp,
    ) {
        let object = self.objects.entry(key.clone()).or_default();
        let until = refused_until(object.refusals, now);
        object.refusals = object.refusals.saturating_add(1);
        object.refused = Some(RefusedObject { key: key.clone(), hash: hash.to_owned(), message, until });
    }

    /// The newest apply of each object that was refused
    pub(crate) fn refused_objects(&self) -> Vec<RefusedObject> {
        self.objects.values().filter_map(|object| object.refused.clone()).collect()
    }

    /// Forgets the objects that are not wanted any more
    pub(crate) fn keep_objects(&mut self, is_wanted: impl Fn(&ObjectKey) -> bool) {
        self.objects.retain(|key, _| is_wanted(key));
    }

    /// Until when a write of nothing but counts must wait, if it must
    pub(crate) fn counts_until(&self, now: Timestamp) -> Option<Timestamp> {
        // a write "in the future" means that the clock was set back, which must not hold any write
        let written = self.status_written.filter(|written| *written <= now)?;
        let until = written.saturating_add(COUNTS_INTERVAL).ok()?;
        (now < until).then_some(until)
    }
}

/// The end of the wait after this many refusals in a row and one more
fn refused_until(refusals: u32, now: Timestamp) -> Timestamp {
    let doubled = REFUSED_BACKOFF.as_secs().saturating_mul(1 << refusals.min(10));
    let wait = SignedDuration::from_secs(doubled).min(REFUSED_BACKOFF_MAX);
    now.saturating_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn another_uid_under_the_same_key_starts_afresh() {
        let memories = Memories::default();
        let key = Key::new("a", "b");
        memories.with(&key, "u1", |memory| memory.taken("b-xyz"));
        assert_eq!(memories.with(&key, "u1", |memory| memory.taken_names.len()), 1);
        assert_eq!(memories.with(&key, "u2", |memory| memory.taken_names.len()), 0);
    }

    #[test]
    fn refusals_double_up_to_five_minutes_and_end_with_an_accepted_create() {
        let mut memory = Memory::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            memory.refused("quota".into(), 1, at(0));
            waits.push(memory.create_refused.as_ref().unwrap().until.as_second());
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        memory.accepted();
        assert!(memory.create_refused.is_none());
        memory.refused("quota".into(), 1, at(0));
        assert_eq!(memory.create_refused.as_ref().unwrap().until, at(5));
    }

    #[test]
    fn counts_wait_for_the_rest_of_the_second_whatever_the_clock_does() {
        let mut memory = Memory::default();
        assert_eq!(memory.counts_until(at(10)), None);
        memory.status_written = Some(at(10));
        assert_eq!(memory.counts_until(at(10)), Some(at(11)));
        assert_eq!(memory.counts_until(at(11)), None);
        assert_eq!(memory.counts_until(at(2)), None);
    }
}
