//! Golden expansions: what the derive adds, readable
//!
//! What is sound is read from the tests of the facade, which compile it.
//!
//! To accept a change: `INSTA_UPDATE=always cargo test -p healing-derive`, then read the diff.

use std::{fs, path::Path};

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, DeriveInput};

use crate::pipeline::{derive, derive_nested};

fn expanded(source: &str) -> String {
    let item = syn::parse_str(source).expect("the struct of this test parses");
    readable(derive(&item))
}

/// What a type in a file of the facade's tests, which compile it, expands to
fn compiled(file: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/it/derive").join(file);
    let text = fs::read_to_string(path).expect("the file is in this repository");
    let file = syn::parse_file(&text).expect("it compiles");
    let found = file.items.into_iter().find_map(|item| {
        let item: DeriveInput = syn::parse2(item.into_token_stream()).ok()?;
        (item.ident == name).then_some(item)
    });
    let mut item = found.expect("the type is in the file");
    let is_derive = |attribute: &Attribute| attribute.path().is_ident("derive");
    let wanted = item.attrs.iter().find(|attribute| is_derive(attribute)).expect("it has a derive");
    let nested = wanted.to_token_stream().to_string().contains("HealingSchema");
    // rustc takes these away before it asks a derive
    item.attrs.retain(|attribute| !is_derive(attribute));
    let tokens = if nested { derive_nested(&item) } else { derive(&item) };
    readable(tokens)
}

fn readable(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("an expansion is items"))
}

#[test]
fn documented_example() {
    insta::assert_snapshot!(compiled("documented.rs", "HealingServiceSpec"));
}

#[test]
fn a_status_of_the_users() {
    insta::assert_snapshot!(compiled("own_status.rs", "ShopSpec"));
}

#[test]
fn a_nested_struct_that_embeds_another() {
    insta::assert_snapshot!(compiled("own_status.rs", "ShopStatus"));
}

#[test]
fn a_union() {
    insta::assert_snapshot!(compiled("own_status.rs", "Leads"));
}

#[test]
fn a_declaration_with_errors_expands_to_them_and_to_stubs() {
    insta::assert_snapshot!(expanded(
        r#"
        #[healing(group = "example.com", version = "one", kind = "Web", finaliser = "x")]
        struct WebSpec {
            #[healing(replicas)]
            size: String,
        }
        "#
    ));
}

const SHAPES: [&str; 7] = [
    "struct A {FIELDS}",
    "struct r#type {FIELDS}",
    "struct A;",
    "struct A(i32);",
    "enum A {}",
    "union A {FIELDS}",
    "struct A<'a, T> {FIELDS}",
];

#[test]
fn nothing_that_a_user_writes_is_a_panic() {
    let attributes = [
        "#[healing]",
        "#[healing = \"x\"]",
        "#[healing()]",
        "#[healing(,,)]",
        "#[healing(group = )]",
        "#[healing(group =)]",
        "#[healing(= 1)]",
        "#[healing(1)]",
        "#[healing(group = 99999999999999999999)]",
        "#[healing[group = \"a\"]]",
        "#[healing(kind = \"\", version = \"\", group = \"\")]",
        "#[healing(kind = \"Self\")]",
        "#[healing(kind = \"é\")]",
        "#[healing(short_names(1), categories = 3, scope = true)]",
        "#[healing(column)]",
        "#[healing(column())]",
        "#[healing(column(name = \"\", path = \"\", priority = 99999999999))]",
        "#[healing(policy)]",
        "#[healing(policy(heal_backoff = \"é\", max_in_flight = -1, scale_down = 3))]",
        "#[healing(finalizer = \"/\")]",
        "#[healing(crd_annotation(), crd_label(\"a\"), crd_label(1, 2), deprecated = 3, served, storage = 1)]",
        "#[healing(rbac, rbac(), rbac(groups(1), resources, verbs = \"get\"), webhook, webhook(timeout_seconds = -1))]",
        "#[serde]",
        "#[serde(rename_all)]",
        "#[serde(rename_all = \"é\")]",
    ];
    let fields = [
        "",
        "a: i32,",
        "#[healing(replicas)] é: i32,",
        "#[healing(replicas = 3, replicas())] a: i32,",
        "#[healing(rule)] a: i32,",
        "#[healing(rule())] a: i32,",
        "#[healing(rule(a))] a: bool,",
        "#[healing(rule(, \"\"))] a: i32,",
        "#[healing(rule(a < a < a, \"\"))] a: i32,",
        "#[healing(rule(-9223372036854775808 <= -(-a), \"\"))] a: i32,",
        "#[healing(rule(9223372036854775808 > a, \"\"))] a: i32,",
        "#[healing(rule(a::b.c[0]?, 3))] a: i32,",
        "#[healing(default = -1, minimum(-1), maximum(1, 2))] a: u64,",
        "#[healing(default = 1.5)] a: Option<Option<i32>>,",
        "#[healing(default = 1e999)] a: f64,",
        "#[healing(default = 'x', column = 3)] a: char,",
        "#[serde(rename)] a: i32,",
        "#[healing(pattern = \"(\", max_length = 99999999999999999999, min_items = 1)] a: String,",
        "#[healing(pattern = \"[\\\\\", format = \"\", nullable = true, example)] a: Option<String>,",
        "#[healing(items, items(), items(pattern), values(items(a = 1)), list_map_key())] a: Vec<String>,",
        "#[healing(exclusive_minimum = -9223372036854775808, exclusive_maximum = 1e300, multiple_of = -0.0)] a: i64,",
        "#[healing(minimum = 0.5, maximum(0.5, \"\"), selectable = 1)] a: f32,",
    ];
    let mut tried = 0;
    for attribute in attributes {
        for field in fields {
            for shape in SHAPES {
                let source = format!("{attribute} {}", shape.replace("FIELDS", field));
                let Ok(item) = syn::parse_str(&source) else { continue };
                let errors = derive(&item).to_string().matches("compile_error").count();
                assert!(errors > 0, "{source}");
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}
