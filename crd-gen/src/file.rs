//! One generated file, and how it compares with what lies on disk
//!
//! Reads only; writing is `write.rs`'s.

use std::{fs, io, path::Path};

use serde_json::Value;

use crate::yaml::{self, YamlError};

/// A generated file
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path relative to the tree's root, with `/` between its parts
    pub path: String,
    /// All of its content
    pub content: String,
}

/// How a file on disk differs from the generated one
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// There is no such file
    Missing,
    /// It has another content
    Changed,
}

// === impl File ===

impl File {
    /// A file of one or more documents
    ///
    /// # Errors
    /// [`YamlError`], as [`yaml::document`].
    pub fn new(path: &str, documents: &[Value]) -> Result<Self, YamlError> {
        let content = match documents {
            [one] => yaml::document(one)?,
            several => yaml::stream(several)?,
        };
        Ok(Self { path: path.to_owned(), content })
    }

    /// How the file under `root` differs from this one, if it does
    ///
    /// # Errors
    /// Any failure to read, except that there is no such file.
    pub fn difference(&self, root: &Path) -> io::Result<Option<Difference>> {
        match fs::read(root.join(&self.path)) {
            Ok(content) if content == self.content.as_bytes() => Ok(None),
            Ok(_) => Ok(Some(Difference::Changed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(Difference::Missing)),
            Err(error) => Err(error),
        }
    }
}
