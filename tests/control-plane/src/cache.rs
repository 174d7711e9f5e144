//! What is built once and kept for all later runs on this machine
//!
//! It owns folders, the lock and that nothing half-built has a final name. What is built, and how, is the caller's.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::StartError;
use crate::compile::say;

/// Programs of one module file, in a folder of their own below `cache`
pub(crate) struct Entry<'a> {
    /// Folder of entries that are built one at a time
    pub(crate) cache: PathBuf,
    /// Name of the entry: another for whatever is built otherwise
    pub(crate) key: String,
    /// The programs, as files in `bin`
    pub(crate) names: &'a [&'a str],
    /// Content of `go.mod` and of `go.sum`
    pub(crate) module: [&'a str; 2],
}

// === impl Entry ===

impl Entry<'_> {
    /// The folder with the programs; `build` makes them in the `bin` of the folder that it is given
    pub(crate) async fn find_or_build(
        &self,
        build: impl AsyncFnOnce(&Path) -> Result<(), StartError>,
    ) -> Result<PathBuf, StartError> {
        let (cache, folder) = (&self.cache, self.cache.join(&self.key));
        if self.is_complete(&folder) {
            return Ok(folder.join("bin"));
        }
        std::fs::create_dir_all(cache).map_err(StartError::io("create", cache))?;
        let _lock = lock(cache).await?;
        if self.is_complete(&folder) {
            return Ok(folder.join("bin")); // another run has built them in the meantime
        }
        remove_unfinished(cache)?;
        let unfinished = Unfinished::create(cache, self.module)?;
        build(unfinished.path()).await?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(StartError::io("replace", &folder))?;
        }
        std::fs::rename(unfinished.path(), &folder).map_err(StartError::io("rename into place", &folder))?;
        Ok(folder.join("bin"))
    }

    fn is_complete(&self, folder: &Path) -> bool {
        self.names.iter().all(|name| folder.join("bin").join(name).is_file())
    }
}

/// A hash of everything that decides what is built
pub(crate) fn hash(inputs: &[&str]) -> String {
    let platform = [std::env::consts::OS, std::env::consts::ARCH];
    // FNV-1a: stable over compilers, and nobody attacks this folder through its name
    let hash = inputs
        .iter()
        .chain(&platform)
        .flat_map(|input| input.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

/// Waits until no other run builds
async fn lock(cache: &Path) -> Result<File, StartError> {
    let path = cache.join("lock");
    let file = File::create(&path).map_err(StartError::io("create", &path))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
        return Ok(file);
    }
    say("waiting for another run that builds");
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
    fn create(cache: &Path, module: [&str; 2]) -> Result<Self, StartError> {
        let folder = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(cache)
            .map_err(StartError::io("create a folder in", cache))?;
        for (name, content) in ["go.mod", "go.sum"].into_iter().zip(module) {
            let path = folder.path().join(name);
            std::fs::write(&path, content).map_err(StartError::io("write", &path))?;
        }
        Ok(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}
