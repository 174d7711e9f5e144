//! Claims for storage: one that is deleted goes when no pod uses it any longer
//!
//! It owns the finalizer that every claim gets. Nothing here binds a claim to a volume.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::server::ApiServer;
use crate::store::{Change, ObjectKey};

const FINALIZER: &str = "kubernetes.io/pvc-protection";

// === impl ApiServer ===

impl ApiServer {
    /// Lets go of the claims that a change is about, if nothing uses them
    pub(super) fn release_claims(&mut self, resource: &ResourceKey, change: &Change, now: Timestamp) {
        let object = &change.object;
        let names: Vec<String> = match (&*resource.group, &*resource.plural) {
            ("", "persistentvolumeclaims") if !change.deleted => vec![object.name().to_owned()],
            ("", "pods") if change.deleted => claims(object).map(ToOwned::to_owned).collect(),
            _ => return,
        };
        for name in names {
            self.release_claim((object.namespace().to_owned(), name), now);
        }
    }

    fn release_claim(&mut self, key: ObjectKey, now: Timestamp) {
        let resource = ResourceKey::new("", "persistentvolumeclaims");
        let Some(claim) = self.store.get(&resource, &key).map(Arc::clone) else { return };
        if !claim.is_terminating() || !claim.finalizers().contains(&FINALIZER) {
            return;
        }
        let pods = ResourceKey::new("", "pods");
        let uses = |pod: &Value| {
            let is_bound = pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
            is_bound && claims(pod).any(|name| name == key.1)
        };
        if self.store.list(&pods, &key.0).any(|(_, pod)| uses(pod)) {
            return;
        }
        let mut free = Value::clone(&claim);
        if let Some(finalizers) = free["metadata"]["finalizers"].as_array_mut() {
            finalizers.retain(|finalizer| finalizer != FINALIZER);
            if finalizers.is_empty() {
                free["metadata"].as_object_mut().map(|metadata| metadata.remove("finalizers"));
            }
        }
        self.store_change(&(resource, key), free, now);
    }
}

/// The names of the claims that a pod uses
fn claims(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::delete::DeleteOptions;
    use crate::fixture::{bare_server, get, noon, put, resource};

    #[test]
    fn a_claim_goes_with_the_last_pod_that_uses_it() {
        let mut server = bare_server();
        let claim = json!({ "metadata": { "name": "data", "finalizers": [super::FINALIZER] } });
        put(&mut server, "persistentvolumeclaims", claim);
        let volume = json!({ "name": "v", "persistentVolumeClaim": { "claimName": "data" } });
        let pod = json!({ "metadata": { "name": "p" }, "spec": { "nodeName": "n", "volumes": [volume] } });
        put(&mut server, "pods", pod);
        for (plural, name, kept) in [("persistentvolumeclaims", "data", true), ("pods", "p", false)] {
            let options = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
            let key = ("ns".to_owned(), name.to_owned());
            let resource = resource(&server, plural);
            server.delete_object(&resource, &key, &options, noon()).unwrap();
            server.run_controllers(noon());
            assert_eq!(get(&server, "persistentvolumeclaims", "data").is_some(), kept);
        }
    }
}
