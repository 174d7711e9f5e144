//! Which names are taken, what is written for them, and that a folder is never half a project

use std::{collections::BTreeSet, fs, path::Path};

use super::{Origin, Project};

fn project(name: &str, group: &str, kind: &str, version: &str) -> Project {
    Project {
        name: name.to_owned(),
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        origin: Origin::Git("https://git.example.org/healing".to_owned()),
    }
}

#[test]
fn names_that_cargo_rust_or_kubernetes_refuse_are_refused() {
    let longest = format!("a{}", "b".repeat(43));
    for (name, group, kind, version, message) in [
        ("my-operator", "example.com", "Widget", "v1", ""),
        ("a", "a.b", "W", "v1beta1", ""),
        (&longest, "example.com", "Widget", "v1", ""),
        ("", "example.com", "Widget", "v1", "name `` must have 1 to 44 of a-z, 0-9 and single `-`"),
        (&format!("{longest}b"), "example.com", "Widget", "v1", "must have 1 to 44"),
        ("My-operator", "example.com", "Widget", "v1", "name `My-operator` must have"),
        ("my_operator", "example.com", "Widget", "v1", "name `my_operator` must have"),
        ("1st", "example.com", "Widget", "v1", "name `1st` must have"),
        ("my--operator", "example.com", "Widget", "v1", "name `my--operator` must have"),
        ("my-", "example.com", "Widget", "v1", "name `my-` must have"),
        ("../up", "example.com", "Widget", "v1", "name `../up` must have"),
        ("ü", "example.com", "Widget", "v1", "name `ü` must have"),
        (
            "match",
            "example.com",
            "Widget",
            "v1",
            "is a word of Rust; take another one, such as `match-operator`",
        ),
        ("test", "example.com", "Widget", "v1", "take another one, such as `my-test`"),
        ("healing", "example.com", "Widget", "v1", "take another one, such as `my-healing`"),
        (
            "my-operator",
            "example",
            "Widget",
            "v1",
            "group `example` must be a DNS name in lower case with a dot",
        ),
        ("my-operator", "Example.com", "Widget", "v1", "group `Example.com` must be"),
        ("my-operator", "apps.k8s.io", "Widget", "v1", "belongs to the Kubernetes project"),
        ("my-operator", "a.b\"c", "Widget", "v1", "group `a.b\"c` must be"),
        ("my-operator", "example.com", "widget", "v1", "kind `widget` must be in PascalCase"),
        ("my-operator", "example.com", "My-Widget", "v1", "kind `My-Widget` must be"),
        ("my-operator", "example.com", "", "v1", "kind `` must be"),
        ("my-operator", "example.com", "Self", "v1", "kind `Self` must be"),
        ("my-operator", "example.com", "Operator", "v1", "take another one, such as `MyOperator`"),
        ("my-operator", "example.com", "Widget", "1", "version `1` must look like `v1`"),
    ] {
        let refused = project(name, group, kind, version).files().err().map(|error| error.to_string());
        match (message, refused) {
            ("", refused) => assert_eq!(refused, None, "{name} {group} {kind} {version}"),
            (message, refused) => {
                let refused = refused.unwrap_or_else(|| panic!("{name} {group} {kind} {version} is taken"));
                assert!(refused.contains(message), "{refused}");
            }
        }
    }
}

#[test]
fn every_file_has_the_names_that_were_asked_for() {
    let files = project("tool-shop", "shop.example.net", "Policy", "v2beta1").files().unwrap();
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for path in [
        "Cargo.toml",
        "src/lib.rs",
        "tests/operator.rs",
        "config/crd/bases/shop.example.net_policies.yaml",
        "config/samples/shop_v2beta1_policy.yaml",
        "config/default/kustomization.yaml",
    ] {
        assert!(paths.contains(path), "{path} in {paths:?}");
    }
    for file in &files {
        // nothing of the template's own names is left; `example.com` is a part of no other name here
        for left in [
            "my-operator",
            "my_operator",
            "Widget",
            "widget",
            "example.com",
            "\"v1alpha1\"",
            "_v1alpha1",
            "../..",
        ] {
            assert!(!file.content.contains(left), "{left} in {}:\n{}", file.path, file.content);
        }
    }
    let manifest = &files[0].content;
    let version = env!("CARGO_PKG_VERSION");
    let dependency =
        format!("healing = {{ git = \"https://git.example.org/healing\", version = \"{version}\" }}");
    assert!(manifest.contains(&dependency), "{manifest}");
    let readme = files.iter().find(|file| file.path == "README.md").unwrap();
    let install = "cargo install --locked --git https://git.example.org/healing crd-gen\n";
    assert!(readme.content.contains(install), "{}", readme.content);
    let sample = format!("config/samples/{}", "shop_v2beta1_policy.yaml");
    assert!(readme.content.contains(&sample) && paths.contains(sample.as_str()), "{}", readme.content);
}

#[test]
fn the_template_asks_for_the_rust_of_this_workspace() {
    let rust = env!("CARGO_PKG_RUST_VERSION");
    let files = project("a", "example.com", "Widget", "v1").files().unwrap();
    let has = |path: &str, text: String| {
        let file = files.iter().find(|file| file.path == path).unwrap();
        assert!(file.content.contains(&text), "no {text} in {path}");
    };
    has("Cargo.toml", format!("rust-version = \"{rust}\"\n"));
    has("Dockerfile", format!("FROM rust:{rust}-"));
    has("README.md", format!("You need Rust {rust}."));
}

/// Names of what is in a folder
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_project_is_there_as_a_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    let project = project("a", "example.com", "Widget", "v1");

    project.create(&folder("new")).unwrap();
    assert_eq!(names(place.path()), ["new"], "nothing is left beside it");
    assert!(folder("new/config/default/kustomization.yaml").is_file());

    fs::create_dir(folder("empty")).unwrap();
    project.create(&folder("empty")).unwrap();
    assert_eq!(names(&folder("empty")), names(&folder("new")));

    fs::create_dir(folder("linked")).unwrap();
    std::os::unix::fs::symlink(folder("linked"), folder("link")).unwrap();
    project.create(&folder("link")).unwrap();
    assert_eq!(names(&folder("linked")), names(&folder("new")));

    fs::create_dir(folder("used")).unwrap();
    fs::write(folder("used/notes"), "mine").unwrap();
    fs::write(folder("file"), "mine").unwrap();
    fs::create_dir(folder("package")).unwrap();
    fs::write(folder("package/Cargo.toml"), "mine").unwrap();
    for (name, message) in [
        ("package", "package` has a package already: a further kind is one more struct in it with"),
        ("used", "used` exists and is not an empty folder; name another one with --path"),
        ("file", "file` exists and is not an empty folder; "),
        ("new", "new` has a package already: "),
        ("no/such/parent", "cannot make `"),
    ] {
        let refused = project.create(&folder(name)).unwrap_err().to_string();
        assert!(refused.contains(message), "{refused}");
    }
    assert_eq!(names(place.path()), ["empty", "file", "link", "linked", "new", "package", "used"]);
    assert_eq!(names(&folder("used")), ["notes"]);
}
