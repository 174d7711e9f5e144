//! What each role allows, to whom and where

use healing_model::{OwnedKind, Scope};

use super::*;
use crate::emit::{SettingsError, deployment, tests::several};

fn names() -> Names {
    Names::prefixed("healing-operator")
}

/// An operator that is limited to these namespaces
fn limited(namespaces: &[&str]) -> Settings {
    Settings { namespaces: namespaces.iter().map(|&one| one.to_owned()).collect(), ..Settings::default() }
}

#[test]
fn the_operator_may_do_what_it_does_and_nothing_else() {
    let [role] = manager_roles(&names(), &several(), &Settings::default()).try_into().unwrap();
    assert_eq!(role["kind"], "ClusterRole");
    let rules: Vec<String> = role["rules"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let expected = [
        r#"{"apiGroups":[""],"resources":["pods"],"verbs":["create","delete","get","list","watch"]}"#,
        r#"{"apiGroups":[""],"resources":["pods/eviction"],"verbs":["create"]}"#,
        r#"{"apiGroups":["apps"],"resources":["controllerrevisions"],"verbs":["create","delete","list","patch","watch"]}"#,
        r#"{"apiGroups":["events.k8s.io"],"resources":["events"],"verbs":["create","patch"]}"#,
        r#"{"apiGroups":["example.com"],"resources":["healingservices","caches"],"verbs":["get","list","patch","watch"]}"#,
        r#"{"apiGroups":["example.com"],"resources":["healingservices/status","caches/status"],"verbs":["update"]}"#,
        r#"{"apiGroups":["example.com"],"resources":["healingservices/finalizers","caches/finalizers"],"verbs":["update"]}"#,
        r#"{"apiGroups":["other.org"],"resources":["queues"],"verbs":["get","list","patch","watch"]}"#,
        r#"{"apiGroups":["other.org"],"resources":["queues/status"],"verbs":["update"]}"#,
        r#"{"apiGroups":["other.org"],"resources":["queues/finalizers"],"verbs":["update"]}"#,
    ];
    assert_eq!(rules, expected);
}

#[test]
fn an_operator_of_named_namespaces_gets_the_same_rules_there_and_nothing_in_the_cluster() {
    let settings = limited(&["shop", "blog"]);
    let [everywhere] = manager_roles(&names(), &several(), &Settings::default()).try_into().unwrap();
    let roles = manager_roles(&names(), &several(), &settings);
    let bindings = manager_role_bindings(&names(), &several(), &settings);
    assert_eq!((roles.len(), bindings.len()), (2, 2));
    for (namespace, (role, binding)) in ["blog", "shop"].into_iter().zip(roles.iter().zip(&bindings)) {
        assert_eq!((&role["kind"], &role["metadata"]["namespace"]), (&json!("Role"), &json!(namespace)));
        assert_eq!(role["rules"], everywhere["rules"]);
        assert_eq!(
            (&binding["kind"], &binding["metadata"]["namespace"]),
            (&json!("RoleBinding"), &json!(namespace))
        );
        assert_eq!(binding["roleRef"]["kind"], "Role");
        assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
        assert_eq!(binding["subjects"][0]["name"], service_account(&names())["metadata"]["name"]);
        assert_eq!(binding["subjects"][0]["namespace"], service_account(&names())["metadata"]["namespace"]);
    }
}

#[test]
fn kinds_beside_pods_are_granted_where_they_are_declared() {
    let kind = |group: &str, plural: &str| OwnedKind {
        group: group.to_owned(),
        plural: plural.to_owned(),
        ..OwnedKind::written(plural)
    };
    let mut description = several();
    description.resources[0].blueprint.owns =
        vec![kind("", "services"), kind("policy", "poddisruptionbudgets")];
    description.resources[1].blueprint.owns = vec![kind("", "configmaps"), kind("", "services")];
    assert_eq!(description.check(), Ok(()));
    let without = manager_rules(&several()).namespaced;
    let added: Vec<Value> =
        manager_rules(&description).namespaced.into_iter().filter(|rule| !without.contains(rule)).collect();
    let verbs = ["create", "delete", "get", "list", "patch", "watch"];
    assert_eq!(
        json!(added),
        json!([
            { "apiGroups": [""], "resources": ["configmaps", "services"], "verbs": verbs },
            { "apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": verbs },
        ])
    );
    description.resources[1].blueprint.owns.push(kind("", "services"));
    assert!(
        matches!(description.check(), Err(crate::DescriptionError::Owned { kind, .. }) if kind == "Cache")
    );
}

#[test]
fn nodes_are_granted_where_a_resource_asks_for_them_and_in_the_cluster_alone() {
    let mut description = several();
    description.resources[1].blueprint.knobs.force_delete = true;
    description.resources[2].blueprint.knobs.replacement = healing_model::Replacement::Gone;
    let nodes = json!({ "apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"] });
    assert_eq!(manager_rules(&description).cluster, std::slice::from_ref(&nodes), "once");
    let [in_cluster, there] = manager_roles(&names(), &description, &limited(&["shop"])).try_into().unwrap();
    assert_eq!((&in_cluster["kind"], &in_cluster["rules"]), (&json!("ClusterRole"), &json!([nodes])));
    assert_eq!((&there["kind"], &there["metadata"]["namespace"]), (&json!("Role"), &json!("shop")));
    assert_eq!(there["rules"], json!(manager_rules(&several()).namespaced));
    let bindings = manager_role_bindings(&names(), &description, &limited(&["shop"]));
    let kinds: Vec<&Value> = bindings.iter().map(|binding| &binding["kind"]).collect();
    assert_eq!(kinds, ["ClusterRoleBinding", "RoleBinding"]);
    assert_eq!(manager_rules(&several()).cluster, [Value::Null; 0]);
}

#[test]
fn what_the_author_declared_is_added_once_where_it_can_be_granted() {
    let declared = |groups: &[&str], resources: &[&str], verbs: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(|&one| one.to_owned()).collect();
        PolicyRule {
            api_groups: texts(groups),
            resources: texts(resources),
            verbs: texts(verbs),
            ..PolicyRule::default()
        }
    };
    let mut description = several();
    description.resources[0].blueprint.rbac = vec![
        declared(&["", "apps"], &["secrets", "nodes", "pods/log"], &["get"]),
        PolicyRule { resource_names: vec!["own".into()], ..declared(&[""], &["configmaps"], &["get"]) },
    ];
    description.resources[1].blueprint.rbac = vec![
        declared(&["", "apps"], &["secrets", "nodes", "pods/log"], &["get"]),
        declared(&["storage.k8s.io"], &["storageclasses"], &["get", "list"]),
    ];
    let namespaced = [
        json!({ "apiGroups": ["", "apps"], "resources": ["secrets", "pods/log"], "verbs": ["get"] }),
        json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": ["own"] }),
    ];
    let cluster = [
        json!({ "apiGroups": ["", "apps"], "resources": ["nodes"], "verbs": ["get"] }),
        json!({ "apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": ["get", "list"] }),
    ];
    let computed = manager_rules(&several());
    assert!(computed.cluster.is_empty());
    let all = [computed.namespaced.clone(), namespaced.to_vec(), cluster.to_vec()].concat();
    let [everywhere] = manager_roles(&names(), &description, &Settings::default()).try_into().unwrap();
    assert_eq!(everywhere["rules"], json!(all));

    let settings = limited(&["shop"]);
    let [in_cluster, there] = manager_roles(&names(), &description, &settings).try_into().unwrap();
    assert_eq!((&in_cluster["kind"], &in_cluster["rules"]), (&json!("ClusterRole"), &json!(cluster)));
    assert_eq!(there["rules"], json!([computed.namespaced, namespaced.to_vec()].concat()));
    let bindings = manager_role_bindings(&names(), &description, &settings);
    let kinds: Vec<&Value> = bindings.iter().map(|binding| &binding["kind"]).collect();
    assert_eq!(kinds, ["ClusterRoleBinding", "RoleBinding"]);
}

#[test]
fn the_process_is_told_its_namespaces() {
    let told = |settings: &Settings| {
        let container = &deployment(&names(), settings)["spec"]["template"]["spec"]["containers"][0];
        let variables = container["env"].as_array().unwrap().iter();
        let mut values = variables.filter(|one| one["name"] == "NAMESPACE").map(|one| one["value"].clone());
        values.next()
    };
    assert_eq!(told(&limited(&[])), None);
    assert_eq!(told(&limited(&["shop", "blog"])), Some(json!("blog,shop")));
}

#[test]
fn a_cluster_scoped_resource_cannot_be_limited_to_namespaces() {
    let mut description = several();
    description.resources[1].blueprint.identity.scope = Scope::Cluster;
    let kind = "Cache".to_owned();
    assert_eq!(limited(&["shop"]).check(&description), Err(SettingsError::ClusterScoped { kind }));
    assert_eq!(limited(&[]).check(&description), Ok(()));
    assert_eq!(limited(&["shop"]).check(&several()), Ok(()));
}

#[test]
fn leases_are_the_operators_own_alone() {
    let [role, binding] = leader_election(&names(), &several());
    for document in [&role, &binding] {
        assert_eq!(document["metadata"]["namespace"], names().namespace());
    }
    assert_eq!(
        role["rules"],
        json!([
            { "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"] },
            {
                "apiGroups": ["coordination.k8s.io"],
                "resources": ["leases"],
                "resourceNames": [several().lease_name()],
                "verbs": ["get", "update"],
            },
            { "apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"] },
        ])
    );
    assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
}

#[test]
fn only_the_viewer_joins_view() {
    let [admin, editor, viewer] = access_roles(&names(), &several().resources[0].blueprint);
    let joins_view =
        |role: &Value| !role["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"].is_null();
    assert!(!joins_view(&admin) && !joins_view(&editor) && joins_view(&viewer));
    for rule in viewer["rules"].as_array().unwrap() {
        for verb in rule["verbs"].as_array().unwrap() {
            assert!(["get", "list", "watch"].contains(&verb.as_str().unwrap()), "a viewer must not {verb}");
        }
    }
}
