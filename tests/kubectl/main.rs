//! What people type: kubectl commands on a real API server and on the embedded one must print the same
//!
//! This file owns the entry and libtest's command line. Scripts are data: `scripts/*.txt`. What may differ is masked by
//! `normal`, what does differ and may is a line of `explained.txt`. Without Go the scripts are reported as not run, and
//! as failures where `CI` is set.

mod environment;
mod script;
mod normal;
mod arm;
mod world;
mod run;
mod harness;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::run::Harness;
use crate::script::Script;

/// Scripts at the same time: each command is a process that computes
const THREADS: usize = 4;

macro_rules! topics {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("scripts/", $name, ".txt")))),*] };
}

/// Name and text of each file of scripts
const TOPICS: &[(&str, &str)] = &topics! { "read" "write" "pods" };

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(THREADS));
    let (scripts, harness) = match scripts().and_then(|all| Ok((all, Arc::new(Harness::new()?)))) {
        Ok(made) => made,
        Err(why) => return fail(&why),
    };
    let count = scripts.len() as u64;
    let mut trials = harness::trials();
    trials.extend(scripts.into_iter().enumerate().map(|(index, script)| {
        let harness = Arc::clone(&harness);
        let namespace = format!("{index:03}");
        Trial::ignorable_test(script.name(), move || harness.run(&script, &namespace))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let is_whole = conclusion.num_filtered_out == 0 && conclusion.num_passed > count;
    match harness.end(is_whole) {
        Ok(()) => conclusion.exit_code(),
        Err(why) => fail(&why),
    }
}

fn scripts() -> Result<Vec<Script>, String> {
    let mut all = Vec::new();
    for (topic, text) in TOPICS {
        all.extend(script::parse(topic, text)?);
    }
    Ok(all)
}

#[expect(clippy::print_stderr, reason = "the end of a test binary's output")]
fn fail(why: &str) -> ExitCode {
    eprintln!("kubectl: {why}");
    ExitCode::FAILURE
}
