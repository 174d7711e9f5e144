//! Enums in a spec: which have a schema that an API server takes
//!
//! Words, and unions of which one part is set. Everything else that serde can write has no structural schema, and is
//! refused here with what to write instead.

use syn::{DataEnum, DeriveInput, Fields, Meta};

use crate::{accumulator::Errors, parse::unfit};

/// What an enum is in a schema
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enumeration {
    /// One of some words
    Words,
    /// An object of which one field is set
    Union,
}

/// What the enum is; nothing where it has been refused
pub(crate) fn enumeration<'i>(
    item: &'i DeriveInput,
    data: &'i DataEnum,
    errors: &mut Errors,
) -> Option<(&'i DataEnum, Enumeration)> {
    generics(item, errors);
    representation(item, errors);
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("healing")) {
        errors.push(attribute, "an enum has no attributes of ours; put them on the field that holds it");
    }
    let inside = data
        .variants
        .iter()
        .flat_map(|variant| variant.attrs.iter().chain(variant.fields.iter().flat_map(|field| &field.attrs)));
    for attribute in inside.filter(|attribute| attribute.path().is_ident("healing")) {
        errors.push(
            attribute,
            "a variant has no attributes of ours; put its fields in a struct that derives `HealingSchema`, and them there",
        );
    }
    let variants = || data.variants.iter().filter(|variant| !skipped(variant));
    if variants().count() == 0 {
        errors.push(&item.ident, "an enum in a spec needs at least one value");
        return None;
    }
    let words = variants().filter(|variant| matches!(variant.fields, Fields::Unit)).count();
    if words == variants().count() {
        return Some((data, Enumeration::Words));
    }
    for variant in variants() {
        for field in &variant.fields {
            unfit::field(field, errors);
        }
        match &variant.fields {
            Fields::Unit => errors.push(
                &variant.ident,
                format!(
                    "`{0}` is a word among variants with fields, which has no structural schema; give it braces: `{0} {{}}`",
                    variant.ident
                ),
            ),
            Fields::Unnamed(fields) if fields.unnamed.len() != 1 => errors.push(
                &variant.fields,
                "a variant holds one struct or has fields with names; a tuple has no structural schema",
            ),
            _ => {}
        }
    }
    Some((data, Enumeration::Union))
}

fn generics(item: &DeriveInput, errors: &mut Errors) {
    if !item.generics.params.is_empty() {
        errors.push(
            &item.generics,
            "a type in a spec cannot be generic: a resource has one schema; use concrete types",
        );
    }
}

/// serde's other ways to write an enum have no structural schema.
fn representation(item: &DeriveInput, errors: &mut Errors) {
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let Meta::List(list) = &attribute.meta else { continue };
        for word in ["tag", "untagged", "content"] {
            let has = list.tokens.clone().into_iter().find(|token| token.to_string() == word);
            let Some(token) = has else { continue };
            errors.push(
                token,
                format!(
                    "`{word}` gives a schema that the API server refuses; leave it out: a variant is then a field of which \
                     one is set, such as `git: {{…}}`"
                ),
            );
            // One complaint is enough: `tag` and `content` stand together.
            break;
        }
    }
}

fn skipped(variant: &syn::Variant) -> bool {
    let skip = |attribute: &syn::Attribute| match &attribute.meta {
        Meta::List(list) => list.tokens.clone().into_iter().any(|token| token.to_string() == "skip"),
        _ => false,
    };
    variant.attrs.iter().any(|attribute| attribute.path().is_ident("serde") && skip(attribute))
}
