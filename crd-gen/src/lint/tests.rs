//! Each rule with a definition that breaks it and one that does not, as data; and the terms of the Rust source

use std::collections::BTreeSet;

use healing_model::{Field, FieldKind, Shape};
use serde_json::json;

use super::*;
use crate::definition;
use crate::{DescribedResource, Description};

const BASE: &str = include_str!("../../tests/corpus/diff/base.yaml");
/// A rule, a definition that breaks it, and one that does not
const RULES: &str = include_str!("../../tests/corpus/lint.yaml");

fn rows() -> Vec<crd_tools::Case> {
    crd_tools::cases(BASE, RULES).expect("rows")
}

fn found(definition: &Value) -> Vec<Finding> {
    all_found(std::slice::from_ref(definition))
}

fn all_found(definitions: &[Value]) -> Vec<Finding> {
    let texts: Vec<String> = definitions.iter().map(ToString::to_string).collect();
    let definitions = definition::read(&texts.join("\n---\n")).expect("definitions");
    let subjects: Vec<Subject<'_>> =
        definitions.iter().map(|definition| Subject { definition, blueprint: None }).collect();
    lint(&subjects)
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|one| format!("{} {}", one.rule, one.path)).collect()
}

/// The base with values at places of the definition
fn base_with(edits: &[(&str, Value)]) -> Value {
    let mut base: Value = serde_saphyr::from_str(BASE).expect("YAML");
    for (place, value) in edits {
        let (path, last) = place.rsplit_once('/').expect("a path");
        base.pointer_mut(path).expect("a place")[last] = value.clone();
    }
    base
}

#[test]
fn each_rule_is_broken_by_one_definition_and_not_by_the_other() {
    let mut wrong = Vec::new();
    for row in rows() {
        let breaks = |definition: &Value| -> Vec<Finding> {
            found(definition).into_iter().filter(|one| one.rule.as_str() == row.name).collect()
        };
        let at = row.says.concat();
        let is_here = |one: &Finding| one.path.ends_with(&at) && one.path.is_empty() == at.is_empty();
        if !breaks(&row.new).iter().any(is_here) {
            wrong.push(format!("{} at {at} is not told: {:?}", row.name, told(&found(&row.new))));
        }
        let fine = told(&breaks(&row.old));
        if !fine.is_empty() {
            wrong.push(format!("{} is told of what does not break it: {fine:?}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_row_and_a_name_of_its_own_and_is_on_the_page() {
    let rows: BTreeSet<String> = rows().into_iter().map(|row| row.name).collect();
    // texts that are too large for a table, two definitions, and a warning that no rule of its own has
    let elsewhere = [Rule::TooLarge, Rule::Oversized, Rule::NameTaken, Rule::ServerWarning];
    let page = include_str!("../../../docs/guide/check-definitions.md");
    let mut names = BTreeSet::new();
    for rule in Rule::ALL {
        assert!(rows.contains(rule.as_str()) || elsewhere.contains(rule), "{rule}");
        assert!(names.insert(rule.as_str()), "{rule}");
        assert!(page.contains(&format!("| `{rule}` | {} |", rule.severity())), "{rule} is not on the page");
    }
    let unknown: Vec<&String> = rows.iter().filter(|row| !names.contains(row.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn what_is_large_is_told() {
    let described = |chars: usize| {
        let place = "/spec/versions/0/schema/openAPIV3Schema/description";
        told(&found(&base_with(&[(place, json!("x".repeat(chars)))])))
    };
    assert_eq!(described(200_000), Vec::<String>::new());
    assert_eq!(described(262_144), ["oversized "]);
    assert_eq!(described(1_600_000), ["too-large "]);
}

#[test]
fn a_rule_that_costs_too_much_names_the_fields_to_bound() {
    let row = rows().into_iter().find(|row| row.name == "rule-cost").expect("a row");
    let found = found(&row.new);
    let costs = found.iter().filter(|one| one.rule == Rule::RuleCost);
    let helps: BTreeSet<&str> = costs.map(|one| one.help.as_str()).collect();
    assert_eq!(Vec::from_iter(helps), ["give `spec.many` (maxItems) a limit, as low as it can be"]);
}

/// As with the old and the new state of one: a server that has the one says nothing of the other
#[test]
fn each_of_two_definitions_with_one_name_is_judged() {
    let place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/odd";
    let odd = json!({ "type": "string", "format": "no-such-format", "maxLength": 9, "description": "Odd." });
    let found = all_found(&[base_with(&[]), base_with(&[(place, odd)])]);
    let unknown = found.iter().filter(|one| one.rule == Rule::FormatUnknown);
    assert_eq!(unknown.map(|one| one.subject).collect::<Vec<_>>(), [1], "{found:?}");
}

#[test]
fn names_of_two_definitions_may_clash() {
    let other = |group: &str, plural: &str, short: &str| {
        base_with(&[
            ("/metadata/name", json!(format!("{plural}.{group}"))),
            ("/spec/group", json!(group)),
            ("/spec/names/plural", json!(plural)),
            ("/spec/names/shortNames", json!([short])),
        ])
    };
    let clashes = ["name-clash spec.names.singular", "name-clash spec.names.shortNames[0]"];
    for (second, expected) in [
        (other("example.com", "gadgets", "ga"), &["name-taken spec.names"][..]),
        (other("example.org", "gadgets", "wi"), &clashes),
    ] {
        assert_eq!(told(&all_found(&[base_with(&[]), second])), expected);
    }
}

#[test]
fn what_a_server_adds_is_no_mistake() {
    let installed = base_with(&[
        ("/metadata/resourceVersion", json!("12")),
        ("/metadata/uid", json!("a")),
        ("/status", json!({ "conditions": [], "storedVersions": ["v1"] })),
    ]);
    assert_eq!(told(&found(&installed)), Vec::<String>::new());
}

fn field(name: &str, ident: &str, kind: FieldKind) -> Field {
    let ident = Some(ident.to_owned());
    Field { ident, name: name.to_owned(), kind, ..Field::default() }
}

#[test]
fn a_field_is_named_by_the_struct_that_declares_it() {
    let mut blueprint = described().blueprint;
    let shape = Shape {
        ident: "Port".to_owned(),
        fields: vec![field("portNumber", "port_number", FieldKind::Boolean)],
        ..Shape::default()
    };
    let list = FieldKind::List(Box::new(FieldKind::Object(Box::new(shape))));
    blueprint.fields = vec![field("allPorts", "all_ports", list), field("rest", "rest", FieldKind::Other)];
    for (path, expected) in [
        ("spec", Some("HealingServiceSpec")),
        ("spec.allPorts", Some("HealingServiceSpec.all_ports")),
        ("spec.allPorts[]", Some("HealingServiceSpec.all_ports[]")),
        ("spec.allPorts[].portNumber", Some("Port.port_number")),
        ("spec.allPorts[].otherName", Some("Port.otherName")),
        ("spec.rest.inner.a", Some("HealingServiceSpec.rest.inner.a")),
        ("spec.unknown{}.a", Some("HealingServiceSpec.unknown{}.a")),
        ("specs", None),
        ("status.replicas", None),
        ("", None),
    ] {
        assert_eq!(rust::place(&blueprint, path).as_deref(), expected, "{path}");
    }
}

fn described() -> DescribedResource {
    let description: Description =
        serde_json::from_str(include_str!("../../tests/fixture/description.json")).expect("a description");
    description.resources.into_iter().next().expect("a resource")
}

#[test]
fn findings_are_told_in_terms_of_the_rust_source_as_on_the_page() {
    let mut resource = described();
    let spec = resource.schema.pointer_mut("/properties/spec").expect("a spec");
    spec["properties"]["replicaCount"].as_object_mut().expect("a field").remove("format");
    spec["properties"]["many"] = json!({ "description": "Many.", "type": "array", "x-kubernetes-list-type": "atomic",
        "items": { "description": "One.", "type": "string", "maxLength": 63 } });
    spec["x-kubernetes-validations"] =
        json!([{ "rule": "self.many.all(a, self.many.exists(b, a == b))", "message": "no" }]);
    let crd = crate::emit::crd(&resource.blueprint, &resource.schema).to_string();
    resource.blueprint.fields = vec![
        field("replicaCount", "replica_count", FieldKind::Boolean),
        field("many", "many", FieldKind::Other),
    ];
    let definitions = definition::read(&crd).expect("a definition");
    let found = lint(&[Subject { definition: &definitions[0], blueprint: Some(&resource.blueprint) }]);
    let page = include_str!("../../../docs/guide/check-definitions.md");
    for finding in found
        .iter()
        .filter(|one| [Rule::RuleCost, Rule::IntegerFormat].contains(&one.rule) && !one.field.is_empty())
    {
        assert!(page.contains(&finding.to_string()), "not on the page: {finding}");
    }
    let named: Vec<&str> = found.iter().filter_map(|one| one.rust.as_deref()).collect();
    assert!(
        named.contains(&"HealingServiceSpec.replica_count") && named.contains(&"HealingServiceSpec"),
        "{named:?}"
    );
}
