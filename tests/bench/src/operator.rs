//! Operator tests as an author writes them, and how many of them a minute has
//!
//! They are the tests of README.md and docs/guide/test-an-operator.md. Each gets a runtime of its own with one thread
//! and paused time, as `#[tokio::test(start_paused = true)]` gives it.

use std::error::Error;
use std::time::Duration;

use healing::prelude::*;
use healing_sandbox::{Failure, Pods, Sandbox};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::args::OperatorLoad;
use crate::report::Row;
use crate::usage::Usage;

/// A service whose pods are kept
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "bench.test", version = "v1", kind = "Kept")]
pub(crate) struct KeptSpec {
    /// Number of pods
    #[healing(replicas, minimum = 0)]
    pub replicas: i32,
    /// Heal while fewer are healthy
    #[healing(health_threshold, default = 1)]
    pub health_threshold: i32,
}

impl Workload for Kept {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }
}

fn operator() -> Operator {
    Operator::new("kept-operator").resource::<Kept>()
}

fn sample() -> Value {
    json!({
        "apiVersion": "bench.test/v1", "kind": "Kept", "metadata": { "name": "web" },
        "spec": { "replicas": 5, "healthThreshold": 3 },
    })
}

/// Runs all tests, one kind after the other
pub(crate) fn measure(load: OperatorLoad) -> Result<Vec<Row>, Box<dyn Error>> {
    let start = repeat(load.tests, nothing_but_a_sandbox)?;
    let come_up = repeat(load.tests, five_pods_come_up)?;
    let replaced = repeat(load.tests, broken_pods_are_replaced)?;
    Ok(vec![
        row("a sandbox is started, nothing more", load.tests, start),
        row("five pods come up", load.tests, come_up),
        row("three of five pods break and are replaced, half an hour passes", load.tests, replaced),
    ])
}

fn row(what: &str, tests: u32, seconds: f64) -> Row {
    let minute = f64::from(tests) * 60.0 / seconds;
    let each = seconds * 1e3 / f64::from(tests);
    Row::new(what, format!("{minute:.0} a minute, {each:.1} ms each"))
}

/// Runs a test again and again, and gives the seconds that a processor was busy with it
///
/// That is the time it takes on one core that has nothing else to do: nothing in it waits for anything.
fn repeat<F>(tests: u32, test: impl Fn(u64) -> F) -> Result<f64, Box<dyn Error>>
where
    F: Future<Output = Result<(), Box<dyn Error>>>,
{
    let this = [std::process::id()];
    let before = Usage::of(&this)?;
    for seed in 0..u64::from(tests) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
        runtime.block_on(test(seed))?;
    }
    Ok(Usage::of(&this)?.seconds - before.seconds)
}

async fn nothing_but_a_sandbox(seed: u64) -> Result<(), Box<dyn Error>> {
    Sandbox::start(seed).await?;
    Ok(())
}

async fn five_pods_come_up(seed: u64) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(seed).await?;
    sandbox.apply(&operator().definitions()).await?;
    let _running = operator().in_process(sandbox.client(), sandbox.now(), &[])?;
    sandbox.apply(&[sample()]).await?;
    sandbox.settle().await;
    expect(names(&sandbox).await?.len() == 5, "five pods")
}

async fn broken_pods_are_replaced(seed: u64) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(seed).await?;
    sandbox.apply(&operator().definitions()).await?;
    let _running = operator().in_process(sandbox.client(), sandbox.now(), &[])?;
    sandbox.apply(&[sample()]).await?;
    sandbox.settle().await;

    let before = names(&sandbox).await?;
    let broken = before.iter().take(3);
    let _failing: Vec<_> =
        broken.clone().map(|name| sandbox.fail(Pods::all().named(name), Failure::CrashLoop)).collect();
    sandbox.advance(Duration::from_mins(30)).await;

    let after = names(&sandbox).await?;
    let is_new = broken.clone().all(|name| !after.contains(name));
    expect(after.len() == 5 && is_new, "three new pods beside the two that were well")
}

async fn names(sandbox: &Sandbox) -> Result<Vec<String>, kube::Error> {
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    Ok(pods.list(&ListParams::default()).await?.items.iter().map(ResourceExt::name_any).collect())
}

fn expect(is: bool, what: &str) -> Result<(), Box<dyn Error>> {
    if is { Ok(()) } else { Err(format!("the test of the operator does not find {what}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_test_of_each_kind_passes() {
        assert_eq!(measure(OperatorLoad { tests: 1 }).unwrap().len(), 3);
    }
}
