//! What a test looks at and waits for: objects, Events, who asked for what
//!
//! It owns looking. It changes nothing; what it reads through is a client, so faults hold for it as for any other.

use std::fmt;
use std::time::Duration;

use k8s_openapi::api::events::v1::Event;
use kube::Resource;
use kube::api::{GetParams, ListParams, ObjectList};
use kube::core::Request;
use serde::de::DeserializeOwned;

use super::Sandbox;
use crate::{TraceEntry, Verb};

/// Longest time that [`Sandbox::eventually`] lets pass
const LIMIT: Duration = Duration::from_hours(1);
/// Time between two looks for something new; shorter than any step of a pod's life
const STEP: Duration = Duration::from_millis(250);
/// A look is taken after so many steps although nothing was written: what it looks at may be elsewhere
const IDLE_STEPS: u32 = 20;
/// Lines of the trace that a failure shows
const SHOWN: usize = 20;

/// What a test waited for did not come; says what was seen last, and what was written before
///
/// `Debug` is as readable as `Display`, for `unwrap`.
#[derive(thiserror::Error)]
#[error("not within {within:?}: {what}; seen last: {last}\nwritten before:\n{written}")]
pub struct NeverSeen {
    what: String,
    within: Duration,
    last: String,
    written: String,
}

// === impl NeverSeen ===

impl fmt::Debug for NeverSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

// === impl Sandbox ===

impl Sandbox {
    /// Reads an object; `namespace` is empty for kinds that are in none
    ///
    /// # Errors
    /// [`kube::Error`] with what the API server says, such as 404.
    pub async fn get<K>(&self, namespace: &str, name: &str) -> kube::Result<K>
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + fmt::Debug,
    {
        let request = collection::<K>(namespace).get(name, &GetParams::default());
        self.client().request(request.map_err(kube::Error::BuildRequest)?).await
    }

    /// Reads all objects of a kind, by name; with an empty `namespace` those of all namespaces
    ///
    /// # Errors
    /// [`kube::Error`] with what the API server says.
    pub async fn list<K>(&self, namespace: &str) -> kube::Result<Vec<K>>
    where
        K: Resource<DynamicType = ()> + Clone + DeserializeOwned + fmt::Debug,
    {
        let request = collection::<K>(namespace).list(&ListParams::default());
        let list: ObjectList<K> = self.client().request(request.map_err(kube::Error::BuildRequest)?).await?;
        Ok(list.items)
    }

    /// The Events about the object of this name, oldest first, by whichever of the two APIs they were written
    ///
    /// ```
    /// # use healing_sandbox::Sandbox;
    /// # async fn example(sandbox: Sandbox) -> kube::Result<()> {
    /// let reasons: Vec<_> =
    ///     sandbox.events("default", "web").await?.into_iter().filter_map(|event| event.reason).collect();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`kube::Error`] with what the API server says.
    pub async fn events(&self, namespace: &str, name: &str) -> kube::Result<Vec<Event>> {
        let mut events: Vec<Event> = self.list(namespace).await?;
        let is_about =
            |event: &Event| event.regarding.as_ref().and_then(|to| to.name.as_deref()) == Some(name);
        events.retain(is_about);
        events.sort_by_key(|event| event.metadata.creation_timestamp.clone());
        Ok(events)
    }

    /// Who asked this of a resource, such as `pods`, or of a subresource, such as `pods/eviction`: the latest, oldest first
    ///
    /// The kubelet simulator and the controllers are left out; the latest 10,000 requests of all others are kept. A request
    /// is here once it has its answer, or was refused or lost on the way ([`TraceEntry::code`]), and not while a fault
    /// keeps it.
    ///
    /// ```
    /// # use healing_sandbox::{Sandbox, TraceEntry, Verb};
    /// # fn example(sandbox: &Sandbox) {
    /// let deleted = sandbox.requests(Verb::Delete, "pods");
    /// assert_eq!(deleted.iter().map(TraceEntry::name).collect::<Vec<_>>(), ["web-1"]);
    /// # }
    /// ```
    pub fn requests(&self, verb: Verb, resource: &str) -> Vec<TraceEntry> {
        let mut entries = self.host.trace().requests();
        entries.retain(|entry| entry.verb == verb.as_str() && entry.resource() == resource);
        entries
    }

    /// Lets time pass until `probe` succeeds, and gives what it gave
    ///
    /// It looks at once, then after each change of what is stored, and every five seconds.
    ///
    /// # Errors
    /// [`NeverSeen`] if it does not succeed within an hour.
    pub async fn eventually<T, E: fmt::Display>(
        &self,
        what: &str,
        mut probe: impl AsyncFnMut() -> Result<T, E>,
    ) -> Result<T, NeverSeen> {
        let end = self.now() + LIMIT;
        loop {
            let before = self.written();
            let last = match probe().await {
                Ok(seen) => return Ok(seen),
                Err(last) => last,
            };
            if self.now() >= end {
                let (what, last) = (what.to_owned(), last.to_string());
                return Err(NeverSeen { what, within: LIMIT, last, written: self.end_of_trace() });
            }
            for _ in 0..IDLE_STEPS {
                self.advance(STEP).await;
                if self.written() != before {
                    break;
                }
            }
        }
    }

    /// The latest changes and faults; leases and nodes are written all the time
    fn end_of_trace(&self) -> String {
        let mut entries = self.trace();
        entries.retain(|entry| {
            let is_read = ["get", "list", "watch"].contains(&entry.verb.as_str());
            let is_steady = ["leases", "nodes", "nodes/status"].contains(&entry.resource());
            entry.fault.is_some() || !is_read && !is_steady
        });
        let from = entries.len().saturating_sub(SHOWN);
        let lines: Vec<String> = entries[from..].iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

/// Requests to the objects of a kind
fn collection<K: Resource<DynamicType = ()>>(namespace: &str) -> Request {
    Request::new(K::url_path(&(), Some(namespace).filter(|namespace| !namespace.is_empty())))
}
