//! The rules of the repository hold, and the reference pages say what the tables say
//!
//! The rules themselves, and the tests that show them failing, are in `xtask/src/tidy`.

use std::{fmt::Write, fs, path::Path};

use healing_model::{KNOBS, KnobKind, KnobSpec, Knobs};

#[test]
fn the_repository_is_tidy() {
    let report =
        xtask::tidy::check(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the workspace can be read");
    assert!(report.findings.is_empty(), "\n{report}");
}

#[test]
fn the_knob_reference_is_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/knobs.md");
    let page = fs::read_to_string(page).expect("the page exists");
    let table: String =
        page.lines().filter(|line| line.starts_with('|')).fold(String::new(), |mut all, line| {
            writeln!(all, "{line}").expect("a string takes everything");
            all
        });
    let expected = knob_table();
    assert!(table == expected, "write this table into docs/reference/knobs.md:\n{expected}");
}

fn knob_table() -> String {
    let mut table = String::from("| knob | value | default | range | meaning |\n|---|---|---|---|---|\n");
    for knob in KNOBS {
        let (value, unit, range) = match knob.kind {
            KnobKind::Count => ("number", "", format!("{} to {}", knob.min, knob.max)),
            KnobKind::Duration => ("duration", " s", format!("{} to {} s", knob.min, knob.max)),
            KnobKind::Amount => (
                "number or percentage",
                "",
                match knob.max {
                    Knobs::UNBOUNDED => format!("from {}; {}% to 100%", knob.min, knob.min),
                    max => format!("{} to {max}; {}% to 100%", knob.min, knob.min),
                },
            ),
            KnobKind::Flag => ("`true` or `false`", "", "both".to_owned()),
            KnobKind::Word(words) => ("word", "", words.join(", ")),
        };
        let default = default_of(knob);
        writeln!(table, "| `{}` | {value} | {default}{unit} | {range} | {} |", knob.name, knob.doc)
            .expect("a string takes everything");
    }
    table
}

fn default_of(knob: &KnobSpec) -> String {
    knob.value(&Knobs::default()).map_or_else(String::new, |value| value.to_string())
}
