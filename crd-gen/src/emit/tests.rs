//! Every document as a snapshot, and what must hold between documents
//!
//! To accept new snapshots: `INSTA_UPDATE=always cargo test -p crd-gen`, then read the diff.

use std::collections::BTreeSet;

use healing_model::{Field, Role};
use serde_json::{Value, json};

use super::{Names, Selection, Settings, WebhookParts, crd, deployment, install, sample, tree};
use crate::{Description, File, yaml};

fn settings() -> Settings {
    Settings::of("healing-operator:1.2.3")
}

/// An operator that is limited to two namespaces
fn narrow() -> Settings {
    Settings { namespaces: ["shop", "blog"].map(str::to_owned).into(), ..settings() }
}

fn description() -> Description {
    serde_json::from_str(include_str!("../../tests/fixture/description.json")).expect("the fixture decodes")
}

/// Two resources of one group and one of another
pub(super) fn several() -> Description {
    let mut description = description();
    for (group, kind) in [("example.com", "Cache"), ("other.org", "Queue")] {
        let mut resource = description.resources[0].clone();
        let identity = &mut resource.blueprint.identity;
        identity.group = group.into();
        identity.kind = kind.into();
        identity.singular = kind.to_lowercase();
        identity.plural = format!("{}s", identity.singular);
        description.resources.push(resource);
    }
    description
}

#[test]
fn everything_as_one_stream() {
    let documents = install(&description(), Selection::Manifests, &settings());
    insta::assert_snapshot!(yaml::stream(&documents).unwrap());
}

#[test]
fn everything_as_a_tree() {
    let files = tree(&description(), Selection::Manifests, &settings()).unwrap();
    let pages: Vec<String> =
        files.iter().map(|file| format!("=== {}\n{}", file.path, file.content)).collect();
    insta::assert_snapshot!(pages.concat());
}

/// All that the parts add, and nothing taken away
#[test]
fn the_webhook_and_monitoring_as_a_stream() {
    let added = |settings: &Settings| {
        let with = install(&several(), Selection::Manifests, settings);
        let without = install(
            &several(),
            Selection::Manifests,
            &Settings { namespaces: settings.namespaces.clone(), ..self::settings() },
        );
        assert!(without.iter().filter(|one| one["kind"] != "Deployment").all(|one| with.contains(one)));
        yaml::stream(with.iter().filter(|one| !without.contains(one))).unwrap()
    };
    let (own, theirs) = (WebhookParts::OwnCertificate, WebhookParts::CertManager);
    insta::assert_snapshot!(added(&Settings { webhook: theirs, monitoring: true, ..settings() }));
    let own = added(&Settings { webhook: own, ..narrow() });
    insta::assert_snapshot!("the_webhook_with_its_own_certificate", own);
}

#[test]
fn parts_that_are_off_stand_in_a_comment() {
    const FOLDERS: [&str; 4] = ["webhook", "webhook-certificate", "certmanager", "prometheus"];
    let (own, theirs) = (WebhookParts::OwnCertificate, WebhookParts::CertManager);
    for (webhook, monitoring, on) in [
        (WebhookParts::Off, false, [false; 4]),
        (own, false, [true, true, false, false]),
        (theirs, false, [true, false, true, false]),
        (WebhookParts::Off, true, [false, false, false, true]),
        (own, true, [true, true, false, true]),
    ] {
        let files =
            tree(&description(), Selection::Manifests, &Settings { webhook, monitoring, ..settings() })
                .unwrap();
        let index = files.iter().find(|file| file.path == "default/kustomization.yaml").unwrap();
        let parts = index.content.lines().skip_while(|line| !line.ends_with("components:"));
        let parts: Vec<&str> = parts.filter(|line| !line.starts_with("# ")).collect();
        let mark = |is_on: bool| if is_on { "" } else { "#" };
        let lines = FOLDERS.iter().zip(on).map(|(folder, is_on)| format!("{}- ../{folder}", mark(is_on)));
        let any = on.contains(&true);
        assert_eq!(
            parts,
            std::iter::once(format!("{}components:", mark(any))).chain(lines).collect::<Vec<_>>()
        );
        // a part is the same file by file, whether it is on or off
        let off = tree(&description(), Selection::Manifests, &settings()).unwrap();
        assert!(files.iter().all(|file| file == index || off.contains(file)));
    }
}

#[test]
fn everything_for_named_namespaces_as_a_tree() {
    let files = tree(&description(), Selection::Manifests, &narrow()).unwrap();
    let pages = files.iter().filter(|file| {
        ![
            "crd/",
            "samples/",
            "webhook/",
            "webhook-certificate/",
            "certmanager/",
            "prometheus/",
            "network-policy/",
        ]
        .iter()
        .any(|one| file.path.starts_with(one))
    });
    let pages: Vec<String> = pages.map(|file| format!("=== {}\n{}", file.path, file.content)).collect();
    insta::assert_snapshot!(pages.concat());
}

#[test]
fn a_selection_is_a_part_of_everything() {
    for (settings, selection) in
        [settings(), narrow()].iter().flat_map(|one| [(one, Selection::Crd), (one, Selection::Rbac)])
    {
        let all = install(&several(), Selection::Manifests, settings);
        let all_files = tree(&several(), Selection::Manifests, settings).unwrap();
        let part = install(&several(), selection, settings);
        assert!(!part.is_empty() && part.iter().all(|document| all.contains(document)), "{selection:?}");
        let files = tree(&several(), selection, settings).unwrap();
        assert!(!files.is_empty() && files.iter().all(|file| all_files.contains(file)), "{selection:?}");
    }
}

#[test]
fn paths_and_objects_are_unique() {
    for settings in [settings(), narrow()] {
        let files = tree(&several(), Selection::Manifests, &settings).unwrap();
        assert_eq!(files.iter().map(|file| &file.path).collect::<BTreeSet<_>>().len(), files.len());
        let documents = install(&several(), Selection::Manifests, &settings);
        let name = |one: &Value| {
            let metadata = &one["metadata"];
            format!("{} {} {}", one["kind"], metadata["namespace"], metadata["name"])
        };
        let names: BTreeSet<String> = documents.iter().map(name).collect();
        assert_eq!(names.len(), documents.len());
    }
}

/// What kustomize makes of the tree is what the stream says: `config/default` adds a prefix and a namespace
#[test]
fn the_tree_differs_from_the_stream_by_the_prefix_alone() {
    let strip = |text: &str| text.replace("healing-operator-", "");
    // samples are applied by hand; components are off, and kustomize itself is what shows that they work
    let apart = ["samples/", "webhook/", "webhook-certificate/", "certmanager/", "prometheus/"];
    let is_installed = |file: &&File| {
        !file.path.ends_with("kustomization.yaml")
            && !apart.iter().any(|folder| file.path.starts_with(folder))
    };
    for settings in [settings(), narrow()] {
        let bare: BTreeSet<String> = tree(&description(), Selection::Manifests, &settings)
            .unwrap()
            .iter()
            .filter(is_installed)
            .flat_map(|file| strip(&file.content).split("---\n").map(str::to_owned).collect::<Vec<_>>())
            .filter(|document| !document.is_empty())
            .collect();
        let stream = yaml::stream(&install(&description(), Selection::Manifests, &settings)).unwrap();
        let installed: BTreeSet<String> = strip(&stream)
            .split("---\n")
            .filter(|document| !document.is_empty())
            .map(str::to_owned)
            .collect();
        assert_eq!(bare, installed);
    }
}

#[test]
fn a_crd_leaves_out_what_is_not_declared() {
    let mut resource = description().resources.remove(0);
    let bare = crd(&resource.blueprint, &resource.schema);
    assert_eq!(bare["spec"]["names"]["shortNames"], Value::Null);
    assert_eq!(bare["spec"]["names"]["categories"], Value::Null);

    resource.blueprint.identity.short_names = vec!["hs".into()];
    resource.blueprint.identity.categories = vec!["all".into()];
    resource.blueprint.columns[0].priority = 1;
    resource.blueprint.columns[0].description = Some("Pods asked for".into());
    resource.blueprint.columns.truncate(1);
    resource.blueprint.roles.retain(|binding| binding.role != Role::Replicas);
    let full = crd(&resource.blueprint, &resource.schema);
    assert_eq!(full["spec"]["names"]["shortNames"], json!(["hs"]));
    assert_eq!(full["spec"]["names"]["categories"], json!(["all"]));
    let version = &full["spec"]["versions"][0];
    assert_eq!(version["subresources"], json!({ "status": {} }));
    assert_eq!(
        version["additionalPrinterColumns"],
        json!([{
            "name": "Replicas",
            "type": "integer",
            "jsonPath": ".spec.replicaCount",
            "description": "Pods asked for",
            "priority": 1,
        }])
    );

    resource.blueprint.columns.clear();
    let none = crd(&resource.blueprint, &resource.schema);
    assert_eq!(none["spec"]["versions"][0]["additionalPrinterColumns"], Value::Null);
}

#[test]
fn the_kubelet_waits_longer_than_the_drain() {
    let deployment = deployment(&Names::prefixed("o"), &settings());
    let grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
    assert!(grace > 25, "{grace} s");
}

#[test]
fn samples_keep_the_threshold_within_the_replicas() {
    for (replicas, threshold, expected) in [
        (json!({ "minimum": 1 }), json!({ "default": 3 }), (5, 3)),
        (json!({ "minimum": 1 }), json!({ "default": 9 }), (9, 9)),
        (json!({ "minimum": 1, "maximum": 2 }), json!({ "default": 3 }), (2, 2)),
        (json!({ "default": 1 }), json!({}), (3, 3)),
        (json!({ "minimum": 10 }), json!({ "minimum": 6 }), (10, 6)),
    ] {
        let mut resource = description().resources.remove(0);
        let fields = &mut resource.schema["properties"]["spec"]["properties"];
        fields["replicaCount"] = replicas;
        fields["healthThreshold"] = threshold;
        let spec = &sample(&resource.blueprint, &resource.schema)["spec"];
        assert_eq!(
            (&spec["replicaCount"], &spec["healthThreshold"]),
            (&json!(expected.0), &json!(expected.1))
        );
    }
}

#[test]
fn samples_have_a_value_for_each_required_field() {
    let mut resource = description().resources.remove(0);
    let spec = &mut resource.schema["properties"]["spec"];
    let fields = [
        ("mode", json!({ "type": "string", "enum": ["Fast", "Slow"] }), json!("Fast")),
        ("title", json!({ "type": "string" }), json!("example")),
        ("since", json!({ "type": "string", "format": "date-time" }), json!("2030-01-01T00:00:00Z")),
        ("strict", json!({ "type": "boolean" }), json!(false)),
        ("ratio", json!({ "type": "number", "minimum": 0.5 }), json!(0.5)),
        (
            "names",
            json!({ "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 4 } }),
            json!([4]),
        ),
        (
            "nested",
            json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" }, "b": { "type": "string" } } }),
            json!({ "a": "example" }),
        ),
    ];
    for (name, schema, _) in &fields {
        spec["properties"][name] = schema.clone();
        spec["required"].as_array_mut().unwrap().push(json!(name));
    }
    spec["properties"]["optional"] = json!({ "type": "string" });
    let sample = sample(&resource.blueprint, &resource.schema);
    for (name, _, expected) in fields {
        assert_eq!(sample["spec"][name], expected, "{name}");
    }
    assert_eq!(sample["spec"]["optional"], Value::Null);
}

#[test]
fn what_was_said_about_the_definition_is_in_it() {
    let resource = &description().resources[0];
    let mut blueprint = resource.blueprint.clone();
    let plain = crd(&blueprint, &resource.schema);
    assert_eq!(plain["metadata"], json!({ "name": plain["metadata"]["name"] }));
    assert_eq!(plain["spec"]["versions"][0].get("deprecated"), None);
    blueprint.definition.deprecated = true;
    blueprint.definition.deprecation_warning = Some("use v2".into());
    blueprint.definition.annotations.insert("example.com/team".into(), "a".into());
    blueprint.definition.labels.insert("tier".into(), "b".into());
    blueprint.fields.push(Field { name: "region".into(), selectable: true, ..Field::default() });
    let crd = crd(&blueprint, &resource.schema);
    assert_eq!(crd["metadata"]["annotations"], json!({ "example.com/team": "a" }));
    assert_eq!(crd["metadata"]["labels"], json!({ "tier": "b" }));
    let version = &crd["spec"]["versions"][0];
    assert_eq!((&version["deprecated"], &version["deprecationWarning"]), (&json!(true), &json!("use v2")));
    assert_eq!(version["selectableFields"], json!([{ "jsonPath": ".spec.region" }]));
}
