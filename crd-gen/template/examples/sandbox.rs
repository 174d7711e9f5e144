//! The operator for a machine without a cluster: it brings a Kubernetes in its own process
//!
//! `cargo run --example sandbox` uses a cluster where one is configured; with `-- --sandbox` it never does.

use std::process::ExitCode;

use my_operator::operator;

fn main() -> ExitCode {
    operator().sandbox(healing_sandbox::embedded).main()
}
