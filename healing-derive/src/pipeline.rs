//! The stages of the derives, in order
//!
//! It owns the order only. No stage returns early: each reports what it sees, so that one compile shows all mistakes.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput};

use crate::{
    accumulator::Errors, check::check, draft::Target, enumeration::enumeration, expand, lower::lower,
    parse::parse,
};

/// What the derive of resources adds to `item`
pub(crate) fn derive(item: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let draft = parse(item, Target::Resource, &mut errors);
    let mut lowered = lower(&draft, &mut errors);
    check(&draft, &lowered, &mut errors);
    lowered.blueprint.bound_roles();
    match errors.finish() {
        Ok(()) => expand::expand(&draft, &lowered),
        Err(all) => expand::stub(&draft, &all),
    }
}

/// What the derive of nested types adds to `item`
pub(crate) fn derive_nested(item: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    if let Data::Enum(data) = &item.data {
        let sound = enumeration(item, data, &mut errors);
        return match errors.finish() {
            Ok(()) => expand::expand_enumeration(item, sound),
            Err(all) => expand::stub_nested(item, &all),
        };
    }
    let draft = parse(item, Target::Nested, &mut errors);
    let lowered = lower(&draft, &mut errors);
    check(&draft, &lowered, &mut errors);
    match errors.finish() {
        Ok(()) => expand::expand_nested(&draft, &lowered),
        Err(all) => expand::stub_nested(item, &all),
    }
}
