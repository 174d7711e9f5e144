//! Names in a rule: fields of the struct, fields of fields, the object before the change, closures' names, constants
//!
//! A field that the struct does not have is refused here; a field that a nested type does not have is refused by rustc,
//! which knows that type.

use healing_model::{Expression, FieldKind, Origin, Path, attribute::suggest};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprField, ExprPath, Ident, Member, ext::IdentExt as _, spanned::Spanned as _};

use super::scope::{ESCAPES, Scope, Typed, old, respanned, this};
use crate::expand::Private;

/// A place that a rule names
pub(super) struct Found {
    /// Where it is, by names in Rust
    pub(super) path: Path,
    /// The type of the value there; `Other` where rustc alone knows it
    pub(super) kind: FieldKind,
    /// Rust that borrows it; an `Option` as such
    pub(super) borrowed: TokenStream,
    /// Whether it is seen to be an `Option`
    pub(super) optional: bool,
}

// === impl Scope ===

impl Scope<'_, '_, '_> {
    /// One word: a field, a closure's name or a constant; or a path, which is a constant
    pub(super) fn path(&mut self, path: &ExprPath) -> Option<Typed> {
        match path.path.get_ident() {
            Some(ident) if !self.is_constant(ident) => {
                let found = self.named(ident)?;
                Some(found.value(path))
            }
            _ => Some(self.constant(path)),
        }
    }

    /// `one.other`
    pub(super) fn member(&mut self, field: &ExprField) -> Option<Typed> {
        let found = self.place(&Expr::Field(field.clone()))?;
        Some(found.value(field))
    }

    /// The place that an expression names; anything else is refused
    pub(super) fn place(&mut self, expression: &Expr) -> Option<Found> {
        match expression {
            Expr::Paren(paren) => self.place(&paren.expr),
            Expr::Group(group) => self.place(&group.expr),
            Expr::Reference(reference) => self.place(&reference.expr),
            Expr::Path(path) => match path.path.get_ident() {
                Some(ident) => self.named(ident),
                None => self.refuse(path, "this takes a field"),
            },
            Expr::Field(field) => {
                let Member::Named(name) = &field.member else {
                    return self.refuse(&field.member, "a rule takes fields that have names");
                };
                match &*field.base {
                    Expr::Path(base) if base.path.is_ident("self") => {
                        self.refuse(field, &format!("fields in a rule stand alone; write `{name}`"))
                    }
                    Expr::Path(base) if base.path.is_ident("old") && !self.has("old") => {
                        self.field(name, Origin::Old)
                    }
                    base => {
                        let found = self.place(base)?;
                        Some(step(found, name))
                    }
                }
            }
            other => self.refuse(other, "this takes a field or a field of a field"),
        }
    }

    fn has(&self, word: &str) -> bool {
        self.fields.iter().any(|named| named.draft.ident == word)
            || self.variables.iter().any(|variable| variable.ident == word)
    }

    /// A word in capitals that no field has is a constant of the program
    fn is_constant(&self, ident: &Ident) -> bool {
        let word = ident.to_string();
        let capitals = word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        capitals && word.starts_with(|c: char| c.is_ascii_uppercase()) && !self.has(&word)
    }

    fn constant(&mut self, path: &ExprPath) -> Typed {
        let span = path.span();
        let private = respanned(Private.into_token_stream(), span);
        let at = self.constants.len();
        self.constants.push(quote_spanned! { span => #private::rule::constant(&#path) });
        Typed {
            expression: Expression::Constant(at),
            kind: FieldKind::Other,
            check: quote_spanned! { span => #private::rule::value(&#path) },
        }
    }

    fn named(&mut self, ident: &Ident) -> Option<Found> {
        if let Some(variable) = self.variables.iter().rev().find(|variable| variable.ident == *ident) {
            return Some(Found {
                path: Path { origin: Origin::Variable(ident.unraw().to_string()), steps: Vec::new() },
                kind: variable.kind.clone(),
                borrowed: ident.to_token_stream(),
                optional: false,
            });
        }
        if ident == "old" && !self.has("old") {
            return self
                .refuse(ident, "`old` is the object before the change; name a field of it: `old.field`");
        }
        self.field(ident, Origin::This)
    }

    /// A field of the struct, now or before the change
    fn field(&mut self, ident: &Ident, origin: Origin) -> Option<Found> {
        let Some(named) = self.fields.iter().find(|named| named.draft.ident == ident) else {
            return self.unknown(ident);
        };
        if named.field.kind == FieldKind::Flattened {
            return self.refuse(
                ident,
                &format!(
                    "`{ident}` is a flattened struct; put the rule on the struct that it is of; {ESCAPES}"
                ),
            );
        }
        let format = named.field.constraints.get("format").and_then(serde_json::Value::as_str);
        if let Some(format) =
            format.filter(|format| ["date", "date-time", "duration", "byte"].contains(format))
        {
            return self
                .refuse(ident, &format!("in CEL a `{format}` is no text, and compares as none; {ESCAPES}"));
        }
        let base = if origin == Origin::This { this() } else { old() };
        Some(Found {
            path: Path { origin, steps: vec![ident.unraw().to_string()] },
            kind: named.field.kind.clone(),
            borrowed: quote! { &#base.#ident },
            optional: named.field.optional,
        })
    }

    fn unknown<T>(&mut self, ident: &Ident) -> Option<T> {
        let word = ident.to_string();
        let names: Vec<String> =
            self.fields.iter().map(|named| named.draft.ident.unraw().to_string()).collect();
        let serialized = self.fields.iter().find(|named| named.field.name == word);
        let near = match serialized {
            Some(named) => Some(named.draft.ident.to_string()),
            None => suggest(&word, names.iter().map(String::as_str)).map(str::to_owned),
        };
        let hint = near.map_or_else(
            || format!("its fields are {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.refuse(ident, &format!("the struct has no field `{word}`; {hint}"))
    }
}

// === impl Found ===

impl Found {
    /// The value itself; an absent one has nothing to say
    fn value(self, at: impl ToTokens) -> Typed {
        let span = at.to_token_stream().span();
        let private = respanned(Private.into_token_stream(), span);
        let borrowed = self.present();
        Typed {
            expression: Expression::Path(self.path),
            kind: self.kind,
            check: quote_spanned! { span => #private::rule::value(#borrowed) },
        }
    }

    /// Rust that borrows the value itself
    pub(super) fn present(&self) -> TokenStream {
        let (private, borrowed) = (Private, &self.borrowed);
        if self.optional {
            quote! { #private::rule::present(#borrowed) }
        } else {
            borrowed.clone()
        }
    }
}

/// A field of what is at a place
fn step(found: Found, name: &Ident) -> Found {
    let base = found.present();
    let mut path = found.path;
    path.steps.push(name.unraw().to_string());
    let span = name.span();
    Found {
        path,
        kind: FieldKind::Other,
        borrowed: quote_spanned! { span => &(#base).#name },
        optional: false,
    }
}
