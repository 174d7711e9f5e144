//! The two servers of this run, and what is made on them before a sequence: a namespace, and the kinds of `crds.yaml`

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use control_plane::{ControlPlane, Options, StartError, until};
use healing_sandbox::Bare;
use serde_json::Value;

use crate::arm::{Answer, Arm, Ready};
use crate::sequence::Sequence;
use crate::{environment, play};

/// Kinds that all sequences may use
const CRDS: &str = include_str!("cases/crds.yaml");
/// Where the embedded server's chance comes from
const SEED: u64 = 1;
/// Bounds each wait of the preparation
const LIMIT: Duration = Duration::from_mins(1);

/// The two servers
pub(crate) struct World {
    first: First,
    second: Arm,
    /// The second one, where it is not the real one too
    _sandbox: Option<Bare>,
}

/// The real server, or what it once said
enum First {
    Real { arm: Arm, plane: Box<ControlPlane>, said: Mutex<Record> },
    Recorded(Record),
}

/// Masked answers by the names of sequences
type Record = BTreeMap<String, Vec<Answer>>;

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
        if let Some(path) = environment::recorded() {
            let first = First::Recorded(read(&path).map_err(NoWorld::Broken)?);
            return Self::with_sandbox(first).await;
        }
        let plane = ControlPlane::start(&Options::default()).await.map_err(|error| match error {
            StartError::GoMissing => NoWorld::NotHere(error.to_string()),
            other => NoWorld::Broken(other.to_string()),
        })?;
        let (arm, again) = (Arm::new("da-", plane.client()), Arm::new("db-", plane.client()));
        install(&arm).await.map_err(NoWorld::Broken)?;
        let first = First::Real { arm, plane: Box::new(plane), said: Mutex::default() };
        if environment::against_sandbox() {
            return Self::with_sandbox(first).await;
        }
        Ok(Self { first, second: again, _sandbox: None })
    }

    async fn with_sandbox(first: First) -> Result<Self, NoWorld> {
        let sandbox = Bare::start(SEED);
        let second = Arm::new("db-", sandbox.client());
        install(&second).await.map_err(NoWorld::Broken)?;
        Ok(Self { first, second, _sandbox: Some(sandbox) })
    }

    /// The masked answers of both to a sequence, each in a namespace of its own
    pub(crate) async fn play(
        &self,
        sequence: &Sequence,
        namespace: &str,
    ) -> Result<(Vec<Answer>, Vec<Answer>), String> {
        let name = sequence.name();
        let first = async {
            match &self.first {
                First::Recorded(record) => record.get(&name).cloned().ok_or("it was not recorded".to_owned()),
                First::Real { arm, said, .. } => {
                    let answers = play_in_namespace(sequence, arm, namespace).await?;
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    said.insert(name.clone(), answers.clone());
                    Ok(answers)
                }
            }
        };
        let (one, two) = tokio::join!(first, play_in_namespace(sequence, &self.second, namespace));
        Ok((one?, two?))
    }

    /// Ends the control plane, and keeps what it said if that is wanted
    pub(crate) fn end(&self) -> Result<(), String> {
        let First::Real { plane, said, .. } = &self.first else { return Ok(()) };
        plane.end();
        let Some(path) = environment::record() else { return Ok(()) };
        let said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let text = serde_json::to_vec(&*said).map_err(|error| error.to_string())?;
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

fn read(path: &Path) -> Result<Record, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}

async fn play_in_namespace(sequence: &Sequence, arm: &Arm, namespace: &str) -> Result<Vec<Answer>, String> {
    namespaced(arm, namespace).await?;
    play::play(sequence, arm, namespace).await
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
