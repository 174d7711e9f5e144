//! The text forms of failures: all round trips, and messages that help

use std::collections::BTreeSet;

use super::Failure;

#[track_caller]
fn refuses(text: &str, message: &str) {
    let error = text.parse::<Failure>().expect_err("no failure");
    assert_eq!(error.to_string(), message);
}

#[test]
fn every_failure_has_a_name_of_its_own_that_reads_back() {
    let all: Vec<Failure> = Failure::all().collect();
    let names: BTreeSet<&str> = all.iter().map(Failure::name).collect();
    assert_eq!(names.len(), all.len());
    for failure in all {
        assert_eq!(failure.to_string().parse(), Ok(failure));
    }
    assert_eq!("exit-non-zero:42".parse(), Ok(Failure::ExitNonZero { code: 42 }));
}

#[test]
fn a_misspelt_name_gets_the_nearest_one() {
    refuses("crash-lop", "unknown failure `crash-lop`; did you mean `crash-loop`?");
    refuses("CrashLoop", "unknown failure `CrashLoop`; did you mean `crash-loop`?");
    refuses(
        "meteor strike",
        "unknown failure `meteor strike`; known are completed, config-error, crash-loop, evicted, exit-non-zero, \
         image-pull, never-ready, out-of-memory, stuck-creating, stuck-terminating, unready, unschedulable",
    );
}

#[test]
fn a_value_must_make_sense() {
    refuses("exit-non-zero:0", "`0` is no exit code; write a number from 1 to 255, as in `exit-non-zero:3`");
    refuses("exit-non-zero:x", "`x` is no exit code; write a number from 1 to 255, as in `exit-non-zero:3`");
    refuses("evicted:now", "`evicted` takes no value; write `evicted` alone");
}
