//! Each check of the linter beside a mistake that it alone finds
//!
//! The mistakes are made in what crd-gen writes; what is right about that is not this file's business.

use serde_json::Value;

use super::RULES;
use crate::output::Objects;

/// The check that finds it, the kind of object, the place in it, and what is put there (JSON; `-` is the end of a list)
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("dangling-service", "Service", "/spec/selector", r#"{"app": "other"}"#),
    ("deprecated-service-account-field", "Deployment", "POD/serviceAccount", r#""healing-operator""#),
    ("docker-sock", "Deployment", "POD/volumes", r#"[{"hostPath": {"path": "/run/docker.sock"}}]"#),
    ("drop-net-raw-capability", "Deployment", "FIRST/securityContext/capabilities/drop", r#"["CHOWN"]"#),
    ("duplicate-env-var", "Deployment", "FIRST/env/-", r#"{"name": "LEADER_ELECT", "value": "true"}"#),
    ("env-var-secret", "Deployment", "FIRST/env/-", r#"{"name": "TopSecret", "value": "a"}"#),
    ("host-ipc", "Deployment", "POD/hostIPC", "true"),
    ("host-network", "Deployment", "POD/hostNetwork", "true"),
    ("host-pid", "Deployment", "POD/hostPID", "true"),
    ("invalid-target-ports", "Service", "/spec/ports/0/targetPort", r#""a_port""#),
    ("latest-tag", "Deployment", "FIRST/image", r#""healing-operator:latest""#),
    ("latest-tag", "Deployment", "FIRST/image", r#""healing-operator""#),
    ("latest-tag", "Deployment", "FIRST/image", r#""registry:5000/healing-operator""#),
    ("liveness-port", "Deployment", "FIRST/livenessProbe/httpGet/port", "1"),
    ("mismatching-selector", "Deployment", "/spec/selector/matchLabels", r#"{"app": "other"}"#),
    ("no-anti-affinity", "Deployment", "/spec/replicas", "2"),
    ("no-extensions-v1beta", "NetworkPolicy", "/apiVersion", r#""extensions/v1beta1""#),
    ("no-read-only-root-fs", "Deployment", "FIRST/securityContext/readOnlyRootFilesystem", "false"),
    ("non-existent-service-account", "Deployment", "POD/serviceAccountName", r#""other""#),
    ("pdb-max-unavailable", "PodDisruptionBudget", "/spec/maxUnavailable", "0"),
    ("pdb-max-unavailable", "PodDisruptionBudget", "/spec/maxUnavailable", r#""0%""#),
    ("pdb-min-available", "PodDisruptionBudget", "/spec/minAvailable", "1"),
    ("pdb-min-available", "PodDisruptionBudget", "/spec/minAvailable", r#""100%""#),
    ("pdb-unhealthy-pod-eviction-policy", "PodDisruptionBudget", "/spec/unhealthyPodEvictionPolicy", "null"),
    (
        "privilege-escalation-container",
        "Deployment",
        "FIRST/securityContext/allowPrivilegeEscalation",
        "null",
    ),
    (
        "privilege-escalation-container",
        "Deployment",
        "FIRST/securityContext/capabilities/add",
        r#"["SYS_ADMIN"]"#,
    ),
    ("privileged-container", "Deployment", "FIRST/securityContext/privileged", "true"),
    ("readiness-port", "Deployment", "FIRST/readinessProbe/httpGet/port", r#""other""#),
    ("run-as-non-root", "Deployment", "POD/securityContext/runAsNonRoot", "null"),
    ("run-as-non-root", "Deployment", "POD/securityContext/runAsUser", "0"),
    ("sensitive-host-mounts", "Deployment", "POD/volumes", r#"[{"hostPath": {"path": "/etc"}}]"#),
    ("ssh-port", "Deployment", "FIRST/ports/-", r#"{"name": "shell", "containerPort": 22}"#),
    ("startup-port", "Deployment", "FIRST/startupProbe", r#"{"httpGet": {"path": "/healthz", "port": 1}}"#),
    (
        "unsafe-sysctls",
        "Deployment",
        "POD/securityContext/sysctls",
        r#"[{"name": "net.core.somaxconn", "value": "1"}]"#,
    ),
    ("unset-cpu-requirements", "Deployment", "FIRST/resources/requests/cpu", "null"),
    ("unset-memory-requirements", "Deployment", "FIRST/resources/limits/memory", "null"),
];

/// What is wrong with the checks: a mistake that is found by others or by none, or a check without a mistake
pub(crate) fn amiss(right: &Objects) -> Result<Vec<String>, String> {
    let mut amiss = Vec::new();
    for (check, kind, place, value) in MISTAKES {
        let mut wrong = right.clone();
        let object = wrong.values_mut().find(|one| one["kind"] == *kind).ok_or(*kind)?;
        let place = place.replace("FIRST", "POD/containers/0").replace("POD", "/spec/template/spec");
        put(object, &place, serde_json::from_str(value).map_err(|error| format!("{value}: {error}"))?)?;
        let found = super::broken(&wrong);
        if found != [*check] {
            amiss.push(format!("{check}: {kind}{place} = {value} is found by {found:?}"));
        }
    }
    let untried = RULES.iter().filter(|(name, _)| !MISTAKES.iter().any(|(check, ..)| check == name));
    amiss.extend(untried.map(|(name, _)| format!("{name}: no mistake")));
    Ok(amiss)
}

fn put(object: &mut Value, place: &str, value: Value) -> Result<(), String> {
    let (parent, name) = place.rsplit_once('/').ok_or(place)?;
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => drop(map.insert(name.to_owned(), value)),
        Some(Value::Array(items)) if name == "-" => items.push(value),
        other => return Err(format!("{place}: {other:?}")),
    }
    Ok(())
}
