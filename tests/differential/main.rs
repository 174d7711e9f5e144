//! The same requests to a real API server and to the embedded one: their answers must be the same
//!
//! This file owns the entry and libtest's command line. Sequences are data: `cases/*.txt` hold those that were written,
//! `generate` makes the others from seeds. What may differ is masked by `mask`, what does differ and may is a line of
//! `explained.txt`. Without Go the sequences are reported as not run, and as failures where `CI` is set.

mod environment;
mod sequence;
mod format;
mod capture;
mod arm;
mod mask;
mod compare;
mod play;
mod difference;
mod report;
mod world;
mod run;
mod cases;
mod generate;
mod harness;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::run::Harness;

/// Sequences at the same time: most of them wait
const THREADS: usize = 16;

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(THREADS));
    let (sequences, harness) = match cases::all().and_then(|all| Ok((all, Arc::new(Harness::new()?)))) {
        Ok(made) => made,
        Err(why) => return fail(&why),
    };
    let count = sequences.len() as u64;
    let mut trials = harness::trials();
    trials.extend(sequences.into_iter().enumerate().map(|(index, sequence)| {
        let harness = Arc::clone(&harness);
        let namespace = format!("{index:04}");
        Trial::ignorable_test(sequence.name(), move || harness.run(&sequence, &namespace))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let is_whole = conclusion.num_filtered_out == 0 && conclusion.num_passed > count;
    match harness.end(is_whole) {
        Ok(()) => conclusion.exit_code(),
        Err(why) => fail(&why),
    }
}

#[expect(clippy::print_stderr, reason = "the end of a test binary's output")]
fn fail(why: &str) -> ExitCode {
    eprintln!("differential: {why}");
    ExitCode::FAILURE
}
