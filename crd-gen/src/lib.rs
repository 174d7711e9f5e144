//! Writes the Kubernetes manifests of a healing operator
//!
//! A user meets things in this order: an operator prints its [`Description`], [`emit`] turns it into documents
//! (JSON values) and files, [`yaml`] renders them. All of it is pure: the same description gives the same bytes.
//!
//! The library knows no operator's code, no runtime and no cluster. How a description is fetched from a cargo
//! target, and what is done with the files, is the command line's business (feature `tool`).

pub mod emit;
pub mod yaml;

mod description;

pub use description::{DescribedResource, Description};
