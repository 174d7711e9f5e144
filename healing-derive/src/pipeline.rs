//! The stages of the derive, in order
//!
//! It owns the order only. No stage returns early: each reports what it sees, so that one compile shows all mistakes.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{accumulator::Errors, check::check, expand, lower::lower, parse::parse};

/// What the derive adds to `item`
pub(crate) fn derive(item: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let draft = parse(item, &mut errors);
    let lowered = lower(&draft, &mut errors);
    check(&draft, &lowered, &mut errors);
    match errors.finish() {
        Ok(()) => expand::expand(&draft, &lowered.blueprint),
        Err(all) => expand::stub(&draft, &all),
    }
}
