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

#[doc(hidden)]
pub mod private;

pub use resource::HealingResource;
pub use workload::Workload;
