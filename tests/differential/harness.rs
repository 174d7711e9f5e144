//! Trials of the harness itself: what a case file means, what is masked, what counts as a difference

use std::collections::BTreeMap;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::arm::Answer;
use crate::capture::{self, Captures};
use crate::compare;
use crate::format::{self, Lets};
use crate::mask::Mask;
use crate::sequence::{Action, Amount, Body, Until};

type Outcome = Result<(), Failed>;

/// All trials
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("harness::a_case_file_is_read", a_case_file_is_read),
        Trial::test("harness::captures_are_filled_in", captures_are_filled_in),
        Trial::test("harness::what_must_differ_is_masked", what_must_differ_is_masked),
        Trial::test(
            "harness::whether_revisions_are_the_same_is_kept",
            whether_revisions_are_the_same_is_kept,
        ),
        Trial::test("harness::differences_have_places", differences_have_places),
    ]
}

fn equal<T: PartialEq + std::fmt::Debug>(seen: &T, wanted: &T) -> Outcome {
    if seen == wanted { Ok(()) } else { Err(format!("{seen:?} is not {wanted:?}").into()) }
}

fn a_case_file_is_read() -> Outcome {
    let text = "let cm = /configmaps\n## one\n# note\na: MERGE $cm/a {x: 1}\n  > H: v\n  until .a.b = c\nw: WATCH \
                $cm\nEVENTS w 2\n## two\nPUT $cm/a ${a} <- {y: 2}\n";
    let sequences = format::parse("t", text, &Lets::new())?;
    equal(&sequences.len(), &2)?;
    equal(&sequences[0].name(), &"t::one".to_owned())?;
    let Action::Send { request, until } = &sequences[0].steps[0].action else {
        return Err("no request".into());
    };
    equal(&request.path, &"/configmaps/a".to_owned())?;
    equal(&request.method, &"PATCH".to_owned())?;
    equal(&request.headers.len(), &2)?;
    equal(until, &vec![Until::Is(".a.b".to_owned(), "c".to_owned())])?;
    let Action::Watch { request } = &sequences[0].steps[1].action else { return Err("no watch".into()) };
    equal(&request.path, &"/configmaps?watch=true".to_owned())?;
    let Action::Events { amount, .. } = &sequences[0].steps[2].action else { return Err("no events".into()) };
    equal(amount, &Amount::Count(2))?;
    let Action::Send { request, .. } = &sequences[1].steps[0].action else { return Err("no request".into()) };
    equal(&matches!(request.body, Body::Changed { .. }), &true)
}

fn captures_are_filled_in() -> Outcome {
    let object =
        json!({ "metadata": { "uid": "u", "resourceVersion": "7" }, "spec": { "list": [{ "a": 1 }] } });
    let captures = Captures::from([("a".to_owned(), object)]);
    equal(&capture::fill("${a.uid} ${a.rv} ${a.spec.list[0].a}", &captures)?, &"u 7 1".to_owned())?;
    equal(&capture::fill("${b.uid}", &captures).is_err(), &true)?;
    let body = capture::body(&Body::Yaml("{a: y, b: true}".to_owned()), &captures, &Lets::new())?;
    equal(&serde_json::from_slice::<Value>(&body)?, &json!({ "a": "y", "b": true }))?;
    let changed = Body::Changed { label: "a".to_owned(), patch: "{spec: {list: null, n: 1}}".to_owned() };
    let body: Value = serde_json::from_slice(&capture::body(&changed, &captures, &Lets::new())?)?;
    equal(&body["spec"], &json!({ "n": 1 }))
}

/// What a mask makes of bodies that a server sent one after the other
fn masked(bodies: &[Value]) -> Result<Vec<Value>, Failed> {
    let now: Timestamp = "2026-03-01T10:00:00Z".parse()?;
    let mut mask = Mask::new("da-0001");
    mask.expect_made_name("a-");
    let mut one = |body: &Value| {
        let answer = Answer { status: 200, headers: BTreeMap::new(), body: body.clone() };
        mask.answer(&answer, now).body
    };
    Ok(bodies.iter().map(&mut one).collect())
}

fn what_must_differ_is_masked() -> Outcome {
    let table = [
        (json!({ "a": "da-0001" }), json!({ "a": "<ns>" })),
        (json!({ "uid": "6c7c1d3e-1e3b-4b44-9d0f-5c0e8e6d1f00" }), json!({ "uid": "<uid1>" })),
        (json!({ "t": "2026-03-01T09:59:58Z" }), json!({ "t": "<time>" })),
        (json!({ "t": "2026-03-01T10:00:31Z" }), json!({ "t": "<time+30s>" })),
        (json!({ "t": "2026-03-01T10:00:00.123456Z" }), json!({ "t": "<microtime>" })),
        (json!({ "t": "2020-01-01T00:00:00Z" }), json!({ "t": "2020-01-01T00:00:00Z" })),
        (
            json!({ "kind": "AList", "metadata": { "resourceVersion": "9", "continue": "abc" } }),
            json!({ "kind": "AList", "metadata": { "resourceVersion": "<rv>", "continue": "<continue>" } }),
        ),
        (json!({ "rows": [{ "cells": ["a", "3s"] }] }), json!({ "rows": [{ "cells": ["a", "<age>"] }] })),
        (
            json!({ "metadata": { "generateName": "a-", "name": "a-x7zkp" } }),
            json!({ "metadata": { "generateName": "a-", "name": "<name1>" } }),
        ),
    ];
    for (body, wanted) in table {
        equal(&masked(&[body])?[0], &wanted)?;
    }
    Ok(())
}

fn whether_revisions_are_the_same_is_kept() -> Outcome {
    let object = |rv: &str| json!({ "metadata": { "name": "a", "resourceVersion": rv } });
    let seen = masked(&[object("5"), object("9"), object("9"), object("5")])?;
    let wanted = [object("<rv1>"), object("<rv2>"), object("<rv2>"), object("<rv1>")];
    equal(&seen, &wanted.to_vec())
}

fn differences_have_places() -> Outcome {
    let answer = |status, body: Value| Answer { status, headers: BTreeMap::new(), body };
    let found = compare::answers(
        &answer(200, json!({ "a": { "b": [1, 2] }, "c": 1 })),
        &answer(200, json!({ "a": { "b": [1, 3] }, "d": 1 })),
    );
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    equal(
        &lines,
        &vec![".a.b[1]: 2 | 3".to_owned(), ".c: 1 | nothing".to_owned(), ".d: nothing | 1".to_owned()],
    )?;
    let found = compare::answers(&answer(200, json!({})), &answer(404, json!({ "message": "m" })));
    equal(&found.len(), &1)
}
