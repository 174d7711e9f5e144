//! Steady state: an operator that looks again, for whatever reason, and finds nothing new writes nothing

use std::sync::Arc;

use control_plane::AuditEntry;
use kube::Api;
use serde_json::json;

use super::Case;
use crate::failure::Failure;
use crate::operator::RunningOperator;
use crate::service::{self, Service};
use crate::wait::eventually;
use crate::world::World;

/// Passes that are caused in each life of the operator
const TOUCHES: usize = 20;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(neither_restarts_nor_further_looks_write_anything)]
}

/// Two restarts, each of which lists everything anew, and then more looks than an hour of resyncs brings
async fn neither_restarts_nor_further_looks_write_anything(world: World) -> Result<(), Failure> {
    let mut operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 5 })).await?;
    web.converged(5).await?;
    // its end flushes the events of the way here
    end(&operator).await?;
    let before = writes(&world, "first").await?;
    assert!(before.len() >= 5, "what it wrote on the way here is seen: {}", before.len());
    let converged = web.get().await?;
    let pods = web.pod_names().await?;

    for life in ["second", "third"] {
        operator.restart()?;
        eventually("the new process is ready and has looked", async || {
            let ready = operator.health("/readyz").await?;
            let passes = passes(&operator, r#"result="success""#).await?;
            Failure::unless(passes >= 1, || format!("{ready}, {passes} passes"))
        })
        .await?;
        for touch in 0..TOUCHES {
            touched(&web, &operator, &format!("{life}-{touch}")).await?;
        }
        end(&operator).await?;
        let new: Vec<String> = writes(&world, life).await?.iter().skip(before.len()).map(to_line).collect();
        assert_eq!(new, [""; 0], "written in its {life} life");
    }

    let now = web.get().await?;
    assert_eq!(now["status"], converged["status"]);
    assert_eq!(now["spec"], converged["spec"]);
    assert_eq!(web.pod_names().await?, pods);
    Ok(())
}

/// Changes an annotation, and waits until the operator has made a pass because of it
async fn touched(web: &Service, operator: &RunningOperator, value: &str) -> Result<(), Failure> {
    let before = passes(operator, "").await?;
    web.patch_metadata(json!({ "annotations": { "touched": value } })).await?;
    eventually("a pass because of the annotation", async || {
        let now = passes(operator, "").await?;
        Failure::unless(now > before, || format!("still {now} passes"))
    })
    .await
}

/// Finished passes, with this label
pub(super) async fn passes(operator: &RunningOperator, label: &str) -> Result<u64, Failure> {
    let page = operator.metrics().await?;
    let lines = page
        .lines()
        .filter(|line| line.starts_with("controller_runtime_reconcile_total{") && line.contains(label));
    lines.map(|line| Ok(line.rsplit(' ').next().unwrap_or_default().parse::<u64>()?)).sum()
}

/// Asks it to end; a drained end is a success
async fn end(operator: &RunningOperator) -> Result<(), Failure> {
    operator.terminate()?;
    assert_eq!(operator.wait_exit().await?.code, Some(0), "{}", operator.log(20));
    Ok(())
}

/// All requests of the operator's account that can have changed something, up to now
///
/// The log is written some time after the answer: a read of our own under the same account marks where "now" is.
async fn writes(world: &World, mark: &str) -> Result<Vec<Arc<AuditEntry>>, Failure> {
    let account = world.account_client().await?;
    let pods: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(account, world.namespace());
    assert!(pods.get_opt(mark).await?.is_none());
    let user = world.account();
    let mut entries = eventually("the mark in the audit log", async || {
        let entries = world.audit()?;
        let is_mark = |entry: &Arc<AuditEntry>| entry.verb == "get" && entry.name() == mark;
        Failure::unless(entries.iter().any(is_mark), || format!("{} entries", entries.len()))?;
        Ok(entries)
    })
    .await?;
    entries.retain(|entry| entry.user.username == user && entry.is_write());
    Ok(entries)
}

fn to_line(entry: &Arc<AuditEntry>) -> String {
    entry.to_string()
}
