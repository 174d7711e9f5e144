//! Developer tasks that need only cargo
//!
//! It owns the gate ([`ci`]) and the rules that can be counted or searched for ([`tidy`]). It contains nothing that
//! a release needs, and no rule that rustc, clippy or rustfmt already enforce.

pub mod ci;
pub mod tidy;
