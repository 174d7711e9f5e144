//! The one path that generated code names

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// `::healing::__private`
#[derive(Clone, Copy)]
pub(crate) struct Private;

/// The same for attributes that take a path as text, with what follows it
pub(crate) fn private_text(rest: &str) -> String {
    format!("::healing::__private::{rest}")
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(quote! { ::healing::__private });
    }
}
