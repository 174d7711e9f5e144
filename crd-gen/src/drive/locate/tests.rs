//! Which target is meant, and what is said where it is none or several

use super::{Metadata, Source, Target, choose};

const METADATA: &str = r#"{ "packages": [
  { "name": "one", "version": "0.1.0", "manifest_path": "/w/one/Cargo.toml", "targets": [
    { "name": "one", "kind": ["lib"] }, { "name": "shop", "kind": ["example"] }, { "name": "tool", "kind": ["bin"] } ] },
  { "name": "two", "version": "0.2.0", "manifest_path": "/w/two/Cargo.toml", "targets": [
    { "name": "shop", "kind": ["example"] }, { "name": "farm", "kind": ["example"] }, { "name": "tool2", "kind": ["bin"] } ] },
  { "name": "three", "version": "0.3.0", "manifest_path": "/w/three/Cargo.toml", "targets": [ { "name": "three", "kind": ["lib"] } ] }
] }"#;

fn chosen(target: Target, package: Option<&str>) -> Result<String, String> {
    let source =
        Source { cargo: "cargo".into(), manifest_path: None, package: package.map(str::to_owned), target };
    let metadata: Metadata = serde_json::from_str(METADATA).expect("the metadata decodes");
    choose(&source, &metadata)
        .map(|found| format!("{found} {} {}", found.version, found.manifest_path.display()))
        .map_err(|error| error.to_string())
}

#[test]
fn one_target_is_meant_or_the_message_says_what_there_is() {
    let example = |name: &str| Target::Example(name.into());
    for (target, package, expected) in [
        (example("farm"), None, Ok("example `farm` of package `two` 0.2.0 /w/two/Cargo.toml")),
        (example("shop"), Some("one"), Ok("example `shop` of package `one` 0.1.0 /w/one/Cargo.toml")),
        (Target::Bin("tool".into()), None, Ok("binary `tool` of package `one` 0.1.0 /w/one/Cargo.toml")),
        (Target::OnlyBin, Some("two"), Ok("binary `tool2` of package `two` 0.2.0 /w/two/Cargo.toml")),
        (
            example("shop"),
            None,
            Err("example `shop` exists more than once; name one of these: \
                 --package one --example shop, --package two --example shop"),
        ),
        (
            Target::OnlyBin,
            None,
            Err(
                "binary exists more than once; name one of these: --package one --bin tool, --package two --bin tool2",
            ),
        ),
        (
            example("tool"),
            None,
            Err("no example `tool` in this workspace; there are: `shop`, `shop`, `farm`"),
        ),
        (
            example("shop"),
            Some("four"),
            Err(
                "no example `shop` in package `four`; there are none of this kind; name the operator with --example or --bin",
            ),
        ),
        (
            Target::OnlyBin,
            Some("three"),
            Err(
                "no binary in package `three`; there are none of this kind; name the operator with --example or --bin",
            ),
        ),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(chosen(target, package), expected);
    }
}
