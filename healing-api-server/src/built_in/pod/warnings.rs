//! What is allowed in a pod or a template for pods, and probably not meant
//!
//! It owns the common ones of the real server's warnings; those about labels and volumes of the past are left out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::cell::{each, number, text};
use super::super::quantity;
use crate::meta::{Meta, label};

/// Of a new pod; a change of one is not warned of
pub(super) fn pod(new: &Value, old: Option<&Value>) -> Vec<String> {
    if old.is_some() {
        return Vec::new();
    }
    let mut warnings = hostname(new, "the Pod's hostname");
    warnings.extend(specification("spec", &new["spec"]));
    warnings
}

/// Of something that makes pods, when it is new or its specification changed
pub(in super::super) fn workload(new: &Value, old: Option<&Value>) -> Vec<String> {
    let mut warnings = Vec::new();
    if old.is_none() {
        warnings.extend(hostname(new, "Pod names and hostnames"));
    }
    if old.is_none_or(|old| old["spec"] != new["spec"]) {
        warnings.extend(specification("spec.template.spec", &new["spec"]["template"]["spec"]));
    }
    warnings
}

fn hostname(object: &Value, used_in: &str) -> Vec<String> {
    let problems = label(object.name());
    if problems.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS label is recommended: [{}]",
        problems.join(" ")
    )]
}

fn specification(place: &str, spec: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    for (index, constraint) in each(&spec["topologySpreadConstraints"]).enumerate() {
        if constraint["labelSelector"].is_null() {
            warnings.push(format!(
                "{place}.topologySpreadConstraints[{index}].labelSelector: a null labelSelector results in matching no pod"
            ));
        }
    }
    let lists = ["initContainers", "containers"].into_iter();
    let containers: Vec<(String, &Value)> = lists
        .flat_map(|list| {
            let all = each(&spec[list]).enumerate();
            all.map(move |(index, container)| (format!("{place}.{list}[{index}]"), container))
        })
        .collect();
    for (place, container) in &containers {
        fractions(&mut warnings, place, container);
        variables(&mut warnings, place, container);
    }
    ports(&mut warnings, &containers);
    if number(&spec["terminationGracePeriodSeconds"]) < 0 {
        warnings.push(format!(
            "{place}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    warnings
}

fn fractions(warnings: &mut Vec<String>, place: &str, container: &Value) {
    for name in ["memory", "ephemeral-storage"] {
        for part in ["limits", "requests"] {
            let amount = &container["resources"][part][name];
            let place = format!("{place}.resources.{part}[{name}]");
            warnings.extend(fraction(&place, amount));
        }
    }
}

/// Bytes are whole
pub(in super::super) fn fraction(place: &str, amount: &Value) -> Option<String> {
    let bytes = quantity::parse(text(amount))?;
    let detail = format!("fractional byte value \"{}\" is invalid, must be an integer", text(amount));
    (bytes % quantity::NANO != 0).then(|| format!("{place}: {detail}"))
}

fn variables(warnings: &mut Vec<String>, place: &str, container: &Value) {
    let mut seen = std::collections::BTreeSet::new();
    for (index, variable) in each(&container["env"]).enumerate() {
        let (name, value) = (text(&variable["name"]), text(&variable["value"]));
        let reference = format!("$({name})");
        let extends = value.contains(&reference) && value != reference && variable["valueFrom"].is_null();
        if !seen.insert(name) && !extends {
            warnings.push(format!(
                "{place}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply"
            ));
        }
    }
}

fn ports(warnings: &mut Vec<String>, containers: &[(String, &Value)]) {
    let all = containers.iter().flat_map(|(place, container)| {
        let ports = each(&container["ports"]).enumerate();
        ports.map(move |(index, port)| (format!("{place}.ports[{index}]"), port))
    });
    let all: Vec<(String, &Value)> = all.collect();
    let key = |port: &Value| (number(&port["containerPort"]), text(&port["protocol"]).to_owned());
    for (index, (place, port)) in all.iter().enumerate() {
        for (other_place, other) in all[..index].iter().filter(|(_, other)| key(other) == key(port)) {
            let (on, other_on) = (number(&port["hostPort"]), number(&other["hostPort"]));
            let (ip, other_ip) = (text(&port["hostIP"]), text(&other["hostIP"]));
            let words = if ip == other_ip && on == other_on {
                "duplicate"
            } else if on == 0 || other_on == 0 {
                "overlapping"
            } else if on == other_on && ip.is_empty() != other_ip.is_empty() {
                "dangerously ambiguous"
            } else {
                continue;
            };
            warnings.push(format!("{place}: {words} port definition with {other_place}"));
        }
    }
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (place, port) in &all {
        let name = text(&port["name"]);
        match names.get(name).filter(|_| !name.is_empty()) {
            Some(first) => warnings.push(format!(
                "{place}: duplicate port name \"{name}\" with {first}, services and probes that select ports by name will use {first}"
            )),
            None => {
                names.insert(name, place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_is_probably_not_meant_is_told() {
        let port = |name: &str| json!({ "containerPort": 80, "protocol": "TCP", "name": name });
        let pod = json!({ "metadata": { "name": "a.b" }, "spec": { "containers": [{
            "env": [{ "name": "X", "value": "1" }, { "name": "X", "value": "$(X)2" }, { "name": "X" }],
            "ports": [port(""), port("x")], "resources": { "limits": { "memory": "100m" } },
        }] } });
        let told = super::pod(&pod, None);
        let ends = [
            "a DNS label is recommended: [must not contain dots]",
            "spec.containers[0].resources.limits[memory]: fractional byte value \"100m\" is invalid, must be an integer",
            "spec.containers[0].env[2]: hides previous definition of \"X\", which may be dropped when using apply",
            "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
        ];
        assert_eq!(told.len(), ends.len(), "{told:#?}");
        for (told, end) in told.iter().zip(ends) {
            assert!(told.ends_with(end), "{told}");
        }
        assert!(super::pod(&pod, Some(&pod)).is_empty());
    }
}
