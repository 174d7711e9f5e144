//! Every file is part of its crate: one that no `mod` line names is compiled by nobody and checked by nobody
//!
//! It knows the layout `foo.rs` beside `foo/`, which the rule `name` asks for.

use super::{Finding, Tree, source::has_word};

/// Files that cargo finds by itself
const ROOTS: &[&str] = &["lib", "main", "build"];
/// Folders of a package whose files cargo finds by itself
const FOLDERS: &[&str] = &["src/bin", "examples", "tests", "benches"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        let Some((folder, file)) = source.path.rsplit_once('/') else { continue };
        let name = file.trim_end_matches(".rs");
        let is_found =
            |known: &&str| folder.strip_suffix(*known).is_some_and(|package| !package.contains("src/"));
        if ROOTS.contains(&name) || FOLDERS.iter().any(is_found) {
            continue;
        }
        let module = format!("mod {name}");
        let parents = ["lib", "main"].map(|root| format!("{folder}/{root}.rs"));
        let mut parents =
            parents.into_iter().chain([format!("{folder}.rs")]).filter_map(|path| tree.files.get(&path));
        if !parents.any(|parent| has_word(&parent.code, &module)) && !is_shared(tree, &source.path) {
            findings
                .push(Finding::file(&source.path, format!("no `{module};` names it; nobody compiles it")));
        }
    }
    findings
}

/// Whether a file is a module of several binaries, which name it by its path: `#[path = "../folder/file.rs"]`
fn is_shared(tree: &Tree, path: &str) -> bool {
    let folder_and_file = path.rmatch_indices('/').nth(1).map_or(path, |(at, _)| &path[at + 1..]);
    let ending = format!("/{folder_and_file}\"]");
    tree.rust().any(|other| {
        let lines = other.text.lines().map(str::trim);
        lines.into_iter().any(|line| line.starts_with("#[path = \"") && line.ends_with(&ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_nobody_compiles_is_found() {
        let tree = Tree::of([
            ("a/src/lib.rs", "mod queue;\n// mod forgotten;\n"),
            ("a/src/queue.rs", "pub(crate) mod limit;\n"),
            ("a/src/queue/limit.rs", ""),
            ("a/src/queue/priority.rs", ""),
            ("a/src/forgotten.rs", ""),
            ("a/build.rs", ""),
            ("a/tests/b.rs", ""),
            ("a/src/queue/tests/c.rs", ""),
            ("tests/it/main.rs", "#[path = \"../shared/words.rs\"]\nmod words;\nmod tidy;\n"),
            ("tests/shared/words.rs", ""),
            ("tests/it/tidy.rs", ""),
            ("tests/ui/fail/a.rs", ""),
        ]);
        let paths: Vec<String> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["a/src/forgotten.rs", "a/src/queue/priority.rs", "a/src/queue/tests/c.rs"]);
    }
}
