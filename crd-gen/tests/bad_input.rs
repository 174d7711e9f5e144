//! Every command with everything that can be wrong: one message, exit code 2, nothing on standard output, nothing written
//!
//! What a command says of input that it understands is tested with the command.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture/Cargo.toml");
const DEFINITIONS: &str = include_str!("corpus/definitions.yaml");

/// A folder with input of every kind; nothing may be added to it
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let object = "apiVersion: example.com/v1\nkind: HealingService\nmetadata: {name: a}\n";
    for (name, content) in [
        ("crd.yaml", DEFINITIONS.as_bytes()),
        ("object.yaml", object.as_bytes()),
        ("no.yaml", b"a: 1\nb: [\n"),
        ("program", &[0x7f, b'E', b'L', b'F', 0xff, 0xfe]),
        ("list.yaml", b"- a\n- b\n"),
    ] {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Calls it in `folder` and expects one message, which has `message` in it
fn refused(folder: &Path, args: &[&str], message: &str) {
    let before = names(folder);
    let output = Command::new(env!("CARGO_BIN_EXE_crd-gen"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/fixture"))
        .output()
        .expect("crd-gen starts");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {errors}");
    assert_eq!(String::from_utf8(output.stdout).expect("text"), "", "{args:?}");
    assert!(errors.contains(message), "{args:?}: {errors}");
    // cargo's and the compiler's own words come before ours; clap's are alone
    let count = |start: &str| errors.lines().filter(|line| line.starts_with(start)).count();
    let clap = count("error: ") == 1 && count("crd-gen: ") == 0;
    assert!(clap || count("crd-gen: ") == 1, "one message of {args:?}: {errors}");
    assert_eq!(names(folder), before, "{args:?} writes nothing");
}

/// Commands that ask an operator, without the flags that say which
const ASKING: &[&[&str]] = &[
    &["crd"],
    &["crd", "--out", "out"],
    &["rbac", "--out", "out"],
    &["manifests", "--out", "out"],
    &["manifests", "--out", "out", "--check"],
    &["helm", "--out", "out"],
    &["validate", "object.yaml"],
    &["lint"],
    &["diff", "--against", "crd.yaml"],
];

#[test]
fn where_there_is_no_operator_the_flag_for_files_is_named() {
    let folder = folder();
    for command in [&["lint"][..], &["validate", "object.yaml"]] {
        refused(folder.path(), command, "where there is no operator, name its definitions with --crd FILE");
    }
}

#[test]
fn an_operator_that_cannot_be_asked() {
    let folder = folder();
    let example = |name| ["--manifest-path", FIXTURE, "--example", name];
    let bin = |name| ["--manifest-path", FIXTURE, "--bin", name];
    for command in ASKING {
        for (which, message) in [
            (
                &example("god")[..],
                "crd-gen: no example `god` in this workspace; there are: `broken`, `costly`, `good`\n",
            ),
            (&bin("god"), "crd-gen: no binary `god` in this workspace; there are: `chatty`, "),
            (&["--manifest-path", FIXTURE], "crd-gen: binary exists more than once; name one of these: "),
            (
                &["--manifest-path", "gone/Cargo.toml", "--bin", "a"],
                "crd-gen: there is no file `gone/Cargo.toml`; ",
            ),
            (&["--manifest-path", "no.yaml", "--bin", "a"], "crd-gen: cargo could not read the workspace "),
            (&["--bin", "a"], "crd-gen: cargo could not read the workspace "),
            (
                &example("broken"),
                "crd-gen: example `broken` of package `fixture` does not build; see the compiler's",
            ),
            (&bin("chatty"), "crd-gen: cannot understand what binary `chatty` of package `fixture` printed"),
            (&bin("failing"), "crd-gen: binary `failing` of package `fixture` failed at `describe`"),
            (&bin("nothing"), "crd-gen: operator `nothing` has no resources; "),
            (
                &["--example", "good", "--bin", "good"],
                "error: the argument '--example <NAME>' cannot be used with",
            ),
            (&["--exmaple", "good"], "tip: a similar argument exists: '--example'"),
            (&["--bin"], "error: a value is required for '--bin <NAME>'"),
        ] {
            refused(folder.path(), &[*command, which].concat(), message);
        }
    }
}

#[test]
fn files_that_cannot_be_used() {
    let folder = folder();
    // `FILE` stands for the file that is wrong
    let commands: &[(&[&str], bool)] = &[
        (&["validate", "--crd", "crd.yaml", "FILE"], false),
        (&["validate", "--crd", "FILE", "object.yaml"], true),
        (&["lint", "--crd", "FILE"], true),
        (&["diff", "FILE", "crd.yaml"], true),
        (&["diff", "crd.yaml", "FILE"], true),
    ];
    for (command, definitions) in commands {
        for (file, message) in [
            ("gone.yaml", "crd-gen: cannot read `gone.yaml`: "),
            (".", "crd-gen: cannot read `.`: "),
            ("program", "crd-gen: cannot read `program`: invalid utf-8 "),
            ("no.yaml", "crd-gen: no.yaml:2:4: cannot be read as YAML or JSON: unclosed bracket '['\n"),
        ] {
            let args: Vec<&str> =
                command.iter().map(|word| if *word == "FILE" { file } else { word }).collect();
            refused(folder.path(), &args, message);
        }
        // objects that are no definitions, and YAML that is no object
        for file in ["object.yaml", "list.yaml"].into_iter().filter(|_| *definitions) {
            let args: Vec<&str> =
                command.iter().map(|word| if *word == "FILE" { file } else { word }).collect();
            refused(folder.path(), &args, "has no CustomResourceDefinition of apiextensions.k8s.io/v1");
        }
    }
}

#[test]
fn a_new_operator_that_cannot_be_made() {
    let folder = folder();
    let new = |rest: &[&'static str]| -> Vec<&str> { [&["new"], rest].concat() };
    let good = ["my-operator", "--group", "example.com", "--kind", "Widget"];
    for (args, message) in [
        (new(&[]), "error: the following required arguments were not provided:"),
        (new(&["my-operator", "--group", "example.com"]), "--kind <KIND>"),
        (
            new(&["My", "--group", "example.com", "--kind", "Widget"]),
            "crd-gen: name `My` must have 1 to 44 of ",
        ),
        (
            new(&["a", "--group", "example", "--kind", "Widget"]),
            "crd-gen: group `example` must be a DNS name",
        ),
        (
            new(&["a", "--group", "example.com", "--kind", "widget"]),
            "crd-gen: kind `widget` must be in PascalCase",
        ),
        ([&new(&good)[..], &["--path", "object.yaml"]].concat(), "exists and is not an empty folder; "),
        ([&new(&good)[..], &["--path", "."]].concat(), "crd-gen: `.` exists and is not an empty folder; "),
        ([&new(&good)[..], &["--path", "a/b"]].concat(), "crd-gen: cannot make `a/b`: "),
        ([&new(&good)[..], &["--path", ""]].concat(), "error: a value is required for '--path <DIR>'"),
        ([&new(&good)[..], &["--healing", "gone"]].concat(), "crd-gen: there is no healing in `gone`: "),
        ([&new(&good)[..], &["--version", "1"]].concat(), "crd-gen: version `1` must look like `v1`, "),
        ([&new(&good)[..], &["--grop", "a"]].concat(), "tip: a similar argument exists: '--group'"),
    ] {
        refused(folder.path(), &args, message);
    }
}

#[test]
fn words_that_are_no_command() {
    let folder = folder();
    for (args, message) in [
        (&[][..], "Usage: crd-gen <COMMAND>"),
        (&["manifest"], "tip: a similar subcommand exists: 'manifests'"),
        (&["crd", "--check"], "--out <DIR>"),
        (&["manifests", "--image", ""], "a value is required for '--image <IMAGE>'"),
        (&["crd", "--image", "a"], "unexpected argument '--image' found"),
        (&["rbac", "--image", "a"], "unexpected argument '--image' found"),
        (&["helm", "--example", "good"], "crd-gen: a chart is a folder of files: say which with --out DIR\n"),
        (&["rbac", "--namespace", "A_b"], "a namespace has 1 to 63 of a-z, 0-9 and '-'"),
        (&["validate"], "<FILE>..."),
        (&["completion"], "<SHELL>"),
        (&["completion", "csh"], "[possible values: bash, "),
        (&["diff", "crd.yaml"], "<NEW>"),
        (&["lint", "--format", "xml"], "[possible values: "),
    ] {
        let before = names(folder.path());
        let mut command = Command::new(env!("CARGO_BIN_EXE_crd-gen"));
        let output = command.args(args).current_dir(&folder).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}: {errors}");
        assert!(errors.contains(message), "{args:?}: {errors}");
        assert_eq!(names(folder.path()), before, "{args:?} writes nothing");
    }
}
