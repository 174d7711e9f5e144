//! Where a case runs: on a real control plane that all cases share, or on a sandbox of its own with virtual time
//!
//! It owns what both have. What only one of them has is in its file.

mod real;
mod simulated;

use std::sync::Arc;

use control_plane::AuditEntry;
use healing_sandbox::Kubelet;
use kube::Client;

pub(crate) use self::real::Cluster;
pub(crate) use self::simulated::Simulated;
use crate::failure::Failure;
use crate::operator::Operator;

/// One of the two
pub(crate) enum Arm {
    Real(Box<Cluster>),
    Simulated(Box<Simulated>),
}

/// Why there is no control plane
#[derive(Clone, Debug)]
pub(crate) enum NoArm {
    /// It cannot be built here, and nothing is wrong
    NotHere(String),
    Broken(String),
}

impl Arm {
    /// A client whom RBAC does not limit
    pub(crate) fn client(&self) -> Client {
        match self {
            Self::Real(cluster) => cluster.plane.client(),
            Self::Simulated(simulated) => simulated.client(),
        }
    }

    pub(crate) fn kubelet(&self) -> &Kubelet {
        match self {
            Self::Real(cluster) => &cluster.kubelet,
            Self::Simulated(simulated) => simulated.sandbox.kubelet(),
        }
    }

    /// The requests that belong to a namespace: about it, or by a service account of it
    pub(crate) fn audit(&self, namespace: &str) -> Result<Vec<Arc<AuditEntry>>, Failure> {
        match self {
            Self::Real(cluster) => Ok(cluster.plane.audit().of_namespace(namespace)?),
            Self::Simulated(simulated) => {
                let mut entries = simulated.record.entries();
                entries.retain(|entry| entry.is_of(namespace));
                Ok(entries)
            }
        }
    }

    /// Installs an operator's manifests, or as much of them as its pods need, once for all cases that ask
    pub(crate) async fn install(&self, operator: &Operator<'_>) -> Result<(), Failure> {
        match self {
            Self::Real(cluster) => cluster.install(&operator.print(cluster, &["manifests"]).await?).await,
            // there is no other way to it than through the operator's process, which has no place here
            Self::Simulated(simulated) => {
                Ok(simulated.sandbox.apply(&operator.declared()?.definitions()).await?)
            }
        }
    }

    /// The control plane, for cases that are about it
    pub(crate) fn real(&self) -> Result<&Cluster, Failure> {
        match self {
            Self::Real(cluster) => Ok(cluster),
            Self::Simulated(_) => Err(Failure::new("this is not a real control plane")),
        }
    }
}
