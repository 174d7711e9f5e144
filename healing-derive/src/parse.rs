//! Tokens to draft: what was written, each value with its tokens
//!
//! It owns the shape of the item and the walk over it. It never returns early and decides nothing.

mod column;
mod constraint;
mod container;
mod definition;
mod entry;
mod field;
mod naming;
mod policy;

use syn::{Data, DeriveInput, Fields};

use crate::{
    accumulator::Errors,
    draft::{Draft, FieldDraft},
};

/// The draft of `item`
pub(crate) fn parse<'i>(item: &'i DeriveInput, errors: &mut Errors) -> Draft<'i> {
    Draft { item, container: container::container(&item.attrs, errors), fields: fields(item, errors) }
}

/// The fields of a struct with named fields and without generics; anything else cannot be a spec.
fn fields<'i>(item: &'i DeriveInput, errors: &mut Errors) -> Option<Vec<FieldDraft<'i>>> {
    if !item.generics.params.is_empty() {
        errors
            .push(&item.generics, "a spec cannot be generic: a resource has one schema; use concrete types");
        return None;
    }
    let problem = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                return Some(named.named.iter().filter_map(|one| field::field(one, errors)).collect());
            }
            Fields::Unnamed(_) => "a spec cannot be a tuple struct; give its fields names",
            Fields::Unit => {
                "a spec cannot be a unit struct; it needs at least a field with the role `replicas`"
            }
        },
        Data::Enum(_) => "a spec cannot be an enum; make it a field of a struct",
        Data::Union(_) => "a spec cannot be a union; use a struct with named fields",
    };
    errors.push(&item.ident, problem);
    None
}
