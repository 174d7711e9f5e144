//! The life of namespaces: what is in each of them from the start, who may write into them, how they end
//!
//! It owns the four first namespaces, the account and the certificate of each one, and the deletion of what is in one
//! that ends. The refusal to delete some of them is `delete`'s business.

mod condition;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::condition::Remains;
use super::Place;
use crate::Refusal;
use crate::delete::DeleteOptions;
use crate::kind::{Kind, ResourceKey};
use crate::meta::{Meta, seconds};
use crate::refusal::Subject;
use crate::server::ApiServer;
use crate::store::Change;

/// Namespaces that every cluster has
const FIRST: &[&str] = &["kube-system", "kube-public", "kube-node-lease", "default"];
/// The finalizer in `spec` that holds a namespace until it is empty
const FINALIZER: &str = "kubernetes";
/// Seconds from a change of a namespace that ends to the look at what is in it; the real controller waits as long
const WAIT_SECS: i64 = 5;
/// Seconds that finalizers of others are thought to need
const FINALIZERS_SECS: i64 = 15;
/// The first wait after a failure, in milliseconds; it doubles up to the last
const RETRY_FIRST_MS: i64 = 5;
const RETRY_LAST_MS: i64 = 60_000;
/// The account that each namespace has
const ACCOUNT: &str = "default";
/// The certificate that each namespace has
const CERTIFICATE: &str = "kube-root-ca.crt";
const CERTIFICATE_ABOUT: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/// What the controller of namespaces remembers
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    /// When to look at a namespace that ends
    due: BTreeMap<String, Timestamp>,
    /// How often the end of a namespace has failed in a row
    failures: BTreeMap<String, u32>,
    /// Namespaces that may lack what each of them has
    unfurnished: BTreeSet<String>,
    /// The certificate in each namespace, in PEM
    certificate: String,
}

// === impl Namespaces ===

impl Namespaces {
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.values().min().copied()
    }

    /// What a fresh start keeps
    pub(super) fn restarted(&mut self) -> Self {
        Self { certificate: std::mem::take(&mut self.certificate), ..Self::default() }
    }

    fn look_at(&mut self, namespace: &str, when: Timestamp) {
        let due = self.due.entry(namespace.to_owned()).or_insert(when);
        *due = when.min(*due);
    }

    /// The wait after another failure
    fn retry(&mut self, namespace: &str) -> SignedDuration {
        let failures = self.failures.entry(namespace.to_owned()).or_default();
        let wait = RETRY_FIRST_MS.saturating_mul(1 << (*failures).min(20)).min(RETRY_LAST_MS);
        *failures += 1;
        SignedDuration::from_millis(wait)
    }
}

// === impl ApiServer ===

impl ApiServer {
    /// Sets the certificate authority, in PEM, that each namespace holds in `kube-root-ca.crt`
    pub fn set_certificate_authority(&mut self, pem: &str, now: Timestamp) {
        let all: Vec<String> =
            self.store.list(&key_of("namespaces"), "").map(|((_, name), _)| name.clone()).collect();
        pem.clone_into(&mut self.controllers.namespaces.certificate);
        self.controllers.namespaces.unfurnished.extend(all);
        self.run_controllers(now);
    }

    /// Whether something may be created in a namespace
    ///
    /// # Errors
    /// 404 if it does not exist, 403 if it ends.
    pub(crate) fn admit_namespace(&self, namespace: &str, kind: &Kind, name: &str) -> Result<(), Refusal> {
        let found = self.store.get(&key_of("namespaces"), &(String::new(), namespace.to_owned()));
        let Some(found) = found else {
            let subject = Subject { group: "", what: "namespaces", name: namespace };
            return Err(Refusal::not_found(&subject));
        };
        if found["status"]["phase"] != "Terminating" {
            return Ok(());
        }
        let why =
            format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut refusal = Refusal::forbidden(&kind.subject(name), &why);
        refusal.details["causes"] = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        }]);
        Err(refusal)
    }

    pub(super) fn make_first_namespaces(&mut self, now: Timestamp) {
        for name in FIRST {
            let written = json!({ "f:metadata": { "f:labels": {
                ".": {}, "f:kubernetes.io/metadata.name": {},
            } } });
            let namespace = json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {
                    "name": name, "uid": self.random.uid(), "creationTimestamp": seconds(now),
                    "labels": { "kubernetes.io/metadata.name": name },
                    "managedFields": managed("kube-apiserver", &written, now),
                },
                "spec": { "finalizers": [FINALIZER] },
                "status": { "phase": "Active" },
            });
            self.store.put(&key_of("namespaces"), (String::new(), (*name).to_owned()), namespace);
        }
    }

    /// Finds what has to be done for namespaces after a change
    pub(super) fn watch_namespaces(&mut self, resource: &ResourceKey, change: &Change, now: Timestamp) {
        let (object, namespaces) = (&change.object, &mut self.controllers.namespaces);
        match (&*resource.group, &*resource.plural) {
            ("", "namespaces") if change.deleted => {
                namespaces.due.remove(object.name());
                namespaces.failures.remove(object.name());
            }
            ("", "namespaces") if object.is_terminating() => {
                namespaces.look_at(object.name(), now + SignedDuration::from_secs(WAIT_SECS));
            }
            ("", "namespaces") => {
                namespaces.unfurnished.insert(object.name().to_owned());
            }
            ("", "serviceaccounts") if change.deleted && object.name() == ACCOUNT => {
                namespaces.unfurnished.insert(object.namespace().to_owned());
            }
            ("", "configmaps") if object.name() == CERTIFICATE => {
                namespaces.unfurnished.insert(object.namespace().to_owned());
            }
            _ => {}
        }
    }

    /// Gives each namespace what it lacks, and goes on with those that end
    pub(super) fn end_namespaces(&mut self, now: Timestamp) {
        for namespace in std::mem::take(&mut self.controllers.namespaces.unfurnished) {
            self.furnish(&namespace, now);
        }
        let due = self.controllers.namespaces.due.iter().filter(|(_, due)| **due <= now);
        let due: Vec<String> = due.map(|(namespace, _)| namespace.clone()).collect();
        for namespace in due {
            self.controllers.namespaces.due.remove(&namespace);
            self.end_namespace(&namespace, now);
        }
    }

    fn furnish(&mut self, namespace: &str, now: Timestamp) {
        let found = self.store.get(&key_of("namespaces"), &(String::new(), namespace.to_owned()));
        if found.is_none_or(|found| found.is_terminating()) {
            return;
        }
        let key = |name: &str| (namespace.to_owned(), name.to_owned());
        let accounts = key_of("serviceaccounts");
        if self.store.get(&accounts, &key(ACCOUNT)).is_none() {
            let metadata = self.metadata(namespace, ACCOUNT, now);
            let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata });
            self.store.put(&accounts, key(ACCOUNT), account);
        }
        let data = json!({ "ca.crt": self.controllers.namespaces.certificate });
        let maps = key_of("configmaps");
        match self.store.get(&maps, &key(CERTIFICATE)).cloned() {
            Some(map) if map["data"] != data => {
                let mut map = Value::clone(&map);
                map["data"] = data;
                self.store_change(&(maps, key(CERTIFICATE)), map, now);
            }
            Some(_) => {}
            None => {
                let mut metadata = self.metadata(namespace, CERTIFICATE, now);
                metadata["annotations"] = json!({ "kubernetes.io/description": CERTIFICATE_ABOUT });
                let written = json!({
                    "f:data": { ".": {}, "f:ca.crt": {} },
                    "f:metadata": { "f:annotations": { ".": {}, "f:kubernetes.io/description": {} } },
                });
                metadata["managedFields"] = managed("kube-controller-manager", &written, now);
                let map =
                    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data });
                self.store.put(&maps, key(CERTIFICATE), map);
            }
        }
    }

    fn metadata(&mut self, namespace: &str, name: &str, now: Timestamp) -> Value {
        json!({
            "name": name, "namespace": namespace, "uid": self.random.uid(), "creationTimestamp": seconds(now),
        })
    }

    /// Deletes what is in a namespace, and lets the namespace go when nothing is left
    fn end_namespace(&mut self, namespace: &str, now: Timestamp) {
        let place: Place = (key_of("namespaces"), (String::new(), namespace.to_owned()));
        let Some(object) = self.store.get(&place.0, &place.1).cloned() else { return };
        let finalizers = object["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
        if !object.is_terminating() || finalizers.is_empty() {
            return;
        }
        let began: Timestamp = object.meta("deletionTimestamp").parse().unwrap_or(now);
        let remains = self.delete_contents(namespace, began, now);
        let mut changed = Value::clone(&object);
        remains.tell(&mut changed, now);
        self.write_status(&place, changed.clone(), super::MANAGER, now);
        if remains.has_failed() {
            let wait = self.controllers.namespaces.retry(namespace);
            self.controllers.namespaces.look_at(namespace, now + wait);
        } else if remains.estimate_secs > 0 {
            let wait = SignedDuration::from_secs(remains.estimate_secs / 2 + 1);
            self.controllers.namespaces.look_at(namespace, now + wait);
        } else {
            let others = finalizers.into_iter().filter(|finalizer| finalizer != FINALIZER);
            let others: Vec<Value> = others.collect();
            changed["spec"] = if others.is_empty() { json!({}) } else { json!({ "finalizers": others }) };
            self.finalize_namespace(&place, changed);
        }
    }

    /// Stores what is left of the finalizers; without any the namespace is gone
    fn finalize_namespace(&mut self, (resource, key): &Place, mut namespace: Value) {
        // nobody owns what this writes
        if let Some(stored) = self.store.get(resource, key) {
            namespace["metadata"] = stored["metadata"].clone();
        }
        if !self.finish_if_free(resource, key, &namespace, false) {
            self.store.put(resource, key.clone(), namespace);
        }
    }

    /// Deletes everything in a namespace, pods before all else, and tells what is left
    fn delete_contents(&mut self, namespace: &str, began: Timestamp, now: Timestamp) -> Remains {
        let mut remains = Remains::default();
        let pods = key_of("pods");
        let mut resources: BTreeMap<ResourceKey, String> = BTreeMap::new();
        for kind in self.kinds.iter().filter(|kind| kind.namespaced && kind.verbs.contains(&"delete")) {
            resources.entry(kind.key.clone()).or_insert_with(|| kind.version.clone());
        }
        if let Some(version) = resources.remove(&pods) {
            let estimate_secs = self.pods_need_secs(namespace);
            let estimate_secs = if (now - began).get_seconds() >= estimate_secs { 0 } else { estimate_secs };
            let left = self.delete_resource(&pods, namespace, now);
            remains.add(&pods, (&version, namespace), &left, estimate_secs);
            if remains.found_any() {
                remains.forget_counts();
                return remains;
            }
        }
        for (resource, version) in resources {
            let left = self.delete_resource(&resource, namespace, now);
            remains.add(&resource, (&version, namespace), &left, 0);
        }
        remains
    }

    /// Seconds that the pods of a namespace may take to end
    fn pods_need_secs(&self, namespace: &str) -> i64 {
        let pods = key_of("pods");
        let running = self
            .store
            .list(&pods, namespace)
            .filter(|(_, pod)| !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")));
        let needs = running.filter_map(|(_, pod)| pod["spec"]["terminationGracePeriodSeconds"].as_i64());
        needs.max().unwrap_or(0)
    }

    /// Deletes everything of a resource, and gives back what is left
    fn delete_resource(
        &mut self,
        resource: &ResourceKey,
        namespace: &str,
        now: Timestamp,
    ) -> Vec<Arc<Value>> {
        let keys: Vec<_> = self.store.list(resource, namespace).map(|(key, _)| key.clone()).collect();
        for key in keys {
            // what may not be deleted remains, and is told
            let _deleted = self.delete_object(resource, &key, &DeleteOptions::background(), now);
        }
        self.store.list(resource, namespace).map(|(_, object)| Arc::clone(object)).collect()
    }
}

fn key_of(plural: &str) -> ResourceKey {
    ResourceKey::new("", plural)
}

/// `managedFields` of an object that only `manager` has written
fn managed(manager: &str, fields: &Value, now: Timestamp) -> Value {
    json!([{
        "manager": manager, "operation": "Update", "apiVersion": "v1", "time": seconds(now),
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    }])
}
