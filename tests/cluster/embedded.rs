//! Operators that live in this binary: a case starts it again as one of them, or runs one of them in this process
//!
//! They are ordinary operators with the ordinary arguments; this file only finds them by name.

pub(crate) mod brisk;
pub(crate) mod checked;
pub(crate) mod example;
pub(crate) mod keeper;
pub(crate) mod lone;
pub(crate) mod marker;
pub(crate) mod spread;

use std::process::ExitCode;

/// Runs the operator of this name
#[expect(clippy::print_stderr, reason = "its log is its standard error")]
pub(crate) fn main(name: &str) -> ExitCode {
    match name {
        brisk::NAME => brisk::main(),
        checked::NAME => checked::main(),
        keeper::NAME => keeper::main(),
        lone::NAME => lone::main(),
        marker::NAME => marker::main(),
        spread::NAME => spread::main(),
        _ => {
            eprintln!("no operator `{name}` in this binary");
            ExitCode::from(2)
        }
    }
}
