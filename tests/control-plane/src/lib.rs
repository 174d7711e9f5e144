//! A real Kubernetes control plane on loopback, for tests: etcd, kube-apiserver, kube-controller-manager and kubectl
//!
//! In the order of a run: which version (`version`), its programs (`binaries`, built by `compile` if need be), a
//! supervisor that ends them whatever happens (`supervisor`), keys and certificates (`certificate`), the flags of each
//! program (`component`), the start and its readiness (`plane`), and then what a test holds: clients and
//! kubeconfigs, [`Kubectl`], the API server's [`AuditLog`], what it says about its [`kinds`], and about [`merging`] them. It has no scheduler and no kubelet, and it knows nothing of
//! the operators that are tested on it.

mod environment;
mod poll;
mod version;
mod binaries;
mod compile;
mod cache;
mod module;
mod supervisor;
mod certificate;
mod kubeconfig;
mod port;
mod component;
mod options;
mod plane;
mod start_error;
mod audit;
mod kubectl;
mod kinds;
mod merging;

pub use audit::{AuditEntry, AuditLog, AuditObject, AuditResponse, AuditUser};
pub use binaries::Binaries;
pub use kinds::{KindsError, kinds};
pub use kubectl::{Kubectl, KubectlError, KubectlOutput};
pub use merging::merging;
pub use module::Module;
pub use options::{NodeLifecycle, Options};
pub use plane::{ControlPlane, Timings, client_of};
pub use poll::{until, until_every};
pub use port::free_ports;
pub use start_error::StartError;
pub use supervisor::{
    Exit, Process, Program, Signal, Supervisor, SupervisorError, log_tail, supervise_if_asked,
};
pub use version::Version;
