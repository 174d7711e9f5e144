//! The one path that generated code names, whatever the user's manifest calls the facade

use std::cell::RefCell;

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Ident;

/// The facade, as its own manifest names it
const FACADE: &str = "healing";

thread_local! {
    /// What the crate that is compiled calls the facade
    static NAME: RefCell<String> = RefCell::new(FACADE.to_owned());
}

/// `::healing::__private`
#[derive(Clone, Copy)]
pub(crate) struct Private;

/// Looks up in the manifest of the crate that is compiled what it calls the facade
///
/// A crate that has it by another way, such as a re-export, gets the name that everybody else has.
pub(crate) fn find_facade() {
    let name = match crate_name(FACADE) {
        Ok(FoundCrate::Name(name)) => name,
        // The examples and the tests of the facade see it from outside.
        Ok(FoundCrate::Itself) | Err(_) => FACADE.to_owned(),
    };
    NAME.set(name);
}

/// The same for attributes that take a path as text, with what follows it
pub(crate) fn private_text(rest: &str) -> String {
    NAME.with_borrow(|name| format!("::{name}::__private::{rest}"))
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let facade = NAME.with_borrow(|name| syn::parse_str::<Ident>(name));
        let facade = facade.unwrap_or_else(|_| Ident::new(FACADE, Span::call_site()));
        tokens.extend(quote! { ::#facade::__private });
    }
}
