//! Behaviour cases, each on two arms from one text: a sandbox on virtual time, and a real control plane
//!
//! This file owns the entry: which role this binary plays, and libtest's command line. The arms are `arm`'s, what a case
//! holds is `world`'s, the cases are under `case`. The sandbox needs nothing; without Go the cases on the control plane
//! (etcd, API server, controllers, and a simulated kubelet) are reported as not run, and as failures where `CI` is set.

mod arm;
mod case;
mod embedded;
mod environment;
mod failure;
mod operator;
mod permission;
mod proxy;
mod record;
mod report;
mod run;
mod service;
mod table;
mod wait;
mod world;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::run::Harness;

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    if let Some(name) = environment::embedded_operator() {
        return embedded::main(&name);
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or_else(environment::test_threads);
    let harness = Arc::new(Harness::new());
    let on_sandbox = case::all()
        .into_iter()
        .filter(|case| !case.is_real_only())
        .map(|case| Trial::test(format!("sandbox::{}", case.name()), move || run::run_simulated(case)));
    let on_control_plane: Vec<Trial> = case::all()
        .into_iter()
        .map(|case| {
            let harness = Arc::clone(&harness);
            Trial::ignorable_test(format!("real::{}", case.name()), move || harness.run(&case))
        })
        .collect();
    let cases = on_control_plane.len();
    let left_out = on_control_plane.iter().filter(|trial| is_left_out(&arguments, trial)).count();
    let permissions = {
        let harness = Arc::clone(&harness);
        let judge = move || harness.judge_permissions(cases, left_out);
        Trial::ignorable_test("real::permissions_are_all_used_and_enough", judge)
    };
    let trials = on_sandbox.chain(on_control_plane).chain([permissions]).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    harness.end();
    conclusion.exit_code()
}

fn is_left_out(arguments: &Arguments, trial: &Trial) -> bool {
    arguments.is_filtered_out(trial) || arguments.is_ignored(trial)
}
