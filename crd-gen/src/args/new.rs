//! The command that makes a new operator: `new`

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use crd_gen::new::{Origin, OriginError, Project};

#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// Name of the operator, of its package and of its program, such as `my-operator`
    #[arg(value_name = "NAME")]
    name: String,

    /// API group of its resource: a DNS name that is yours, such as `example.com`
    #[arg(long, value_name = "GROUP")]
    group: String,

    /// Kind of its resource, such as `Widget`
    #[arg(long, value_name = "KIND")]
    kind: String,

    /// API version of its resource
    #[arg(long, value_name = "VERSION", default_value = "v1")]
    version: String,

    /// Folder to make; default: the name, in the current directory
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    path: Option<String>,

    /// Where it takes healing from: a checkout, or a git address; default: the repository of this crd-gen
    #[arg(long, value_name = "PATH|GIT", value_parser = NonEmptyStringValueParser::new())]
    healing: Option<String>,
}

/// Which operator is made, and where
#[derive(Debug)]
pub(crate) struct Creation {
    /// The folder
    pub(crate) folder: PathBuf,
    name: String,
    group: String,
    kind: String,
    version: String,
    healing: Option<String>,
}

// === impl New ===

impl New {
    pub(super) fn job(self) -> Creation {
        let Self { name, group, kind, version, path, healing } = self;
        let folder = path.map_or_else(|| PathBuf::from(&name), PathBuf::from);
        Creation { folder, name, group, kind, version, healing }
    }
}

// === impl Creation ===

impl Creation {
    /// What is to be made
    ///
    /// # Errors
    /// [`OriginError`] where healing is not found.
    pub(crate) fn project(&self) -> Result<Project, OriginError> {
        let named = self.healing.as_ref();
        let origin =
            named.map_or_else(|| Ok(Origin::released()), |named| Origin::find(named, &self.folder))?;
        Ok(Project {
            name: self.name.clone(),
            group: self.group.clone(),
            version: self.version.clone(),
            kind: self.kind.clone(),
            origin,
        })
    }
}
