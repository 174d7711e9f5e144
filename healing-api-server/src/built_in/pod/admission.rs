//! What a pod gets from elsewhere when it is created: account, token, tolerations, priority
//!
//! It owns what the admission of a real server does to pods. Limits and quotas are not kept.

use serde_json::{Value, json};

use super::super::cell::{each, text};
use super::super::edit::{self, default};
use super::super::{BuiltIn, Creation};
use crate::Refusal;
use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::refusal::Subject;

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_VOLUME: &str = "kube-api-access-";
/// Classes that every cluster has
const CLASSES: &[(&str, i64)] =
    &[("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
/// What a pod is tolerant of for a while
const TAINTS: &[&str] = &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const TOLERANT_SECONDS: i64 = 300;

/// Everything that a new pod gets
pub(super) fn create(pod: &mut Value, creation: &mut Creation<'_>) -> Result<(), Refusal> {
    account(pod, creation)?;
    priority(pod, creation)?;
    tolerate(pod);
    Ok(())
}

/// What a pod gets back if an update leaves it out
pub(super) fn update(new: &mut Value, old: &Value) {
    for field in ["priority", "preemptionPolicy"] {
        if new["spec"][field].is_null() && !old["spec"][field].is_null() {
            edit::set_below(new, "spec", field, old["spec"][field].clone());
        }
    }
    tolerate(new);
}

fn account(pod: &mut Value, creation: &mut Creation<'_>) -> Result<(), Refusal> {
    if pod["spec"]["serviceAccountName"].as_str().is_none_or(str::is_empty) {
        for field in ["serviceAccountName", "serviceAccount"] {
            edit::set_below(pod, "spec", field, "default");
        }
    }
    let (namespace, name) = (pod.namespace().to_owned(), text(&pod["spec"]["serviceAccountName"]).to_owned());
    let key = (namespace.clone(), name.clone());
    let Some(account) = creation.store.get(&ResourceKey::new("", "serviceaccounts"), &key) else {
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
        );
        return Err(forbidden(pod, &why));
    };
    let account = account.clone();
    let wish = |object: &Value| object["automountServiceAccountToken"].as_bool();
    if wish(&pod["spec"]).or(wish(&account)).unwrap_or(true) {
        mount_token(pod, creation);
    }
    if each(&pod["spec"]["imagePullSecrets"]).next().is_none() {
        edit::set_below(pod, "spec", "imagePullSecrets", account["imagePullSecrets"].clone());
    }
    Ok(())
}

fn mount_token(pod: &mut Value, creation: &mut Creation<'_>) {
    let given = each(&pod["spec"]["volumes"]).map(|volume| text(&volume["name"]));
    let given = given.filter(|name| name.starts_with(TOKEN_VOLUME)).map(ToOwned::to_owned).next();
    let name = given.clone().unwrap_or_else(|| creation.random.name(TOKEN_VOLUME));
    let mut is_needed = false;
    for list in ["initContainers", "containers"] {
        for container in edit::each(pod, &["spec", list]) {
            if each(&container["volumeMounts"]).any(|mount| mount["mountPath"] == TOKEN_PATH) {
                continue;
            }
            is_needed = true;
            default(container, "volumeMounts", json!([]));
            let mount = json!({ "name": name, "readOnly": true, "mountPath": TOKEN_PATH });
            if let Some(Value::Array(mounts)) = container.get_mut("volumeMounts") {
                mounts.push(mount);
            }
        }
    }
    if given.is_some() || !is_needed {
        return;
    }
    if let Some(spec) = pod.get_mut("spec") {
        default(spec, "volumes", json!([]));
    }
    if let Some(Value::Array(volumes)) = edit::at(pod, &["spec", "volumes"]) {
        volumes.push(token_volume(&name));
    }
}

fn token_volume(name: &str) -> Value {
    let namespace = json!({ "apiVersion": "v1", "fieldPath": "metadata.namespace" });
    json!({ "name": name, "projected": { "defaultMode": 0o644, "sources": [
        { "serviceAccountToken": { "path": "token", "expirationSeconds": 3607 } },
        { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        { "downwardAPI": { "items": [{ "path": "namespace", "fieldRef": namespace }] } },
    ] } })
}

/// Turns the name of a class into a number
fn priority(pod: &mut Value, creation: &Creation<'_>) -> Result<(), Refusal> {
    let name = text(&pod["spec"]["priorityClassName"]).to_owned();
    let class = if name.is_empty() { global_class(creation) } else { Some(class(pod, &name, creation)?) };
    let class = class.unwrap_or_else(|| json!({ "value": 0, "preemptionPolicy": "PreemptLowerPriority" }));
    let (spec, value) = (&pod["spec"], class["value"].as_i64().unwrap_or(0));
    if let Some(given) = spec["priority"].as_i64().filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
        );
        return Err(forbidden(pod, &why));
    }
    let policy = class["preemptionPolicy"].clone();
    if !policy.is_null() && !spec["preemptionPolicy"].is_null() && spec["preemptionPolicy"] != policy {
        let why = format!(
            "the string value of PreemptionPolicy ({}) must not be provided in pod spec; priority admission controller computed {} from the given PriorityClass name",
            text(&spec["preemptionPolicy"]),
            text(&policy)
        );
        return Err(forbidden(pod, &why));
    }
    if name.is_empty() && class["metadata"]["name"].is_string() {
        edit::set_below(pod, "spec", "priorityClassName", class["metadata"]["name"].clone());
    }
    edit::set_below(pod, "spec", "priority", value);
    if !policy.is_null() {
        edit::set_below(pod, "spec", "preemptionPolicy", policy);
    }
    Ok(())
}

fn class(pod: &Value, name: &str, creation: &Creation<'_>) -> Result<Value, Refusal> {
    let key = (String::new(), name.to_owned());
    let stored = creation.store.get(&ResourceKey::new("scheduling.k8s.io", "priorityclasses"), &key);
    let known = CLASSES.iter().find(|(known, _)| *known == name);
    let known = known.map(|(_, value)| json!({ "value": value, "preemptionPolicy": "PreemptLowerPriority" }));
    let class = stored.map(|class| Value::clone(class)).or(known);
    class.ok_or_else(|| forbidden(pod, &format!("no PriorityClass with name {name} was found")))
}

/// The class of pods that name none; the least of them if there are several
fn global_class(creation: &Creation<'_>) -> Option<Value> {
    let key = ResourceKey::new("scheduling.k8s.io", "priorityclasses");
    let classes = creation.store.list(&key, "");
    let global = classes.map(|(_, class)| class).filter(|class| class["globalDefault"] == true);
    global.min_by_key(|class| class["value"].as_i64()).map(|class| Value::clone(class))
}

/// Nodes may be away for a while before their pods are
fn tolerate(pod: &mut Value) {
    for taint in TAINTS {
        let tolerated = each(&pod["spec"]["tolerations"]).any(|toleration| {
            let (key, effect) = (text(&toleration["key"]), text(&toleration["effect"]));
            (key == *taint || key.is_empty()) && (effect == "NoExecute" || effect.is_empty())
        });
        if tolerated {
            continue;
        }
        let Some(spec) = pod.get_mut("spec") else { return };
        default(spec, "tolerations", json!([]));
        if let Some(Value::Array(tolerations)) = spec.get_mut("tolerations") {
            tolerations.push(json!({
                "key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": TOLERANT_SECONDS,
            }));
        }
    }
}

fn forbidden(pod: &Value, why: &str) -> Refusal {
    let subject = Subject { group: BuiltIn::PLAIN.group, what: "pods", name: pod.name() };
    Refusal::forbidden(&subject, why)
}

/// The class of service that follows from what the containers ask for and may use
pub(super) fn quality(pod: &Value) -> &'static str {
    if pod["spec"]["resources"].is_object() {
        return of_resources(&pod["spec"]["resources"]);
    }
    let lists = ["initContainers", "containers"].into_iter();
    let containers = lists.flat_map(|list| each(&pod["spec"][list]));
    same(containers.map(|container| of_resources(&container["resources"]))).unwrap_or("BestEffort")
}

fn of_resources(resources: &Value) -> &'static str {
    let each = ["cpu", "memory"].into_iter().map(|name| {
        let amount = |part: &str| {
            let text = resources[part][name].as_str();
            text.and_then(super::super::quantity::parse).unwrap_or(0)
        };
        let (request, limit) = (amount("requests"), amount("limits"));
        match (request, limit) {
            (0, 0) => "BestEffort",
            (request, limit) if request == limit => "Guaranteed",
            _ => "Burstable",
        }
    });
    same(each).unwrap_or("BestEffort")
}

/// What all are; those that are not alike are burstable
fn same(mut classes: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let first = classes.next()?;
    Some(if classes.all(|class| class == first) { first } else { "Burstable" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_follows_from_resources() {
        let all = json!({ "cpu": "1", "memory": "1Gi" });
        let of = |containers: Value| quality(&json!({ "spec": { "containers": containers } }));
        let guaranteed = json!({ "resources": { "requests": all, "limits": all } });
        assert_eq!(of(json!([{}])), "BestEffort");
        assert_eq!(of(json!([guaranteed])), "Guaranteed");
        assert_eq!(of(json!([guaranteed, {}])), "Burstable");
        assert_eq!(of(json!([{ "resources": { "requests": { "cpu": "1" } } }])), "Burstable");
    }
}
