//! Addresses and node ports of Services: the first that is free
//!
//! It owns the choice. A real server chooses by chance; here the same requests give the same addresses.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason};

use super::super::cell::{each, number, text};
use super::super::edit::{self, set};
use crate::Refusal;
use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::refusal::Subject;
use crate::store::Store;

/// The addresses are those of `10.0.0.0/24`, of which the first is the API server's own
const NETWORK: &str = "10.0.0.";
const FIRST: i64 = 2;
const LAST: i64 = 254;
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30_000..=32_767;

/// Gives a Service what it has not and did not ask for by number
pub(super) fn allocate(object: &mut Value, store: &Store) -> Result<(), Refusal> {
    let key = ResourceKey::new("", "services");
    let itself = (object.namespace().to_owned(), object.name().to_owned());
    let others = store.list(&key, "").filter(|(key, _)| **key != itself);
    let others: Vec<&Value> = others.map(|(_, other)| other.as_ref()).collect();
    let kind = text(&object["spec"]["type"]).to_owned();
    if kind == "ExternalName" {
        list_address(object);
        return Ok(());
    }
    list_address(object);
    families(object)?;
    let asked = text(&object["spec"]["clusterIP"]).to_owned();
    let taken: BTreeSet<&str> =
        others.iter().flat_map(|other| each(&other["spec"]["clusterIPs"])).map(text).collect();
    if asked.is_empty() {
        let free = (FIRST..=LAST).map(|last| format!("{NETWORK}{last}"));
        let Some(free) = free.into_iter().find(|free| !taken.contains(free.as_str())) else {
            return Err(Refusal::internal("failed to allocate a serviceIP: range is full"));
        };
        edit::set_below(object, "spec", "clusterIPs", json!([free]));
        edit::set_below(object, "spec", "clusterIP", free);
    } else if asked != "None" {
        check(object, &asked, &taken)?;
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer")
        && object["spec"]["allocateLoadBalancerNodePorts"] != false
    {
        node_ports(object, &others)?;
    }
    Ok(())
}

/// The one address and the list of all say the same
fn list_address(object: &mut Value) {
    let Some(spec) = object.get_mut("spec") else { return };
    let one = spec["clusterIP"].clone();
    if one.is_string() {
        edit::default(spec, "clusterIPs", json!([one]));
    } else if spec["clusterIPs"][0].is_string() {
        let first = spec["clusterIPs"][0].clone();
        set(spec, "clusterIP", first);
    }
}

/// Which addresses there are: of IP version 4 alone
fn families(object: &mut Value) -> Result<(), Refusal> {
    let selects = object["spec"]["selector"].as_object().is_some_and(|selector| !selector.is_empty());
    let is_bare = object["spec"]["clusterIP"] == "None" && !selects;
    let errors = if is_bare { Vec::new() } else { impossible(&object["spec"]) };
    if !errors.is_empty() {
        return Err(Refusal::invalid(&subject(object), &errors));
    }
    let Some(spec) = object.get_mut("spec") else { return Ok(()) };
    let (policy, all) = if is_bare {
        ("RequireDualStack", json!(["IPv4", "IPv6"]))
    } else {
        ("SingleStack", json!(["IPv4"]))
    };
    edit::default(spec, "ipFamilyPolicy", policy);
    edit::default(spec, "ipFamilies", all);
    Ok(())
}

/// What is asked for of a second family
fn impossible(spec: &Value) -> Vec<FieldError> {
    let policy = &spec["ipFamilyPolicy"];
    let dual = (policy == "RequireDualStack").then(|| {
        let detail = "this cluster is not configured for dual-stack services";
        FieldError::of_value(Reason::Invalid, "spec.ipFamilyPolicy", policy, detail)
    });
    let others = each(&spec["ipFamilies"]).enumerate().filter(|(_, family)| *family != "IPv4");
    let others = others.map(|(index, family)| {
        let place = format!("spec.ipFamilies[{index}]");
        FieldError::of_value(Reason::Invalid, place, family, "not configured on this cluster")
    });
    dual.into_iter().chain(others).collect()
}

fn check(object: &Value, asked: &str, taken: &BTreeSet<&str>) -> Result<(), Refusal> {
    if asked.parse::<core::net::IpAddr>().is_err() {
        // the rules of the kind tell what is wrong with it
        return Ok(());
    }
    let last: Option<i64> = asked.strip_prefix(NETWORK).and_then(|last| last.parse().ok());
    let why = if last.is_none() {
        format!(
            "the provided IP ({asked}) is not in the valid range. The range of valid IPs is {NETWORK}0/24"
        )
    } else if last.is_some_and(|last| !(1..=LAST).contains(&last)) {
        "the provided network does not match the current range".to_owned()
    } else if taken.contains(asked) {
        "provided IP is already allocated".to_owned()
    } else {
        return Ok(());
    };
    let error = FieldError::of_value(
        Reason::Invalid,
        "spec.clusterIPs",
        &json!([asked]),
        format!("failed to allocate IP {asked}: {why}"),
    );
    Err(Refusal::invalid(&subject(object), &[error]))
}

fn node_ports(object: &mut Value, others: &[&Value]) -> Result<(), Refusal> {
    let ports = others.iter().flat_map(|other| each(&other["spec"]["ports"]));
    let mut taken: BTreeSet<i64> = ports.map(|port| number(&port["nodePort"])).collect();
    for (index, port) in each(&object["spec"]["ports"]).enumerate() {
        let asked = number(&port["nodePort"]);
        if asked == 0 {
            continue;
        }
        let place = format!("spec.ports[{index}].nodePort");
        let why = if !NODE_PORTS.contains(&asked) {
            "provided port is not in the valid range. The range of valid ports is 30000-32767"
        } else if taken.contains(&asked) {
            "provided port is already allocated"
        } else {
            continue;
        };
        let error = FieldError::of_value(Reason::Invalid, place, &port["nodePort"], why);
        return Err(Refusal::invalid(&subject(object), &[error]));
    }
    taken.extend(each(&object["spec"]["ports"]).map(|port| number(&port["nodePort"])));
    for port in edit::each(object, &["spec", "ports"]) {
        if number(&port["nodePort"]) == 0
            && let Some(free) = NODE_PORTS.into_iter().find(|free| !taken.contains(free))
        {
            taken.insert(free);
            set(port, "nodePort", free);
        }
    }
    Ok(())
}

/// An update may leave out what was given
pub(super) fn keep(new: &mut Value, old: &Value) {
    let (one, all) = (&new["spec"]["clusterIP"], &new["spec"]["clusterIPs"]);
    let moved = one.is_string() && *one != old["spec"]["clusterIP"] && *all == old["spec"]["clusterIPs"];
    if moved {
        edit::set_below(new, "spec", "clusterIPs", Value::Null);
    }
    list_address(new);
    let is_named = |object: &Value| object["spec"]["type"] == "ExternalName";
    let (was, is) = (is_named(old), is_named(new));
    let same = |new: &Value, field: &str| new["spec"][field] == old["spec"][field];
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if !was && is && same(new, field) {
            edit::set_below(new, "spec", field, Value::Null);
        } else if !was && !is && new["spec"][field].is_null() {
            edit::set_below(new, "spec", field, old["spec"][field].clone());
        }
    }
    if !was && is && same(new, "internalTrafficPolicy") {
        edit::set_below(new, "spec", "internalTrafficPolicy", Value::Null);
    }
    let has_ports = |object: &Value| matches!(text(&object["spec"]["type"]), "NodePort" | "LoadBalancer");
    if has_ports(old) && has_ports(new) {
        for port in edit::each(new, &["spec", "ports"]) {
            let alike =
                |other: &&Value| other["port"] == port["port"] && other["protocol"] == port["protocol"];
            let known = each(&old["spec"]["ports"]).find(alike).map(|other| other["nodePort"].clone());
            if number(&port["nodePort"]) == 0 {
                set(port, "nodePort", known.unwrap_or(Value::Null));
            }
        }
    } else if has_ports(old) {
        for port in edit::each(new, &["spec", "ports"]) {
            let was_given = each(&old["spec"]["ports"]).any(|other| other["nodePort"] == port["nodePort"]);
            if was_given {
                set(port, "nodePort", Value::Null);
            }
        }
        for field in ["externalTrafficPolicy", "allocateLoadBalancerNodePorts"] {
            if same(new, field) {
                edit::set_below(new, "spec", field, Value::Null);
            }
        }
    }
}

fn subject(object: &Value) -> Subject<'_> {
    Subject { group: "", what: "Service", name: object.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_second_family_is_told_at_once() {
        let mut service = json!({ "metadata": {}, "spec": {
            "ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"], "clusterIP": "None", "selector": { "a": "b" },
        } });
        let refusal = allocate(&mut service, &Store::default()).unwrap_err();
        assert!(refusal.message.contains("spec.ipFamilyPolicy"), "{}", refusal.message);
        assert!(refusal.message.contains("spec.ipFamilies[1]"), "{}", refusal.message);
    }

    #[test]
    fn a_service_keeps_its_address_and_gets_one_when_it_needs_one() {
        let mut store = Store::default();
        let key = ("ns".to_owned(), "a".to_owned());
        let service = |spec: Value| json!({ "metadata": { "name": "a", "namespace": "ns" }, "spec": spec });
        let mut first = service(json!({ "type": "ClusterIP", "ports": [{ "port": 1, "protocol": "TCP" }] }));
        allocate(&mut first, &store).unwrap();
        assert_eq!(first["spec"]["clusterIPs"], json!(["10.0.0.2"]));
        store.put(&ResourceKey::new("", "services"), key, first.clone());
        // an update may leave out its address, and asks for a port of the node
        let mut second = service(json!({ "type": "NodePort", "ports": [{ "port": 1, "protocol": "TCP" }] }));
        keep(&mut second, &first);
        allocate(&mut second, &store).unwrap();
        assert_eq!(second["spec"]["clusterIP"], "10.0.0.2");
        assert_eq!(second["spec"]["ports"][0]["nodePort"], 30_000);
        // another gets another address, and not the first one
        let mut other =
            json!({ "metadata": { "name": "b", "namespace": "ns" }, "spec": { "type": "ClusterIP" } });
        allocate(&mut other, &store).unwrap();
        assert_eq!(other["spec"]["clusterIP"], "10.0.0.3");
        other["spec"] = json!({ "type": "ClusterIP", "clusterIP": "10.0.0.2" });
        let refusal = allocate(&mut other, &store).unwrap_err();
        assert!(refusal.message.ends_with("provided IP is already allocated"), "{}", refusal.message);
    }
}
