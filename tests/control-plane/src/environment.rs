//! The environment variables that this crate reads; the only file that reads any

use std::path::PathBuf;

/// Folder with ready-made control plane programs, as set by the tools of the Kubernetes project
pub(crate) fn assets() -> Option<PathBuf> {
    read("KUBEBUILDER_ASSETS")
}

/// Folder for what is built once: `HEALING_CACHE`, else `healing` in the user's cache folder
pub(crate) fn cache() -> Option<PathBuf> {
    read("HEALING_CACHE")
        .or_else(|| read("XDG_CACHE_HOME").map(|cache| cache.join("healing")))
        .or_else(|| read("HOME").map(|home| home.join(".cache/healing")))
}

#[expect(clippy::disallowed_methods, reason = "a library for tests has no command line; this is its args.rs")]
fn read(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
