//! The workspace as one value: its text files and what cargo says of its packages
//!
//! It owns the reading, the only I/O of the rules. What git ignores and what a tool has generated elsewhere is left
//! out by name, because a checkout need not be a git repository.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::{Graph, Source};

/// Folders that are not looked into, at any depth
const SKIPPED: &[&str] = &["target", ".git", "node_modules"];
/// What is read as text; `run` is the gate's script
const EXTENSIONS: &[&str] = &["rs", "md", "toml", "lock", "yaml", "yml", "stderr", "ratchet", "sh", "run"];

/// Everything that rules look at
#[derive(Debug, Default)]
pub struct Tree {
    /// Text files by path
    pub files: BTreeMap<String, Source>,
    /// Folders at the root that have files
    pub folders: Vec<String>,
    /// Packages and their dependencies
    pub graph: Graph,
}

// === impl Tree ===

impl Tree {
    /// Reads the workspace at `root`
    ///
    /// # Errors
    /// When a file cannot be read or cargo does not describe the workspace.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self { graph: Graph::read(root)?, ..Self::default() };
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A tree of these files, without packages
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(Source::new(path, text));
        }
        tree
    }

    /// The Rust files that are ours: without the inputs of compiler tests
    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.files.values().filter(|source| source.is_rust() && !source.is_fixture())
    }

    /// The pages: all Markdown files
    pub fn pages(&self) -> impl Iterator<Item = &Source> {
        self.files.values().filter(|source| source.has_extension(&["md"]))
    }

    /// Whether a file or a folder has this path
    pub fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.files.keys().any(|found| found.starts_with(&folder))
    }

    fn add(&mut self, source: Source) {
        if let Some((folder, _)) = source.path.split_once('/')
            && !self.folders.iter().any(|found| found == folder)
        {
            self.folders.push(folder.into());
        }
        self.files.insert(source.path.clone(), source);
    }

    fn read_folder(&mut self, root: &Path, prefix: &str) -> io::Result<()> {
        let mut entries = fs::read_dir(root.join(prefix))?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                self.read_folder(root, &path)?;
            } else if kind.is_file() && is_read(&name) {
                let bytes = fs::read(entry.path())?;
                let text =
                    String::from_utf8(bytes).map_err(|_| io::Error::other(format!("{path} is not UTF-8")))?;
                self.add(Source::new(path, text));
            }
        }
        Ok(())
    }
}

fn is_read(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or(name, |(_, extension)| extension);
    EXTENSIONS.contains(&extension) || name.starts_with("LICENSE")
}
