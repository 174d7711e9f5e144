//! The commands that need no cluster: they print what follows from the declarations alone
//!
//! They render nothing themselves: documents and YAML are crd-gen's. `run` is not among them.

mod describe;
mod emit;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crd_gen::{
    Description, DescriptionError,
    emit::{Selection, Settings, SettingsError},
    yaml::YamlError,
};

use crate::{SchemaError, args::Offline};

/// Why a command could not print
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// Not retried: what the operator declares cannot be installed, such as a name that is no DNS label
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// Not retried: the operator cannot be installed as asked
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Not retried: a type in a resource has no structural schema, which the derive could not see
    #[error("`{kind}` has no schema that an API server takes: {error}")]
    Schema {
        /// The resource
        kind: String,
        /// What is wrong, and where
        #[source]
        error: SchemaError,
    },
    /// Not retried: nothing that an emitter makes is refused, so this is a fault of ours
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Not retried: a description that is no JSON is a fault of ours
    #[error("cannot render JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Not retried: standard output takes no more, such as a full disk
    #[error("cannot write to standard output: {0}")]
    Write(#[from] io::Error),
}

// === impl CommandError ===

impl CommandError {
    /// 2 for a declaration that cannot be followed, 1 for everything else
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Description(_) | Self::Settings(_) | Self::Schema { .. } => 2,
            Self::Yaml(_) | Self::Json(_) | Self::Write(_) => 1,
        }
    }
}

/// Writes what was asked for to `out`
///
/// A reader that has gone, such as `head`, has had enough: that is no error.
///
/// # Errors
/// [`CommandError`].
pub(crate) fn print(
    asked: &Offline,
    description: &Description,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    description.check()?;
    let text = match asked {
        Offline::Crd => emit::stream(description, Selection::Crd, &Settings::default())?,
        Offline::Rbac { namespaces } => {
            // no role names an image
            let settings = Settings { namespaces: namespaces.clone(), ..Settings::default() };
            emit::stream(description, Selection::Rbac, &settings)?
        }
        Offline::Manifests { image, namespaces } => {
            let settings = Settings { namespaces: namespaces.clone(), ..Settings::of(image) };
            emit::stream(description, Selection::Manifests, &settings)?
        }
        Offline::Describe => describe::describe(description)?,
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
