//! What generated code names; no public API

pub use k8s_openapi;
pub use kube;
pub use schemars;
pub use serde;
pub use serde_json;

pub use healing_engine::Status;
pub use healing_model::{Blueprint, Declared, FieldError};

pub use crate::HealingResource;
