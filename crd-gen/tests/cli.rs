//! The built program against a small workspace: streams, trees, `--check`, bad input and exit codes

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture/Cargo.toml");

fn crd_gen(args: &[&str]) -> Output {
    command(args).output().expect("crd-gen starts")
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crd-gen"));
    command
        .args(args)
        .env("CARGO", env!("CARGO"))
        // one build folder for all tests, outside the fixture
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/fixture"));
    command
}

/// Code, standard output, standard error
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn good<'a>(command: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&[command, "--manifest-path", FIXTURE, "--example", "good"], rest].concat()
}

#[test]
fn a_stream_has_the_documents_in_the_order_they_are_applied_in() {
    for (command, flags, expected) in [
        ("crd", &[][..], "CustomResourceDefinition"),
        (
            "rbac",
            &[],
            "ServiceAccount ClusterRole ClusterRole ClusterRole ClusterRole ClusterRoleBinding Role RoleBinding",
        ),
        (
            "rbac",
            &["--namespace", "shop", "--namespace=blog"],
            "ServiceAccount Role Role ClusterRole ClusterRole ClusterRole RoleBinding RoleBinding Role RoleBinding",
        ),
        (
            "manifests",
            &[],
            "Namespace CustomResourceDefinition ServiceAccount ClusterRole ClusterRole ClusterRole ClusterRole \
             ClusterRoleBinding Role RoleBinding Service NetworkPolicy PodDisruptionBudget Deployment",
        ),
    ] {
        let (code, stream, errors) = said(&crd_gen(&good(command, flags)));
        assert_eq!(code, Some(0), "{errors}");
        assert!(stream.starts_with("---\n"));
        let kinds: Vec<&str> = stream.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
        assert_eq!(kinds.join(" "), expected, "{command}");
    }
}

#[test]
fn the_image_is_the_packages_version_or_the_one_named() {
    let (_, stream, _) = said(&crd_gen(&good("manifests", &[])));
    assert!(stream.contains("image: healing-operator:1.2.3\n"), "{stream}");
    let (_, stream, _) = said(&crd_gen(&good("manifests", &["--image", "registry.example.com/a/b:c"])));
    assert!(stream.contains("image: registry.example.com/a/b:c\n"), "{stream}");
}

#[test]
fn parts_that_need_something_of_the_cluster_are_asked_for() {
    let (code, stream, errors) =
        said(&crd_gen(&good("manifests", &["--webhook=cert-manager", "--monitoring"])));
    assert_eq!(code, Some(0), "{errors}");
    assert!(!errors.contains("webhook"), "{errors}");
    for kind in ["ValidatingWebhookConfiguration", "Certificate", "ServiceMonitor", "PrometheusRule"] {
        assert!(stream.contains(&format!("\nkind: {kind}\n")), "no {kind}");
    }
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().to_str().unwrap();
    assert_eq!(crd_gen(&good("manifests", &["--out", dir])).status.code(), Some(0));
    let (code, report, _) = said(&crd_gen(&good("manifests", &["--out", dir, "--check", "--monitoring"])));
    assert_eq!(code, Some(1));
    let update = format!("--manifest-path {FIXTURE} --out {dir} --monitoring");
    let expected = format!(
        "{dir}/default/kustomization.yaml differs\nrun `crd-gen manifests --example good {update}` to update\n"
    );
    assert_eq!(report, expected);
}

#[test]
fn a_check_tells_what_differs_and_writes_nothing() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("config");
    let dir = folder.to_str().unwrap();

    let (code, report, errors) = said(&crd_gen(&good("manifests", &["--out", dir, "--check"])));
    assert_eq!(code, Some(1), "{errors}");
    assert!(report.contains("manager.yaml is missing\n"), "{report}");
    assert!(!folder.exists(), "a check writes nothing");

    assert_eq!(crd_gen(&good("manifests", &["--out", dir])).status.code(), Some(0));
    let again = said(&crd_gen(&good("manifests", &["--out", dir])));
    assert_eq!(again, (Some(0), String::new(), String::new()), "nothing is written twice");
    for command in ["manifests", "crd", "rbac"] {
        let checked = said(&crd_gen(&good(command, &["--out", dir, "--check"])));
        assert_eq!(checked, (Some(0), String::new(), String::new()), "{command}");
    }

    let (code, report, _) = said(&crd_gen(&good("rbac", &["--out", dir, "--check", "--namespace", "b,a"])));
    assert_eq!(code, Some(1));
    let update = format!("--manifest-path {FIXTURE} --namespace b,a --out {dir}` to update\n");
    assert!(report.contains("namespaces/role.yaml is missing\n") && report.ends_with(&update), "{report}");

    let role = folder.join("rbac/role.yaml");
    fs::write(&role, "by hand\n").unwrap();
    fs::remove_file(folder.join("default/kustomization.yaml")).unwrap();
    let (code, report, _) = said(&crd_gen(&good("manifests", &["--out", dir, "--check"])));
    assert_eq!(code, Some(1));
    let expected = format!(
        "{dir}/rbac/role.yaml differs\n{dir}/default/kustomization.yaml is missing\n\
         run `crd-gen manifests --example good --manifest-path {FIXTURE} --out {dir}` to update\n"
    );
    assert_eq!(report, expected);
    assert_eq!(fs::read_to_string(&role).unwrap(), "by hand\n");
    // the definitions are not concerned
    assert_eq!(crd_gen(&good("crd", &["--out", dir, "--check"])).status.code(), Some(0));
}

#[test]
fn values_that_somebody_changed_are_kept() {
    let out = tempfile::tempdir().unwrap();
    let dir = out.path().to_str().unwrap();
    let helm = |flags: &[&str]| said(&crd_gen(&good("helm", &[&["--out", dir], flags].concat())));
    let (code, report, errors) = helm(&[]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(report.contains("/templates/deployment.yaml\n") && report.contains("/values.yaml\n"), "{report}");
    assert_eq!(helm(&["--check"]), (Some(0), String::new(), String::new()));

    // as generated, they follow the flags
    let path = out.path().join("values.yaml");
    let (code, report, _) = helm(&["--image", "registry.example.com:5000/a/b:c"]);
    assert_eq!((code, report), (Some(0), format!("wrote {dir}/values.yaml\n")));
    let values = fs::read_to_string(&path).unwrap();
    assert!(values.contains("repository: \"registry.example.com:5000/a/b\"\n"), "{values}");
    assert!(values.contains("tag: \"c\"\n"), "{values}");

    let changed = values.replace("replicas: 1", "replicas: 0");
    fs::write(&path, &changed).unwrap();
    fs::write(out.path().join("templates/deployment.yaml"), "by hand\n").unwrap();
    let kept = format!("crd-gen: kept `{dir}/values.yaml`: it has changes of yours\n");
    let (code, report, errors) = helm(&["--check"]);
    let update = format!("--manifest-path {FIXTURE} --out {dir}");
    let stale = format!(
        "{dir}/templates/deployment.yaml differs\nrun `crd-gen helm --example good {update}` to update\n"
    );
    assert_eq!((code, report, &errors), (Some(1), stale, &kept));
    assert_eq!(helm(&[]), (Some(0), format!("wrote {dir}/templates/deployment.yaml\n"), kept));
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
}

#[test]
fn what_cannot_be_done_is_one_message_and_exit_code_2() {
    let fixture = ["--manifest-path", FIXTURE];
    for (args, message) in [
        (
            vec!["crd", "--example", "god"],
            "crd-gen: no example `god` in this workspace; there are: `broken`, `costly`, `good`",
        ),
        (
            vec!["crd", "--bin", "good"],
            "no binary `good` in this workspace; there are: `chatty`, `failing`, `nothing`",
        ),
        (vec!["crd"], "binary exists more than once; name one of these: --package fixture --bin chatty, "),
        (vec!["crd", "--example", "good", "--package", "none"], "no example `good` in package `none`; "),
        (
            vec!["crd", "--example", "broken"],
            "crd-gen: example `broken` of package `fixture` does not build; ",
        ),
        (
            vec!["crd", "--bin", "chatty"],
            "crd-gen: cannot understand what binary `chatty` of package `fixture` printed",
        ),
        (
            vec!["crd", "--bin", "failing"],
            "binary `failing` of package `fixture` failed at `describe` (exit status: 7)",
        ),
        (
            vec!["crd", "--example", "costly"],
            "crd-gen: an API server would refuse the definition:\nerror[rule-cost] HealingServiceSpec",
        ),
        (
            vec!["manifests", "--example", "costly"],
            "do: give limits, as low as they can be, to `spec.words` (maxItems)",
        ),
        (vec!["crd", "--bin", "nothing"], "crd-gen: operator `nothing` has no resources; "),
        (vec!["crd", "--example", "good", "--bin", "good"], "cannot be used with '--bin"),
        (vec!["crd", "--example", "good", "--check"], "--out <DIR>"),
        (vec!["manifests", "--example", "good", "--image", ""], "--image"),
        (vec!["rbac", "--example", "good", "--namespace", "Shop"], "a namespace has 1 to 63 of a-z"),
        (vec!["crd", "--example", "good", "--namespace", "shop"], "unexpected argument '--namespace'"),
        (vec!["manifest", "--example", "good"], "'manifests'"),
        (vec!["helm", "--example", "good"], "say which with --out DIR"),
        (vec![], "Usage"),
    ] {
        let rest = if args.is_empty() { &[][..] } else { &fixture[..] };
        let (code, stream, errors) = said(&crd_gen(&[&args, rest].concat()));
        assert_eq!(code, Some(2), "{args:?}: {errors}");
        assert_eq!(stream, "", "{args:?}");
        assert!(errors.contains(message), "{args:?}: {errors}");
    }
}

#[test]
fn the_compilers_and_cargos_own_words_are_shown() {
    let (_, _, errors) = said(&crd_gen(&["crd", "--manifest-path", FIXTURE, "--example", "broken"]));
    assert!(errors.contains("mismatched types") && errors.contains("broken.rs:4"), "{errors}");

    let wrong = folder(&[("Cargo.toml", "[package\n")]);
    let wrong = wrong.path().join("Cargo.toml");
    let (code, _, errors) = said(&crd_gen(&["crd", "--manifest-path", wrong.to_str().unwrap()]));
    assert_eq!(code, Some(2));
    assert!(errors.contains("Cargo.toml:1:9") && errors.contains("could not read the workspace"), "{errors}");
}

#[test]
fn a_cargo_that_is_not_there_is_named() {
    let (code, _, errors) = said(&crd_gen(&good("crd", &["--cargo", "no-such-cargo"])));
    assert_eq!(code, Some(2));
    assert!(errors.contains("cannot run `no-such-cargo`"), "{errors}");
}

#[test]
fn a_tree_that_cannot_be_written_is_an_error() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("file");
    fs::write(&file, "x").unwrap();
    let dir = file.to_str().unwrap();
    for rest in [&["--out", dir][..], &["--out", dir, "--check"][..]] {
        let (code, _, errors) = said(&crd_gen(&good("crd", rest)));
        assert_eq!(code, Some(2), "{errors}");
        assert!(errors.contains("crd/bases/example.com_healingservices.yaml"), "{errors}");
    }
    assert!(Path::new(dir).is_file());
}

#[test]
fn shells_get_what_they_complete_with() {
    for (shell, start) in [
        ("bash", "_crd__gen() {"),
        ("zsh", "#compdef crd-gen"),
        ("fish", "# Print an optspec for argparse"),
        ("powershell", ""),
        ("elvish", ""),
    ] {
        let (code, text, errors) = said(&crd_gen(&["completion", shell]));
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{shell}");
        assert!(text.starts_with(start) && text.contains("manifests"), "{shell}: {text}");
    }
}

/// A folder with these files
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("a file");
    }
    folder
}

/// What `validate` says in a folder
fn validated(folder: &tempfile::TempDir, args: &[&str]) -> (Option<i32>, String, String) {
    let args = [&["validate"], args].concat();
    said(&command(&args).current_dir(folder).output().expect("crd-gen starts"))
}

const DEFINITIONS: &str = include_str!("corpus/definitions.yaml");
const RIGHT: &str =
    "{apiVersion: example.com/v1, kind: HealingService, metadata: {name: a}, spec: {replicaCount: 3}}\n";
const WRONG: &str = "apiVersion: example.com/v1\nkind: Workshop\nmetadata:\n  name: b\nspec:\n  tool: saw\n";
const FOREIGN: &str = "apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata:\n  name: c\n";

#[test]
fn manifests_are_checked_against_definitions_in_files() {
    let folder = folder(&[
        ("crd.yaml", DEFINITIONS),
        ("right.yaml", RIGHT),
        ("wrong.yaml", WRONG),
        ("foreign.yaml", FOREIGN),
    ]);
    let wrong = "wrong.yaml:6:3: Workshop/b: spec.tool: strict decoding error: unknown field \"spec.tool\"\n";
    let foreign = "no matches for kind \"Issuer\" in version \"cert-manager.io/v1\"; its definition is not among those \
                   that are known here\n";
    for (args, code, expected) in [
        (&["right.yaml"][..], 0, String::new()),
        (&["right.yaml", "wrong.yaml"], 1, wrong.to_owned()),
        (&["foreign.yaml", "wrong.yaml"], 1, format!("foreign.yaml:1:1: Issuer/c: {foreign}{wrong}")),
        (&["foreign.yaml"], 1, format!("foreign.yaml:1:1: Issuer/c: {foreign}")),
        (
            &["--skip-unknown-kinds", "foreign.yaml", "right.yaml"],
            0,
            format!("foreign.yaml:1:1: Issuer/c: skipped: {foreign}"),
        ),
    ] {
        let found = validated(&folder, &[&["--crd", "crd.yaml"], args].concat());
        assert_eq!(found, (Some(code), expected, String::new()), "{args:?}");
    }
}

#[test]
fn manifests_are_checked_against_the_definitions_of_an_operator() {
    let folder = folder(&[("right.yaml", RIGHT), ("wrong.yaml", &RIGHT.replace('3', "0"))]);
    let operator = ["--manifest-path", FIXTURE, "--example", "good", "right.yaml", "wrong.yaml"];
    let (code, lines, errors) = validated(&folder, &operator);
    assert_eq!(code, Some(1), "{errors}");
    let first = "wrong.yaml:1:94: HealingService/a: spec.replicaCount: Invalid value: 0: spec.replicaCount in body should \
                 be greater than or equal to 1";
    assert_eq!(lines.lines().next(), Some(first), "{lines}");
}

#[test]
fn what_an_operator_is_installed_with_is_right() {
    let folder = folder(&[]);
    let (_, stream, _) = said(&crd_gen(&good("manifests", &[])));
    fs::write(folder.path().join("all.yaml"), stream).unwrap();
    let operator = ["--manifest-path", FIXTURE, "--example", "good", "--skip-unknown-kinds", "all.yaml"];
    let (code, lines, errors) = validated(&folder, &operator);
    assert_eq!(code, Some(0), "{lines}{errors}");
}

#[test]
fn standard_input_is_a_file_like_others() {
    let folder = folder(&[("crd.yaml", DEFINITIONS)]);
    let input = tempfile::NamedTempFile::new().unwrap();
    fs::write(input.path(), WRONG).unwrap();
    let mut command = command(&["validate", "--crd", "crd.yaml", "-"]);
    command.current_dir(&folder).stdin(fs::File::open(input.path()).unwrap());
    let (code, lines, _) = said(&command.output().expect("crd-gen starts"));
    assert_eq!(code, Some(1));
    assert!(lines.starts_with("-:6:3: Workshop/b: spec.tool: "), "{lines}");
}

#[test]
fn what_cannot_be_checked_is_told_and_nothing_is_checked() {
    let bad = DEFINITIONS.replacen("scope: Namespaced", "scope: Global", 1);
    let folder = folder(&[
        ("crd.yaml", DEFINITIONS),
        ("bad-crd.yaml", &bad),
        ("wrong.yaml", WRONG),
        ("no.yaml", "a: 1\nb: [\n"),
    ]);
    fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
    for (args, message) in [
        (&["--crd", "crd.yaml"][..], "<FILE>..."),
        (&["--crd", "crd.yaml", "--bin", "a", "wrong.yaml"], "cannot be used with"),
        (&["--crd", "crd.yaml", "wrong.yaml", "gone.yaml"], "crd-gen: cannot read `gone.yaml`: "),
        (&["--crd", "crd.yaml", "binary"], "crd-gen: cannot read `binary`: invalid utf-8 "),
        (&["--crd", "crd.yaml", "."], "crd-gen: cannot read `.`: "),
        (
            &["--crd", "crd.yaml", "wrong.yaml", "no.yaml"],
            "crd-gen: no.yaml:2:4: cannot be read as YAML or JSON: unclosed bracket '['\n",
        ),
        (
            &["--crd", "wrong.yaml", "wrong.yaml"],
            "crd-gen: wrong.yaml: has no CustomResourceDefinition of apiextensions.k8s.io/v1\n",
        ),
        (
            &["--crd", "bad-crd.yaml", "wrong.yaml"],
            "crd-gen: bad-crd.yaml:9:10: CustomResourceDefinition/healingservices.example.com: spec.scope: Unsupported \
             value: \"Global\": supported values: \"Cluster\", \"Namespaced\"\n",
        ),
    ] {
        let (code, lines, errors) = validated(&folder, args);
        assert_eq!((code, lines.as_str()), (Some(2), ""), "{args:?}: {errors}");
        assert!(errors.contains(message), "{args:?}: {errors}");
    }
}

/// Build scripts that watch these variables would otherwise run again, and all that depends on them be rebuilt
#[cfg(unix)]
#[test]
fn the_outer_cargos_package_is_not_passed_on() {
    // a file of the fixture: a program that a test with threads has just written may still be open for writing in the
    // child of another one, and cannot be started then
    let spy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture/spy-cargo");
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");

    let output = command(&good("crd", &["--cargo", spy]))
        .env("SPY_CARGO", env!("CARGO"))
        .env("SPY_SEEN", &seen)
        .output()
        .expect("crd-gen starts");

    let (code, _, errors) = said(&output);
    assert_eq!(code, Some(0), "{errors}");
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("CARGO_TARGET_DIR="), "{seen}");
    for name in ["CARGO_MANIFEST_DIR=", "CARGO_PKG_NAME=", "CARGO_PKG_VERSION="] {
        assert!(!seen.lines().any(|line| line.starts_with(name)), "{name} in {seen}");
    }
}
