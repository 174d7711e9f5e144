//! The programs of the control plane: given ones, cached ones, or built ones
//!
//! It finds and caches; `compile` builds.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::compile::{Compiler, FLAGS, say};
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
        let folder = cache.join(key());
        let binaries = Self { folder: folder.join("bin"), given: false };
        if binaries.is_complete() {
            return Ok(binaries);
        }
        std::fs::create_dir_all(&cache).map_err(StartError::io("create", &cache))?;
        let _lock = lock(&cache).await?;
        if binaries.is_complete() {
            return Ok(binaries); // another run has built them in the meantime
        }
        remove_unfinished(&cache)?;
        let unfinished = Unfinished::create(&cache)?;
        Compiler { supervisor, folder: unfinished.path() }.build_all().await?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(StartError::io("replace", &folder))?;
        }
        std::fs::rename(unfinished.path(), &folder).map_err(StartError::io("rename into place", &folder))?;
        Ok(binaries)
    }

    fn is_complete(&self) -> bool {
        NAMES.iter().all(|name| self.folder.join(name).is_file())
    }
}

/// Version, and a hash of everything that decides what is built
fn key() -> String {
    let inputs = [GO_MOD, GO_SUM, FLAGS, std::env::consts::OS, std::env::consts::ARCH];
    // FNV-1a: stable over compilers, and nobody attacks this folder through its name
    let hash = inputs
        .iter()
        .flat_map(|input| input.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{}-{hash:016x}", Version::pinned().git)
}

/// Waits until no other run builds
async fn lock(cache: &Path) -> Result<File, StartError> {
    let path = cache.join("lock");
    let file = File::create(&path).map_err(StartError::io("create", &path))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        return Ok(file);
    }
    say("waiting for another run that builds the control plane");
    let waited = tokio::task::spawn_blocking(move || {
        flock(&file, FlockOperation::LockExclusive).map(|()| file).map_err(std::io::Error::from)
    });
    waited.await.map_err(std::io::Error::other).flatten().map_err(StartError::io("lock", &path))
}

/// Mark of a folder that is being built into
const UNFINISHED: &str = ".building-";

/// Removes what killed builds left; the caller holds the lock, so no live build is hit
fn remove_unfinished(cache: &Path) -> Result<(), StartError> {
    let entries = std::fs::read_dir(cache).map_err(StartError::io("read", cache))?;
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let path = entry.path();
            std::fs::remove_dir_all(&path).map_err(StartError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// A folder beside the final one, with the module files in it; removed when the build fails
struct Unfinished(tempfile::TempDir);

impl Unfinished {
    fn create(cache: &Path) -> Result<Self, StartError> {
        let folder = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(cache)
            .map_err(StartError::io("create a folder in", cache))?;
        for (name, content) in [("go.mod", GO_MOD), ("go.sum", GO_SUM)] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).map_err(StartError::io("write", &path))?;
        }
        Ok(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
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
