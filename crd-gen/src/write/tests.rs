//! What is on disk afterwards, and what was left alone

use std::{fs, path::Path};

use super::write;
use crate::{Difference, File};

fn file(path: &str, content: &str) -> File {
    File { path: path.into(), content: content.into() }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn only_what_differs_is_written() {
    let root = tempfile::tempdir().unwrap();
    let files = [file("a/same.yaml", "same"), file("a/old.yaml", "new"), file("b/c/none.yaml", "x")];
    fs::create_dir(root.path().join("a")).unwrap();
    fs::write(root.path().join("a/same.yaml"), "same").unwrap();
    fs::write(root.path().join("a/old.yaml"), "old").unwrap();
    fs::write(root.path().join("a/own.yaml"), "hand-written").unwrap();
    let differences: Vec<_> = files.iter().map(|file| file.difference(root.path()).unwrap()).collect();
    assert_eq!(differences, [None, Some(Difference::Changed), Some(Difference::Missing)]);

    assert_eq!(write(root.path(), &files).unwrap(), ["a/old.yaml", "b/c/none.yaml"]);
    for file in &files {
        assert_eq!(fs::read_to_string(root.path().join(&file.path)).unwrap(), file.content);
    }
    // no draft is left, and what nobody generated is untouched
    assert_eq!(names(&root.path().join("a")), ["old.yaml", "own.yaml", "same.yaml"]);
    assert_eq!(fs::read_to_string(root.path().join("a/own.yaml")).unwrap(), "hand-written");
    assert!(write(root.path(), &files).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn unchanged_files_keep_their_inode_and_changed_ones_are_replaced_whole() {
    use std::os::unix::fs::MetadataExt as _;

    let root = tempfile::tempdir().unwrap();
    let inode = |name: &str| fs::metadata(root.path().join(name)).expect("the file is there").ino();
    write(root.path(), &[file("same", "1"), file("other", "1")]).unwrap();
    let (same, other) = (inode("same"), inode("other"));
    // a reader that has the old file open goes on reading the old content
    let mut open = fs::File::open(root.path().join("other")).unwrap();
    write(root.path(), &[file("same", "1"), file("other", "2")]).unwrap();
    assert_eq!(inode("same"), same);
    assert_ne!(inode("other"), other);
    assert_eq!(std::io::read_to_string(&mut open).unwrap(), "1");
}

#[test]
fn a_failure_names_the_file_and_leaves_no_draft() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("taken/by-a-folder")).unwrap();
    let error = write(root.path(), &[file("taken", "x")]).unwrap_err();
    assert!(error.to_string().contains("taken"), "{error}");
    assert_eq!(names(root.path()), ["taken"]);

    fs::write(root.path().join("file"), "x").unwrap();
    let error = write(root.path(), &[file("file/below", "x")]).unwrap_err();
    assert!(error.to_string().contains("below"), "{error}");
}

#[test]
fn what_cannot_be_written_changes_no_other_file() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("first"), "old").unwrap();
    fs::write(root.path().join("in-the-way"), "x").unwrap();
    let error = write(root.path(), &[file("first", "new"), file("in-the-way/below", "y")]).unwrap_err();
    assert!(error.to_string().contains("below"), "{error}");
    assert_eq!(fs::read_to_string(root.path().join("first")).unwrap(), "old");
    assert_eq!(names(root.path()), ["first", "in-the-way"]);
}
