//! Changes of definitions as data: what `crd-gen diff` and other tools are asked about
//!
//! It owns how a corpus is written. Where one is, and who says what of it, is its readers' business; the other tools are asked in
//! `tests/verdicts`.

mod corpus;

pub use corpus::{Case, CorpusError, cases};
