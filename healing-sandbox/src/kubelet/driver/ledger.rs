//! The pods that the driver looks after, and when each is to be looked at
//!
//! It keeps books only: nothing here decides what a pod does or sends anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::super::failure::Failure;
use super::super::log::LogLine;
use super::super::pace::Pace;
use super::super::request::RequestError;
use super::super::scene::Memory;
use super::annotated;

/// Namespace and name of a pod
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) namespace: String,
    pub(super) name: String,
}

/// What came of a request about a pod
#[derive(Debug)]
pub(super) enum Done {
    Written(Box<Pod>),
    Bound,
    Gone,
    Failed(RequestError),
}

/// One pod
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) pod: Pod,
    pub(super) memory: Memory,
    /// Position in the order in which pods were first seen
    pub(super) number: u64,
    pub(super) annotated: Option<Failure>,
    /// Address that the pod gets
    pub(super) ip: String,
    /// While a request is out: the version of the pod that it was made from
    pub(super) busy: Option<u64>,
    /// While a status is being written: what the containers say once it is
    pub(super) said: Vec<LogLine>,
    /// Whether the pod changed while a request was out
    pub(super) changed: bool,
    /// Node of a binding that was sent
    pub(super) bound_to: Option<String>,
    /// Failed requests in a row
    pub(super) attempts: u32,
    due: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<Key, Entry>,
    due: BTreeSet<(Timestamp, Key)>,
    addresses: u32,
}

// === impl Key ===

impl Key {
    pub(super) fn of(pod: &Pod) -> Option<Self> {
        let meta = &pod.metadata;
        Some(Self { namespace: meta.namespace.clone()?, name: meta.name.clone()? })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl From<RequestError> for Done {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Gone => Self::Gone,
            error => Self::Failed(error),
        }
    }
}

// === impl Entry ===

impl Entry {
    pub(super) fn new(pod: Pod, number: u64, ip: String, now: Timestamp) -> Self {
        let mut memory = Memory::pick_up(&pod, now);
        memory.deleting = pod.metadata.deletion_timestamp.as_ref().map(|_| now);
        Self {
            annotated: annotated(&pod),
            pod,
            memory,
            number,
            ip,
            busy: None,
            said: Vec::new(),
            changed: false,
            bound_to: None,
            attempts: 0,
            due: None,
        }
    }

    pub(super) fn uid(&self) -> String {
        self.pod.metadata.uid.clone().unwrap_or_default()
    }

    pub(super) fn is(&self, pod: &Pod) -> bool {
        self.pod.metadata.uid == pod.metadata.uid
    }

    pub(super) fn node(&self) -> Option<&str> {
        self.pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
    }

    /// Takes a pod from the watch; false if it is no news
    pub(super) fn see(&mut self, pod: Pod, now: Timestamp, pace: &Pace) -> bool {
        if version(&pod) <= version(&self.pod) {
            return false;
        }
        if pod.metadata.annotations != self.pod.metadata.annotations {
            self.annotated = annotated(&pod);
        }
        if pod.metadata.deletion_timestamp.is_some() {
            self.memory.deleting.get_or_insert(now);
        }
        self.memory = self.memory.after(self.pod.status.as_ref(), pod.status.as_ref(), now, pace);
        self.pod = pod;
        self.changed = self.busy.is_some();
        true
    }

    /// Takes the answer to a write that was made from version `from`; returns when to look again
    ///
    /// The watch may have told of the same write before.
    pub(super) fn wrote(
        &mut self,
        pod: Pod,
        from: Option<u64>,
        now: Timestamp,
        pace: &Pace,
    ) -> Option<Timestamp> {
        if from == Some(version(&pod)) {
            // The server found nothing to change, so doing it again would never end
            tracing::warn!(pod = pod.metadata.name, "a write changed nothing; waiting for the pod to change");
            return None;
        }
        self.see(pod, now, pace);
        Some(now)
    }

    pub(super) fn version(&self) -> u64 {
        version(&self.pod)
    }

    /// How long to wait after one more failed request
    pub(super) fn backoff(&mut self) -> Duration {
        let wait = Duration::from_millis(200).saturating_mul(2_u32.saturating_pow(self.attempts));
        self.attempts = self.attempts.saturating_add(1);
        wait.min(Duration::from_secs(10))
    }
}

/// Versions are numbers that grow; one that is not counts as the newest
fn version(pod: &Pod) -> u64 {
    pod.metadata.resource_version.as_deref().and_then(|version| version.parse().ok()).unwrap_or(u64::MAX)
}

/// The address with this number, out of a network that is ours alone
fn address(number: u32) -> String {
    let number = number % (1 << 22);
    format!("10.{}.{}.{}", 128 + (number >> 16), (number >> 8) % 256, number % 256)
}

/// Number of an address that [`address`] gave, perhaps in an earlier life of the simulator
fn address_number(ip: &str) -> Option<u32> {
    let parts: Vec<u32> = ip.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [10, high @ 128..192, middle, low] => Some(((high - 128) << 16) | (middle << 8) | low),
        _ => None,
    }
}

// === impl Ledger ===

impl Ledger {
    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Entry> {
        self.entries.get_mut(key)
    }

    /// Puts a new pod in, with the next free address
    pub(super) fn insert(&mut self, key: Key, pod: Pod, number: u64, now: Timestamp) {
        self.remove(&key);
        let taken = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()).and_then(address_number);
        self.addresses = taken.unwrap_or_default().max(self.addresses.wrapping_add(1));
        let entry = Entry::new(pod, number, address(self.addresses), now);
        self.entries.insert(key, entry);
    }

    pub(super) fn forget(&mut self, pod: &Pod) {
        let Some(key) = Key::of(pod) else { return };
        if self.entries.get(&key).is_some_and(|entry| entry.is(pod)) {
            self.remove(&key);
        }
    }

    /// Forgets the pods of a namespace, or of all, that a new list does not have
    pub(super) fn keep_listed(&mut self, scope: Option<&str>, pods: &[Pod]) {
        let listed: BTreeSet<Key> = pods.iter().filter_map(Key::of).collect();
        let gone = self.entries.keys().filter(|key| scope.is_none_or(|scope| key.namespace == scope));
        let gone: Vec<Key> = gone.filter(|key| !listed.contains(key)).cloned().collect();
        for key in &gone {
            self.remove(key);
        }
    }

    pub(super) fn look_at(&mut self, key: &Key, when: Timestamp) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if let Some(old) = entry.due.replace(when) {
            self.due.remove(&(old, key.clone()));
        }
        self.due.insert((when, key.clone()));
    }

    pub(super) fn look_at_all(&mut self, now: Timestamp) {
        let keys: Vec<Key> = self.entries.keys().cloned().collect();
        for key in &keys {
            self.look_at(key, now);
        }
    }

    pub(super) fn look_at_unbound(&mut self, now: Timestamp) {
        let unbound =
            self.entries.iter().filter(|(_, entry)| entry.node().is_none() && entry.bound_to.is_none());
        let keys: Vec<Key> = unbound.map(|(key, _)| key.clone()).collect();
        for key in &keys {
            self.look_at(key, now);
        }
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(when, _)| *when)
    }

    /// The pod that has waited longest of those that are due
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Key> {
        if self.next_due()? > now {
            return None;
        }
        let (_, key) = self.due.pop_first()?;
        self.entries.get_mut(&key)?.due = None;
        Some(key)
    }

    /// Pods that have not ended on each node, with those on their way there
    pub(super) fn pods_on(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in self.entries.values() {
            let phase = entry.pod.status.as_ref().and_then(|status| status.phase.as_deref());
            let ended = matches!(phase, Some("Succeeded" | "Failed"));
            if let Some(node) = entry.node().or(entry.bound_to.as_deref()).filter(|_| !ended) {
                *counts.entry(node.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key)
            && let Some(due) = entry.due
        {
            self.due.remove(&(due, key.clone()));
        }
    }
}
