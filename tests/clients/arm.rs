//! The two servers, each with simulated nodes and a namespace for the program

use std::path::Path;
use std::time::Duration;

use control_plane::{ControlPlane, Options, StartError, until};
use healing_sandbox::{Embedded, EmbeddedOptions, Kubelet};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};

use crate::program::Program;

/// Namespace of the program
const NAMESPACE: &str = "clients";
/// Nodes of each server
const NODES: u32 = 3;
/// Bounds the wait for the namespace
const LIMIT: Duration = Duration::from_mins(1);

/// Why there is nothing to compare
#[derive(Debug)]
pub(crate) enum NoArm {
    /// The real server cannot be built here, and nothing is wrong
    NotHere(String),
    Broken(String),
}

/// What the program says of a real control plane
pub(crate) async fn real(program: &Program) -> Result<String, NoArm> {
    let plane = ControlPlane::start(&Options::default()).await.map_err(|error| match error {
        StartError::GoMissing => NoArm::NotHere(error.to_string()),
        other => NoArm::Broken(other.to_string()),
    })?;
    let kubelet = Kubelet::builder(plane.client()).nodes(NODES).node_prefix("node").start().await;
    let _kubelet = kubelet.map_err(|error| NoArm::Broken(error.to_string()))?;
    let said = play(program, plane.client(), &plane.admin_kubeconfig()).await;
    plane.end();
    said.map_err(|why| NoArm::Broken(format!("real: {why}")))
}

/// What it says of the embedded server
pub(crate) async fn embedded(program: &Program) -> Result<String, String> {
    let options = EmbeddedOptions { nodes: NODES, seed: Some(1), ..EmbeddedOptions::default() };
    let embedded = Embedded::start(options).await.map_err(|error| error.to_string())?;
    let said = play(program, embedded.client(), embedded.kubeconfig()).await;
    embedded.stop().await;
    said.map_err(|why| format!("embedded: {why}"))
}

async fn play(program: &Program, client: Client, kubeconfig: &Path) -> Result<String, String> {
    let metadata = ObjectMeta { name: Some(NAMESPACE.to_owned()), ..ObjectMeta::default() };
    let namespace = Namespace { metadata, ..Namespace::default() };
    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces.create(&PostParams::default(), &namespace).await.map_err(|error| error.to_string())?;
    // a pod cannot be created before its default service account is there
    let accounts: Api<ServiceAccount> = Api::namespaced(client, NAMESPACE);
    let account = until(LIMIT, async || accounts.get("default").await.map(|_| ())).await;
    account.map_err(|error| format!("no service account: {error:?}"))?;
    program.run(kubeconfig, NAMESPACE).await
}
