//! A Kubernetes for tests, in a process: at present the kubelet simulator
//!
//! This crate owns simulated nodes and the life of the pods on them, including the ways in which pods fail. It
//! deliberately knows nothing of operators or of the `healing` framework: it is useful to whoever tests something
//! that reacts to pods.
//!
//! # What it does
//!
//! A [`Kubelet`] speaks to any API server through a [`kube::Client`] and its public API only. It registers nodes and
//! keeps their leases, binds pods that no scheduler has bound, moves them from `Pending` through `ContainerCreating`
//! to `Running` and `Ready`, ends them when they are deleted, and plays [`Failure`]s on those that a test chose.
//!
//! ```no_run
//! use healing_sandbox::{Failure, Kubelet, Pace, Pods};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = kube::Client::try_default().await?;
//! let kubelet = Kubelet::builder(client).nodes(3).pace(Pace::quick()).start().await?;
//!
//! let crashing = kubelet.fail(Pods::all().namespace("shop").label("app", "cart"), Failure::CrashLoop);
//! // the pods restart again and again, their restart counts grow, the waits between restarts too
//! drop(crashing); // the fault ends: the same pods recover at their next restart
//!
//! kubelet.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A pod may also name its own failure, which needs no access to the process:
//!
//! ```yaml
//! metadata:
//!   annotations:
//!     sandbox.healing.dev/fail: crash-loop
//! ```
//!
//! On a simulated node the value `down` stops its reports and its pods, until the annotation is removed.
//!
//! # What it does not do
//!
//! No container runs, what `kubectl logs` shows is what was simulated, no probe is sent, no event is written, and of scheduling there is only what
//! [`Kubelet`] says. Pods that are bound to nodes of others are never touched.
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
//! # How it is built
//!
//! What a pod does next is a pure function of the pod, its failure, the time and the [`Pace`] (`kubelet/pod.rs` and
//! the files that it names). Around it stands one task that watches, asks and sends (`kubelet/driver.rs`). Time comes
//! from a [`Clock`] alone, maps are ordered, and nothing is random: the same pods at the same times make the same
//! writes.

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
pub use clock::Clock;
pub use embedded::{Embedded, EmbeddedError, EmbeddedOptions};
pub use fault::{Call, FaultGuard, Verb, Verdict};
pub use kubelet::failure::{Failure, UnknownFailure};
pub use kubelet::log::LogLine;
pub use kubelet::node::NodeHandle;
pub use kubelet::pace::Pace;
pub use kubelet::rule::{FailureGuard, Pods};
pub use kubelet::{FAIL_ANNOTATION, Kubelet, KubeletBuilder, StartError};
pub use sandbox::Sandbox;
pub use show::{ShowError, TourError, embedded, tour};
pub use trace::TraceEntry;
