//! Files and modules are named for what they own; a name for leftovers attracts leftovers
//!
//! It looks at the last word of a path and at inline modules.

use super::{Finding, Tree, source::numbered};

const FORBIDDEN: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "imp", "types"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        let segments: Vec<&str> = source.path.trim_end_matches(".rs").split('/').collect();
        if let Some(name) = segments.iter().find(|name| FORBIDDEN.contains(name)) {
            findings.push(Finding::file(&source.path, format!("`{name}` names nothing; name what it owns")));
        }
        if segments.last() == Some(&"mod") {
            findings.push(Finding::file(&source.path, "a module `foo` is `foo.rs` beside the folder `foo/`"));
        }
        for (number, line) in numbered(&source.code) {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            let module =
                words.windows(2).find(|pair| matches!(pair, ["mod", name] if FORBIDDEN.contains(name)));
            if let Some([_, name]) = module {
                findings.push(Finding::line(&source.path, number, format!("module `{name}` names nothing")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_leftovers_are_found() {
        let tree = Tree::of([
            ("a/src/utils.rs", ""),
            ("a/src/common/x.rs", ""),
            ("a/src/b/mod.rs", ""),
            ("a/src/c.rs", "pub(crate) mod helpers {\n}\nmod typescript;\n"),
            ("a/src/simple.rs", "// mod utils\nlet s = \"mod misc\";\n"),
        ]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[1].starts_with("a/src/c.rs:1: module `helpers`"), "{found:?}");
    }
}
