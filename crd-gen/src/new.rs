//! Makes a new operator: a small complete project, on disk at once or not at all
//!
//! It owns what is asked for, the checks, and the folder. What is in the files is `template`'s business. It builds nothing
//! and asks nobody: the manifests come from the same emitters, fed with the description that the template has.

mod name;
mod origin;
mod template;

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{File, yaml::YamlError};

pub use name::NameError;
pub use origin::{Origin, OriginError};

/// The operator to be made
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Name of the operator, of its package and of its program, such as `my-operator`
    pub name: String,
    /// API group of its resource, such as `example.com`
    pub group: String,
    /// API version of its resource, such as `v1`
    pub version: String,
    /// Kind of its resource, such as `Widget`
    pub kind: String,
    /// Where it takes healing from
    pub origin: Origin,
}

/// Why there is no new operator
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// A name that cargo, Rust or Kubernetes would refuse
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is something already
    #[error("`{}` exists and is not an empty folder; name another one with --path", path.display())]
    Occupied {
        /// The place
        path: PathBuf,
    },
    /// There is a package already
    #[error(
        "`{}` has a package already: a further kind is one more struct in it with `#[derive(HealingResource)]`; for another \
         operator name another folder with --path",
        path.display()
    )]
    Package {
        /// The place
        path: PathBuf,
    },
    /// A file or folder cannot be made
    #[error("cannot make `{}`: {source}", path.display())]
    Write {
        /// Which one
        path: PathBuf,
        /// Why
        source: io::Error,
    },
    /// The manifests cannot be made
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The template and this program do not fit
    #[error("the template of this crd-gen is broken: {0}")]
    Template(#[from] serde_json::Error),
}

// === impl Project ===

impl Project {
    /// All files of the project, paths relative to its folder, in a stable order
    ///
    /// # Errors
    /// [`NewError::Name`] where a name cannot be used.
    pub fn files(&self) -> Result<Vec<File>, NewError> {
        name::check_name(&self.name)?;
        name::check_kind(&self.kind)?;
        let description = template::description(self)?;
        name::check_identity(&description)?;
        let mut files = template::files(self);
        files.extend(template::manifests(&description)?);
        Ok(files)
    }

    /// Makes the project in `folder`, which is not there yet or empty
    ///
    /// The files are written beside it and moved to their place together, so that `folder` is never half a project.
    ///
    /// # Errors
    /// [`NewError`]; nothing is left behind then.
    pub fn create(&self, folder: &Path) -> Result<(), NewError> {
        let files = self.files()?;
        let write = |source| NewError::Write { path: folder.to_owned(), source };
        let is_there = is_empty(folder)?;
        // `.` and links have no place beside them
        let real = if is_there { fs::canonicalize(folder).map_err(write)? } else { folder.to_owned() };
        place(&real, is_there, &files).map_err(write)
    }
}

/// Whether the place is an empty folder, or nothing
fn is_empty(folder: &Path) -> Result<bool, NewError> {
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) if source.kind() != io::ErrorKind::NotADirectory => {
            Err(NewError::Write { path: folder.to_owned(), source })
        }
        _ if folder.join("Cargo.toml").is_file() => Err(NewError::Package { path: folder.to_owned() }),
        _ => Err(NewError::Occupied { path: folder.to_owned() }),
    }
}

fn place(folder: &Path, is_there: bool, files: &[File]) -> io::Result<()> {
    let beside = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let desk = tempfile::Builder::new().prefix(".crd-gen-").tempdir_in(beside.unwrap_or(Path::new(".")))?;
    // one deeper, since the desk itself is its owner's alone
    let draft = desk.path().join(folder.file_name().unwrap_or(OsStr::new("project")));
    for file in files {
        let path = draft.join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(&draft))?;
        fs::write(path, &file.content)?;
    }
    if is_there {
        // only an empty folder can be removed so: what somebody has put into it meanwhile stays
        fs::remove_dir(folder)?;
    }
    fs::rename(&draft, folder)
}

#[cfg(test)]
mod tests;
