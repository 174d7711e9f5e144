//! Puts generated files on disk, each at once and only where it differs
//!
//! A reader sees the old file or the new one, never a part. Files that nobody generated are not touched.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::File;

/// A file could not be read or written
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`: {source}", path.display())]
pub struct WriteError {
    /// Which file
    pub path: PathBuf,
    /// Why
    pub source: io::Error,
}

/// Writes the files that differ under `root`, creating folders as needed, and returns their paths
///
/// All of them are written beside their places first and put there last, so that a full disk or a folder that cannot be
/// written to changes no file.
///
/// # Errors
/// The first [`WriteError`]; the file that it names is as it was.
pub fn write<'f>(root: &Path, files: &'f [File]) -> Result<Vec<&'f str>, WriteError> {
    let mut drafts = Vec::new();
    for file in files {
        let path = root.join(&file.path);
        match draft_of(root, file, &path) {
            Ok(Some(draft)) => drafts.push((file.path.as_str(), path, draft)),
            Ok(None) => {}
            Err(source) => return Err(WriteError { path, source }),
        }
    }
    let mut written = Vec::new();
    for (name, path, draft) in drafts {
        draft.persist(&path).map_err(|error| WriteError { path, source: error.error })?;
        written.push(name);
    }
    Ok(written)
}

/// The new content beside the file, if it differs
fn draft_of(root: &Path, file: &File, path: &Path) -> io::Result<Option<NamedTempFile>> {
    if file.difference(root)?.is_none() {
        return Ok(None);
    }
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    // beside the target, since a rename does not cross file systems
    let mut draft = draft(folder)?;
    draft.write_all(file.content.as_bytes())?;
    draft.as_file().sync_all()?;
    Ok(Some(draft))
}

#[cfg(unix)]
fn draft(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    // manifests are no secrets: what the user's umask leaves of this, as for any file an editor makes
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn draft(folder: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

#[cfg(test)]
mod tests;
