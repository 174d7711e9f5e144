//! The environment variables that this binary reads; the only file that reads any

/// Whether what cannot run here is a failure
#[expect(
    clippy::disallowed_methods,
    reason = "a test binary's command line is libtest's; this is its args.rs"
)]
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}
