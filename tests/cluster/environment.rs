//! The environment variables that this binary reads; the only file that reads any

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Makes this binary an operator instead: a variable and not an argument, so that the operator's own are untouched
pub(crate) const EMBEDDED_OPERATOR: &str = "HEALING_TEST_OPERATOR";

/// The operator that this process is to be, if any
pub(crate) fn embedded_operator() -> Option<String> {
    read(EMBEDDED_OPERATOR)?.into_string().ok()
}

/// How many cases run at the same time; set for the workspace in `.cargo/config.toml`
pub(crate) fn test_threads() -> Option<usize> {
    read("RUST_TEST_THREADS")?.to_str()?.parse().ok()
}

/// Whether what cannot run here is a failure
pub(crate) fn is_ci() -> bool {
    read("CI").is_some_and(|value| value != "false" && value != "0")
}

/// The cargo that runs this test
pub(crate) fn cargo() -> PathBuf {
    read("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test binary's command line is libtest's; this is its args.rs"
)]
fn read(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The environment for a cargo that is started from here
///
/// Without what the outer cargo says about the package whose test this is: build scripts that look at it would run
/// again, and most of the workspace with them, each time that the inner and the outer cargo take turns.
pub(crate) fn for_cargo() -> BTreeMap<String, String> {
    let of_package =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_EXE_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| !of_package.iter().any(|prefix| name.starts_with(prefix)))
        .collect()
}
