//! The controllers that belong to a cluster, as pure steps: garbage collector, namespaces, nodes, budgets
//!
//! It owns their order and the way in which they write. What each of them does is its file's business. They see what
//! happened since their last look as a list of changes, and so cost what happened and not what is stored.

mod garbage;
mod namespace;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use self::garbage::Garbage;
use self::namespace::Namespaces;
use crate::kind::ResourceKey;
use crate::server::ApiServer;
use crate::store::{Change, ObjectKey};

/// What the controllers remember
#[derive(Debug, Default)]
pub(crate) struct Controllers {
    /// Revision of the newest change that they have seen
    seen: u64,
    garbage: Garbage,
    namespaces: Namespaces,
}

/// One object: its resource, and its namespace and name
pub(crate) type Place = (ResourceKey, ObjectKey);

// === impl ApiServer ===

impl ApiServer {
    /// Makes what is there before anybody asks: the namespaces that every cluster has
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.make_first_namespaces(now);
        self.run_controllers(now);
    }

    /// Does everything that the controllers have to do by now, and tells when there will be more
    ///
    /// None says: only after further writes. It is to be called after each write, and at the time that it told.
    pub fn run_controllers(&mut self, now: Timestamp) -> Option<Timestamp> {
        loop {
            let before = self.store.revision();
            for (resource, change) in self.unseen_changes() {
                self.watch_garbage(&resource, &change);
                self.watch_namespaces(&resource, &change, now);
            }
            self.run_definitions(now);
            self.collect_garbage(now);
            self.end_namespaces(now);
            if self.store.revision() == before {
                break;
            }
        }
        self.controllers.namespaces.next_due()
    }

    /// What happened since the last look; everything that is stored if that is no longer known
    fn unseen_changes(&mut self) -> Vec<(ResourceKey, Change)> {
        let seen = std::mem::replace(&mut self.controllers.seen, self.store.revision());
        if seen == self.store.revision() {
            return Vec::new();
        }
        if let Some(changes) = self.store.all_changes(seen) {
            return changes;
        }
        let seen = self.controllers.seen;
        let namespaces = self.controllers.namespaces.restarted();
        self.controllers = Controllers { seen, namespaces, ..Controllers::default() };
        let created = |object: &Arc<Value>| Change {
            revision: seen,
            object: Arc::clone(object),
            previous: None,
            deleted: false,
        };
        self.store.everything().map(|(resource, _, object)| (resource.clone(), created(object))).collect()
    }

    /// Stores a controller's change of an object; what its last finalizer held is gone thereby
    fn store_change(&mut self, (resource, key): &Place, new: Value) {
        let is_same = self.store.get(resource, key).is_none_or(|old| **old == new);
        if !is_same && !self.finish_if_free(resource, key, &new, false) {
            self.store.put(resource, key.clone(), new);
        }
    }
}

impl ApiServer {
    /// Answers a request for a subresource other than `status` and `scale`
    pub(crate) fn subresource(
        &mut self,
        _kind: &Arc<crate::kind::Kind>,
        call: &crate::call::Call,
    ) -> Result<crate::Response, crate::Refusal> {
        let what = format!("the subresource {}", call.target.subresource);
        Err(crate::Refusal::not_implemented(&what, "use the object itself"))
    }
}
