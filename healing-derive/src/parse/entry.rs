//! One entry of an attribute, `key`, `key = value` or `key(...)`, and how its value is read
//!
//! Entries are cut at commas before they are read, so that one unreadable entry hides none of its neighbours.

use healing_model::attribute::{Attribute, find, names, suggest};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde_json::Value;
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Meta, UnOp, parse::Parser as _, punctuated::Punctuated};

use crate::{accumulator::Errors, spanned::Spanned};

/// One entry
pub(crate) struct Entry {
    /// The word
    pub(crate) key: Ident,
    /// What stands behind it
    pub(crate) written: Written,
}

/// What stands behind a key
pub(crate) enum Written {
    /// Nothing
    Flag,
    /// `= tokens`
    Assigned(TokenStream),
    /// `(tokens)`
    List(TokenStream),
}

/// The entries of all attributes called `name`
pub(crate) fn of_attributes(attributes: &[syn::Attribute], name: &str, errors: &mut Errors) -> Vec<Entry> {
    let mut entries = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        match &attribute.meta {
            Meta::List(list) => entries.extend(of_tokens(list.tokens.clone(), errors)),
            other => errors.push(other, format!("expected `#[{name}(...)]`")),
        }
    }
    entries
}

/// The entries in the tokens between two parentheses
pub(crate) fn of_tokens(tokens: TokenStream, errors: &mut Errors) -> Vec<Entry> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let pieces = tokens.split(is_comma).filter(|piece| !piece.is_empty());
    pieces.filter_map(|piece| read(piece, errors)).collect()
}

fn read(piece: &[TokenTree], errors: &mut Errors) -> Option<Entry> {
    let all = || piece.iter().cloned().collect::<TokenStream>();
    let [TokenTree::Ident(key), rest @ ..] = piece else {
        errors.push(all(), "expected a word such as `group`, alone or before `= value` or `(...)`");
        return None;
    };
    let written = match rest {
        [] => Written::Flag,
        [TokenTree::Punct(punct), value @ ..] if punct.as_char() == '=' && !value.is_empty() => {
            Written::Assigned(value.iter().cloned().collect())
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Written::List(group.stream())
        }
        _ => {
            errors.push(all(), format!("expected `{key}`, `{key} = value` or `{key}(...)`"));
            return None;
        }
    };
    Some(Entry { key: key.clone(), written })
}

/// Puts a value in its place, which must be empty
pub(crate) fn once<T>(place: &mut Option<Spanned<T>>, value: Option<Spanned<T>>, errors: &mut Errors) {
    match value {
        Some(value) if place.is_some() => {
            errors.push(&value.key, format!("duplicate `{}`; give it once", value.key));
        }
        Some(value) => *place = Some(value),
        None => {}
    }
}

/// Reports a word that `table` does not have
pub(crate) fn unknown(key: &Ident, table: &[Attribute], place: &str, errors: &mut Errors) {
    let word = key.to_string();
    let words = names(table);
    let hint = suggest(&word, words.iter().copied()).map_or_else(
        || format!("expected one of {}", words.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    errors.push(key, format!("unknown attribute `{word}` {place}; {hint}"));
}

// === impl Entry ===

impl Entry {
    /// `key = "text"`
    pub(crate) fn text(&self, table: &[Attribute], errors: &mut Errors) -> Option<Spanned<String>> {
        match self.literal() {
            Some((Value::String(text), at)) => Some(Spanned::new(text, &self.key, at)),
            _ => self.misread(table, errors),
        }
    }

    /// `key = true` or `key = false`
    pub(crate) fn boolean(&self, table: &[Attribute], errors: &mut Errors) -> Option<Spanned<bool>> {
        match self.literal() {
            Some((Value::Bool(value), at)) => Some(Spanned::new(value, &self.key, at)),
            _ => self.misread(table, errors),
        }
    }

    /// `key = 1`
    pub(crate) fn integer(&self, table: &[Attribute], errors: &mut Errors) -> Option<Spanned<i64>> {
        match self.literal() {
            Some((Value::Number(number), at)) if number.is_i64() => {
                Some(Spanned::new(number.as_i64()?, &self.key, at))
            }
            _ => self.misread(table, errors),
        }
    }

    /// `key = literal`, of any type that JSON has a literal for
    pub(crate) fn value(&self, table: &[Attribute], errors: &mut Errors) -> Option<Spanned<Value>> {
        match self.literal() {
            Some((value, at)) => Some(Spanned::new(value, &self.key, at)),
            None => self.misread(table, errors),
        }
    }

    /// `key("one", "two")`
    pub(crate) fn texts(&self, table: &[Attribute], errors: &mut Errors) -> Vec<Spanned<String>> {
        let Written::List(tokens) = &self.written else {
            return self.misread::<Vec<_>>(table, errors).unwrap_or_default();
        };
        let parsed = Punctuated::<LitStr, syn::Token![,]>::parse_terminated.parse2(tokens.clone());
        let texts = errors.take(parsed).unwrap_or_default();
        texts.into_iter().map(|text| Spanned::new(text.value(), &self.key, text)).collect()
    }

    /// `key`, with nothing behind it
    pub(crate) fn flag(&self, table: &[Attribute], errors: &mut Errors) -> Option<()> {
        match self.written {
            Written::Flag => Some(()),
            _ => self.misread(table, errors),
        }
    }

    /// Reports that the value is not in the form of the table
    pub(crate) fn misread<T>(&self, table: &[Attribute], errors: &mut Errors) -> Option<T> {
        let word = self.key.to_string();
        let form = find(table, &word).map_or_else(|| word.clone(), |attribute| attribute.form.to_owned());
        let message = format!("expected `{form}`");
        match &self.written {
            Written::Assigned(tokens) | Written::List(tokens) if !tokens.is_empty() => {
                errors.push(tokens, message);
            }
            _ => errors.push(&self.key, message),
        }
        None
    }

    /// The literal behind `=`, as JSON, with its tokens
    pub(crate) fn literal(&self) -> Option<(Value, Expr)> {
        let Written::Assigned(tokens) = &self.written else { return None };
        let expression: Expr = syn::parse2(tokens.clone()).ok()?;
        Some((json(&expression)?, expression))
    }
}

/// A literal as JSON; `None` for anything else, numbers above 64 bits and numbers with a suffix included
pub(crate) fn json(expression: &Expr) -> Option<Value> {
    match expression {
        Expr::Group(group) => json(&group.expr),
        Expr::Lit(literal) => literal_json(literal, false),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(literal) => literal_json(literal, true),
            _ => None,
        },
        _ => None,
    }
}

fn literal_json(literal: &ExprLit, negative: bool) -> Option<Value> {
    let sign = if negative { "-" } else { "" };
    match &literal.lit {
        Lit::Str(text) if !negative => Some(Value::String(text.value())),
        Lit::Bool(value) if !negative => Some(Value::Bool(value.value)),
        Lit::Int(number) if number.suffix().is_empty() => {
            format!("{sign}{}", number.base10_digits()).parse::<i64>().ok().map(Value::from)
        }
        Lit::Float(number) if number.suffix().is_empty() => {
            let number: f64 = format!("{sign}{}", number.base10_digits()).parse().ok()?;
            serde_json::Number::from_f64(number).map(Value::Number)
        }
        _ => None,
    }
}
