//! What is wrong with the containers of a pod: names, images, ports, variables, mounts, resources
//!
//! It owns the rules for one container and for all together. Probes and hooks are `probe`'s business.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::cell::{each, number, text};
use super::super::super::check::{Errors, data_key, go, port_name};
use super::super::super::quantity;
use super::probe;
use crate::meta::{label, label_key, subdomain};

const NOT_FOR_INIT: &str = "may not be set for init containers without restartPolicy=Always";
/// Fields of a pod that a variable can have the value of
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// All containers of a specification
pub(super) fn check(errors: &mut Errors, place: &str, spec: &Value) {
    let volumes: BTreeSet<&str> = each(&spec["volumes"]).map(|volume| text(&volume["name"])).collect();
    let mut names = BTreeSet::new();
    if each(&spec["containers"]).next().is_none() {
        errors.required(format!("{place}.containers"), "");
    }
    for (index, container) in each(&spec["containers"]).enumerate() {
        let place = format!("{place}.containers[{index}]");
        single(errors, &place, container, &volumes);
        if !names.insert(text(&container["name"])) {
            errors.duplicate(format!("{place}.name"), &container["name"]);
        }
        probe::all(errors, &place, container);
    }
    let mut taken = BTreeSet::new();
    host_ports(errors, &format!("{place}.containers"), &spec["containers"], &mut taken);
    for (index, container) in each(&spec["initContainers"]).enumerate() {
        let place = format!("{place}.initContainers[{index}]");
        single(errors, &place, container, &volumes);
        let name = text(&container["name"]);
        if !names.insert(name) && !name.is_empty() {
            errors.duplicate(format!("{place}.name"), &container["name"]);
        }
        if container["restartPolicy"] == "Always" {
            probe::all(errors, &place, container);
            continue;
        }
        for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if !container[field].is_null() {
                errors.forbidden(format!("{place}.{field}"), NOT_FOR_INIT);
            }
        }
    }
}

fn single(errors: &mut Errors, place: &str, container: &Value, volumes: &BTreeSet<&str>) {
    let at = |field: &str| format!("{place}.{field}");
    match text(&container["name"]) {
        "" => errors.required(at("name"), ""),
        name => errors.problems(&at("name"), name, label(name)),
    }
    if text(&container["image"]).is_empty() {
        errors.required(at("image"), "");
    }
    let policies = ["File", "FallbackToLogsOnError"];
    errors.one_of(&at("terminationMessagePolicy"), &container["terminationMessagePolicy"], &policies);
    ports(errors, &at("ports"), &container["ports"]);
    for (index, variable) in each(&container["env"]).enumerate() {
        self::variable(errors, &format!("{place}.env[{index}]"), variable);
    }
    sources(errors, &at("envFrom"), &container["envFrom"]);
    mounts(errors, &at("volumeMounts"), &container["volumeMounts"], volumes);
    errors.one_of(
        &at("imagePullPolicy"),
        &container["imagePullPolicy"],
        &["Always", "IfNotPresent", "Never"],
    );
    resources(errors, &at("resources"), &container["resources"]);
    security(errors, &at("securityContext"), &container["securityContext"]);
}

fn ports(errors: &mut Errors, place: &str, ports: &Value) {
    let mut names = BTreeSet::new();
    for (index, port) in each(ports).enumerate() {
        let at = |field: &str| format!("{place}[{index}].{field}");
        let name = text(&port["name"]);
        let problems = if name.is_empty() { Vec::new() } else { port_name(name) };
        if problems.is_empty() && !name.is_empty() && !names.insert(name) {
            errors.duplicate(at("name"), &port["name"]);
        }
        errors.problems(&at("name"), name, problems);
        if number(&port["containerPort"]) == 0 {
            errors.required(at("containerPort"), "");
        } else {
            errors.port(&at("containerPort"), &port["containerPort"]);
        }
        if number(&port["hostPort"]) != 0 {
            errors.port(&at("hostPort"), &port["hostPort"]);
        }
        errors.one_of(&at("protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
    }
}

/// A port of the node has one container
fn host_ports(errors: &mut Errors, place: &str, containers: &Value, taken: &mut BTreeSet<String>) {
    for (outer, container) in each(containers).enumerate() {
        for (inner, port) in each(&container["ports"]).enumerate() {
            let host_port = number(&port["hostPort"]);
            let key = format!("{}/{}/{host_port}", text(&port["protocol"]), text(&port["hostIP"]));
            if host_port != 0 && !taken.insert(key.clone()) {
                errors.duplicate(format!("{place}[{outer}].ports[{inner}].hostPort"), &key.into());
            }
        }
    }
}

fn variable(errors: &mut Errors, place: &str, variable: &Value) {
    match text(&variable["name"]) {
        "" => errors.required(format!("{place}.name"), ""),
        name => errors.problems(&format!("{place}.name"), name, variable_name(name)),
    }
    let from = &variable["valueFrom"];
    if from.is_null() {
        return;
    }
    let place = format!("{place}.valueFrom");
    let kinds = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let given: Vec<&str> = kinds.into_iter().filter(|kind| !from[*kind].is_null()).collect();
    for kind in &given {
        let (place, source) = (format!("{place}.{kind}"), &from[*kind]);
        match *kind {
            "fieldRef" => field_ref(errors, &place, source),
            "resourceFieldRef" => {
                let resource = text(&source["resource"]);
                if resource.is_empty() {
                    errors.required(format!("{place}.resource"), "");
                } else if !RESOURCES.contains(&resource) && !resource.contains(".hugepages-") {
                    errors.not_supported(format!("{place}.resource"), &source["resource"], RESOURCES);
                }
            }
            "configMapKeyRef" | "secretKeyRef" => key_ref(errors, &place, source),
            _ => {}
        }
    }
    let empty = Value::from("");
    if given.is_empty() {
        errors.invalid(
            place,
            &empty,
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        );
    } else if !text(&variable["value"]).is_empty() {
        errors.invalid(place, &empty, "may not be specified when `value` is not empty");
    } else if given.len() > 1 {
        errors.invalid(place, &empty, "may not have more than one field specified at a time");
    }
}

fn variable_name(name: &str) -> Vec<String> {
    let printable = |letter: char| (' '..='~').contains(&letter) && letter != '=';
    if name.chars().all(printable) {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
            .to_owned(),
    ]
}

fn field_ref(errors: &mut Errors, place: &str, source: &Value) {
    let path = text(&source["fieldPath"]);
    let place = format!("{place}.fieldPath");
    let subscripted = ["metadata.labels['", "metadata.annotations['"];
    if path.is_empty() {
        errors.required(place, "");
    } else if subscripted.iter().any(|start| path.starts_with(start)) && path.ends_with("']") {
        let key = path.split('\'').nth(1).unwrap_or_default();
        errors.problems(&place, key, label_key(key));
    } else if path == "metadata.labels" || path == "metadata.annotations" {
        errors.not_supported(place, &path.into(), FIELDS);
    } else if !FIELDS.contains(&path) {
        let detail = format!("error converting fieldPath: field label not supported: {path}");
        errors.invalid(place, &path.into(), detail);
    }
}

fn key_ref(errors: &mut Errors, place: &str, source: &Value) {
    let name = text(&source["name"]);
    errors.problems(&format!("{place}.name"), name, subdomain(name));
    match text(&source["key"]) {
        "" => errors.required(format!("{place}.key"), ""),
        key => errors.problems(&format!("{place}.key"), key, data_key(key)),
    }
}

fn sources(errors: &mut Errors, place: &str, sources: &Value) {
    for (index, source) in each(sources).enumerate() {
        let prefix = text(&source["prefix"]);
        errors.problems(&format!("{place}[{index}].prefix"), prefix, variable_name(prefix));
        let kinds = ["configMapRef", "secretRef"].into_iter();
        let given: Vec<&str> = kinds.filter(|kind| !source[*kind].is_null()).collect();
        for kind in &given {
            let place = format!("{place}[{index}].{kind}.name");
            match text(&source[*kind]["name"]) {
                "" => errors.required(place, ""),
                name => errors.problems(&place, name, subdomain(name)),
            }
        }
        let empty = Value::from("");
        match given.len() {
            0 => errors.invalid(place, &empty, "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(place, &empty, "may not have more than one field specified at a time"),
        }
    }
}

fn mounts(errors: &mut Errors, place: &str, mounts: &Value, volumes: &BTreeSet<&str>) {
    let mut paths = BTreeSet::new();
    for (index, mount) in each(mounts).enumerate() {
        let at = |field: &str| format!("{place}[{index}].{field}");
        let (name, path) = (text(&mount["name"]), text(&mount["mountPath"]));
        if name.is_empty() {
            errors.required(at("name"), "");
        }
        if !volumes.contains(name) {
            errors.not_found(at("name"), name);
        }
        if path.is_empty() {
            errors.required(at("mountPath"), "");
        }
        if !paths.insert(path) {
            errors.invalid(at("mountPath"), &path.into(), "must be unique");
        }
        for field in ["subPath", "subPathExpr"] {
            // without an index, as the real server has it
            below(errors, &format!("{place}.{field}"), text(&mount[field]));
        }
    }
}

/// A path below another one
pub(super) fn below(errors: &mut Errors, place: &str, path: &str) {
    if path.starts_with('/') {
        errors.invalid(place, &path.into(), "must be a relative path");
    }
    if path.split('/').any(|part| part == "..") {
        errors.invalid(place, &path.into(), "must not contain '..'");
    }
}

fn resources(errors: &mut Errors, place: &str, resources: &Value) {
    for part in ["limits", "requests"] {
        for (name, amount) in resources[part].as_object().into_iter().flatten() {
            let at = format!("{place}.{part}[{name}]");
            resource_name(errors, &at, name);
            let is = quantity::parse(text(amount)).unwrap_or(0);
            if is < 0 {
                errors.invalid(at.clone(), amount, "must be greater than or equal to 0");
            }
            if name.contains('/') && is % quantity::NANO != 0 {
                errors.invalid(at, amount, "must be an integer");
            }
            if part == "requests" {
                limit(errors, place, name, amount, &resources["limits"][name.as_str()]);
            }
        }
    }
}

/// What is asked for is not more than what may be used
fn limit(errors: &mut Errors, place: &str, name: &str, amount: &Value, limit: &Value) {
    let shared = !name.contains('/') && !name.starts_with("hugepages-");
    if limit.is_null() {
        if !shared {
            let detail = "Limit must be set for non overcommitable resources";
            errors.required(format!("{place}.limits"), detail);
        }
        return;
    }
    let (asked, most) = (quantity::parse(text(amount)), quantity::parse(text(limit)));
    let words = if !shared && asked != most {
        "equal to"
    } else if asked > most {
        "less than or equal to"
    } else {
        return;
    };
    let detail = format!("must be {words} {name} limit of {}", text(limit));
    errors.invalid(format!("{place}.requests"), amount, detail);
}

fn resource_name(errors: &mut Errors, place: &str, name: &str) {
    errors.problems(place, name, label_key(name));
    let standard = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if !standard && !name.contains('/') {
        for detail in [
            "must be a standard resource type or fully qualified",
            "must be a standard resource for containers",
        ] {
            errors.invalid(place, &name.into(), detail);
        }
    }
}

fn security(errors: &mut Errors, place: &str, context: &Value) {
    let high = i64::from(i32::MAX);
    for field in ["runAsUser", "runAsGroup"] {
        errors.within(&format!("{place}.{field}"), &context[field], 0, high);
    }
    errors.one_of(&format!("{place}.procMount"), &context["procMount"], &["Default", "Unmasked"]);
    let adds_admin =
        each(&context["capabilities"]["add"]).any(|name| matches!(text(name), "SYS_ADMIN" | "CAP_SYS_ADMIN"));
    if context["allowPrivilegeEscalation"] == false {
        let shown = go_security(context);
        if context["privileged"] == true {
            errors.invalid_go(
                place,
                shown.clone(),
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            );
        }
        if adds_admin {
            errors.invalid_go(
                place,
                shown,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
            );
        }
    }
}

/// The context as the real server prints its own type
fn go_security(context: &Value) -> String {
    go(&[
        ("Capabilities", &context["capabilities"]),
        ("Privileged", &context["privileged"]),
        ("SELinuxOptions", &context["seLinuxOptions"]),
        ("WindowsOptions", &context["windowsOptions"]),
        ("RunAsUser", &context["runAsUser"]),
        ("RunAsGroup", &context["runAsGroup"]),
        ("RunAsNonRoot", &context["runAsNonRoot"]),
        ("ReadOnlyRootFilesystem", &context["readOnlyRootFilesystem"]),
        ("AllowPrivilegeEscalation", &context["allowPrivilegeEscalation"]),
        ("ProcMount", &context["procMount"]),
        ("SeccompProfile", &context["seccompProfile"]),
        ("AppArmorProfile", &context["appArmorProfile"]),
    ])
}
