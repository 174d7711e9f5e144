//! What counts as drift, as a table

use serde_json::{Value, json};

use super::{covers, without_nulls};

#[test]
fn every_wanted_field_is_looked_for_and_nothing_else() {
    let table: Vec<(&str, Value, Value, bool)> = vec![
        ("the same", json!({"data": {"a": "1"}}), json!({"data": {"a": "1"}}), true),
        ("another's key in a map", json!({"data": {"a": "1"}}), json!({"data": {"a": "1", "b": "2"}}), true),
        ("a default", json!({"spec": {}}), json!({"spec": {"type": "ClusterIP"}}), true),
        ("another value", json!({"data": {"a": "1"}}), json!({"data": {"a": "2"}}), false),
        ("a key is gone", json!({"data": {"a": "1"}}), json!({"data": {}}), false),
        ("the map is gone", json!({"data": {"a": "1"}}), json!({}), false),
        ("another type", json!({"port": 80}), json!({"port": "80"}), false),
        ("one item more", json!({"args": ["a"]}), json!({"args": ["a", "b"]}), false),
        ("another order", json!({"args": ["a", "b"]}), json!({"args": ["b", "a"]}), false),
        (
            "a default in an item",
            json!({"ports": [{"port": 80}]}),
            json!({"ports": [{"port": 80, "protocol": "TCP"}]}),
            true,
        ),
        (
            "a selector of one more key",
            json!({"selector": {"app": "web"}}),
            json!({"selector": {"app": "web", "tier": "x"}}),
            false,
        ),
        (
            "a pod selector of one more label",
            json!({"podSelector": {"matchLabels": {"app": "web"}}}),
            json!({"podSelector": {"matchLabels": {"app": "web", "tier": "x"}}}),
            false,
        ),
        (
            "the same selector",
            json!({"selector": {"matchLabels": {"app": "web"}}}),
            json!({"selector": {"matchLabels": {"app": "web"}, "matchExpressions": []}}),
            true,
        ),
        (
            "nothing, written by Go",
            json!({"data": {}, "a": [], "b": "", "c": 0, "d": false}),
            json!({}),
            true,
        ),
        ("nothing, where something is", json!({"b": ""}), json!({"b": "x"}), false),
        ("a number in two ways", json!({"weight": 1.0}), json!({"weight": 1}), true),
    ];
    for (name, wanted, live, expected) in table {
        assert_eq!(covers(&wanted, &live), expected, "{name}");
    }
}

#[test]
fn nulls_are_not_sent() {
    let object = json!({"a": null, "b": {"c": null, "d": [{"e": null, "f": 1}]}});
    assert_eq!(without_nulls(object), json!({"b": {"d": [{"f": 1}]}}));
}
