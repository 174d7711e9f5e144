//! From what a watch shows to the cache, and from there to the queue of whoever has to look
//!
//! It owns the order: first the cache, then the queue, so that whoever is woken sees what woke them.

use std::{collections::BTreeSet, fmt::Debug, marker::PhantomData};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Scope, Sink, Watched};
use crate::{
    cache::{
        GroupKind, NodeCache, NodeDocument, ObjectCache, OwnedChange, PodCache, PodDocument, ResourceCache,
    },
    change::{Key, Reason, Router},
    queue::Queue,
};

/// Where watched pods go, decoded as `D`: what is needed of them, or that and the whole
pub(crate) struct PodSink<D> {
    /// Scope of the watch, one that the cache was made with
    pub(crate) scope: Scope,
    /// The cache
    pub(crate) cache: PodCache,
    /// The queues of their owners
    pub(crate) router: Router,
    decoded: PhantomData<fn() -> D>,
}

/// Where watched objects beside pods go, those of one kind
pub(crate) struct ObjectSink {
    /// Group and kind
    pub(crate) kind: GroupKind,
    /// Scope of the watch
    pub(crate) scope: Scope,
    /// The cache
    pub(crate) cache: ObjectCache,
    /// The queues of their owners
    pub(crate) router: Router,
}

/// Where watched nodes go
pub(crate) struct NodeSink {
    /// The cache
    pub(crate) cache: NodeCache,
    /// Pods, by their nodes
    pub(crate) pods: PodCache,
    /// The queues of their owners, of the kinds that ask for nodes
    pub(crate) router: Router,
}

/// Where watched custom resources of one kind go
pub(crate) struct ResourceSink<R> {
    /// Scope of the watch
    pub(crate) scope: Scope,
    /// The cache
    pub(crate) cache: ResourceCache<R>,
    /// Their queue
    pub(crate) queue: Queue,
}

/// Puts the owners of what changed into their queues
fn wake(router: &Router, changes: impl IntoIterator<Item = OwnedChange>, reason: Reason) {
    for change in changes {
        router.owned_changed(&change.namespace, &change.owner, reason);
    }
}

// === impl PodSink ===

impl<D> PodSink<D> {
    pub(crate) fn new(scope: Scope, cache: PodCache, router: Router) -> Self {
        Self { scope, cache, router, decoded: PhantomData }
    }
}

impl<D: DeserializeOwned + Into<PodDocument> + Clone + Debug + Send + Sync + 'static> Sink for PodSink<D> {
    type Object = D;

    fn applied(&self, pod: Watched<D>, listed: bool) {
        let pod = pod.into_content();
        if let Err(message) = &pod.content {
            tracing::warn!(pod = %pod.key(), %message, "cannot decode a pod; its owner's pods are left alone");
        }
        if listed {
            wake(&self.router, self.cache.apply_listed(pod), Reason::Initial);
        } else {
            wake(&self.router, self.cache.apply(&self.scope, pod), Reason::Pod);
        }
    }

    fn deleted(&self, pod: Watched<D>) {
        wake(&self.router, self.cache.remove(&self.scope, &pod.into_content()), Reason::Pod);
    }

    fn listed(&self, keys: &BTreeSet<Key>, version: Option<u64>) {
        wake(&self.router, self.cache.listed(&self.scope, keys, version), Reason::Pod);
    }

    fn seen(&self, version: Option<u64>) {
        self.cache.seen(&self.scope, version);
    }
}

// === impl NodeSink ===

impl NodeSink {
    fn wake(&self, on: impl Fn(&str) -> bool) {
        wake(&self.router, self.pods.on_nodes(on), Reason::Node);
    }
}

impl Sink for NodeSink {
    type Object = NodeDocument;

    fn applied(&self, node: Watched<NodeDocument>, _listed: bool) {
        let Key { name, .. } = node.key();
        if let Err(message) = &node.content {
            tracing::warn!(node = name, %message, "cannot decode a node; it counts as not Ready");
        }
        if self.cache.apply(&node) {
            self.wake(|on| on == name);
        }
    }

    fn deleted(&self, node: Watched<NodeDocument>) {
        let Key { name, .. } = node.key();
        if self.cache.remove(&name) {
            self.wake(|on| on == name);
        }
    }

    fn listed(&self, keys: &BTreeSet<Key>, _version: Option<u64>) {
        match self.cache.listed(keys) {
            None => self.wake(|_| true),
            Some(gone) if gone.is_empty() => {}
            Some(gone) => self.wake(|on| gone.iter().any(|name| name == on)),
        }
    }

    fn seen(&self, _version: Option<u64>) {}
}

// === impl ObjectSink ===

impl Sink for ObjectSink {
    type Object = Value;

    fn applied(&self, object: Watched<Value>, listed: bool) {
        let reason = if listed { Reason::Initial } else { Reason::Object };
        wake(&self.router, self.cache.apply(&self.kind, object), reason);
    }

    fn deleted(&self, object: Watched<Value>) {
        wake(&self.router, self.cache.remove(&self.kind, &object), Reason::Object);
    }

    fn listed(&self, keys: &BTreeSet<Key>, version: Option<u64>) {
        wake(&self.router, self.cache.listed(&self.kind, &self.scope, (keys, version)), Reason::Object);
    }

    fn seen(&self, _version: Option<u64>) {}
}

// === impl ResourceSink ===

impl<R: DeserializeOwned + Clone + Debug + Send + Sync + 'static> Sink for ResourceSink<R> {
    type Object = R;

    fn applied(&self, resource: Watched<R>, listed: bool) {
        let key = resource.key();
        if let Err(message) = &resource.content {
            tracing::warn!(resource = %key, %message, "cannot decode a resource; nothing is done about it");
        }
        match self.cache.apply(resource) {
            // What a list brings is not urgent, what comes while somebody looks on is.
            Some(Reason::Initial) if !listed => self.queue.add(&key, Reason::Spec),
            Some(reason) => self.queue.add(&key, reason),
            None => {}
        }
    }

    fn deleted(&self, resource: Watched<R>) {
        let key = resource.key();
        if let Some(reason) = self.cache.remove(&key) {
            self.queue.add(&key, reason);
        }
    }

    fn listed(&self, keys: &BTreeSet<Key>, _version: Option<u64>) {
        for key in self.cache.listed(&self.scope, keys) {
            self.queue.add(&key, Reason::Deleted);
        }
    }

    fn seen(&self, _version: Option<u64>) {}
}

#[cfg(test)]
mod tests;
