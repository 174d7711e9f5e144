//! Other tools that compare `CustomResourceDefinition`s, for tests: crdify and crd-schema-checker
//!
//! In the order of a run: the corpus of changes that they are asked about (`corpus`), their programs, built with Go from the
//! committed `go.mod` and `go.sum` once for all later runs on this machine (`build`), and their verdicts (`verdict`). What
//! crd-gen says of the same changes, and which differences are right, is known to whoever compares.

mod environment;
mod corpus;
mod build;
mod verdict;

pub use build::{BuildError, Tools};
pub use corpus::{Case, CorpusError, cases};
pub use environment::is_ci;
pub use verdict::{Verdict, VerdictError};
