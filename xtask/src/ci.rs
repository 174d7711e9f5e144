//! The gate: every check that a change must pass, in one order, each with its time
//!
//! It owns the list of steps. It sets no compiler flag, because one that differs between steps makes cargo build
//! everything again, and it needs nothing but cargo; what the tests need they get by themselves.
#![expect(clippy::print_stdout, reason = "progress is what a gate prints")]

use std::{
    path::Path,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

/// One step of the gate
#[derive(Debug)]
pub struct Step {
    /// Name in the summary
    pub name: &'static str,
    /// Arguments of cargo
    pub arguments: &'static [&'static str],
    /// One more variable of the environment
    pub variable: Option<(&'static str, &'static str)>,
}

/// The steps, cheap ones first: formatting builds nothing, the documentation reuses what clippy has checked, and
/// only the tests generate code
pub const STEPS: &[Step] = &[
    Step { name: "format", arguments: &["fmt", "--all", "--check"], variable: None },
    Step {
        name: "lints",
        arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"],
        variable: None,
    },
    Step {
        name: "documentation",
        arguments: &["doc", "--workspace", "--no-deps", "--locked"],
        variable: Some(("RUSTDOCFLAGS", "--deny warnings")),
    },
    Step { name: "tests", arguments: &["test", "--workspace", "--locked"], variable: None },
];

/// Runs the gate in `root`; stops at the first step that fails and passes its exit code on
pub fn run(root: &Path) -> ExitCode {
    run_steps(STEPS, |step| carry_out(step, root))
}

/// Runs `steps` with `carry_out`, which gives a step's exit code, and prints how long each took
fn run_steps(steps: &[Step], mut carry_out: impl FnMut(&Step) -> u8) -> ExitCode {
    let mut times = Vec::new();
    for step in steps {
        println!("==> {}: {}", step.name, command_line(step));
        let (code, took) = timed(|| carry_out(step));
        times.push((step.name, took));
        if code != 0 {
            summary(&times);
            println!("failed: {} (exit code {code}); again with: {}", step.name, command_line(step));
            return ExitCode::from(code);
        }
    }
    summary(&times);
    println!("passed");
    ExitCode::SUCCESS
}

/// The step as a person would type it
fn command_line(step: &Step) -> String {
    let variable = step.variable.map(|(name, value)| format!("{name}='{value}' ")).unwrap_or_default();
    format!("{variable}cargo {}", step.arguments.join(" "))
}

/// The exit code of a step; 101, as cargo's own failures, where there is none that fits
fn carry_out(step: &Step, root: &Path) -> u8 {
    let mut command = Command::new("cargo");
    command.args(step.arguments).envs(step.variable).current_dir(root).stdin(Stdio::null());
    match command.status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101),
        Err(error) => {
            println!("cargo cannot be started: {error}");
            101
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the wall time of a build is what is measured")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = work();
    (value, start.elapsed())
}

fn summary(times: &[(&str, Duration)]) {
    println!();
    for (name, took) in times {
        println!("{name:<15}{:>8.1} s", took.as_secs_f64());
    }
    let total: Duration = times.iter().map(|(_, took)| took).sum();
    println!("{:<15}{:>8.1} s", "total", total.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_failure_with_its_exit_code() {
        let mut ran = Vec::new();
        let code = run_steps(STEPS, |step| {
            ran.push(step.name);
            if step.name == "lints" { 7 } else { 0 }
        });
        assert_eq!(ran, ["format", "lints"]);
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(7)));
    }

    #[test]
    fn no_step_changes_what_the_compiler_builds() {
        for step in STEPS {
            let name = step.variable.map(|(name, _)| name);
            assert!(matches!(name, None | Some("RUSTDOCFLAGS")), "{step:?} would build everything again");
        }
    }
}
