//! The two servers of this run, and what is made on them before a sequence: a namespace, and the kinds of `crds.yaml`

use std::time::Duration;

use control_plane::{ControlPlane, Options, StartError, until};
use serde_json::Value;

use crate::arm::{Answer, Arm, Ready};

/// Kinds that all sequences may use
const CRDS: &str = include_str!("cases/crds.yaml");
/// Bounds each wait of the preparation
const LIMIT: Duration = Duration::from_mins(1);

/// The two servers
pub(crate) struct World {
    pub(crate) first: Arm,
    pub(crate) second: Arm,
    plane: ControlPlane,
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
        let first = Arm::new("da-", plane.client());
        // both are the real server until there is another one to compare with
        let second = Arm::new("db-", plane.client());
        install(&first).await.map_err(NoWorld::Broken)?;
        Ok(Self { first, second, plane })
    }

    /// Makes a namespace on both
    pub(crate) async fn prepare(&self, namespace: &str) -> Result<(), String> {
        let (one, two) =
            tokio::join!(namespaced(&self.first, namespace), namespaced(&self.second, namespace));
        one.and(two)
    }

    pub(crate) fn end(&self) {
        self.plane.end();
    }
}

/// Creates the kinds and waits until objects of them can be created
async fn install(arm: &Arm) -> Result<(), String> {
    let crds: Vec<Value> =
        serde_saphyr::from_multiple(CRDS).map_err(|error| format!("crds.yaml: {error}"))?;
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    for crd in &crds {
        let answer = send(arm, "POST", path, Some(crd)).await?;
        accepted(&answer, "creating a definition", &[201])?;
    }
    for crd in &crds {
        let spec = &crd["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
        let instances = format!("/apis/{group}/v1/{plural}");
        eventually(arm, &instances, |answer| answer.status == 200).await?;
        // the server holds back the first creations of a new kind, so that replicas of it can learn the kind
        let in_namespace = if spec["scope"] == "Cluster" {
            instances
        } else {
            format!("/apis/{group}/v1/namespaces/default/{plural}")
        };
        let first = serde_json::json!({
            "apiVersion": format!("{group}/v1"),
            "kind": spec["names"]["kind"],
            "metadata": { "name": "first" },
        });
        let answer = send(arm, "POST", &format!("{in_namespace}?dryRun=All"), Some(&first)).await?;
        accepted(&answer, "trying a new kind", &[201, 422])?;
    }
    Ok(())
}

/// Creates a namespace and waits for what controllers put into it
async fn namespaced(arm: &Arm, name: &str) -> Result<(), String> {
    let name = format!("{}{name}", arm.prefix);
    let namespace =
        serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    let answer = send(arm, "POST", "/api/v1/namespaces", Some(&namespace)).await?;
    accepted(&answer, "creating the namespace", &[201])?;
    for path in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
        let path = format!("/api/v1/namespaces/{name}/{path}");
        eventually(arm, &path, |answer| answer.status == 200).await?;
    }
    Ok(())
}

async fn eventually(arm: &Arm, path: &str, holds: impl Fn(&Answer) -> bool) -> Result<(), String> {
    let probe = async || {
        let answer = send(arm, "GET", path, None).await?;
        if holds(&answer) { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) }
    };
    let waited = until(LIMIT, probe).await;
    waited.map_err(|last| format!("{path} on {}: {}", arm.prefix, last.unwrap_or_default()))
}

async fn send(arm: &Arm, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    arm.send(&Ready { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body }).await
}

fn accepted(answer: &Answer, what: &str, codes: &[u16]) -> Result<(), String> {
    if codes.contains(&answer.status) { Ok(()) } else { Err(format!("{what}: {}", answer.body)) }
}
