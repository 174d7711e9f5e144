//! Messages with values: `"at least {minimum}, not {size}"`
//!
//! It owns the braces. What stands in them is an expression as in the rule itself.

use healing_model::{Expression, MessagePart, ValueKind};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Expr;

use super::scope::{Scope, respanned};
use crate::{expand::Private, spanned::Spanned};

/// A message, read
pub(super) struct Message {
    /// The text without braces, for where a value cannot be shown
    pub(super) text: String,
    /// Its pieces; empty where it has no values
    pub(super) parts: Vec<MessagePart>,
    /// Rust that checks the values
    pub(super) checks: Vec<TokenStream>,
}

// === impl Scope ===

impl Scope<'_, '_, '_> {
    pub(super) fn message(&mut self, written: &Spanned<String>) -> Option<Message> {
        let pieces = match pieces(&written.value) {
            Ok(pieces) => pieces,
            Err(problem) => return self.refuse(&written.at, problem),
        };
        let mut message = Message { text: String::new(), parts: Vec::new(), checks: Vec::new() };
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    message.text.push_str(&text);
                    message.parts.push(MessagePart::Text(text));
                }
                Piece::Value(value) => {
                    message.text.push_str(&value);
                    let (expression, check) = self.shown(&value, written)?;
                    message.parts.push(MessagePart::Value(expression));
                    message.checks.push(check);
                }
            }
        }
        if message.checks.is_empty() {
            message.parts.clear();
        }
        Some(message)
    }

    /// A value in braces, with errors at the message
    fn shown(&mut self, value: &str, written: &Spanned<String>) -> Option<(Expression, TokenStream)> {
        let span = written.at.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let tokens = value.parse::<TokenStream>().ok().map(|tokens| respanned(tokens, span));
        let Some(expression) = tokens.and_then(|tokens| syn::parse2::<Expr>(tokens).ok()) else {
            return self.refuse(
                &written.at,
                &format!("`{{{value}}}` is not a value; write a field in braces, or `{{{{` for a brace"),
            );
        };
        let typed = self.expression(&expression)?;
        let takes = [ValueKind::Text, ValueKind::Integer, ValueKind::Boolean];
        if let Some(kind) = ValueKind::of(&typed.kind).filter(|kind| !takes.contains(kind)) {
            let kind = kind.describe();
            return self.refuse(
                &written.at,
                &format!("a message shows text, whole numbers and true or false; `{value}` is {kind}"),
            );
        }
        let check = typed.check;
        let private = respanned(Private.into_token_stream(), span);
        Some((typed.expression, quote_spanned! { span => #private::rule::shown(#check) }))
    }
}

/// Text, or what stands in braces
enum Piece {
    Text(String),
    Value(String),
}

fn pieces(text: &str) -> Result<Vec<Piece>, &'static str> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' if letters.next_if_eq(&'{').is_some() => plain.push('{'),
            '}' if letters.next_if_eq(&'}').is_some() => plain.push('}'),
            '}' => return Err("a brace is closed that was not opened; write `}}` for a brace"),
            '{' => {
                let mut value = String::new();
                loop {
                    match letters.next() {
                        Some('}') => break,
                        Some(letter) => value.push(letter),
                        None => return Err("a brace is open; close it, or write `{{` for a brace"),
                    }
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Value(value.trim().to_owned()));
            }
            other => plain.push(other),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}
