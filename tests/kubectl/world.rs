//! The two servers of this run, each with simulated nodes, and the kind that scripts use

use std::path::Path;

use control_plane::{ControlPlane, Options, StartError};
use healing_sandbox::{Embedded, EmbeddedOptions, Kubelet};

use crate::arm::{Arm, Output};
use crate::environment;
use crate::script::Script;

const CRD: &str = include_str!("scripts/crd.yaml");
/// Nodes of each server
const NODES: u32 = 3;

/// The two servers
pub(crate) struct World {
    first: Arm,
    second: Arm,
    plane: ControlPlane,
    /// Held for as long as its pods shall move
    _kubelet: Kubelet,
    /// The second server, where it is not the real one too
    embedded: Option<Embedded>,
}

/// Why there are no two servers
#[derive(Clone, Debug)]
pub(crate) enum NoWorld {
    /// The real one cannot be built here, and nothing is wrong
    NotHere(String),
    Broken(String),
}

// === impl World ===

impl World {
    pub(crate) async fn start() -> Result<Self, NoWorld> {
        let plane = ControlPlane::start(&Options::default()).await.map_err(|error| match error {
            StartError::GoMissing => NoWorld::NotHere(error.to_string()),
            other => NoWorld::Broken(other.to_string()),
        })?;
        Self::on(plane).await.map_err(NoWorld::Broken)
    }

    async fn on(plane: ControlPlane) -> Result<Self, String> {
        let kubelet = Kubelet::builder(plane.client()).nodes(NODES).node_prefix("node").start().await;
        let kubelet = kubelet.map_err(|error| error.to_string())?;
        let first = arm(&plane, &plane.admin_kubeconfig(), "ka-")?;
        install(&first).await?;
        if !environment::against_sandbox() {
            let second = arm(&plane, &plane.admin_kubeconfig(), "kb-")?;
            return Ok(Self { first, second, plane, _kubelet: kubelet, embedded: None });
        }
        let options = EmbeddedOptions { nodes: NODES, seed: Some(1), ..EmbeddedOptions::default() };
        let embedded = Embedded::start(options).await.map_err(|error| error.to_string())?;
        let second = arm(&plane, embedded.kubeconfig(), "kb-")?;
        install(&second).await?;
        Ok(Self { first, second, plane, _kubelet: kubelet, embedded: Some(embedded) })
    }

    /// The outputs of both; one after the other where both are the same server, because nodes are shared
    pub(crate) async fn play(
        &self,
        script: &Script,
        namespace: &str,
    ) -> Result<(Vec<Output>, Vec<Output>), String> {
        if self.embedded.is_none() {
            let one = self.first.play(script, namespace).await?;
            return Ok((one, self.second.play(script, namespace).await?));
        }
        let (one, two) =
            tokio::join!(self.first.play(script, namespace), self.second.play(script, namespace));
        Ok((one?, two?))
    }

    pub(crate) fn end(&self) {
        self.plane.end();
    }
}

fn arm(plane: &ControlPlane, kubeconfig: &Path, prefix: &'static str) -> Result<Arm, String> {
    let folder = plane.folder().join(format!("{prefix}scripts"));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let kubectl = plane.kubectl().file().to_owned();
    Ok(Arm { kubectl, kubeconfig: kubeconfig.to_owned(), folder, prefix })
}

/// Applies the kind and waits until it can be used
async fn install(arm: &Arm) -> Result<(), String> {
    for (args, input) in [
        (&["apply", "-f", "-"][..], CRD),
        (&["wait", "--for=condition=Established", "crd/gizmos.kube.example.com", "--timeout=60s"], ""),
    ] {
        let output = arm.run(&arm.folder, args, input, None).await?;
        if output.code != 0 {
            return Err(output.stderr);
        }
    }
    Ok(())
}
