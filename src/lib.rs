//! Self-healing Kubernetes operators by declaration
//!
//! The facade: everything that users name. It owns no behaviour.

pub mod prelude;

pub use healing_derive::{HealingResource, HealingSchema};
pub use healing_engine::{Condition, Status};
pub use healing_model::FieldError;
pub use healing_runtime::{
    HealingResource, HealingSchema, InProcess, InProcessError, Object, Operator, Verdict, Workload,
    container, pod_template,
};

#[doc(hidden)]
pub use healing_runtime::private as __private;

/// The examples of the attribute reference, compiled
#[cfg(doctest)]
#[doc = include_str!("../docs/reference/attributes.md")]
pub struct AttributeReference;
