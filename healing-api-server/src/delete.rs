//! The verbs delete and deletecollection, and the deletion that controllers and evictions share with them
//!
//! It owns what is stored and answered. What becomes of an object is decided in `fate`; what its dependents do is the
//! garbage collector's business.

mod fate;
mod options;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use fate::{
    CUSTOM_CLEANUP, FOREGROUND, Fate, ORPHAN, check_preconditions, set_condition, set_finalizers,
};
pub(crate) use options::{DeleteOptions, Propagation};

use crate::call::Call;
use crate::kind::{Kind, ResourceKey};
use crate::meta::Meta;
use crate::server::{ApiServer, Response};
use crate::store::ObjectKey;
use crate::{Refusal, present};

/// Namespaces that are never deleted
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

/// What a DELETE did to an object
#[derive(Clone, Debug)]
pub(crate) struct Deleted {
    /// The object after it; if it is gone, its last form
    pub(crate) object: Arc<Value>,
    /// Whether it is gone
    pub(crate) gone: bool,
    /// Whether the answer is the object whatever its kind
    changed: bool,
}

// === impl ApiServer ===

impl ApiServer {
    /// Answers a DELETE of one object
    pub(crate) fn delete(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let options = DeleteOptions::of_call(call)?;
        let key = (call.target.namespace.clone(), call.target.name.clone());
        let deleted = self.delete_object(&kind.key, &key, &options, call.now)?;
        // the old way to ask for a cascade tells that it is not done yet
        let code = if !deleted.gone && options.orphan == Some(false) { 202 } else { 200 };
        let shows_object = kind.built_in().is_some_and(|built_in| built_in.delete_shows_object);
        if deleted.changed || shows_object {
            return Ok(present::object(kind, &deleted.object, call, code));
        }
        Ok(Response::json(code, &success(kind, &deleted.object)))
    }

    /// Answers a DELETE of a collection with the objects that it was about, as they were before
    pub(crate) fn delete_collection(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let (answer, selected) = self.list_selected(kind, call)?;
        self.delete_selected(kind, &selected, call)?;
        Ok(answer)
    }

    /// Deletes the objects that a list selected, and gives back what they were before
    ///
    /// # Errors
    /// The first refusal; objects before it are deleted already, as on a real server.
    pub(crate) fn delete_selected(
        &mut self,
        kind: &Kind,
        selected: &[Arc<Value>],
        call: &Call,
    ) -> Result<(), Refusal> {
        let options = DeleteOptions::of_call(call)?;
        for object in selected {
            let key = (object.namespace().to_owned(), object.name().to_owned());
            match self.delete_object(&kind.key, &key, &options, call.now) {
                Err(refusal) if refusal.code != 404 => return Err(refusal),
                _ => {}
            }
        }
        Ok(())
    }

    /// Deletes an object, or begins to
    ///
    /// # Errors
    /// 404 if there is none, 409 if a precondition fails, 403 for namespaces that must stay.
    pub(crate) fn delete_object(
        &mut self,
        resource: &ResourceKey,
        key: &ObjectKey,
        options: &DeleteOptions,
        now: Timestamp,
    ) -> Result<Deleted, Refusal> {
        let kind = self.kinds.any_version(resource).cloned();
        let kind =
            kind.ok_or_else(|| Refusal::new(404, "NotFound", "the resource is not served any more"))?;
        let Some(object) = self.store.get(resource, key).cloned() else {
            return Err(Refusal::not_found(&kind.subject(&key.1)));
        };
        let fate = fate::decide(&kind, &object, options, now)?;
        if kind.group().is_empty() && kind.plural() == "namespaces" && IMMORTAL.contains(&key.1.as_str()) {
            return Err(Refusal::forbidden(&kind.subject(&key.1), "this namespace may not be deleted"));
        }
        Ok(self.carry_out(resource, key, fate, options.dry_run))
    }

    /// Removes an object whose last finalizer an update has removed; false if it stays
    ///
    /// What watches see of it is its form before the update, as on a real server; the answer is the updated one.
    pub(crate) fn finish_if_free(
        &mut self,
        resource: &ResourceKey,
        key: &ObjectKey,
        new: &Value,
        dry_run: bool,
    ) -> bool {
        let Some(old) = self.store.get(resource, key).cloned() else { return false };
        let ends = fate::ends_by_update(resource, &old, new);
        if ends && !dry_run {
            self.store.remove(resource, key, Value::clone(&old));
        }
        ends
    }

    fn carry_out(&mut self, resource: &ResourceKey, key: &ObjectKey, fate: Fate, dry_run: bool) -> Deleted {
        let old = self.store.get(resource, key).cloned().unwrap_or_default();
        let stored = |server: &mut Self, object: Value| {
            if dry_run {
                Arc::new(object)
            } else if object == *old {
                Arc::clone(&old)
            } else {
                server.store.put(resource, key.clone(), object)
            }
        };
        match fate {
            Fate::Pending => Deleted { object: old, gone: false, changed: false },
            Fate::Stays(object) => Deleted { object: stored(self, object), gone: false, changed: true },
            Fate::Goes(last) => {
                let changed = last.is_some();
                let mut object = last.map_or_else(|| Arc::clone(&old), |last| stored(self, last));
                if !dry_run {
                    let last = Value::clone(&object);
                    object = self.store.remove(resource, key, last).unwrap_or(object);
                }
                Deleted { object, gone: true, changed: changed && dry_run }
            }
        }
    }
}

/// The Status that tells that an object is gone
fn success(kind: &Kind, object: &Value) -> Value {
    let mut details = json!({ "name": object.name(), "kind": kind.plural(), "uid": object.uid() });
    if !kind.group().is_empty() {
        details["group"] = kind.group().into();
    }
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
}
