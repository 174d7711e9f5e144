//! What an object is compared with when it is created
//!
//! It owns the empty object of each built-in kind: there structures are never absent, so a new object does not own
//! them, only what is in them. Custom resources start from nothing.

use serde_json::{Value, json};

/// The empty object that a new one is compared with
pub(crate) fn zero(new: &Value) -> Value {
    let text = |field: &str| new[field].as_str().unwrap_or_default();
    let Some(mut zero) = of_kind(text("apiVersion"), text("kind")) else { return json!({}) };
    keep_nulls(&mut zero, new);
    zero
}

/// Whether an object is of a built-in kind
pub(crate) fn is_built_in(object: &Value) -> bool {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    of_kind(text("apiVersion"), text("kind")).is_some()
}

/// The empty object of a built-in kind; none for a custom one
fn of_kind(api_version: &str, kind: &str) -> Option<Value> {
    let role_ref = || json!({ "apiGroup": "", "kind": "", "name": "" });
    let pod = || json!({ "metadata": {}, "spec": { "containers": null } });
    let names = || json!({ "kind": "", "plural": "" });
    Some(match (api_version, kind) {
        ("v1", "ConfigMap" | "Secret" | "ServiceAccount" | "Endpoints" | "LimitRange" | "PodTemplate")
        | ("rbac.authorization.k8s.io/v1", "Role" | "ClusterRole")
        | (
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
        ) => json!({ "metadata": {} }),
        ("v1", "Namespace" | "ResourceQuota") => json!({ "metadata": {}, "spec": {}, "status": {} }),
        ("v1", "Pod") => json!({ "metadata": {}, "spec": { "containers": null }, "status": {} }),
        ("v1", "Node") => json!({ "metadata": {}, "spec": {}, "status": {
            "daemonEndpoints": { "kubeletEndpoint": { "Port": 0 } },
            "nodeInfo": {
                "architecture": "", "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "",
                "kubeProxyVersion": "", "kubeletVersion": "", "machineID": "", "operatingSystem": "",
                "osImage": "", "systemUUID": "",
            },
        } }),
        ("v1", "Service") => json!({ "metadata": {}, "spec": {}, "status": { "loadBalancer": {} } }),
        ("v1", "PersistentVolumeClaim") => {
            json!({ "metadata": {}, "spec": { "resources": {} }, "status": {} })
        }
        ("v1", "Event") => json!({
            "metadata": {}, "involvedObject": {}, "source": {},
            "firstTimestamp": null, "lastTimestamp": null, "eventTime": null,
            "reportingComponent": "", "reportingInstance": "",
        }),
        ("events.k8s.io/v1", "Event") => json!({
            "metadata": {}, "regarding": {}, "deprecatedSource": {}, "eventTime": null,
            "deprecatedFirstTimestamp": null, "deprecatedLastTimestamp": null,
        }),
        ("apps/v1", "Deployment") => json!({
            "metadata": {}, "spec": { "selector": null, "strategy": {}, "template": pod() }, "status": {},
        }),
        ("apps/v1", "ReplicaSet") => json!({
            "metadata": {}, "spec": { "selector": null, "template": pod() }, "status": { "replicas": 0 },
        }),
        ("apps/v1", "ControllerRevision") => json!({ "metadata": {}, "data": null, "revision": 0 }),
        ("coordination.k8s.io/v1", "Lease") => json!({ "metadata": {}, "spec": {} }),
        ("discovery.k8s.io/v1", "EndpointSlice") => {
            json!({ "metadata": {}, "addressType": "", "endpoints": null, "ports": null })
        }
        ("policy/v1", "PodDisruptionBudget") => json!({ "metadata": {}, "spec": {}, "status": {
            "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0,
        } }),
        ("rbac.authorization.k8s.io/v1", "RoleBinding" | "ClusterRoleBinding") => {
            json!({ "metadata": {}, "roleRef": role_ref() })
        }
        ("scheduling.k8s.io/v1", "PriorityClass") => json!({ "metadata": {}, "value": 0 }),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition") => json!({
            "metadata": {},
            "spec": { "group": "", "names": names(), "scope": "", "versions": null },
            "status": { "conditions": null, "acceptedNames": names(), "storedVersions": null },
        }),
        ("authorization.k8s.io/v1", "SelfSubjectAccessReview") => {
            json!({ "metadata": {}, "spec": {}, "status": { "allowed": false } })
        }
        ("authorization.k8s.io/v1", "SelfSubjectRulesReview") => json!({
            "metadata": {}, "spec": {},
            "status": { "resourceRules": null, "nonResourceRules": null, "incomplete": false },
        }),
        ("authentication.k8s.io/v1", "SelfSubjectReview") => {
            json!({ "metadata": {}, "status": { "userInfo": {} } })
        }
        ("autoscaling/v1", "Scale") => json!({ "metadata": {}, "spec": {}, "status": { "replicas": 0 } }),
        _ => return None,
    })
}

/// Adds the nulls of the new object: one that a built-in kind keeps is the zero value of its type
fn keep_nulls(zero: &mut Value, new: &Value) {
    let (Some(zero), Some(new)) = (zero.as_object_mut(), new.as_object()) else { return };
    for (name, value) in new {
        match zero.get_mut(name) {
            Some(zero) => keep_nulls(zero, value),
            None if value.is_null() => {
                zero.insert(name.clone(), Value::Null);
            }
            None => {}
        }
    }
}
