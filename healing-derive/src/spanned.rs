//! A value with the tokens that it was written with

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt as _};
use syn::Ident;

/// A parsed value, its key and its tokens; as tokens it is the place of an error about the value
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    /// What was meant
    pub(crate) value: T,
    /// The word before it
    pub(crate) key: Ident,
    /// The tokens of the value; those of the key where it has no value
    pub(crate) at: TokenStream,
}

// === impl Spanned ===

impl<T> Spanned<T> {
    /// A value that was written as `at` behind `key`
    pub(crate) fn new(value: T, key: &Ident, at: impl ToTokens) -> Self {
        Self { value, key: key.clone(), at: at.into_token_stream() }
    }
}

impl<T> ToTokens for Spanned<T> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(self.at.clone());
    }
}
