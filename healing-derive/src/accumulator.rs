//! All errors of one struct, in the order in which they were found
//!
//! An accumulator that is dropped unread panics: losing a user's error is a bug of ours.

use std::fmt::Display;

use quote::ToTokens;

/// Collects errors; ended with [`Errors::finish`]
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
    read: bool,
}

// === impl Errors ===

impl Errors {
    /// An error at the given tokens
    pub(crate) fn push(&mut self, at: impl ToTokens, message: impl Display) {
        self.found.push(syn::Error::new_spanned(at, message));
    }

    /// The value, or its error
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.found.push(error)).ok()
    }

    /// Ends the collection
    ///
    /// # Errors
    ///
    /// Everything that was pushed.
    pub(crate) fn finish(mut self) -> Result<(), Vec<syn::Error>> {
        self.read = true;
        let found = std::mem::take(&mut self.found);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.read || std::thread::panicking(), "the errors of a derive were dropped unread");
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::Ident;

    use super::*;

    #[test]
    fn keeps_every_error_in_order() {
        let mut errors = Errors::default();
        errors.push(Ident::new("a", Span::call_site()), "first");
        assert_eq!(errors.take::<()>(Err(syn::Error::new(Span::call_site(), "second"))), None);
        let texts: Vec<String> =
            errors.finish().expect_err("two errors were pushed").iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["first", "second"]);
    }

    #[test]
    fn dropping_it_unread_is_a_panic() {
        let dropped = std::panic::catch_unwind(|| drop(Errors::default()));
        assert!(dropped.is_err());
    }
}
