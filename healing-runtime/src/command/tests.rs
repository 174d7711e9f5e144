//! Each command prints what crd-gen makes of the same description, and nothing else

use std::collections::BTreeSet;

use super::*;

fn description() -> Description {
    serde_json::from_value(serde_json::json!({
        "operator": "healing-operator",
        "resources": [{
            "blueprint": {
                "identity": {
                    "group": "example.com", "version": "v1", "kind": "HealingService",
                    "plural": "healingservices", "singular": "healingservice", "scope": "Namespaced"
                },
                "roles": [{ "role": "replicas", "field": "replicaCount" }],
                "knobs": {},
                "columns": []
            },
            "schema": { "type": "object" }
        }]
    }))
    .expect("it decodes")
}

fn printed(asked: &Offline) -> String {
    let mut out = Vec::new();
    print(asked, &description(), &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

/// A standard output that takes nothing
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_command_prints_its_documents() {
    let kinds = |asked: &Offline| -> Vec<String> {
        let kind = |line: &str| line.strip_prefix("kind: ").map(str::to_owned);
        printed(asked).lines().filter_map(kind).collect()
    };
    assert_eq!(kinds(&Offline::Crd), ["CustomResourceDefinition"]);
    let rbac = kinds(&Offline::Rbac { namespaces: BTreeSet::new() });
    assert!(
        rbac.contains(&"ServiceAccount".to_owned()) && rbac.contains(&"ClusterRole".to_owned()),
        "{rbac:?}"
    );
    let manifests = Offline::Manifests {
        image: "registry.example/healing-operator:9".to_owned(),
        namespaces: BTreeSet::new(),
    };
    let all = kinds(&manifests);
    assert!(rbac.iter().all(|kind| all.contains(kind)), "{all:?}");
    assert_eq!(all.last().map(String::as_str), Some("Deployment"));
    assert!(printed(&manifests).contains("registry.example/healing-operator:9"));
}

#[test]
fn a_description_can_be_read_back() {
    let text = printed(&Offline::Describe);
    assert!(text.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<Description>(&text).expect("it decodes"), description());
}

#[test]
fn a_reader_that_has_gone_is_no_error_and_a_full_disk_is() {
    print(&Offline::Crd, &description(), &mut Closed(io::ErrorKind::BrokenPipe)).expect("it has had enough");
    let error = print(&Offline::Crd, &description(), &mut Closed(io::ErrorKind::StorageFull))
        .expect_err("it cannot be written");
    assert!(error.to_string().starts_with("cannot write to standard output: "), "{error}");
}

#[test]
fn an_operator_that_cannot_be_installed_is_refused() {
    let bad = Description { operator: "Healing_Operator".to_owned(), ..description() };
    let error = print(&Offline::Describe, &bad, &mut Vec::new()).expect_err("it is no DNS label");
    assert!(error.to_string().contains("Healing_Operator"), "{error}");
}

#[test]
fn a_type_without_a_schema_is_a_declaration_that_cannot_be_followed() {
    let error = crate::schema::schema::<(i32, i32), healing_engine::Status>().expect_err("a tuple has none");
    let error = CommandError::Schema { kind: "Web".into(), error };
    assert_eq!(
        error.to_string(),
        "`Web` has no schema that an API server takes: `spec` is a tuple, which has no structural schema; use a struct with \
         named fields"
    );
    assert_eq!((error.exit_code(), CommandError::Write(io::Error::other("full")).exit_code()), (2, 1));
}
