//! The programs of the control plane: given ones, cached ones, or built ones
//!
//! It finds; `compile` builds and `cache` keeps.

use std::path::{Path, PathBuf};

use crate::cache::{self, Entry};
use crate::compile::{Compiler, FLAGS};
use crate::supervisor::Supervisor;
use crate::version::{GO_MOD, GO_SUM};
use crate::{StartError, Version, environment};

/// Where the four programs are
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
    given: bool,
}

const NAMES: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];

impl Binaries {
    /// Finds the programs, or builds them once for all later runs on this machine
    ///
    /// `KUBEBUILDER_ASSETS`, where set, names a folder that has them all. Otherwise they are in the cache folder
    /// (`HEALING_CACHE`, else `healing` in the user's), under the version and a hash of what they are built from.
    ///
    /// # Errors
    /// [`StartError::GoMissing`] where they must be built and cannot, [`StartError::AssetMissing`],
    /// [`StartError::Build`], or [`StartError::Io`] of the cache.
    pub async fn find_or_build(supervisor: &Supervisor) -> Result<Self, StartError> {
        match environment::assets() {
            Some(folder) => Self::given(folder),
            None => Self::cached(supervisor).await,
        }
    }

    /// Whether these were given by `KUBEBUILDER_ASSETS`: then their version is the giver's choice
    pub fn are_given(&self) -> bool {
        self.given
    }

    /// The path of one of `etcd`, `kube-apiserver`, `kube-controller-manager`, `kubectl`
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn given(folder: PathBuf) -> Result<Self, StartError> {
        match NAMES.into_iter().find(|name| !folder.join(name).is_file()) {
            Some(name) => Err(StartError::AssetMissing { folder, name }),
            None => Ok(Self { folder, given: true }),
        }
    }

    async fn cached(supervisor: &Supervisor) -> Result<Self, StartError> {
        let cache = environment::cache().ok_or(StartError::NoCacheFolder)?.join("control-plane");
        let entry = Entry { cache, key: key(), names: &NAMES, module: [GO_MOD, GO_SUM] };
        let build = async |folder: &Path| Compiler { supervisor, folder }.build_all().await;
        Ok(Self { folder: entry.find_or_build(build).await?, given: false })
    }
}

/// Version, and a hash of everything that decides what is built
fn key() -> String {
    format!("{}-{}", Version::pinned().git, cache::hash(&[GO_MOD, GO_SUM, FLAGS]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_controller_manager_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["etcd", "kube-apiserver", "kubectl"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let error = Binaries::given(folder.path().to_owned()).unwrap_err();
        assert!(matches!(error, StartError::AssetMissing { name: "kube-controller-manager", .. }), "{error}");
    }

    #[test]
    fn the_key_names_the_version() {
        assert!(key().starts_with(&Version::pinned().git));
        assert_eq!(key(), key());
    }
}
