//! The program: its flags, health endpoints, metrics and orderly end are the operator's

use std::process::ExitCode;

use my_operator::operator;

fn main() -> ExitCode {
    operator().main()
}
