//! Trials of the harness itself: what a script means, what is masked

use libtest_mimic::{Failed, Trial};

use crate::normal::Normal;
use crate::script::{self, Step};

type Outcome = Result<(), Failed>;

/// All trials
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("harness::a_script_is_read", a_script_is_read),
        Trial::test("harness::words_are_those_of_a_shell", words_are_those_of_a_shell),
        Trial::test("harness::what_must_differ_is_masked", what_must_differ_is_masked),
    ]
}

fn equal<T: PartialEq + std::fmt::Debug>(seen: &T, wanted: &T) -> Outcome {
    if seen == wanted { Ok(()) } else { Err(format!("{seen:?} is not {wanted:?}").into()) }
}

fn a_script_is_read() -> Outcome {
    let text = "## one\nfile a.yaml\n  kind: A\n  spec:\n    b: c\n# note\n$ apply -f a.yaml\n  until done\nwatch w $ get a \
                -w\nlines w 2\n";
    let scripts = script::parse("t", text)?;
    let [script] = &scripts[..] else { return Err("one script".into()) };
    equal(&script.name(), &"t::one".to_owned())?;
    let [Step::File { text, .. }, Step::Run(command), Step::Watch { .. }, Step::Lines { count, .. }] =
        &script.steps[..]
    else {
        return Err(format!("{script:?}").into());
    };
    equal(text, &"kind: A\nspec:\n  b: c\n".to_owned())?;
    equal(&command.until, &Some("done".to_owned()))?;
    equal(count, &2)
}

fn words_are_those_of_a_shell() -> Outcome {
    let words = script::words("patch a -p '{\"b\": \"c d\"}' \"e f\" ''")?;
    equal(&words, &["patch", "a", "-p", "{\"b\": \"c d\"}", "e f", ""].map(ToOwned::to_owned).to_vec())?;
    equal(&script::words("a 'b").is_err(), &true)
}

fn what_must_differ_is_masked() -> Outcome {
    let mut normal = Normal::new("ka-001");
    for (text, wanted) in [
        ("pod/a in ka-001", "pod/a in <ns>"),
        ("uid: 6c7c1d3e-1e3b-4b44-9d0f-5c0e8e6d1f00", "uid: <uid1>"),
        ("  resourceVersion: \"12\"", "  resourceVersion: \"<rv1>\""),
        ("{\"resourceVersion\":\"12\"}", "{\"resourceVersion\":\"<rv1>\"}"),
        ("NAME   AGE\na      12s", "NAME  AGE\na  <age>"),
        ("a   Running   4 (12s ago)   2m3s", "a  Running  4 (<age> ago)  <age>"),
        ("at 2026-03-01T10:00:00Z", "at <time>"),
        ("at 2020-03-01T10:00:00Z", "at 2020-03-01T10:00:00Z"),
        ("    indented:  b", "    indented:  b"),
    ] {
        equal(&normal.text(text), &wanted.to_owned())?;
    }
    Ok(())
}
