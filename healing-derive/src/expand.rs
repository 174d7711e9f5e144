//! Blueprint to tokens: one emitted item per file
//!
//! It owns which items there are and in which order. Nothing is decided here.

mod path;
mod root;
mod object;
mod resource;
mod spec;
mod stub;

#[cfg(test)]
mod tests;

use healing_model::Blueprint;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Ident, Visibility};

use crate::draft::Draft;

pub(crate) use stub::stub;

/// The names that all items share
#[derive(Clone, Copy)]
pub(crate) struct Names<'e> {
    /// Type of the whole object
    pub(crate) root: &'e Ident,
    /// Type of the spec
    pub(crate) spec: &'e Ident,
    /// Visibility of both
    pub(crate) visibility: &'e Visibility,
}

/// Everything that a sound declaration expands to
pub(crate) fn expand(draft: &Draft<'_>, blueprint: &Blueprint) -> TokenStream {
    let at = draft.container.kind.as_ref().map_or_else(Span::call_site, |kind| span(&kind.at));
    let root = Ident::new(&blueprint.identity.kind, at);
    let names = Names { root: &root, spec: &draft.item.ident, visibility: &draft.item.vis };
    let docs = docs(&draft.item.attrs);
    let object = root::Root { names, docs: &docs };
    let traits = object::Object { names, blueprint };
    let resource = resource::Resource { names, draft, blueprint };
    let spec = spec::Spec { names, draft };
    quote! { #object #traits #resource #spec }
}

/// The doc comments among `attributes`
fn docs(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).collect()
}

/// Where the first of `tokens` stands
fn span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
