//! A program of the Go ecosystem, on a real API server and on the embedded one: it must see the same
//!
//! This file owns the entry and libtest's command line. The program is `go/`: client-go's typed and dynamic clients,
//! informers, apply and leader election, and a manager of controller-runtime, all in JSON. What it prints holds neither
//! times nor identifiers. Without Go it is reported as not run, and as a failure where `CI` is set.

mod environment;
mod program;
mod arm;

use std::process::ExitCode;

use control_plane::Version;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;

use crate::arm::NoArm;
use crate::program::Program;

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let arguments = Arguments::from_args();
    let trials = vec![
        Trial::test("harness::the_modules_are_of_the_same_version", the_modules_are_of_the_same_version),
        Trial::ignorable_test("go::both_servers_are_the_same_to_it", || {
            Runtime::new()?.block_on(both_servers_are_the_same_to_it())
        }),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Client and server are of one release
fn the_modules_are_of_the_same_version() -> Result<(), Failed> {
    let pinned = Version::pinned().git.replacen("v1.", "v0.", 1);
    let wanted = format!("k8s.io/client-go {pinned}");
    let is_there = program::GO_MOD.lines().any(|line| line.trim() == wanted);
    if is_there { Ok(()) } else { Err(format!("go.mod does not require {wanted}").into()) }
}

async fn both_servers_are_the_same_to_it() -> Result<Completion, Failed> {
    let program = match Program::build().await? {
        Some(program) => program,
        None if environment::is_ci() => return Err("there is no Go".into()),
        None => return Ok(Completion::ignored_with("not run: there is no Go")),
    };
    let real = match arm::real(&program).await {
        Ok(said) => said,
        Err(NoArm::NotHere(why)) if !environment::is_ci() => {
            return Ok(Completion::ignored_with(format!("not run: {why}")));
        }
        Err(NoArm::NotHere(why) | NoArm::Broken(why)) => return Err(why.into()),
    };
    let embedded = arm::embedded(&program).await?;
    let differences = differences(&real, &embedded);
    if differences.is_empty() { Ok(Completion::Completed) } else { Err(differences.join("\n").into()) }
}

/// Lines that are not the same in both, the real server's after `-`
fn differences(real: &str, embedded: &str) -> Vec<String> {
    let (mut real, mut embedded) = (real.lines(), embedded.lines());
    let mut found = Vec::new();
    loop {
        match (real.next(), embedded.next()) {
            (None, None) => return found,
            (one, two) if one == two => {}
            (one, two) => {
                found.extend(one.map(|line| format!("- {line}")));
                found.extend(two.map(|line| format!("+ {line}")));
            }
        }
    }
}
