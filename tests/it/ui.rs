//! Declarations with mistakes: every file in `tests/ui/fail` is refused with the text beside it
//!
//! One rule a file, beside `many_errors` (all errors in one compile) and `stub` (one mistake is one error, whatever
//! else uses the type). To accept new texts: `TRYBUILD=overwrite cargo test --test it ui`, then read the diff. The texts
//! are rustc's as `rust-toolchain.toml` pins it.

#[test]
fn mistakes_are_refused_at_the_word() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
