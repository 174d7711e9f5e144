//! The environment variables that this binary reads; the only file that reads any

use std::ffi::OsString;
use std::path::PathBuf;

/// Plays the second arm on the embedded server; with `real` on the real one too, where no difference may be left
pub(crate) fn against_sandbox() -> bool {
    read("KUBECTL_AGAINST").is_none_or(|value| value != "real")
}

/// Where to write what the first server printed, for a person to look at
pub(crate) fn transcript() -> Option<PathBuf> {
    read("KUBECTL_TRANSCRIPT").map(PathBuf::from)
}

/// Whether what cannot run here is a failure
pub(crate) fn is_ci() -> bool {
    read("CI").is_some_and(|value| value != "false" && value != "0")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test binary's command line is libtest's; this is its args.rs"
)]
fn read(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
