//! A Kubernetes in the process: an API server with its controllers and simulated nodes, for tests and for first steps
//!
//! This crate owns the host of the API server (clock, clients, loopback, faults, trace) and the kubelet simulator. What
//! the API server answers is `healing-api-server`'s business. It deliberately knows nothing of operators or of the
//! `healing` framework: it is useful to whoever tests something that talks to Kubernetes.
//!
//! # In a test
//!
//! [`Sandbox`] lives in virtual time on a runtime whose time is paused: half an hour of crash loops passes at once, and
//! the same seed and requests give the same answers.
//!
//! ```
//! use healing_sandbox::{Failure, Pods, Sandbox};
//! use k8s_openapi::api::core::v1::Pod;
//! use kube::api::{Api, PostParams};
//! use serde_json::json;
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let sandbox = Sandbox::start(1).await?;
//!     let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
//!     let pod = json!({
//!         "metadata": { "name": "web" },
//!         "spec": { "containers": [{ "name": "app", "image": "nginx" }] },
//!     });
//!     pods.create(&PostParams::default(), &serde_json::from_value(pod)?).await?;
//!     sandbox.settle().await;
//!     assert_eq!(pods.get("web").await?.status.unwrap().phase.as_deref(), Some("Running"));
//!
//!     let crashing = sandbox.fail(Pods::all().named("web"), Failure::CrashLoop);
//!     sandbox.advance(std::time::Duration::from_secs(600)).await;
//!     drop(crashing); // the fault ends: the pod recovers at its next restart
//!     Ok(())
//! }
//! ```
//!
//! # Faults
//!
//! [`Sandbox::fault`] makes requests fail, [`Sandbox::forget_history`] starts the API server anew, and
//! [`Sandbox::trace`] says what happened. Time is virtual, and the kubelet is spared unless a rule is to cover it:
//!
//! ```
//! use healing_sandbox::{Sandbox, Verb, Verdict};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start(1).await?;
//! let lost = sandbox.fault(|call| match (call.verb, call.resource.as_str()) {
//!     (Verb::Create, "pods") => Verdict::DropApplied, // the pod is there, but who created it does not hear of it
//!     _ => Verdict::Pass,
//! });
//! drop(lost); // from here on all goes well
//! # Ok(())
//! # }
//! ```
//!
//! # On loopback
//!
//! [`Embedded`] is a Kubernetes in real time that `kubectl` and clients in any language can ask: [`serve`] puts the API
//! server of this process behind HTTPS on 127.0.0.1, with client certificates and a kubeconfig that only this user can
//! read. The program does it from a shell: `cargo run -p healing-sandbox -- serve`.
//!
//! # The kubelet alone
//!
//! A [`Kubelet`] speaks to any API server through a [`kube::Client`] and its public API only. It registers nodes and
//! keeps their leases, binds pods that no scheduler has bound, moves them from `Pending` through `ContainerCreating`
//! to `Running` and `Ready`, ends them when they are deleted, and plays [`Failure`]s on those that a test chose. A pod
//! may also name its own failure, which needs no access to the process:
//!
//! ```yaml
//! metadata:
//!   annotations:
//!     sandbox.healing.dev/fail: crash-loop
//! ```
//!
//! On a simulated node the value `down` stops its reports and its pods, until the annotation is removed. No container
//! runs and no probe is sent; what `kubectl logs` shows is what was simulated. Pods that are bound to nodes of others are
//! never touched.
//!
//! # How it is built
//!
//! What a pod does next is a pure function of the pod, its failure, the time and the [`Pace`] (`kubelet/pod.rs` and
//! the files that it names), as is every answer of the API server. Around them stand the tasks that wait, ask and send
//! (`host.rs`, `kubelet/driver.rs`). Time comes from a [`Clock`] alone, maps are ordered, and chance comes from a seed.

mod clock;
mod sandbox;
mod embedded;
mod show;
mod host;
mod fault;
mod trace;
mod service;
mod bare;
pub mod kubelet;
pub mod serve;

pub use bare::Bare;
pub use clock::{Clock, SkewGuard};
pub use embedded::{Embedded, EmbeddedError, EmbeddedOptions};
pub use fault::{Call, FaultGuard, Verb, Verdict};
pub use kubelet::failure::{Failure, UnknownFailure};
pub use kubelet::log::LogLine;
pub use kubelet::node::NodeHandle;
pub use kubelet::pace::Pace;
pub use kubelet::rule::{FailureGuard, Pods};
pub use kubelet::{FAIL_ANNOTATION, Kubelet, KubeletBuilder, StartError};
pub use sandbox::{NeverSeen, Sandbox};
pub use show::{ShowError, TourError, embedded, tour};
pub use trace::TraceEntry;
