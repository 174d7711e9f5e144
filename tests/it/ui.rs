//! Declarations with mistakes: every file in `tests/ui/fail` is refused with the text beside it
//!
//! One rule a file, beside `many_errors` (all errors in one compile) and `stub` (one mistake is one error, whatever
//! else uses the type). To accept new texts: `TRYBUILD=overwrite cargo test --test it ui`, then read the diff. The texts
//! are rustc's as `rust-toolchain.toml` pins it.

use std::process::Command;

/// What trybuild gives rustc in its second stage, without what it gives in the first alone
///
/// Left to itself it builds all dependencies twice, because only the second stage has the width. This variable wins
/// over the flags that it passes, so both stages have the same.
const FLAGS: (&str, &str) = (
    "CARGO_ENCODED_RUSTFLAGS",
    "--cfg\x1ftrybuild\x1f--verbose\x1f-A\x1fdead_code\x1f--diagnostic-width=140",
);
const NAME: &str = "ui::mistakes_are_refused_at_the_word";

#[test]
fn mistakes_are_refused_at_the_word() {
    if std::env::var_os(FLAGS.0).is_some() {
        return trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
    }
    // the variable may not be set in a process with threads, so this test runs once more, in one of its own
    let mut again = Command::new(std::env::current_exe().expect("a test knows its program"));
    let output =
        again.args(["--exact", NAME, "--nocapture"]).envs([FLAGS]).output().expect("the program runs again");
    let (texts, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && texts.contains("1 passed"), "{texts}\n{errors}");
}
