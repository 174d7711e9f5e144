//! What a struct adds to its schema: types of fields that rustc alone knows, constants in rules, rules that rustc checks

use healing_model::FieldKind;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Ident;

use super::{mirror, path::Private};
use crate::{
    draft::Draft,
    lower::{Lowered, old, optional, this},
};

/// What the program alone knows of the fields, types and defaults, each with the name in Rust
pub(crate) fn kinds(draft: &Draft<'_>, lowered: &Lowered) -> TokenStream {
    let private = Private;
    let fields = draft.fields.as_deref().unwrap_or_default();
    let kinds = lowered.blueprint.fields.iter().zip(&lowered.fields).filter_map(|(field, at)| {
        let (name, ty) = (field.ident(), &fields.get(*at)?.field.ty);
        let ty = optional(ty).unwrap_or(ty);
        let open = field.kind.is_open() || field.kind == FieldKind::Flattened;
        open.then(|| {
            quote! {
                (#name, #private::shape::Fact::Kind({
                    use #private::shape::Foreign as _;
                    #private::shape::Of::<#ty>::NEW.kind()
                }))
            }
        })
    });
    let owner = &draft.item.ident;
    let defaults = lowered.blueprint.fields.iter().zip(&lowered.fields).filter_map(|(field, at)| {
        let written = fields.get(*at)?;
        written.default.as_ref().filter(|default| default.value.is_none())?;
        let (name, function) = (field.ident(), mirror::default_function(written.ident));
        Some(quote! { (#name, #private::shape::Fact::of_default(&#owner::#function())) })
    });
    let kinds: Vec<TokenStream> = kinds.chain(defaults).collect();
    quote! { <#private::Vec<_> as ::core::convert::From<_>>::from([#(#kinds),*]) }
}

/// The values of the constants in the rules
pub(crate) fn constants(lowered: &Lowered) -> TokenStream {
    let (private, constants) = (Private, &lowered.constants);
    quote! { <#private::Vec<_> as ::core::convert::From<_>>::from([#(#constants),*]) }
}

/// Rust that has rustc check the rules: it is compiled and never run
pub(crate) fn checks(spec: &Ident, lowered: &Lowered) -> Option<TokenStream> {
    let (this, old, checks) = (this(), old(), &lowered.checks);
    (!checks.is_empty()).then(|| {
        quote! {
            const _: fn(&#spec, &#spec) = |#this, #old| {
                let _ = (#this, #old);
                #(let _: bool = #checks;)*
            };
        }
    })
}

/// Expands to `impl HealingSchema for Nested`
pub(crate) struct Shape<'e> {
    pub(crate) draft: &'e Draft<'e>,
    pub(crate) lowered: &'e Lowered,
}

impl ToTokens for Shape<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (private, ident) = (Private, &self.draft.item.ident);
        let shape = healing_model::Shape {
            ident: ident.to_string(),
            fields: self.lowered.blueprint.fields.clone(),
            rules: self.lowered.blueprint.rules.clone(),
            cel: self.lowered.blueprint.cel.clone(),
        };
        let json = serde_json::to_string(&shape).expect("a shape is text, numbers, lists and named fields");
        let (kinds, constants) = (kinds(self.draft, self.lowered), constants(self.lowered));
        tokens.extend(quote! {
            #[automatically_derived]
            impl #private::HealingSchema for #ident {
                fn kind() -> #private::shape::FieldKind {
                    #private::shape::object::<Self>(#json, || (#kinds, #constants))
                }
            }

            #[automatically_derived]
            impl #private::rule::Value for #ident {
                type Kind = #private::rule::Object<Self>;
            }
        });
    }
}
