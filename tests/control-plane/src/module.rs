//! Other programs that tests run, each set from a Go module file of its own
//!
//! They are built and kept as those of the control plane are. What they are for is their users' business.

use std::path::{Path, PathBuf};

use crate::cache::{self, Entry};
use crate::compile::{Compiler, FLAGS};
use crate::{StartError, Supervisor, environment};

/// Programs that are built together
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// What they are called in messages and in the cache
    pub name: &'static str,
    /// Content of the committed `go.mod`
    pub go_mod: &'static str,
    /// Content of the committed `go.sum`
    pub go_sum: &'static str,
    /// Their packages; the last part of each is the name of its program
    pub packages: &'static [&'static str],
}

// === impl Module ===

impl Module {
    /// The folder with the programs, which are built once for all later runs on this machine
    ///
    /// # Errors
    /// [`StartError::GoMissing`] where they must be built and cannot, [`StartError::Build`], or [`StartError::Io`] of the cache.
    pub async fn find_or_build(&self, supervisor: &Supervisor) -> Result<PathBuf, StartError> {
        let cache = environment::cache().ok_or(StartError::NoCacheFolder)?.join(self.name);
        let names: Vec<&str> =
            self.packages.iter().filter_map(|package| package.split('/').next_back()).collect();
        let key = cache::hash(&[self.go_mod, self.go_sum, FLAGS, &self.packages.join(" ")]);
        let entry = Entry { cache, key, names: &names, module: [self.go_mod, self.go_sum] };
        let build = async |folder: &Path| {
            Compiler { supervisor, folder }.build_packages(self.name, self.packages).await
        };
        entry.find_or_build(build).await
    }
}
