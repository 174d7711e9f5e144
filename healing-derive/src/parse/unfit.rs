//! Types of fields that have no structural schema, as far as their own tokens show it
//!
//! A name may stand for anything, so only names that are the same everywhere are read. What other types are is seen in
//! their schema, when the program runs.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Field, GenericArgument, Meta, PathArguments, Type, TypePath};

use crate::accumulator::Errors;

/// Words of schemars that give a field another schema than that of its type
const OVERRIDES: &[&str] = &["with", "schema_with"];
/// What the field says where it takes JSON of any form
const OPEN: &str = "preserve_unknown_fields";
/// Types that are no text and have one meaning everywhere
const NO_TEXT: &[&str] = &[
    "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "bool", "f32",
    "f64", "char",
];

/// Reports every type in a field that has no schema
pub(crate) fn field(field: &Field, errors: &mut Errors) {
    let overridden = OVERRIDES.iter().any(|word| says(field, "schemars", word)) || is_open(field);
    if !overridden {
        ty(&field.ty, errors);
    }
}

/// Reports every type in `ty` that has no schema
pub(crate) fn ty(ty: &Type, errors: &mut Errors) {
    let problem = match ty {
        Type::Path(path) => return named(path, errors),
        Type::Group(group) => return self::ty(&group.elem, errors),
        Type::Paren(paren) => return self::ty(&paren.elem, errors),
        Type::Array(array) => return self::ty(&array.elem, errors),
        Type::Reference(_) => {
            "a borrowed value cannot be read from an object; own it, as `String` or `Vec<_>`"
        }
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            "`()` is null in JSON, and says nothing; leave it out"
        }
        Type::Tuple(_) => "a tuple has no structural schema; use a struct with named fields",
        Type::Slice(_) => "a slice has no size; use `Vec<_>`",
        // A macro may become any type.
        Type::Macro(_) | Type::Verbatim(_) => return,
        _ => "this type has no schema; use structs, enums, numbers, text, lists and maps",
    };
    errors.push(ty, problem);
}

fn named(path: &TypePath, errors: &mut Errors) {
    let Some(last) = path.path.segments.last() else { return };
    let name = last.ident.to_string();
    let inner: Vec<&Type> = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().filter_map(of).collect(),
        _ => Vec::new(),
    };
    let raw = path.path.segments.first().is_some_and(|first| first.ident == "serde_json");
    match (name.as_str(), inner.as_slice()) {
        ("i128" | "u128", []) => {
            errors.push(path, format!("`{name}` has no schema: the API server has 64 bits; use `i64`"));
        }
        ("Value" | "Map", _) if raw => errors.push(
            path,
            format!(
                "JSON of any form has no structural schema; use a struct, or put `#[healing({OPEN})]` on the field"
            ),
        ),
        ("Option", [inner]) if is(inner, &["Option"]) => errors.push(
            path,
            "an `Option` in an `Option` tells null from absent, which the API server does not; use one `Option`",
        ),
        ("BTreeMap" | "HashMap", [key, ..]) if is(key, NO_TEXT) => {
            errors.push(key, format!("keys of a map are text; use `{name}<String, _>`"));
        }
        _ => {}
    }
    for inner in inner {
        ty(inner, errors);
    }
}

fn of(argument: &GenericArgument) -> Option<&Type> {
    match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// Whether a type is one of these, by its last word
fn is(ty: &Type, names: &[&str]) -> bool {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
        }
        Type::Group(group) => is(&group.elem, names),
        Type::Paren(paren) => is(&paren.elem, names),
        _ => false,
    }
}

/// Whether the field takes JSON of any form
pub(crate) fn is_open(field: &Field) -> bool {
    says(field, "healing", OPEN)
}

/// Whether an attribute of the field has this word at its start or behind a comma
pub(crate) fn says(field: &Field, attribute: &str, word: &str) -> bool {
    let lists = field.attrs.iter().filter_map(|written| match &written.meta {
        Meta::List(list) if list.path.is_ident(attribute) => Some(list.tokens.clone()),
        _ => None,
    });
    lists.into_iter().any(|tokens| has(tokens, word))
}

fn has(tokens: TokenStream, word: &str) -> bool {
    let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    trees
        .split(is_comma)
        .any(|entry| entry.first().is_some_and(|first| first.to_token_stream().to_string() == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(declaration: &str) -> Vec<String> {
        let field: syn::FieldsNamed = syn::parse_str(&format!("{{ {declaration} }}")).expect("a field");
        let mut errors = Errors::default();
        super::field(&field.named[0], &mut errors);
        errors.finish().err().into_iter().flatten().map(|error| error.to_string()).collect()
    }

    #[test]
    fn types_without_a_schema_are_found_at_any_depth() {
        let table = [
            ("a: i128", "64 bits"),
            ("a: Option<Vec<u128>>", "64 bits"),
            ("a: Vec<(i32, i32)>", "tuple"),
            ("a: ()", "null"),
            ("a: &'static str", "borrowed"),
            ("a: [&'a str; 2]", "borrowed"),
            ("a: serde_json::Value", "preserve_unknown_fields"),
            ("a: BTreeMap<String, ::serde_json::Value>", "preserve_unknown_fields"),
            ("a: serde_json::Map<String, serde_json::Value>", "preserve_unknown_fields"),
            ("a: Option<std::option::Option<i32>>", "one `Option`"),
            ("a: BTreeMap<i32, String>", "keys of a map are text"),
            ("a: std::collections::HashMap<bool, String>", "keys of a map are text"),
            ("a: fn(i32)", "no schema"),
            ("a: *const u8", "no schema"),
            ("a: Box<dyn Send>", "no schema"),
            ("a: Box<[u8]>", "slice"),
        ];
        for (declaration, expected) in table {
            let problems = problems(declaration);
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{declaration}: {problems:?}");
        }
    }

    #[test]
    fn types_that_may_have_a_schema_pass() {
        for declaration in [
            "a: Option<Vec<String>>",
            "a: BTreeMap<Zone, i32>",
            "a: Value",
            "a: Cow<'static, str>",
            "a: [u8; 4]",
            "a: ty!()",
            "#[schemars(with = \"String\")] a: (i32, i32)",
            "#[healing(default = 1, preserve_unknown_fields)] a: serde_json::Value",
        ] {
            assert_eq!(problems(declaration), Vec::<String>::new(), "{declaration}");
        }
    }
}
