//! The command line of the developer tasks: `cargo xtask ci`, `cargo xtask tidy`
//!
//! It owns the words and the exit codes (0 passed, 1 did not pass, 2 not understood); the work is in the library.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to a terminal")]

use std::{path::Path, process::ExitCode};

use xtask::{ci, tidy};

const USAGE: &str = "\
usage: cargo xtask <task>

tasks:
  ci     the whole gate: format, lints, documentation, tests
  tidy   only the rules of xtask/src/tidy (the tests run them too)";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace");
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ci"] => ci::run(root),
        ["tidy"] => report(root),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn report(root: &Path) -> ExitCode {
    match tidy::check(root) {
        Ok(report) => {
            print!("{report}");
            if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
