//! What has to be looked at, and why: the value between the watches and the queues
//!
//! It owns keys, reasons and the way from a pod to the queue of the resource that owns it. When a key's turn comes
//! is the queue's business.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::queue::Queue;

/// Which object: namespace and name
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// `metadata.namespace`; empty for a cluster-scoped object
    pub(crate) namespace: String,
    /// `metadata.name`
    pub(crate) name: String,
}

/// Why a key is looked at; of several reasons the greatest is kept
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reason {
    /// It was there when the process started
    Initial,
    /// Nothing happened for long
    Resync,
    /// A time that the last plan named has come
    Deadline,
    /// The last reconcile failed
    Retry,
    /// One of its pods changed, came or went
    Pod,
    /// The node of one of its pods is lost, fenced, gone or well again
    Node,
    /// One of the objects that it owns beside its pods changed, came or went
    Object,
    /// Its metadata or status changed, by somebody else
    Resource,
    /// It is new, or its spec changed: the only reason that ends a backoff
    Spec,
    /// It is gone
    Deleted,
}

/// The controller ownerReference of a pod
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// `apiVersion`
    pub(crate) api_version: String,
    /// `kind`
    pub(crate) kind: String,
    /// `name`
    pub(crate) name: String,
    /// `uid`
    pub(crate) uid: String,
}

/// Where the changes of pods go: the queue of the resource kind that owns them
///
/// Pods of other owners are not ours and their changes go nowhere.
#[derive(Clone, Default)]
pub(crate) struct Router(Arc<BTreeMap<(String, String), Route>>);

#[derive(Clone)]
struct Route {
    namespaced: bool,
    queue: Queue,
}

// === impl Key ===

impl Key {
    /// The object `name` in `namespace`
    pub(crate) fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(out, "{}", self.name)
        } else {
            write!(out, "{}/{}", self.namespace, self.name)
        }
    }
}

// === impl Reason ===

impl Reason {
    /// One word for spans and metrics
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Resync => "resync",
            Self::Deadline => "deadline",
            Self::Retry => "retry",
            Self::Pod => "pod",
            Self::Node => "node",
            Self::Object => "object",
            Self::Resource => "resource",
            Self::Spec => "spec",
            Self::Deleted => "deleted",
        }
    }
}

// === impl Router ===

impl Router {
    /// A router that also knows resources of this group and kind
    ///
    /// The version does not matter: an owner may have been written by another version of the same kind.
    #[must_use]
    pub(crate) fn with(mut self, group: &str, kind: &str, namespaced: bool, queue: Queue) -> Self {
        Arc::make_mut(&mut self.0).insert((group.to_owned(), kind.to_owned()), Route { namespaced, queue });
        self
    }

    /// Puts the owner of a pod or object in `namespace` into its queue
    pub(crate) fn owned_changed(&self, namespace: &str, owner: &Owner, reason: Reason) {
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        let Some(route) = self.0.get(&(group.to_owned(), owner.kind.clone())) else { return };
        let namespace = if route.namespaced { namespace } else { "" };
        route.queue.add(&Key::new(namespace, &owner.name), reason);
    }
}
