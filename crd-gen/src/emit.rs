//! Pure emitters: description in, manifests out
//!
//! Documents are JSON values, never typed Kubernetes structs: their types change with the Kubernetes version that
//! k8s-openapi is built for, the documents must not.

mod crd;

pub use crd::crd;
