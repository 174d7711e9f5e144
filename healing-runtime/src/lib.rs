//! The operator process: watch, queue, observe, decide, act, record, and what is around it
//!
//! One object's path is the order of the modules below. Only `act`, `record`, `finalizer` and the store of
//! the webhook's certificate write to the API server, and `election` its lease. What to do is decided in
//! `healing-engine`; this crate carries it out.

#[cfg(test)]
mod fixture;
mod operator;
mod resource;
mod nested;
mod object;
mod pattern;
mod schema;
mod status;
mod template;
mod verdict;
mod workload;

// one object's path
mod watch;
mod change;
mod cache;
mod queue;
mod controller;
mod reconcile;
mod observe;
mod owned;
mod history;
mod act;
mod record;
mod requeue;

// what a pass works with
mod client;
mod context;
mod error;
mod finalizer;
mod live;
mod memory;
mod storm;
mod warmup;
mod subject;

// the process around it
mod args;
mod clock;
mod command;
mod election;
mod events;
mod kind;
mod log;
mod metrics;
mod in_process;
mod run;
mod process;
mod serve;
mod shutdown;
mod stage;
mod webhook;

#[doc(hidden)]
pub mod private;

pub use healing_engine::Verdict;
pub use in_process::{InProcess, InProcessError};
pub use nested::HealingSchema;
pub use object::Object;
pub use operator::Operator;
pub use resource::HealingResource;
pub use schema::SchemaError;
pub use template::{container, pod_template};
pub use workload::Workload;
