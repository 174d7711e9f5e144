//! The rule language: what each construct becomes in CEL, and that it says in Rust what it says

use healing::{FieldError, HealingResource as _};
use serde_json::json;

#[path = "../../agreement/ruled.rs"]
pub(crate) mod ruled;
#[path = "../../agreement/tuned.rs"]
mod tuned;

use ruled::{Ruled, changes, ruled, specs};

fn told(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect()
}

#[test]
fn each_rule_becomes_cel() {
    let schema = Ruled::schema();
    let spec = &schema["properties"]["spec"];
    let rules: Vec<&str> = spec["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|rule| rule["rule"].as_str())
        .collect();
    let expected = [
        "self.size >= 1 && self.size <= 64 && self.size % 2 == 1",
        "self.high >= oldSelf.high",
        "self.image.startsWith('example.com/') && self.image.size() <= 40 && !self.image.contains('latest')",
        "self.image.matches('^[a-z./:0-9-]+$') && !self.image.endsWith('/')",
        "self.ports.size() <= 3 && self.ports.all(p, p.number > 0 && p.name.size() > 1)",
        "self.ports.size() == 0 || self.ports.exists(p, p.name == 'http')",
        "self.ports.all(p, !has(p.onNode) || p.onNode >= 30000)",
        "'app' in self.labels || self.labels.size() == 0",
        "self.labels.all(k, k.size() < 20) && self.labels.all(v, self.labels[v] != '')",
        "!('moon' in self.zones)",
        "!has(self.mode) || self.mode != 'very-fast' || self.size > 1",
        "!has(self.mode) || self.mode in ['safe', 'very-fast']",
        "!has(self.tls) || !has(self.tls) || self.tls.secret.lowerAscii() == self.tls.secret",
        "has(self.tls) && self.tls.secret != '' || !has(self.tls)",
        "(!has(self.limit) || self.limit > self.size) && (has(self.limit) ? self.limit : 100) <= 100",
        "self.ratio > 0.0 && self.ratio <= 1.0",
        "self.region == oldSelf.region",
        "has(self.class) == has(oldSelf.class) && (!has(self.class) || (!has(oldSelf.class) || self.class == oldSelf.class))",
        "self.low > 5 ? self.level > 1 : self.level in [0, 1, 2]",
        "self.low <= self.high",
        "!(has(self.tls) && has(self.token))",
    ];
    assert_eq!(rules, expected);
    let message = &spec["x-kubernetes-validations"][19];
    assert_eq!(message["messageExpression"], "'low (%s) is above high (%s)'.format([self.low, self.high])");
    let port = &spec["properties"]["ports"]["items"];
    assert_eq!(port["properties"]["number"]["maximum"], 65535);
    assert_eq!(port["x-kubernetes-validations"][0]["rule"], "self.number != 22 || self.name == 'ssh'");
    let hint = &spec["properties"]["hint"];
    assert_eq!(
        hint["x-kubernetes-validations"],
        json!([{ "rule": "self.size() > 0", "message": "hint must not be empty" }])
    );
    assert_eq!(spec["properties"]["mode"]["enum"], json!(["very-fast", "safe"]));
}

#[test]
fn knobs_that_contradict_each_other_are_refused() {
    for (spec, expected) in tuned::specs() {
        assert_eq!(told(&tuned::tuned(&spec).validate(None)), expected, "{spec}");
    }
}

#[test]
fn each_rule_holds_in_rust() {
    let table = specs();
    for (spec, expected) in table {
        assert_eq!(told(&ruled(&spec).validate(None)), expected, "{spec}");
    }
}

#[test]
fn rules_about_a_change_look_at_both() {
    let table = changes();
    for (old, new, expected) in table {
        let errors = ruled(&new).validate(Some(&ruled(&old)));
        assert_eq!(told(&errors), expected, "{old} -> {new}");
    }
}

mod depth {
    //! Rules and bounds below flattened structs, hash maps and lists of lists

    use std::collections::BTreeMap;

    use healing::prelude::*;
    use serde_json::json;

    #[derive(HealingSchema, Clone, Debug)]
    #[healing(rule(low <= high, "low above high"))]
    struct Range {
        #[healing(minimum = 0)]
        low: i32,
        high: i32,
    }

    #[derive(HealingSchema, Clone, Debug)]
    #[healing(rule(name != "root", "not root"))]
    struct Named {
        #[healing(max_length = 10)]
        name: String,
    }

    #[derive(HealingResource, Clone, Debug)]
    #[healing(group = "example.com", version = "v1", kind = "Deep")]
    struct DeepSpec {
        #[healing(replicas)]
        size: i32,
        #[serde(flatten)]
        range: Range,
        #[serde(flatten)]
        named: Named,
        #[serde(default)]
        lists: BTreeMap<String, Vec<Range>>,
        #[healing(rule(bag.is_none_or(|bag| bag.numbers.contains(&3)), "no 3"))]
        bag: Option<Bag>,
    }

    #[derive(HealingSchema, Clone, Debug)]
    struct Bag {
        numbers: Vec<i32>,
    }

    #[test]
    fn what_is_declared_below_holds_wherever_it_stands() {
        let schema = Deep::schema();
        let rules = &schema["properties"]["spec"]["x-kubernetes-validations"];
        let rules: Vec<&str> =
            rules.as_array().into_iter().flatten().filter_map(|rule| rule["rule"].as_str()).collect();
        let of_bag = "!has(self.bag) || 3 in self.bag.numbers";
        assert_eq!(rules, ["self.low <= self.high", of_bag, "self.name != 'root'"]);
        let spec = json!({
            "size": 1, "low": -1, "high": -2, "name": "root",
            "lists": { "a": [{ "low": -3, "high": -4 }] }
        });
        let deep: Deep = serde_json::from_value(json!({ "metadata": {}, "spec": spec })).expect("it decodes");
        let fields: Vec<String> = deep.validate(None).into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["spec.lists.a[0].low", "spec.low", "spec", "spec", "spec.lists[a][0]"]);
    }
}
