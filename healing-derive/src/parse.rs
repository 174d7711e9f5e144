//! Tokens to draft: what was written, each value with its tokens
//!
//! It owns the shape of the item and the walk over it. It never returns early and decides nothing.

mod column;
mod constraint;
mod container;
mod definition;
mod entry;
mod field;
mod foreign;
mod naming;
mod policy;
mod rule;
pub(crate) mod unfit;

use syn::{Data, DeriveInput, Fields};

use crate::{
    accumulator::Errors,
    draft::{Draft, FieldDraft, Target},
};

/// The draft of `item`
pub(crate) fn parse<'i>(item: &'i DeriveInput, target: Target, errors: &mut Errors) -> Draft<'i> {
    let draft = Draft {
        target,
        item,
        container: container::container(&item.attrs, target, errors),
        fields: fields(item, target, errors),
    };
    foreign::container(&item.attrs, errors);
    for field in draft.fields.iter().flatten() {
        foreign::field(&field.field.attrs, errors);
    }
    let serialized = draft.fields.iter().flatten().filter(|field| !field.serde.skip);
    for field in serialized {
        unfit::field(field.field, errors);
    }
    draft
}

/// The fields of a struct with named fields and without generics; anything else has no schema of its own.
fn fields<'i>(item: &'i DeriveInput, target: Target, errors: &mut Errors) -> Option<Vec<FieldDraft<'i>>> {
    let what = match target {
        Target::Resource => "a spec",
        Target::Nested => "a type in a spec",
    };
    if !item.generics.params.is_empty() {
        errors.push(
            &item.generics,
            format!("{what} cannot be generic: a resource has one schema; use concrete types"),
        );
        return None;
    }
    let problem = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                let fields = named.named.iter().filter_map(|one| field::field(one, target, errors));
                return Some(fields.collect());
            }
            Fields::Unnamed(_) => format!("{what} cannot be a tuple struct; give its fields names"),
            Fields::Unit if target == Target::Resource => {
                "a spec cannot be a unit struct; it needs at least a field with the role `replicas`"
                    .to_owned()
            }
            Fields::Unit => {
                format!("{what} cannot be a unit struct; give it fields, or braces without fields")
            }
        },
        Data::Enum(_) => "a spec cannot be an enum; make it a field of a struct".to_owned(),
        Data::Union(_) => format!("{what} cannot be a union; use a struct with named fields"),
    };
    errors.push(&item.ident, problem);
    None
}
