//! Defaults of a pod and of a template for pods
//!
//! It owns what is filled in for everybody. What depends on other objects is `admission`'s business.

use serde_json::{Value, json};

use super::super::edit::{at, default, default_number, default_text, each, fields, set};

/// Lists of containers in a specification
const LISTS: &[&str] = &["initContainers", "containers", "ephemeralContainers"];

/// Defaults of a Pod
pub(in super::super) fn pod(pod: &mut Value) {
    set_requests(pod);
    let Some(spec) = pod.get_mut("spec") else { return };
    if spec["terminationGracePeriodSeconds"].as_i64().is_some_and(|seconds| seconds < 0) {
        set(spec, "terminationGracePeriodSeconds", 1);
    }
    default(spec, "enableServiceLinks", true);
    template(spec);
    set_pod_ips(pod);
}

/// Defaults of a specification of pods, in a Pod or in a template
pub(in super::super) fn template(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    let account = spec["serviceAccount"].clone();
    default(spec, "serviceAccountName", account);
    let account = spec["serviceAccountName"].clone();
    set(spec, "serviceAccount", account.clone());
    set(spec, "serviceAccountName", account);
    default_text(spec, "dnsPolicy", "ClusterFirst");
    default_text(spec, "restartPolicy", "Always");
    default(spec, "securityContext", json!({}));
    default(spec, "terminationGracePeriodSeconds", 30);
    default_text(spec, "schedulerName", "default-scheduler");
    each(spec, &["volumes"]).for_each(volume);
    let host_network = spec["hostNetwork"] == true;
    for list in LISTS {
        for container in each(spec, &[list]) {
            self::container(container, host_network);
        }
    }
}

fn container(container: &mut Value, host_network: bool) {
    let policy = pull_policy(container["image"].as_str().unwrap_or_default());
    default_text(container, "imagePullPolicy", policy);
    default_text(container, "terminationMessagePath", "/dev/termination-log");
    default_text(container, "terminationMessagePolicy", "File");
    for port in each(container, &["ports"]) {
        default_text(port, "protocol", "TCP");
        if host_network {
            let number = port["containerPort"].as_i64().unwrap_or(0);
            default_number(port, "hostPort", number);
        }
    }
    for variable in each(container, &["env"]) {
        field_ref(variable.get_mut("valueFrom"));
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(name) {
            self::probe(probe);
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(get) = at(container, &["lifecycle", hook, "httpGet"]) {
            http_get(get);
        }
    }
}

/// A tag `latest`, also an unspoken one, is always pulled
fn pull_policy(image: &str) -> &'static str {
    let has_digest = image.contains('@');
    let last = image.rsplit('/').next().unwrap_or(image);
    let tag = last.split('@').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
    match tag {
        Some("latest") => "Always",
        None if !has_digest && !image.is_empty() => "Always",
        _ => "IfNotPresent",
    }
}

fn probe(probe: &mut Value) {
    for (field, value) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        default_number(probe, field, value);
    }
    if let Some(get) = probe.get_mut("httpGet") {
        http_get(get);
    }
    if let Some(call) = probe.get_mut("grpc") {
        default(call, "service", "");
    }
}

fn http_get(get: &mut Value) {
    default_text(get, "path", "/");
    default_text(get, "scheme", "HTTP");
}

fn field_ref(holder: Option<&mut Value>) {
    if let Some(reference) = holder.and_then(|holder| holder.get_mut("fieldRef")) {
        default_text(reference, "apiVersion", "v1");
    }
}

fn volume(volume: &mut Value) {
    let Some(map) = volume.as_object_mut() else { return };
    if !map.iter().any(|(name, value)| name != "name" && !value.is_null()) {
        map.insert("emptyDir".to_owned(), json!({}));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source) {
            default(source, "defaultMode", 0o644);
        }
    }
    if let Some(source) = volume.get_mut("hostPath") {
        default(source, "type", "");
    }
    if let Some(source) = volume.get_mut("image") {
        let policy = pull_policy(source["reference"].as_str().unwrap_or_default());
        default_text(source, "pullPolicy", policy);
    }
    each(volume, &["downwardAPI", "items"]).for_each(|item| field_ref(Some(item)));
    for source in each(volume, &["projected", "sources"]) {
        if let Some(token) = source.get_mut("serviceAccountToken") {
            default(token, "expirationSeconds", 3600);
        }
        each(source, &["downwardAPI", "items"]).for_each(|item| field_ref(Some(item)));
    }
    if let Some(claim) = at(volume, &["ephemeral", "volumeClaimTemplate", "spec"]) {
        default(claim, "volumeMode", "Filesystem");
    }
}

/// What a container may use at most it also asks for
fn set_requests(pod: &mut Value) {
    for list in ["initContainers", "containers"] {
        for container in each(pod, &["spec", list]) {
            let limits = container["resources"]["limits"].as_object().cloned().unwrap_or_default();
            if limits.is_empty() {
                continue;
            }
            if let Some(resources) = container.get_mut("resources") {
                default(resources, "requests", json!({}));
            }
            if let Some(requests) = fields(container, &["resources", "requests"]) {
                for (name, amount) in limits {
                    requests.entry(name).or_insert(amount);
                }
            }
        }
    }
}

/// One address and the list of all say the same
fn set_pod_ips(pod: &mut Value) {
    let Some(status) = pod.get_mut("status") else { return };
    let (one, first) = (status["podIP"].clone(), status["podIPs"][0]["ip"].clone());
    if one.is_string() && one != first {
        set(status, "podIPs", json!([{ "ip": one }]));
    } else if one.is_null() && first.is_string() {
        set(status, "podIP", first);
    }
}

#[cfg(test)]
mod tests {
    use super::pull_policy;

    #[test]
    fn latest_images_are_always_pulled() {
        for (image, policy) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.2", "IfNotPresent"),
            ("host:5000/nginx", "Always"),
            ("host:5000/nginx:1", "IfNotPresent"),
            ("nginx@sha256:0", "IfNotPresent"),
            ("", "IfNotPresent"),
        ] {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }
}
