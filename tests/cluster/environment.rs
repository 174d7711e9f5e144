//! The environment variables that this binary reads; the only file that reads any

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
