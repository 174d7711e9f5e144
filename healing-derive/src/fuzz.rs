//! Mutations of real declarations: nothing that a user writes is a panic, and what is no error expands to items
//!
//! The declarations are those of the tests of the facade, sound and unsound. Each case is made from its number, so a case
//! that fails is found again by it.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{DeriveInput, Item};

use crate::pipeline;

/// How many mutated declarations are tried
const CASES: u64 = 1_200;

/// For resources, and for nested types
const DERIVES: &[fn(&DeriveInput) -> TokenStream] = &[pipeline::derive, pipeline::derive_nested];

/// Words and values that are near to what the derive reads, or far out
const STRANGE: &[&str] = &[
    "-9223372036854775808",
    "9223372036854775808",
    "340282366920938463463374607431768211456",
    "1e999",
    "-1.5",
    "0u8",
    "\"\"",
    "\"é\\n\\u{0}\"",
    "r#\"raw\"#",
    "b\"bytes\"",
    "c\"text\"",
    "'x'",
    "r#type",
    "é",
    "self",
    "Self",
    "crate::a",
    "()",
    "[]",
    "{}",
    "|x| x",
    "old.a.b",
    "a[0]",
    "Option<Option<i32>>",
    "(i32, i32)",
    "&'static str",
    "[u8; 4]",
    "impl Fn()",
    "tag = \"type\"",
    "untagged",
    "flatten",
    "rename = \"\"",
    "rename(serialize = \"a\")",
    "rule(a, \"\")",
    "default = [1, {}]",
    "minimum(1)",
    "status = Vec<u8>",
];

#[test]
fn no_mutation_of_a_declaration_is_a_panic() {
    let (good, bad) = (corpus("it/derive"), corpus("ui/fail"));
    assert!(good.len() > 5 && bad.len() > 30, "{} and {} declarations", good.len(), bad.len());
    let all = good.iter().chain(&bad).cloned();
    let parts: Vec<TokenTree> = all.flat_map(trees).collect();
    let (mut sound, mut refused) = (0, 0);
    for case in 0..CASES {
        let mut random = fastrand::Rng::with_seed(case);
        let corpus = if case % 3 == 0 { &bad } else { &good };
        let mut tokens = corpus[random.usize(..corpus.len())].clone();
        for _ in 0..random.usize(1..4) {
            tokens = mutated(tokens, &parts, &mut random);
        }
        let Ok(item) = syn::parse2::<DeriveInput>(tokens.clone()) else { continue };
        let resource = usize::from(!tokens.to_string().contains("HealingResource"));
        let derives = if case % 5 == 0 { DERIVES } else { &DERIVES[resource..=resource] };
        for derive in derives {
            let expanded = catch_unwind(AssertUnwindSafe(|| derive(&item)));
            let Ok(expanded) = expanded else { panic!("case {case} panics: {tokens}") };
            match expanded.to_string().matches("compile_error").count() {
                0 => sound += 1,
                _ => refused += 1,
            }
            let file = syn::parse2::<syn::File>(expanded);
            assert!(file.is_ok(), "case {case} does not expand to items: {tokens}");
        }
    }
    assert!(sound > 40 && refused > 400, "{sound} sound, {refused} refused");
}

/// The declarations in a folder of the tests of the facade
fn corpus(folder: &str) -> Vec<TokenStream> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let folder = fs::read_dir(tests.join(folder)).expect("the tests are in this repository");
    let mut files: Vec<_> = folder
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "rs"))
        .collect();
    files.sort();
    let texts = files.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.filter_map(|text| syn::parse_file(&text).ok()).flat_map(|file| declarations(&file.items)).collect()
}

fn declarations(items: &[Item]) -> Vec<TokenStream> {
    let of = |item: &Item| match item {
        Item::Mod(module) => module.content.as_ref().map_or_else(Vec::new, |(_, items)| declarations(items)),
        Item::Struct(item) if derives(&item.attrs) => vec![item.to_token_stream()],
        Item::Enum(item) if derives(&item.attrs) => vec![item.to_token_stream()],
        _ => Vec::new(),
    };
    items.iter().flat_map(of).collect()
}

fn derives(attributes: &[syn::Attribute]) -> bool {
    let ours = |attribute: &syn::Attribute| {
        attribute.path().is_ident("derive") && attribute.to_token_stream().to_string().contains("Healing")
    };
    attributes.iter().any(ours)
}

/// Every tree, and those in its groups
fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    let of = |tree: TokenTree| match &tree {
        TokenTree::Group(group) => {
            let inner = trees(group.stream());
            [vec![tree], inner].concat()
        }
        _ => vec![tree],
    };
    tokens.into_iter().flat_map(of).collect()
}

/// One change, at a place that lies in a group more often than not
fn mutated(tokens: TokenStream, parts: &[TokenTree], random: &mut fastrand::Rng) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    let groups: Vec<usize> = trees
        .iter()
        .enumerate()
        .filter_map(|(at, tree)| matches!(tree, TokenTree::Group(_)).then_some(at))
        .collect();
    if !groups.is_empty() && random.u8(..10) < 9 {
        let at = groups[random.usize(..groups.len())];
        if let TokenTree::Group(group) = &trees[at] {
            let inner = mutated(group.stream(), parts, random);
            trees[at] = TokenTree::Group(Group::new(group.delimiter(), inner));
        }
        return trees.into_iter().collect();
    }
    let at = random.usize(..=trees.len());
    let present = at < trees.len();
    match random.u8(..7) {
        0 if present => {
            trees.remove(at);
        }
        1 if present => trees.insert(at, trees[at].clone()),
        2 if present => {
            let other = random.usize(..trees.len());
            trees.swap(at, other);
        }
        3 => trees.insert(at, parts[random.usize(..parts.len())].clone()),
        4 if present => trees[at] = parts[random.usize(..parts.len())].clone(),
        5 if present && matches!(trees[at], TokenTree::Literal(_)) => {
            trees[at] = TokenTree::Literal(Literal::i64_unsuffixed(random.i64(0..)));
        }
        _ => {
            let strange = STRANGE[random.usize(..STRANGE.len())];
            let strange: TokenStream = strange.parse().expect("each of them is made of tokens");
            let end = (at + random.usize(..2)).min(trees.len());
            trees.splice(at..end, strange);
        }
    }
    trees.into_iter().collect()
}
