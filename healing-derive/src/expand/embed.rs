//! Which structs are fields of a struct with all that they have: how healing finds its part of a status

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Field};

use super::path::Private;
use crate::parse::unfit::says;

/// Expands to `impl Embeds<healing::Status> for MyStatus`, for each field that serde flattens
pub(crate) struct Embed<'e>(pub(crate) &'e DeriveInput);

impl ToTokens for Embed<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (private, whole) = (Private, &self.0.ident);
        let mut seen = Vec::new();
        for field in fields(self.0).filter(|field| says(field, "serde", "flatten")) {
            let (ident, part) = (&field.ident, &field.ty);
            // A struct that is there twice has its names twice, which serde tells when it is written.
            let text = part.to_token_stream().to_string();
            if ident.is_none() || seen.contains(&text) {
                continue;
            }
            seen.push(text);
            tokens.extend(quote! {
                #[automatically_derived]
                impl #private::Embeds<#part> for #whole {
                    fn part(&self) -> &#part { &self.#ident }
                }
            });
        }
    }
}

fn fields(item: &DeriveInput) -> impl Iterator<Item = &Field> {
    let fields = match &item.data {
        Data::Struct(data) => Some(&data.fields),
        _ => None,
    };
    fields.into_iter().flatten()
}
