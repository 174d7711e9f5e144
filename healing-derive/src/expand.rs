//! Blueprint to tokens: one emitted item per file
//!
//! It owns which items there are and in which order. Nothing is decided here.

mod path;
mod root;
mod object;
mod resource;
mod mirror;
mod shape;
mod embed;
mod stub;

#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, DataEnum, DeriveInput, Ident, Path, Visibility};

use crate::{draft::Draft, enumeration::Enumeration, lower::Lowered};

pub(crate) use path::{Private, find_facade};
pub(crate) use stub::{stub, stub_nested};

/// The names that all items share
#[derive(Clone, Copy)]
pub(crate) struct Names<'e> {
    /// Type of the whole object
    pub(crate) root: &'e Ident,
    /// Type of the spec
    pub(crate) spec: &'e Ident,
    /// Visibility of both
    pub(crate) visibility: &'e Visibility,
    /// Type of the status, where it is not healing's
    pub(crate) status: Option<&'e Path>,
}

// === impl Names ===

impl<'e> Names<'e> {
    fn of(draft: &'e Draft<'_>, root: &'e Ident) -> Self {
        let status = draft.container.status.as_ref().map(|status| &status.value);
        Self { root, spec: &draft.item.ident, visibility: &draft.item.vis, status }
    }

    /// Type of the status
    fn status(self) -> TokenStream {
        self.status.map_or_else(|| quote! { #Private::Status }, ToTokens::to_token_stream)
    }
}

/// Everything that a sound declaration expands to
pub(crate) fn expand(draft: &Draft<'_>, lowered: &Lowered) -> TokenStream {
    let (private, blueprint) = (Private, &lowered.blueprint);
    let at = draft.container.kind.as_ref().map_or_else(Span::call_site, |kind| span(&kind.at));
    let root = Ident::new(&blueprint.identity.kind, at);
    let names = Names::of(draft, &root);
    let docs = docs(&draft.item.attrs);
    let object = root::Root { names, docs: &docs };
    let traits = object::Object { names, blueprint };
    let resource = resource::Resource { names, draft, lowered };
    let spec = mirror::Mirror::of_struct(draft, quote! { #private::declare::<#root> });
    let checks = shape::checks(&draft.item.ident, lowered);
    let defaults = mirror::computed(draft);
    quote! { #object #traits #resource #spec #defaults #checks }
}

/// Everything that a sound nested struct expands to
pub(crate) fn expand_nested(draft: &Draft<'_>, lowered: &Lowered) -> TokenStream {
    let private = Private;
    let spec = mirror::Mirror::of_struct(draft, quote! { #private::shape::declare::<Self> });
    let shape = shape::Shape { draft, lowered };
    let checks = shape::checks(&draft.item.ident, lowered);
    let embed = embed::Embed(draft.item);
    let defaults = mirror::computed(draft);
    quote! { #spec #shape #embed #defaults #checks }
}

/// Everything that a sound enum expands to
pub(crate) fn expand_enumeration(item: &DeriveInput, sound: Option<(&DataEnum, Enumeration)>) -> TokenStream {
    let (private, ident) = (Private, &item.ident);
    let Some((data, enumeration)) = sound else { return TokenStream::new() };
    let mirror = mirror::Mirror::of_enum(item, data);
    let (kind, value) = match enumeration {
        Enumeration::Words => (quote! { words }, quote! { Enumeration }),
        Enumeration::Union => (quote! { union }, quote! { Object }),
    };
    quote! {
        #mirror

        #[automatically_derived]
        impl #private::HealingSchema for #ident {
            fn kind() -> #private::shape::FieldKind { #private::shape::#kind::<Self>() }
        }

        #[automatically_derived]
        impl #private::rule::Value for #ident {
            type Kind = #private::rule::#value<Self>;
        }
    }
}

/// The doc comments among `attributes`
fn docs(attributes: &[Attribute]) -> Vec<&Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).collect()
}

/// Where the first of `tokens` stands
fn span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
