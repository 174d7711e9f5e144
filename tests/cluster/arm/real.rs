//! A real control plane, one for all cases: etcd, API server and controllers, with the simulated kubelet

use std::collections::BTreeSet;
use std::time::Duration;

use control_plane::{ControlPlane, Options, StartError};
use healing_sandbox::{Kubelet, Pace};
use tokio::sync::Mutex;

use super::NoArm;
use crate::failure::Failure;
use crate::operator::Examples;

/// Nodes of the simulated kubelet: enough to lose one and to relocate
const NODES: u32 = 3;
/// Longest wait of the kubelet between two restarts; doubling from a tenth of a second, it is reached after a minute
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// A running control plane and its kubelet
pub(crate) struct Cluster {
    pub(crate) plane: ControlPlane,
    pub(crate) kubelet: Kubelet,
    pub(crate) examples: Examples,
    installed: Mutex<BTreeSet<String>>,
}

impl Cluster {
    pub(crate) async fn start() -> Result<Self, NoArm> {
        let plane = ControlPlane::start(&Options::default()).await.map_err(|error| match error {
            StartError::GoMissing => NoArm::NotHere(error.to_string()),
            other => NoArm::Broken(other.to_string()),
        })?;
        let kubelet = Kubelet::builder(plane.client()).nodes(NODES).node_prefix("node").pace(pace());
        let kubelet = kubelet.start().await;
        let kubelet = kubelet.map_err(|error| NoArm::Broken(error.to_string()))?;
        Ok(Self { plane, kubelet, examples: Examples::default(), installed: Mutex::default() })
    }

    /// Applies cluster-wide manifests once for all cases and waits until their kinds can be used
    pub(crate) async fn install(&self, manifests: &str) -> Result<(), Failure> {
        // held over the apply: the second case that asks has to wait for the first
        let mut installed = self.installed.lock().await;
        if installed.contains(manifests) {
            return Ok(());
        }
        let kubectl = self.plane.kubectl();
        let applied =
            kubectl.run_with(&["apply", "--server-side", "-o", "name", "-f", "-"], manifests).await?;
        for crd in applied.stdout.lines().filter(|name| name.starts_with("customresourcedefinition")) {
            kubectl.run(&["wait", "--for=condition=Established", "--timeout=60s", crd]).await?;
            let plural = crd.rsplit_once('/').map_or(crd, |(_, plural)| plural);
            crate::wait::eventually("the new kind is served", async || {
                Ok(kubectl.run(&["get", plural, "--all-namespaces"]).await?)
            })
            .await?;
        }
        installed.insert(manifests.to_owned());
        Ok(())
    }
}

/// Quick, but a crash loop comes to rest between two crashes, as it does with a real kubelet
fn pace() -> Pace {
    let mut pace = Pace::quick();
    pace.backoff_max = BACKOFF_MAX;
    pace
}
