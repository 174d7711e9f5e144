//! Writes the Kubernetes manifests of a healing operator
//!
//! A user meets things in this order: an operator prints its [`Description`], [`emit`] turns it into documents
//! (JSON values) and [`File`]s, [`yaml`] renders them. All of it is pure: the same description gives the same bytes.
//! With the feature `tool`, `drive` fetches the description from a cargo target, `write` puts files on disk, `manifest` reads
//! what people wrote and `validate` says what an API server thinks of it. Of a `definition` alone, `lint` says what would be
//! regretted later and `diff` what a change does to those who have the old one. And `new` makes an operator's project.
//!
//! The library knows no operator's code, no runtime and no cluster.

pub mod emit;
pub mod seal;
pub mod yaml;

#[cfg(feature = "tool")]
pub mod drive;
#[cfg(feature = "tool")]
pub mod write;
#[cfg(feature = "tool")]
pub mod manifest;
#[cfg(feature = "tool")]
pub mod validate;
#[cfg(feature = "tool")]
pub mod definition;
#[cfg(feature = "tool")]
pub mod lint;
#[cfg(feature = "tool")]
pub mod diff;
#[cfg(feature = "tool")]
pub mod new;

mod description;
mod file;

pub use description::{DescribedResource, Description, DescriptionError};
pub use file::{Difference, File};
