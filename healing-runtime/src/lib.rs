//! The operator process: watch, queue, observe, decide, act, record, and what is around it
//!
//! One object's path is the order of the modules below. Only `act`, `record` and `finalizer` write to the API
//! server. What to do is decided in `healing-engine`; this crate carries it out.

mod watch;
mod change;
mod cache;
mod queue;
mod client;
mod clock;
mod shutdown;
mod resource;
mod workload;

// the process around it
#[expect(dead_code, reason = "the run command is what uses it")]
mod args;
#[cfg_attr(not(test), expect(dead_code, reason = "the run command is what uses it"))]
mod command;
#[cfg_attr(not(test), expect(dead_code, reason = "the run command is what uses it"))]
mod events;
#[expect(dead_code, reason = "the run command is what uses it")]
mod log;
#[cfg_attr(not(test), expect(dead_code, reason = "the run command is what uses it"))]
mod metrics;
#[cfg_attr(not(test), expect(dead_code, reason = "the run command is what uses it"))]
mod serve;

#[doc(hidden)]
pub mod private;

pub use resource::HealingResource;
pub use workload::Workload;
