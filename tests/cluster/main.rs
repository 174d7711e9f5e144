//! Behaviour cases on a real control plane: etcd, API server, controllers, and a simulated kubelet
//!
//! This file owns the entry: which role this binary plays, and libtest's command line. The control plane is `arm`'s,
//! what a case holds is `world`'s, the cases are under `case`. Without Go the cases are reported as not run, and as
//! failures where `CI` is set.

mod arm;
mod case;
mod embedded;
mod environment;
mod failure;
mod operator;
mod proxy;
mod report;
mod run;
mod service;
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
    let trials = case::all().into_iter().map(|case| {
        let harness = Arc::clone(&harness);
        Trial::ignorable_test(case.name().to_owned(), move || harness.run(&case))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    harness.end();
    conclusion.exit_code()
}
