//! The wire form, and descriptions that no manifests can be made from

use super::{Description, DescriptionError};

const FIXTURE: &str = include_str!("../../tests/fixture/description.json");

fn description() -> Description {
    serde_json::from_str(FIXTURE).expect("the fixture decodes")
}

#[test]
fn the_wire_form_survives_a_round_trip() {
    let text = serde_json::to_string(&description()).unwrap();
    assert_eq!(serde_json::from_str::<Description>(&text).unwrap(), description());
    description().check().unwrap();
}

#[test]
fn unknown_fields_are_refused() {
    let text = FIXTURE.replacen("\"operator\"", "\"newerField\": 1, \"operator\"", 1);
    let error = serde_json::from_str::<Description>(&text).unwrap_err().to_string();
    assert!(error.contains("newerField"), "{error}");
}

#[test]
fn operator_names_are_dns_labels_with_room_for_a_suffix() {
    let longest = "a".repeat(Description::OPERATOR_NAME_MAX);
    for (name, good) in [
        ("healing-operator", true),
        ("o2", true),
        (longest.as_str(), true),
        (&format!("{longest}a"), false),
        ("", false),
        ("-a", false),
        ("a-", false),
        ("2a", false),
        ("Healing", false),
        ("a.b", false),
        ("a_b", false),
        ("a/../b", false),
        ("é", false),
    ] {
        let checked = Description { operator: name.into(), ..description() }.check();
        assert_eq!(checked.is_ok(), good, "{name:?}: {checked:?}");
    }
}

#[test]
fn resources_are_needed_and_have_names_of_their_own() {
    let none = Description { resources: Vec::new(), ..description() };
    assert_eq!(none.check(), Err(DescriptionError::NoResources { operator: "healing-operator".into() }));

    let mut twice = description();
    twice.resources.push(twice.resources[0].clone());
    twice.resources[1].blueprint.identity.group = "other.org".into();
    assert_eq!(twice.check(), Err(DescriptionError::SharedName { name: "healingservice".into() }));
    twice.resources[1].blueprint.identity.singular = "other".into();
    assert_eq!(twice.check(), Err(DescriptionError::SharedName { name: "healingservice".into() }));
    twice.resources[1].blueprint.identity.kind = "Other".into();
    assert_eq!(twice.check(), Ok(()));
}
