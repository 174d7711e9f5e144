//! The controllers that belong to a cluster, as pure steps: garbage collector, namespaces, claims, nodes, budgets, quotas
//!
//! It owns their order and the way in which they write. What each of them does is its file's business. They see what
//! happened since their last look as a list of changes, and so cost what happened and not what is stored.

mod garbage;
mod namespace;
mod claim;
mod disruption;
mod node;
mod quota;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use self::disruption::Disruption;
pub(crate) use self::disruption::{budget_condition, budgets};
use self::garbage::Garbage;
use self::namespace::Namespaces;
use self::node::Nodes;
use crate::apply::{self, Writer};
use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::server::ApiServer;
use crate::store::{Change, ObjectKey};
use crate::subresource::Logs;
use crate::write::{Part, reset};

/// What the controllers remember
#[derive(Debug, Default)]
pub(crate) struct Controllers {
    /// Revision of the newest change that they have seen
    seen: u64,
    garbage: Garbage,
    namespaces: Namespaces,
    disruption: Disruption,
    /// Quotas for which has to be counted again
    quotas: BTreeSet<Place>,
    nodes: Nodes,
    /// What containers said; it lives as long as their pods
    pub(crate) logs: Logs,
}

/// Under which name the controllers write
const MANAGER: &str = "kube-controller-manager";

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
                self.release_claims(&resource, &change, now);
                self.watch_budgets(&resource, &change, now);
                self.watch_nodes(&resource, &change, now);
                self.watch_quotas(&resource, &change);
                if change.deleted && &*resource.plural == "pods" {
                    self.controllers.logs.forget(change.object.uid());
                }
            }
            self.run_definitions(now);
            self.collect_garbage(now);
            self.end_namespaces(now);
            self.run_nodes(now);
            self.count_budgets(now);
            self.count_quotas(now);
            if self.store.revision() == before {
                break;
            }
        }
        let controllers = &self.controllers;
        let due = [
            controllers.namespaces.next_due(),
            controllers.disruption.next_due(),
            controllers.nodes.next_due(),
        ];
        due.into_iter().flatten().min()
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
        let logs = std::mem::take(&mut self.controllers.logs);
        self.controllers = Controllers { seen, namespaces, logs, ..Controllers::default() };
        let created = |object: &Arc<Value>| Change::new(seen, object, None);
        self.store.everything().map(|(resource, _, object)| (resource.clone(), created(object))).collect()
    }

    /// Stores a controller's change of an object; what its last finalizer held is gone thereby
    fn store_change(&mut self, place: &Place, new: Value, now: Timestamp) {
        self.write_as(place, new, (Part::Main, MANAGER), now);
    }

    /// Stores a change of the status of an object
    pub(crate) fn write_status(&mut self, place: &Place, new: Value, manager: &str, now: Timestamp) {
        self.write_as(place, new, (Part::Status, manager), now);
    }

    fn write_as(&mut self, place: &Place, mut new: Value, (part, manager): (Part, &str), now: Timestamp) {
        let (resource, key) = place;
        let Some(old) = self.store.get(resource, key).cloned() else { return };
        if *old == new {
            return;
        }
        if let Some(kind) = self.kinds.storage(resource) {
            let api_version = kind.api_version();
            let writer = Writer { manager, subresource: part.subresource(), api_version: &api_version, now };
            apply::track(Some(&old), &mut new, &kind.schema, &writer, reset(kind, part));
        }
        if !self.finish_if_free(resource, key, &new, false) {
            self.store.put(resource, key.clone(), new);
        }
    }
}
