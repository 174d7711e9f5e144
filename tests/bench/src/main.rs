//! The program `bench`: measures the sandbox, and beside it a real etcd and kube-apiserver on the same machine
//!
//! In the order of a run: what was asked (`args`), operator tests (`operator`), many pods (`pods`) on one of three
//! servers (`server`), told to watchers (`fan_out`), what that cost the server (`usage`), and the table (`report`). It
//! judges no number: what is right for a machine is for a reader of docs/benchmarks.md to say. It does check that the
//! answers were right.

mod args;
mod operator;
mod server;
mod usage;
mod pods;
mod fan_out;
mod report;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let done = match args::from_process() {
        Command::Operator(load) => operator::measure(load).map(|rows| report::table(&[("", rows)])),
        Command::Pods(asked) => pods::measure_all(&asked),
    };
    match done {
        Ok(table) => {
            // Nothing is left to be done where nobody reads it.
            let _ = io::stdout().write_all(table.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => fail(error.as_ref()),
    }
}

#[expect(clippy::print_stderr, reason = "the program's output")]
fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::FAILURE
}
