//! Writes the Kubernetes manifests of a healing operator

pub mod emit;
