//! Permissions: an operator of named namespaces, under the roles that are generated for it

use healing_sandbox::Failure as PodFailure;
use kube::discovery::{ApiGroup, Discovery, Scope};
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{EXAMPLE, ROLE, Service};
use crate::wait::eventually;
use crate::world::{ACCOUNT, World};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::real(an_operator_of_named_namespaces_heals_under_its_roles),
        Case::real(every_kind_of_no_namespace_is_known),
    ]
}

async fn an_operator_of_named_namespaces_heals_under_its_roles(world: World) -> Result<(), Failure> {
    let example = Operator::example(EXAMPLE);
    world.arm().install(&example).await?;
    let other = world.another_namespace("other").await?;
    let flag = format!("--namespace={},{other}", world.namespace());
    let printed = example.print(world.cluster()?, &["rbac", &flag]).await?;
    let roles = in_namespaces(&world, &printed)?;
    assert_eq!(roles.len(), 4, "a role and a binding in each namespace: {printed}");
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": roles }).to_string();
    world.cluster()?.plane.kubectl().run_with(&["create", "-f", "-"], &list).await?;
    for namespace in [world.namespace(), &other] {
        world.until_allowed(namespace).await?;
    }

    let operator = Operator { args: &[&format!("--namespace={other}")], ..example };
    let _operator = world.operator(operator).await?;
    let spec = json!({ "replicaCount": 2, "healthThreshold": 2 });
    let web = Service::create(&world, "web", spec.clone()).await?;
    let there = Service::create(&world.at(&other), "web", spec).await?;
    web.converged(2).await?;
    there.converged(2).await?;
    let (name, _failure) = there.break_first(PodFailure::CrashLoop).await?;
    eventually("the broken pod is replaced", async || {
        let left = there.pod_names().await?;
        Failure::unless(!left.contains(&name), || format!("{left:?}"))
    })
    .await?;
    there.converged(2).await?;

    let account = world.account();
    let mut by_role = 0;
    for entry in world.audit()?.iter().filter(|entry| entry.user.username == account) {
        assert_ne!(
            entry.annotations.get("authorization.k8s.io/decision").map(String::as_str),
            Some("forbid"),
            "{entry}"
        );
        let reason = entry.annotations.get("authorization.k8s.io/reason").map_or("", String::as_str);
        if entry.object_ref.is_some() {
            assert!(reason.contains(&format!("of Role \"{ROLE}\"")), "{entry}: {reason}");
            by_role += 1;
        }
    }
    assert!(by_role > 0, "nothing was asked");
    Ok(())
}

/// The printed documents that are in the case's namespaces, for the case's own account
///
/// The account of the installation may do everything everywhere here, because the other cases need it.
fn in_namespaces(world: &World, printed: &str) -> Result<Vec<Value>, Failure> {
    let mut documents = Vec::new();
    for document in printed.split("---\n").filter(|text| !text.trim().is_empty()) {
        let mut document: Value = serde_saphyr::from_str(document)?;
        let namespace = document["metadata"]["namespace"].as_str().unwrap_or_default();
        if !namespace.starts_with(world.namespace()) {
            continue;
        }
        for subject in document.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
            assert_eq!(subject["name"], "healing-operator-controller-manager");
            *subject = json!({ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": world.namespace() });
        }
        documents.push(document);
    }
    Ok(documents)
}

/// What is granted on them has to stay in the cluster where an operator is limited to namespaces
async fn every_kind_of_no_namespace_is_known(world: World) -> Result<(), Failure> {
    let discovered = Discovery::new(world.client()).run().await?;
    let groups =
        discovered.groups().filter(|group| group.name().is_empty() || group.name().ends_with(".k8s.io"));
    for (kind, capabilities) in groups.flat_map(ApiGroup::recommended_resources) {
        assert_eq!(
            crd_gen::emit::is_cluster_scoped(&kind.group, &kind.plural),
            capabilities.scope == Scope::Cluster,
            "{} of {:?}",
            kind.plural,
            kind.group
        );
    }
    Ok(())
}
