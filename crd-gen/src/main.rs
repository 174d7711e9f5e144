//! The command line: parses the flags, does the job, ends with the exit code that `--help` documents

mod args;
mod job;

use std::{io::Write as _, process::ExitCode};

use clap::Parser as _;

fn main() -> ExitCode {
    match job::run(&args::Args::parse().job()) {
        Ok(job::Outcome::Done) => ExitCode::SUCCESS,
        Ok(job::Outcome::Found) => ExitCode::from(1),
        Err(error) => {
            // nothing is left to be done where even this fails
            let _ = writeln!(std::io::stderr(), "crd-gen: {error}");
            ExitCode::from(2)
        }
    }
}
