//! The harness itself: what all other cases rely on

use std::sync::Arc;

use control_plane::{AuditEntry, Exit, Version};
use healing_sandbox::{Failure as PodFailure, Pods};
use http::Method;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::PostParams;
use kube::{Api, Resource};
use serde_json::json;

use super::Case;
use crate::embedded::marker;
use crate::failure::Failure;
use crate::operator::{Operator, RunningOperator};
use crate::table::table;
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::real(control_plane_has_the_pinned_version),
        Case::new(pods_are_moved_and_can_be_broken),
        Case::real(namespaces_are_apart),
        Case::real(manifests_are_installed_for_all_cases),
        Case::real(audit_shows_what_an_operator_asked),
        Case::real(an_operator_is_killed_restarted_and_ended),
        Case::real(a_request_held_before_is_not_sent_by_a_killed_operator),
        Case::real(a_request_held_after_has_happened),
        Case::real(a_released_request_goes_on),
        Case::real(an_example_is_built_and_run),
    ]
}

async fn control_plane_has_the_pinned_version(world: World) -> Result<(), Failure> {
    let version = world.client().apiserver_version().await?.git_version;
    if world.cluster()?.plane.binaries().are_given() {
        assert!(version.starts_with('v'), "{version}");
    } else {
        assert_eq!(version, Version::pinned().git);
    }
    Ok(())
}

async fn pods_are_moved_and_can_be_broken(world: World) -> Result<(), Failure> {
    let pods: Api<Pod> = world.api();
    let broken = Pods::all().namespace(world.namespace()).named("broken");
    let _failure = world.kubelet().fail(broken, PodFailure::CrashLoop);
    for name in ["good", "broken"] {
        let pod = serde_json::from_value(json!({
            "metadata": { "name": name },
            "spec": { "containers": [{ "name": "app", "image": "nginx" }] },
        }))?;
        pods.create(&PostParams::default(), &pod).await?;
    }
    eventually("one pod runs, the other crashes", async || {
        let shown = table(&world, &Pod::url_path(&(), Some(world.namespace()))).await?;
        let has = |name: &str, status: &str| shown.rows.iter().any(|row| row[0] == name && row[2] == status);
        let as_wanted = has("good", "Running") && has("broken", "CrashLoopBackOff");
        Failure::unless(as_wanted, || format!("{:?}", shown.rows))
    })
    .await
}

async fn namespaces_are_apart(world: World) -> Result<(), Failure> {
    let other = world.another_namespace("other").await?;
    let maps: Api<ConfigMap> = Api::namespaced(world.client(), &other);
    world.allow("edit").await?;
    let operator = world.operator(Operator::embedded(marker::NAME)).await?;
    marked(&world).await?;
    assert!(maps.get_opt(marker::NAME).await?.is_none(), "it works in its own namespace only");

    let outside = world.account_client().await?;
    let refused = Api::<ConfigMap>::namespaced(outside, &other).get(marker::NAME).await;
    assert!(matches!(&refused, Err(kube::Error::Api(status)) if status.code == 403), "{refused:?}");
    drop(operator);
    Ok(())
}

async fn manifests_are_installed_for_all_cases(world: World) -> Result<(), Failure> {
    let schema = json!({ "openAPIV3Schema": { "type": "object" } });
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "markers.harness.test" },
        "spec": {
            "group": "harness.test",
            "scope": "Namespaced",
            "names": { "plural": "markers", "singular": "marker", "kind": "Marker" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": schema }],
        },
    })
    .to_string();
    world.cluster()?.install(&crd).await?;
    world.cluster()?.install(&crd).await?;
    let marker = json!({ "apiVersion": "harness.test/v1", "kind": "Marker", "metadata": { "name": "one" } });
    world.kubectl()?.run_with(&["create", "-f", "-"], &marker.to_string()).await?;
    Ok(())
}

async fn audit_shows_what_an_operator_asked(world: World) -> Result<(), Failure> {
    world.allow("edit").await?;
    let _operator = world.operator(Operator::embedded(marker::NAME)).await?;
    let entry = requests(&world, 201).await?;
    assert_eq!(entry.user.username, world.account());
    assert_eq!(
        entry.request_object.as_ref().map(|body| &body["metadata"]["name"]),
        Some(&json!(marker::NAME))
    );
    assert!(entry.is_write());
    eventually("the watch is seen when it starts", async || {
        let entries = world.audit()?;
        let started = |entry: &Arc<AuditEntry>| entry.verb == "watch" && entry.stage == "ResponseStarted";
        Failure::unless(entries.iter().any(started), || format!("{} entries", entries.len()))
    })
    .await
}

async fn an_operator_is_killed_restarted_and_ended(world: World) -> Result<(), Failure> {
    world.allow("edit").await?;
    let mut operator = world.operator(Operator::embedded(marker::NAME)).await?;
    serves(&operator).await?;
    assert_eq!(operator.kill9().await?, Exit { code: None, signal: Some(9) });
    assert!(operator.health("/readyz").await.is_err(), "nobody serves any more");

    operator.restart()?;
    serves(&operator).await?;
    requests(&world, 409).await?;
    operator.terminate()?;
    assert_eq!(operator.wait_exit().await?.code, Some(0), "{}", operator.log(20));
    Ok(())
}

async fn a_request_held_before_is_not_sent_by_a_killed_operator(world: World) -> Result<(), Failure> {
    world.allow("edit").await?;
    let proxy = world.proxy().await?;
    let mut hold = proxy.hold_before(|call| call.is(&Method::POST, "configmaps"));
    let mut operator =
        world.operator(Operator { proxy: Some(&proxy), ..Operator::embedded(marker::NAME) }).await?;
    let held = hold.next().await?;
    let maps: Api<ConfigMap> = world.api();
    assert!(maps.get_opt(marker::NAME).await?.is_none(), "the API server has not seen it");
    operator.kill9().await?;
    drop(hold);
    drop(held);
    operator.restart()?;
    serves(&operator).await?;
    // the create of the second life is the only one that the API server saw: it met no object of the first
    requests(&world, 201).await?;
    let conflicts = creates(&world.audit()?, 409).count();
    assert_eq!(conflicts, 0, "the held create reached the API server");
    Ok(())
}

async fn a_request_held_after_has_happened(world: World) -> Result<(), Failure> {
    world.allow("edit").await?;
    let proxy = world.proxy().await?;
    let mut hold = proxy.hold_after(|call| call.is(&Method::POST, "configmaps"));
    let operator =
        world.operator(Operator { proxy: Some(&proxy), ..Operator::embedded(marker::NAME) }).await?;
    let held = hold.next().await?;
    assert!(String::from_utf8_lossy(&held.call.body).contains(marker::NAME));
    world.api::<ConfigMap>().get(marker::NAME).await?;
    drop(held);
    assert_eq!(
        operator.wait_exit().await?.code,
        Some(1),
        "it sees a broken connection: {}",
        operator.log(20)
    );
    Ok(())
}

async fn a_released_request_goes_on(world: World) -> Result<(), Failure> {
    world.allow("edit").await?;
    let proxy = world.proxy().await?;
    let mut hold = proxy.hold_before(|call| call.is(&Method::POST, "configmaps"));
    let operator =
        world.operator(Operator { proxy: Some(&proxy), ..Operator::embedded(marker::NAME) }).await?;
    let held = hold.next().await?;
    let maps: Api<ConfigMap> = world.api();
    assert!(maps.get_opt(marker::NAME).await?.is_none(), "the API server has not seen it");
    held.release();
    marked(&world).await?;
    // events of a watch come through while it lasts
    eventually("the watch streams through the proxy", async || {
        let log = operator.log(20);
        Failure::unless(log.contains("marker: added marker"), || log.clone())
    })
    .await
}

async fn an_example_is_built_and_run(world: World) -> Result<(), Failure> {
    let operator = Operator { args: &["--version"], ..Operator::example("healingservice") };
    let operator = world.operator(operator).await?;
    assert_eq!(operator.wait_exit().await?.code, Some(0), "{}", operator.log(20));
    Ok(())
}

/// Waits until the operator has created its `ConfigMap`
async fn marked(world: &World) -> Result<(), Failure> {
    let maps: Api<ConfigMap> = world.api();
    eventually("the operator's ConfigMap", async || Ok(maps.get(marker::NAME).await.map(drop)?)).await
}

/// Waits until its servers answer
async fn serves(operator: &RunningOperator) -> Result<(), Failure> {
    eventually("the operator serves", async || {
        let ready = operator.health("/readyz").await?;
        let metrics = operator.metrics().await?;
        Failure::unless(ready == "ok" && metrics.contains("marker_up 1"), || format!("{ready}, {metrics}"))
    })
    .await
}

/// Waits until a create of a `ConfigMap` was answered with `code`
async fn requests(world: &World, code: u16) -> Result<Arc<AuditEntry>, Failure> {
    eventually("the request in the audit log", async || {
        let entries = world.audit()?;
        let found = creates(&entries, code).next();
        found.cloned().ok_or_else(|| Failure::new(format!("{} other requests", entries.len())))
    })
    .await
}

/// Creates of `ConfigMaps` that were answered with `code`
fn creates(entries: &[Arc<AuditEntry>], code: u16) -> impl Iterator<Item = &Arc<AuditEntry>> {
    let wanted = move |entry: &&Arc<AuditEntry>| {
        entry.verb == "create" && entry.is_about("configmaps") && entry.code() == code
    };
    entries.iter().filter(wanted)
}
