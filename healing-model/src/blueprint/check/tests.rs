//! The rules about declarations, as a table: one change to a sound blueprint, one error

use serde_json::json;

use crate::{
    Amount, Blueprint, Column, ColumnType, Declared, FieldKind, OwnedKind, Place, PolicyRule, Replacement,
    Role, RoleBinding, ScaleDown, Webhook,
};

fn sound() -> Blueprint {
    serde_json::from_value(json!({
        "identity": {
            "group": "example.com", "version": "v1", "kind": "Web", "plural": "webs", "singular": "web",
            "shortNames": ["w"], "categories": ["all"], "scope": "Namespaced"
        },
        "finalizer": "example.com/cleanup",
        "roles": [{"role": "replicas", "field": "size"}],
        "knobs": {},
        "columns": [{"name": "Size", "type": "integer", "path": ".spec.size"}],
        "fields": [
            {"name": "size", "kind": {"integer": {"bits": 32, "signed": true}}, "default": 3, "minimum": 1, "maximum": 9},
            {"name": "label", "kind": "string"}
        ],
        "rules": [{"field": "size", "expression": {"boolean": true}, "message": "always"}]
    }))
    .expect("the blueprint of this test decodes")
}

#[test]
fn what_is_owned_is_there_once_and_no_pod() {
    let of = |kinds: &[(&str, &str)]| {
        let kind = |(group, kind): &(&str, &str)| OwnedKind {
            group: (*group).to_owned(),
            ..OwnedKind::written(*kind)
        };
        let blueprint = Blueprint { owns: kinds.iter().map(kind).collect(), ..sound() };
        blueprint.check().into_iter().map(|error| error.place).collect::<Vec<_>>()
    };
    assert_eq!(of(&[("", "ConfigMap"), ("", "Service"), ("x.io", "Service"), ("x.io", "Pod")]), []);
    assert_eq!(of(&[("", "Pod")]), [Place::Owned(0)]);
    assert_eq!(of(&[("apps", "ControllerRevision")]), [Place::Owned(0)]);
    assert_eq!(of(&[("", "k8s_openapi::api::core::v1::Pod")]), [Place::Owned(0)]);
    assert_eq!(of(&[("", "ConfigMap"), ("", "a::ConfigMap"), ("", "ConfigMap")]), [Place::Owned(2)]);
}

#[test]
fn a_sound_blueprint_has_no_error() {
    assert_eq!(sound().check(), []);
}

fn access([group]: [&str; 1], [resource]: [&str; 1], [verb]: [&str; 1]) -> PolicyRule {
    PolicyRule {
        api_groups: vec![group.into()],
        resources: vec![resource.into()],
        resource_names: Vec::new(),
        verbs: vec![verb.into()],
    }
}

type Change = fn(&mut Blueprint);

fn of_roles() -> Vec<(Change, Place, &'static str)> {
    let size = || "size".to_owned();
    vec![
        (
            |b| b.roles.push(RoleBinding { role: Role::Replicas, field: "size".into() }),
            Place::Role(Role::Replicas, size()),
            "already played",
        ),
        (
            |b| b.roles.push(RoleBinding { role: Role::HealthThreshold, field: "label".into() }),
            Place::FieldType("label".into()),
            "must be `i32`",
        ),
        (
            |b| b.roles.push(RoleBinding { role: Role::Paused, field: "label".into() }),
            Place::FieldType("label".into()),
            "must be `bool`",
        ),
        (
            |b| b.roles.push(RoleBinding { role: Role::ScaleDown, field: "size".into() }),
            Place::FieldType(size()),
            "must be `String` or an enum",
        ),
        (
            |b| {
                b.roles.push(RoleBinding { role: Role::ScaleDown, field: "label".into() });
                b.fields[1].default = Some(json!("newest"));
            },
            Place::Default("label".into()),
            "must be one of newest-first, oldest-first",
        ),
        (
            |b| b.roles.push(RoleBinding { role: Role::StuckTerminatingAfter, field: "size".into() }),
            Place::Minimum(size()),
            "must be between 10 and 86400",
        ),
        (
            |b| {
                b.roles.push(RoleBinding { role: Role::HealBackoffMax, field: "size".into() });
                b.fields[0].default = Some(json!(3));
            },
            Place::Default(size()),
            "`heal_backoff` (10 s) must not exceed `heal_backoff_max` (3 s)",
        ),
        (
            |b| {
                b.knobs.replacement = Replacement::Gone;
                b.roles.push(RoleBinding { role: Role::MaxSurge, field: "size".into() });
                b.fields[0].default = Some(json!(3));
            },
            Place::Default(size()),
            "`max_surge` must be 0 with `replacement = \"gone\"`",
        ),
        (
            |b| {
                b.knobs.max_surge = Some(Amount::Count(1));
                b.roles.push(RoleBinding { role: Role::Replacement, field: "label".into() });
                b.fields[1].default = Some(json!("gone"));
            },
            Place::Default("label".into()),
            "`max_surge` must be 0 with `replacement = \"gone\"`",
        ),
    ]
}

fn of_knobs() -> Vec<(Change, Place, &'static str)> {
    vec![
        (
            |b| b.knobs.max_in_flight = Amount::Count(33),
            Place::Knob("max_in_flight"),
            "(33) must be between 1 and 32, or between 1% and 100%",
        ),
        (|b| b.knobs.max_in_flight = Amount::Percent(0), Place::Knob("max_in_flight"), "(0%) must be"),
        (|b| b.knobs.max_in_flight = Amount::Percent(101), Place::Knob("max_in_flight"), "(101%) must be"),
        (
            |b| b.knobs.heal_backoff_secs = 400,
            Place::Knob("heal_backoff"),
            "must not exceed `heal_backoff_max`",
        ),
        (
            |b| b.knobs.min_ready_secs = 600,
            Place::Knob("min_ready_seconds"),
            "must be less than `progress_deadline` (600 s)",
        ),
        (
            |b| {
                b.knobs.max_surge = Some(Amount::Count(0));
                b.knobs.max_unavailable = Amount::Percent(0);
            },
            Place::Knob("max_surge"),
            "must not both be 0",
        ),
        (
            |b| {
                b.knobs.replacement = Replacement::Gone;
                b.knobs.max_surge = Some(Amount::Percent(25));
            },
            Place::Knob("max_surge"),
            "`max_surge` must be 0 with `replacement = \"gone\"`",
        ),
        (
            |b| {
                b.knobs.replacement = Replacement::Gone;
                b.knobs.max_unavailable = Amount::Count(0);
            },
            Place::Knob("max_unavailable"),
            "must not be 0 with `replacement = \"gone\"`",
        ),
    ]
}

fn of_definitions() -> Vec<(Change, Place, &'static str)> {
    vec![
        (|b| b.definition.served = false, Place::Served, "must be served"),
        (|b| b.definition.storage = false, Place::Storage, "must be stored"),
        (|b| b.definition.deprecation_warning = Some(String::new()), Place::Deprecated, "must say something"),
        (|b| b.definition.deprecation_warning = Some("x".repeat(257)), Place::Deprecated, "256 bytes"),
        (|b| b.definition.deprecation_warning = Some("a\nb".into()), Place::Deprecated, "one line"),
        (
            |b| drop(b.definition.annotations.insert("a b".into(), String::new())),
            Place::CrdAnnotation("a b".into()),
            "`domain/name`",
        ),
        (
            |b| drop(b.definition.labels.insert("a".into(), "b c".into())),
            Place::CrdLabel("a".into()),
            "at most 63 letters",
        ),
        (
            |b| b.rbac.push(access(["apps/v1"], ["deployments"], ["get"])),
            Place::Rbac(0),
            "must be a DNS name",
        ),
        (
            |b| b.rbac.push(access(["apps"], ["Deployment"], ["get"])),
            Place::Rbac(0),
            "plural name in lower case",
        ),
        (|b| b.rbac.push(access(["apps"], ["deployments"], ["gets"])), Place::Rbac(0), "did you mean `get`?"),
        (|b| b.rbac.push(PolicyRule::default()), Place::Rbac(0), "names nothing"),
        (
            |b| b.webhook = Some(Webhook { timeout_seconds: 31, ..Webhook::default() }),
            Place::WebhookTimeout,
            "between 1 and 30",
        ),
    ]
}

#[test]
fn one_mistake_is_one_error_at_its_place() {
    let size = || "size".to_owned();
    let table: Vec<(Change, Place, &str)> = vec![
        (|b| b.identity.group = "example".into(), Place::Group, "with a dot"),
        (|b| b.identity.group = "Example.com".into(), Place::Group, "lower case"),
        (|b| b.identity.group = "apps.k8s.io".into(), Place::Group, "belongs to the Kubernetes project"),
        (|b| b.identity.version = "1".into(), Place::Version, "must look like"),
        (|b| b.identity.version = "v0".into(), Place::Version, "must look like"),
        (|b| b.identity.version = "v1gamma1".into(), Place::Version, "must look like"),
        (|b| b.identity.kind = "web".into(), Place::Kind, "PascalCase"),
        (|b| b.identity.kind = "Self".into(), Place::Kind, "PascalCase"),
        (|b| b.identity.plural = "Webs".into(), Place::Plural, "lower case"),
        (|b| b.identity.singular = "we_b".into(), Place::Singular, "lower case"),
        (|b| b.identity.short_names.push("w".into()), Place::ShortName(1), "twice"),
        (|b| b.identity.categories.push("A".into()), Place::Category(1), "lower case"),
        (|b| b.finalizer = Some("cleanup".into()), Place::Finalizer, "domain/name"),
        (|b| b.roles.clear(), Place::Whole, "no field has the role `replicas`"),
        (|b| b.fields[1].name = "size".into(), Place::FieldName(size()), "serialized as"),
        (|b| b.fields[0].minimum = Some(10), Place::Minimum(size()), "must not exceed `maximum`"),
        (|b| b.fields[0].maximum = Some(1 << 40), Place::Maximum(size()), "does not fit the type"),
        (|b| b.fields[1].minimum = Some(1), Place::Minimum("label".into()), "is for whole numbers"),
        (|b| b.fields[0].default = Some(json!(0)), Place::Default(size()), "below `minimum` (1)"),
        (|b| b.fields[0].default = Some(json!(10)), Place::Default(size()), "above `maximum` (9)"),
        (|b| b.fields[0].default = Some(json!("3")), Place::Default(size()), "does not fit"),
        (|b| b.columns[0].path = "spec.size".into(), Place::ColumnPath(0), "must begin with"),
        (|b| b.columns[0].path = ".spec.sise".into(), Place::ColumnPath(0), "did you mean `.spec.size`?"),
        (
            |b| b.columns[0].path = ".status.healthy".into(),
            Place::ColumnPath(0),
            "did you mean `.status.healthyReplicas`?",
        ),
        (|b| b.columns.push(b.columns[0].clone()), Place::ColumnName(1), "called `Size` too"),
        (|b| b.columns[0].priority = -1, Place::ColumnPriority(0), "0 or more"),
        (|b| b.rules[0].message = " ".into(), Place::RuleMessage(0), "must say something"),
        (|b| b.rules[0].message = "a\nb".into(), Place::RuleMessage(0), "one line"),
    ];
    for (change, place, words) in
        table.into_iter().chain(of_roles()).chain(of_definitions()).chain(of_knobs())
    {
        let mut blueprint = sound();
        change(&mut blueprint);
        let errors = blueprint.check();
        assert_eq!(errors.len(), 1, "{place:?}: {errors:?}");
        assert_eq!(errors[0].place, place);
        assert!(errors[0].message.contains(words), "{place:?}: {}", errors[0].message);
    }
}

#[test]
fn paths_into_metadata_and_below_known_fields_resolve() {
    for path in [
        ".metadata.labels.app",
        ".metadata.labels['app.kubernetes.io/name']",
        ".metadata.creationTimestamp",
        ".status.conditions[?(@.type==\"Ready\")].status",
        ".status.healing.failedHeals",
    ] {
        let mut blueprint = sound();
        let column = Column {
            name: "X".into(),
            kind: ColumnType::String,
            path: path.into(),
            description: None,
            priority: 0,
        };
        blueprint.columns.push(column);
        assert_eq!(blueprint.check(), [], "{path}");
    }
}

#[test]
fn a_flattened_struct_may_have_any_field() {
    let mut blueprint = sound();
    blueprint.fields[1].kind = FieldKind::Flattened;
    blueprint.columns[0].path = ".spec.unknown".into();
    assert_eq!(blueprint.check(), []);
}

#[test]
fn the_field_of_a_knob_has_the_range_of_the_knob() {
    let mut blueprint = sound();
    blueprint.fields[0].minimum = None;
    blueprint.fields[0].maximum = None;
    blueprint.roles.push(RoleBinding { role: Role::MaxInFlight, field: "size".into() });
    blueprint.roles.push(RoleBinding { role: Role::ScaleDown, field: "label".into() });
    blueprint.bound_roles();
    assert_eq!((blueprint.fields[0].minimum, blueprint.fields[0].maximum), (Some(1), Some(32)));
    assert_eq!(blueprint.fields[1].constraints.get("enum"), Some(&json!(["newest-first", "oldest-first"])));
    assert_eq!(blueprint.check(), []);
    let mut bounded = sound();
    bounded.fields[0].maximum = None;
    bounded.roles.push(RoleBinding { role: Role::MaxInFlight, field: "size".into() });
    bounded.bound_roles();
    assert_eq!(bounded.fields[0].maximum, None, "a field with bounds of its own keeps them");
    let mut open = sound();
    open.fields[1].kind = FieldKind::Other;
    open.roles.push(RoleBinding { role: Role::MaxInFlight, field: "label".into() });
    open.bound_roles();
    assert_eq!((open.fields[1].minimum, open.fields[1].maximum), (Some(1), Some(32)));
    assert_eq!(open.fields[1].constraints.get("pattern"), Some(&json!("^([1-9]|[1-9][0-9]|100)%$")));
}

#[test]
fn what_fields_say_overrules_the_knobs() {
    let declared = Declared {
        replicas: 2,
        startup_timeout: Some(30),
        max_in_flight: Some(Amount::Percent(200)),
        hold_grace: Some(1 << 30),
        failure_threshold: Some(500),
        scale_down: Some(ScaleDown::OldestFirst),
        paused: Some(true),
        ..Declared::default()
    };
    let policy = sound().policy(declared);
    let knobs = &policy.knobs;
    assert!(policy.paused);
    assert_eq!((knobs.startup_timeout_secs, knobs.hold_grace_secs), (30, 3600));
    assert_eq!(knobs.max_in_flight, Amount::Percent(100));
    assert_eq!((knobs.failure_threshold, knobs.scale_down), (500, ScaleDown::OldestFirst));
    assert_eq!(knobs.unready_for_secs, 300);
}

#[test]
fn a_wait_that_an_object_sets_is_not_above_its_upper_bound() {
    for (fields, rule) in [
        (vec![(Role::HealBackoff, "size")], "self.size <= 300"),
        (vec![(Role::HealBackoffMax, "size")], "self.size >= 10"),
        (vec![(Role::HealBackoff, "size"), (Role::HealBackoffMax, "other")], "self.size <= self.other"),
    ] {
        let mut blueprint = sound();
        blueprint.rules.clear();
        blueprint.fields.push(crate::Field { name: "other".into(), ..blueprint.fields[0].clone() });
        let bindings = fields.into_iter().map(|(role, field)| RoleBinding { role, field: field.into() });
        blueprint.roles.extend(bindings);
        blueprint.bound_roles();
        let rules: Vec<String> = blueprint.rules.iter().map(|rule| rule.cel(&blueprint.fields)).collect();
        assert_eq!(rules, [rule]);
    }
}

#[test]
fn a_slot_that_never_has_two_pods_has_no_surge() {
    type Case = (Change, &'static [(Role, &'static str)], &'static [&'static str]);
    const WHEN: (Role, &str) = (Role::Replacement, "label");
    const SURGE: (Role, &str) = (Role::MaxSurge, "size");
    let gone: Change = |b| b.knobs.replacement = Replacement::Gone;
    let surges: Change = |b| b.knobs.max_surge = Some(Amount::Count(1));
    let table: Vec<Case> = vec![
        (gone, &[SURGE], &["self.size == 0"]),
        (gone, &[(Role::MaxSurge, "either")], &["self.either == 0 || self.either == '0%'"]),
        (surges, &[WHEN], &["self.label != 'gone'"]),
        (|_| (), &[WHEN], &[]),
        (|_| (), &[SURGE], &[]),
        (|_| (), &[WHEN, SURGE], &["self.label != 'gone' || self.size == 0"]),
        (|b| b.knobs.force_delete = true, &[], &[]),
    ];
    for (change, fields, expected) in table {
        let mut blueprint = sound();
        blueprint.rules.clear();
        blueprint.fields.push(crate::Field {
            name: "either".into(),
            kind: FieldKind::Other,
            ..crate::Field::default()
        });
        change(&mut blueprint);
        blueprint
            .roles
            .extend(fields.iter().map(|(role, field)| RoleBinding { role: *role, field: (*field).into() }));
        blueprint.bound_roles();
        let rules: Vec<String> = blueprint.rules.iter().map(|rule| rule.cel(&blueprint.fields)).collect();
        assert_eq!(rules, expected, "{fields:?}");
    }
}

#[test]
fn surge_and_replacement_are_held_against_each_other_in_rust_too() {
    let mut blueprint = sound();
    blueprint.rules.clear();
    blueprint.fields.push(crate::Field {
        name: "either".into(),
        kind: FieldKind::Other,
        ..crate::Field::default()
    });
    blueprint.roles.push(RoleBinding { role: Role::Replacement, field: "label".into() });
    blueprint.roles.push(RoleBinding { role: Role::MaxSurge, field: "either".into() });
    blueprint.bound_roles();
    for (label, either, broken) in [
        ("gone", json!(0), 0),
        ("gone", json!("0%"), 0),
        ("gone", json!(1), 1),
        ("gone", json!("25%"), 1),
        ("terminating", json!("25%"), 0),
    ] {
        let spec = json!({ "size": 1, "label": label, "either": either });
        let errors = blueprint.validate("web", &spec, None, &|_, _| None);
        assert_eq!(errors.len(), broken, "{spec}: {errors:?}");
    }
}

#[test]
fn nodes_are_read_where_something_depends_on_them() {
    let table: [(Change, bool); 5] = [
        (|_| (), false),
        (|b| b.knobs.replacement = Replacement::Gone, true),
        (|b| b.knobs.force_delete = true, true),
        (|b| b.roles.push(RoleBinding { role: Role::Replacement, field: "label".into() }), true),
        (|b| b.roles.push(RoleBinding { role: Role::ForceDelete, field: "label".into() }), true),
    ];
    for (change, expected) in table {
        let mut blueprint = sound();
        change(&mut blueprint);
        assert_eq!(blueprint.reads_nodes(), expected, "{:?}", blueprint.roles);
    }
}
