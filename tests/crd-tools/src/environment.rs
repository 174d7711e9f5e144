//! The environment variables that this crate reads; the only file that reads any

use std::ffi::OsString;
use std::path::PathBuf;

/// Folder for what is built once: `HEALING_CACHE`, else `healing` in the user's cache folder
pub(crate) fn cache() -> Option<PathBuf> {
    let path = |name| read(name).map(PathBuf::from);
    path("HEALING_CACHE")
        .or_else(|| path("XDG_CACHE_HOME").map(|cache| cache.join("healing")))
        .or_else(|| path("HOME").map(|home| home.join(".cache/healing")))
}

/// Whether what cannot run here is a failure
pub fn is_ci() -> bool {
    read("CI").is_some_and(|value| value != "false" && value != "0")
}

#[expect(clippy::disallowed_methods, reason = "a library for tests has no command line; this is its args.rs")]
fn read(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
