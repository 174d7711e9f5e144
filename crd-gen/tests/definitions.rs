//! The built program with `lint` and `diff`: what is printed, for whom, and with which exit code

use std::{
    fs::{self, File},
    process::Command,
};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture/Cargo.toml");
const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/healingservice/config/crd/bases/example.com_healingservices.yaml"
);
const BASE: &str = include_str!("corpus/diff/base.yaml");

/// Exit code, standard output and standard error in a folder with these files
fn said(folder: &tempfile::TempDir, args: &[&str], input: &str) -> (Option<i32>, String, String) {
    let path = folder.path().join("stdin");
    fs::write(&path, input).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_crd-gen"))
        .args(args)
        .current_dir(folder)
        .env("CARGO", env!("CARGO"))
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/fixture"))
        .stdin(File::open(path).expect("a file"))
        .output()
        .expect("crd-gen starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    folder
}

fn files() -> tempfile::TempDir {
    folder(&[
        ("base.yaml", BASE),
        ("looser.yaml", &BASE.replace("maximum: 10", "maximum: 20")),
        ("default.yaml", &BASE.replace("default: Fast", "default: Slow")),
        ("tighter.yaml", &BASE.replace("maximum: 10", "maximum: 9")),
        ("broken.yaml", &BASE.replace("scope: Namespaced", "scope: Cluster")),
        ("warned.yaml", &BASE.replace("How many., type: integer, format: int32", "How many., type: integer")),
        ("refused.yaml", &BASE.replace("scope: Namespaced", "scope: Global")),
        ("old.yaml", &BASE.replace("k8s.io/v1", "k8s.io/v1beta1")),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("text.yaml", "a: [\n"),
    ])
}

#[test]
fn lint_fails_for_errors_and_for_warnings_where_they_are_denied() {
    let folder = files();
    for (args, code, end) in [
        (&["--crd", "base.yaml", "--deny-warnings"][..], 0, ""),
        (&["--crd", EXAMPLE, "--deny-warnings"], 0, ""),
        (&["--crd", "warned.yaml"], 0, "1 warning\n"),
        (&["--crd", "warned.yaml", "--deny-warnings"], 1, "1 warning\n"),
        (&["--crd", "refused.yaml"], 1, "1 error\n"),
        (&["--crd", "base.yaml", "--format", "json"], 0, "[]\n"),
    ] {
        let (found, lines, errors) = said(&folder, &[&["lint"], args].concat(), "");
        assert_eq!((found, errors.as_str()), (Some(code), ""), "{args:?}: {lines}");
        assert!(lines.ends_with(end) && lines.is_empty() == end.is_empty(), "{args:?}: {lines}");
    }
    let (_, lines, _) = said(
        &folder,
        &["lint", "--crd", "-"],
        &fs::read_to_string(folder.path().join("warned.yaml")).unwrap(),
    );
    assert_eq!(
        lines,
        "-:40:15: warning[integer-format] spec.replicas: is a whole number without a format: clients do not know how wide it is\n  \
         at widgets.example.com: spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[replicas]\n  \
         do: use i32 or i64, so that the format is int32 or int64\n1 warning\n"
    );
}

#[test]
fn diff_fails_from_the_class_on_that_is_named() {
    let folder = files();
    for (new, level, code, end) in [
        ("base.yaml", "storage-affecting", 0, ""),
        ("looser.yaml", "storage-affecting", 0, "1 compatible\n"),
        ("default.yaml", "storage-affecting", 1, "1 storage-affecting\n"),
        ("default.yaml", "tightening", 0, "1 storage-affecting\n"),
        ("tighter.yaml", "breaking", 0, "1 tightening\n"),
        ("tighter.yaml", "tightening", 1, "1 tightening\n"),
        ("broken.yaml", "breaking", 1, "1 breaking\n"),
    ] {
        let (found, lines, errors) = said(&folder, &["diff", "base.yaml", new, "--fail-on", level], "");
        assert_eq!((found, errors.as_str()), (Some(code), ""), "{new} {level}: {lines}");
        assert!(lines.ends_with(end) && lines.is_empty() == end.is_empty(), "{new} {level}: {lines}");
    }
    let (code, lines, _) = said(&folder, &["diff", "base.yaml", "broken.yaml", "--format", "json"], "");
    assert_eq!(code, Some(1));
    assert!(
        lines.starts_with("[\n  {\n    \"class\": \"breaking\",\n    \"kind\": \"scope-changed\""),
        "{lines}"
    );
}

#[test]
fn an_operator_is_looked_at_and_compared() {
    let folder = files();
    let operator = ["--manifest-path", FIXTURE, "--example", "good"];
    let (code, lines, errors) = said(&folder, &[&["lint"], &operator[..]].concat(), "");
    assert_eq!(code, Some(0), "{lines}{errors}");
    assert!(!lines.contains("error["), "{lines}");

    let (code, stream, errors) = said(&folder, &[&["crd"], &operator[..]].concat(), "");
    assert_eq!(code, Some(0), "{errors}");
    let diff = [&["diff", "--against", "-"], &operator[..]].concat();
    // as an API server answers it
    let installed = stream.replace(
        "\nmetadata:\n",
        "\nstatus: {storedVersions: [v1]}\nmetadata:\n  resourceVersion: '1'\n  managedFields: [{manager: a}]\n",
    );
    let (code, lines, errors) = said(&folder, &diff, &installed);
    assert_eq!((code, lines.as_str()), (Some(0), ""), "{errors}");
    let (code, lines, _) = said(&folder, &diff, &stream.replace("scope: Namespaced", "scope: Cluster"));
    assert_eq!(code, Some(1));
    assert!(
        lines.starts_with("breaking scope-changed definition spec.scope: \"Cluster\" -> \"Namespaced\": "),
        "{lines}"
    );
}

#[test]
fn what_is_no_definition_is_one_message_and_exit_code_2() {
    let folder = files();
    for (file, message) in [
        ("gone.yaml", "crd-gen: cannot read `gone.yaml`: "),
        ("text.yaml", "crd-gen: text.yaml:"),
        (
            "pod.yaml",
            "crd-gen: pod.yaml:1:1: has no CustomResourceDefinition of apiextensions.k8s.io/v1; it has: Pod\n",
        ),
        (
            "old.yaml",
            "CustomResourceDefinition `widgets.example.com` is of apiextensions.k8s.io/v1beta1, which no API server",
        ),
    ] {
        for args in [
            &["lint", "--crd", file][..],
            &["diff", file, "base.yaml"],
            &["diff", "base.yaml", file],
            &["diff", "--against", file, "--manifest-path", FIXTURE, "--example", "god"],
        ] {
            let (code, lines, errors) = said(&folder, args, "");
            assert_eq!((code, lines.as_str()), (Some(2), ""), "{args:?}: {errors}");
            assert!(errors.contains(message), "{args:?}: {errors}");
        }
    }
    for (args, message) in [
        (&["diff", "base.yaml"][..], "<NEW>"),
        (&["diff"], "<OLD>"),
        (&["diff", "-", "-"], "crd-gen: only one of the two can be standard input\n"),
        (&["diff", "base.yaml", "base.yaml", "--against", "base.yaml"], "cannot be used with"),
        (&["diff", "base.yaml", "base.yaml", "--example", "good"], "cannot be used with"),
        (&["diff", "base.yaml", "base.yaml", "--fail-on", "all"], "storage-affecting"),
        (&["lint", "--crd", "base.yaml", "--bin", "a"], "cannot be used with"),
        (&["lint", "--crd", "base.yaml", "--format", "xml"], "json"),
    ] {
        let (code, lines, errors) = said(&folder, args, "");
        assert_eq!((code, lines.as_str()), (Some(2), ""), "{args:?}: {errors}");
        assert!(errors.contains(message), "{args:?}: {errors}");
    }
}
