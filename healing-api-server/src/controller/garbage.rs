//! The garbage collector: what becomes of the dependents of an object that is deleted, or that never was
//!
//! It owns the three policies. The finalizers that ask for two of them are added by `delete`. An index from owners to
//! dependents is kept up from the changes; whether an owner exists is looked up when it matters, as in a real cluster.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::Place;
use crate::delete::{DeleteOptions, FOREGROUND, ORPHAN, Propagation, set_finalizers};
use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::server::ApiServer;
use crate::store::Change;

/// What the garbage collector remembers
#[derive(Debug, Default)]
pub(super) struct Garbage {
    /// The dependents of an owner, by its UID
    dependents: BTreeMap<String, BTreeSet<Place>>,
    /// What has to be looked at, in the order in which it was found
    queue: VecDeque<Place>,
    /// Everything in `queue`
    queued: BTreeSet<Place>,
    /// Dependents of owners of an unknown kind; they are looked at again when the kinds change
    unresolved: BTreeSet<Place>,
}

/// What an owner reference leads to
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Solid,
    /// It is deleted in the foreground, and so waits for its dependents
    Waits,
    Dangling,
    /// Its kind is not served, so nobody knows
    Unknown,
}

// === impl Garbage ===

impl Garbage {
    fn enqueue(&mut self, place: Place) {
        if self.queued.insert(place.clone()) {
            self.queue.push_back(place);
        }
    }

    fn dequeue(&mut self) -> Option<Place> {
        let place = self.queue.pop_front()?;
        self.queued.remove(&place);
        Some(place)
    }

    fn dependents(&self, uid: &str) -> Vec<Place> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    fn enqueue_dependents(&mut self, uid: &str) {
        for place in self.dependents(uid) {
            self.enqueue(place);
        }
    }

    fn link(&mut self, owners: &[Value], place: &Place) {
        for owner in owners {
            self.dependents.entry(uid_of(owner).to_owned()).or_default().insert(place.clone());
        }
    }

    fn unlink(&mut self, owners: &[Value], place: &Place) {
        for owner in owners {
            if let Some(places) = self.dependents.get_mut(uid_of(owner)) {
                places.remove(place);
                if places.is_empty() {
                    self.dependents.remove(uid_of(owner));
                }
            }
        }
    }
}

// === impl ApiServer ===

impl ApiServer {
    /// Keeps the index, and finds what has to be looked at after a change
    pub(super) fn watch_garbage(&mut self, resource: &ResourceKey, change: &Change) {
        if is_ignored(resource) {
            return;
        }
        let object = &change.object;
        let place: Place = (resource.clone(), (object.namespace().to_owned(), object.name().to_owned()));
        let previous = change.previous.as_deref();
        let before = previous.map_or(&[][..], Meta::owners);
        let after = if change.deleted { &[][..] } else { object.owners() };
        if before != after {
            self.controllers.garbage.unlink(before, &place);
            self.controllers.garbage.link(after, &place);
            // an owner in the foreground may wait for this one no longer
            for owner in before {
                if let Some(owner) = self.place_of_owner(owner, object.namespace()) {
                    self.controllers.garbage.enqueue(owner);
                }
            }
            if !change.deleted {
                self.controllers.garbage.enqueue(place.clone());
            }
        }
        let garbage = &mut self.controllers.garbage;
        if change.deleted {
            garbage.enqueue_dependents(object.uid());
        } else if waits(object, FOREGROUND) {
            if previous.is_none_or(|previous| !waits(previous, FOREGROUND)) {
                garbage.enqueue_dependents(object.uid());
            }
            garbage.enqueue(place);
        } else if waits(object, ORPHAN) {
            garbage.enqueue(place);
        }
        if &*resource.plural == "customresourcedefinitions" {
            for place in std::mem::take(&mut garbage.unresolved) {
                garbage.enqueue(place);
            }
        }
    }

    /// Looks at everything that was found
    pub(super) fn collect_garbage(&mut self, now: Timestamp) {
        while let Some(place) = self.controllers.garbage.dequeue() {
            self.collect(&place, now);
        }
    }

    fn collect(&mut self, place: &Place, now: Timestamp) {
        let Some(object) = self.store.get(&place.0, &place.1).cloned() else { return };
        if waits(&object, ORPHAN) {
            self.orphan_dependents(&object, now);
            self.remove_finalizer(place, ORPHAN, now);
        } else if waits(&object, FOREGROUND) {
            self.wait_for_dependents(place, &object, now);
        } else if !object.is_terminating() && !object.owners().is_empty() {
            self.judge(place, &object, now);
        }
    }

    /// Deletes an object that no owner keeps, or takes the references from it that keep nothing
    fn judge(&mut self, place: &Place, object: &Arc<Value>, now: Timestamp) {
        let found: Vec<(Owner, &Value)> =
            object.owners().iter().map(|owner| (self.look_up(owner, object.namespace()), owner)).collect();
        let any = |wanted: Owner| found.iter().any(|(owner, _)| *owner == wanted);
        if any(Owner::Unknown) {
            self.controllers.garbage.unresolved.insert(place.clone());
            return;
        }
        if any(Owner::Solid) {
            let kept = found.iter().filter(|(owner, _)| *owner == Owner::Solid).map(|(_, it)| (*it).clone());
            let kept: Vec<Value> = kept.collect();
            self.keep_owners(place, object, kept, now);
            return;
        }
        let dependents = self.controllers.garbage.dependents(object.uid());
        let propagation = match object.finalizers() {
            _ if any(Owner::Waits) && !dependents.is_empty() => Propagation::Foreground,
            finalizers if finalizers.contains(&ORPHAN) => Propagation::Orphan,
            finalizers if finalizers.contains(&FOREGROUND) => Propagation::Foreground,
            _ => Propagation::Background,
        };
        let mut version = object.meta("resourceVersion").to_owned();
        let in_circle = |dependent: &Place| {
            self.store.get(&dependent.0, &dependent.1).is_some_and(|dependent| waits(dependent, FOREGROUND))
        };
        if propagation == Propagation::Foreground && dependents.iter().any(in_circle) {
            version = self.unblock_owners(place, object, now);
        }
        let options = DeleteOptions {
            uid: Some(object.uid().to_owned()),
            resource_version: Some(version),
            propagation: Some(propagation),
            ..DeleteOptions::default()
        };
        // nothing can come between the look and the deletion, and what may not be deleted stays
        let _deleted = self.delete_object(&place.0, &place.1, &options, now);
    }

    /// The owner that waits for this object is told to wait no longer, for they wait in a circle
    fn unblock_owners(&mut self, place: &Place, object: &Value, now: Timestamp) -> String {
        let mut owners = object.owners().to_vec();
        for owner in &mut owners {
            if owner["blockOwnerDeletion"] == true {
                owner["blockOwnerDeletion"] = false.into();
            }
        }
        self.keep_owners(place, object, owners, now);
        let stored = self.store.get(&place.0, &place.1);
        stored.map_or_else(String::new, |stored| stored.meta("resourceVersion").to_owned())
    }

    fn keep_owners(&mut self, place: &Place, object: &Value, owners: Vec<Value>, now: Timestamp) {
        let mut changed = object.clone();
        if owners.is_empty() {
            changed["metadata"].as_object_mut().map(|metadata| metadata.remove("ownerReferences"));
        } else {
            changed["metadata"]["ownerReferences"] = owners.into();
        }
        self.store_change(place, changed, now);
    }

    fn orphan_dependents(&mut self, owner: &Value, now: Timestamp) {
        for place in self.controllers.garbage.dependents(owner.uid()) {
            let Some(dependent) = self.store.get(&place.0, &place.1).cloned() else { continue };
            let others = dependent.owners().iter().filter(|reference| uid_of(reference) != owner.uid());
            let others: Vec<Value> = others.cloned().collect();
            self.keep_owners(&place, &dependent, others, now);
        }
    }

    /// Lets an owner in the foreground go if no dependent blocks it, or goes on with those that do
    fn wait_for_dependents(&mut self, place: &Place, owner: &Value, now: Timestamp) {
        let blocks = |dependent: &Value| {
            let mut references = dependent.owners().iter();
            references
                .any(|reference| uid_of(reference) == owner.uid() && reference["blockOwnerDeletion"] == true)
        };
        let mut blocked = false;
        for dependent in self.controllers.garbage.dependents(owner.uid()) {
            let Some(object) = self.store.get(&dependent.0, &dependent.1) else { continue };
            if blocks(object) {
                blocked = true;
                if !object.is_terminating() {
                    self.controllers.garbage.enqueue(dependent);
                }
            }
        }
        if !blocked {
            self.remove_finalizer(place, FOREGROUND, now);
        }
    }

    fn remove_finalizer(&mut self, place: &Place, finalizer: &str, now: Timestamp) {
        let Some(object) = self.store.get(&place.0, &place.1) else { return };
        let mut changed = Value::clone(object);
        let left: Vec<String> =
            object.finalizers().into_iter().filter(|it| *it != finalizer).map(ToOwned::to_owned).collect();
        set_finalizers(&mut changed, &left);
        self.store_change(place, changed, now);
    }

    fn look_up(&self, reference: &Value, namespace: &str) -> Owner {
        let text = |field: &str| reference[field].as_str().unwrap_or_default();
        let Some(kind) = self.kinds.of_object(text("apiVersion"), text("kind")) else {
            return Owner::Unknown;
        };
        if kind.namespaced && namespace.is_empty() {
            // an object of the cluster cannot have an owner in a namespace: an error that is left alone
            return Owner::Unknown;
        }
        let namespace = if kind.namespaced { namespace } else { "" };
        let key = (namespace.to_owned(), text("name").to_owned());
        match self.store.get(&kind.key, &key) {
            Some(owner) if owner.uid() == uid_of(reference) => {
                if waits(owner, FOREGROUND) {
                    Owner::Waits
                } else {
                    Owner::Solid
                }
            }
            _ => Owner::Dangling,
        }
    }

    /// Where the owner of an object in this namespace would be
    fn place_of_owner(&self, reference: &Value, namespace: &str) -> Option<Place> {
        let text = |field: &str| reference[field].as_str().unwrap_or_default();
        let kind = self.kinds.of_object(text("apiVersion"), text("kind"))?;
        let namespace = if kind.namespaced { namespace } else { "" };
        Some((kind.key.clone(), (namespace.to_owned(), text("name").to_owned())))
    }
}

/// Whether an object is being deleted and waits for this finalizer
fn waits(object: &Value, finalizer: &str) -> bool {
    object.is_terminating() && object.finalizers().contains(&finalizer)
}

fn uid_of(reference: &Value) -> &str {
    reference["uid"].as_str().unwrap_or_default()
}

/// Events are nobody's dependents, whatever they say
fn is_ignored(resource: &ResourceKey) -> bool {
    &*resource.plural == "events" && matches!(&*resource.group, "" | "events.k8s.io")
}
