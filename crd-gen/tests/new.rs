//! A new operator, made by the built program outside of this workspace: it builds without a warning and passes its tests
//!
//! It stands in `~/.cache/healing/outside`, since cargo obeys the configuration of all folders above. It uses this workspace's
//! target folder and lock file, so that only what depends on its Kubernetes version is built for it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DESCRIPTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/template/description.json");

/// Packages of this workspace that an operator and its tests are built from
const OURS: &[&str] = &[
    "crd-gen",
    "healing",
    "healing-api-server",
    "healing-derive",
    "healing-engine",
    "healing-model",
    "healing-runtime",
    "healing-sandbox",
    "structural-schema",
];

/// The target folder of this workspace, wherever it is: above that for temporary files
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("`tmp` is in the target folder")
}

/// A folder for projects that are no part of this workspace, one for each checkout
fn outside() -> PathBuf {
    let root = fs::canonicalize(ROOT).expect("the workspace");
    let name = root.display().to_string().replace(['/', '\\', ':'], "-");
    let folder = env::home_dir().unwrap_or_else(env::temp_dir).join(".cache/healing/outside").join(name);
    fs::create_dir_all(folder.join(".cargo")).expect("a folder");
    // the same builds as those of this workspace, so that they are shared
    let debug = |name: &&str| format!("[profile.dev.package.{name}]\ndebug = \"line-tables-only\"\n");
    let config = format!(
        "[build]\ntarget-dir = \"{}\"\n[net]\noffline = true\n[profile.dev]\ndebug = \"line-tables-only\"\n\
         [profile.dev.package.\"*\"]\ndebug = false\n{}",
        target().display(),
        OURS.iter().map(debug).collect::<String>(),
    );
    put(&folder.join(".cargo/config.toml"), &config);
    folder
}

/// Writes a file that differs; one that does not is not touched, or cargo would build again
fn put(path: &Path, content: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(content) {
        fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// A project gets the versions of this workspace, once; what cargo removes from them stays removed
fn lock(project: &Path) {
    let versions = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).expect("Cargo.lock");
    let (lock, copied) = (project.join("Cargo.lock"), project.join("target/workspace.lock"));
    if !lock.exists() || fs::read_to_string(&copied).ok().as_deref() != Some(versions.as_str()) {
        fs::create_dir_all(project.join("target")).expect("a folder");
        fs::write(lock, &versions).expect("Cargo.lock");
        fs::write(copied, versions).expect("its copy");
    }
}

/// A program in a project, without what the cargo around this test says of itself and of its workspace
fn command(program: &str, project: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(project).env("CARGO", env!("CARGO"));
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let of_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_TARGET_TMPDIR"];
        if name == "K8S_OPENAPI_ENABLED_VERSION" || of_package.iter().any(|one| name.starts_with(one)) {
            command.env_remove(name);
        }
    }
    command
}

/// What it printed and said, where it ended well
fn run(program: &str, project: &Path, args: &[&str]) -> (String, String) {
    let output =
        command(program, project, args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let Output { status, stdout, stderr } = &output;
    assert!(status.success(), "{program} {args:?}: {status}\n{}\n{}", text(stdout), text(stderr));
    (text(stdout), text(stderr))
}

fn cargo(project: &Path, args: &[&str]) -> String {
    let (printed, said) = run(env!("CARGO"), project, args);
    assert!(!said.contains("warning"), "{args:?}: {said}");
    printed
}

fn crd_gen(folder: &Path, args: &[&str]) -> String {
    run(env!("CARGO_BIN_EXE_crd-gen"), folder, args).0
}

/// The files of a folder that a person would commit
fn files(folder: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            let name = path.strip_prefix(folder).expect("it is in the folder").to_owned();
            if path.is_dir() {
                open.extend((name != Path::new("target")).then_some(path));
            } else if name != Path::new("Cargo.lock") {
                found.push((name, fs::read(path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `crd-gen new` in a folder that keeps what was built when nothing has changed
fn make(folder: &Path) -> PathBuf {
    let healing = fs::canonicalize(ROOT).expect("the workspace");
    let healing = healing.to_str().expect("a path in UTF-8");
    let fresh = tempfile::tempdir_in(folder).expect("a folder");
    let args = [
        "new",
        "my-operator",
        "--group",
        "example.com",
        "--kind",
        "Widget",
        "--version",
        "v1alpha1",
        "--healing",
    ];
    let said = crd_gen(fresh.path(), &[&args[..], &[healing]].concat());
    let guide = include_str!("../../docs/guide/new-operator.md");
    assert!(guide.contains(&format!("```text\n{said}```\n")), "not in the guide:\n{said}");

    let (made, project) = (fresh.path().join("my-operator"), folder.join("my-operator"));
    if files(&project).ok() != Some(files(&made).expect("it is there")) {
        if let Err(error) = fs::remove_dir_all(&project) {
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
        }
        fs::rename(made, &project).expect("a move");
    }
    lock(&project);
    project
}

/// Both in one test: they would wait for each other's builds
#[test]
fn operators_outside_of_the_workspace() {
    a_new_operator_builds_without_a_warning_and_passes_its_tests();
    healing_may_have_another_name();
}

fn healing_may_have_another_name() {
    let project = outside().join("renamed");
    fs::create_dir_all(project.join("src")).expect("a folder");
    let healing = fs::canonicalize(ROOT).expect("the workspace").display().to_string();
    let manifest = include_str!("outside/Cargo.toml.template").replace("HEALING", &healing);
    put(&project.join("Cargo.toml"), &manifest);
    put(&project.join("src/lib.rs"), include_str!("outside/src/lib.rs"));
    lock(&project);
    let tested = cargo(&project, &["test", "--quiet", "--lib"]);
    assert!(tested.contains("1 passed"), "{tested}");
}

fn a_new_operator_builds_without_a_warning_and_passes_its_tests() {
    let project = make(&outside());
    cargo(&project, &["fmt", "--check"]);
    // it builds the program and the example too, and all with one set of features
    let tested = cargo(&project, &["test", "--quiet"]);
    assert!(tested.contains("3 passed"), "{tested}");
    cargo(&project, &["clippy", "--quiet", "--all-targets", "--", "-W", "clippy::pedantic"]);
    let program = target().join("debug/my-operator");
    let program = |word| run(program.to_str().expect("a path in UTF-8"), &project, &[word]).0;
    the_template_is_what_the_program_says(&program("describe"));
    assert!(program("crd").contains("name: widgets.example.com\n"));

    // the manifests on disk are those of the operator, and right
    let crd_gen = |args: &[&str]| crd_gen(&project, &[args, &["--example", "sandbox"]].concat());
    assert_eq!(crd_gen(&["manifests", "--out", "config", "--check"]), "");
    assert_eq!(crd_gen(&["validate", "config/samples/example_v1alpha1_widget.yaml"]), "");
    assert_eq!(crd_gen(&["lint", "--deny-warnings"]), "");
    it_names_two_packages_and_ships_no_sandbox(&project);
}

/// `describe` is byte for byte the template's `description.json`
fn the_template_is_what_the_program_says(described: &str) {
    if fs::read_to_string(DESCRIPTION).expect("a file") != described {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("description.json");
        fs::write(&new, described).expect("a file");
        panic!("the template has changed; if that is right: cp {} {DESCRIPTION}", new.display());
    }
}

fn it_names_two_packages_and_ships_no_sandbox(project: &Path) {
    let tree = |args: &[&str]| cargo(project, &[&["tree", "--edges=normal", "--prefix=none"], args].concat());
    let names = |tree: String| -> Vec<String> {
        tree.lines().filter_map(|line| line.split(' ').next()).map(ToOwned::to_owned).collect()
    };
    assert_eq!(names(tree(&["--depth=1"])), ["my-operator", "healing", "k8s-openapi"]);
    let shipped = names(tree(&[]));
    for name in ["healing-sandbox", "healing-api-server", "structural-schema", "kube-cel"] {
        assert!(!shipped.iter().any(|one| one == name), "{name} is in the operator");
    }
}
