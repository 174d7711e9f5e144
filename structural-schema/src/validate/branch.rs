//! `anyOf`, `oneOf`, `allOf` and `not`
//!
//! It owns how many branches must hold and which errors are shown when they do not: those of the branch that came
//! farthest. Branches see a value as new, whatever it was.

use super::Place;
use super::outcome::{Outcome, unplaced};
use crate::go_text;
use crate::schema::Schema;

pub(super) fn check(place: &Place<'_>) -> Outcome {
    let checks = place.schema.compiled.checks();
    let mut outcome = Outcome::default();
    let fails = |said: &str| unplaced(format!("{} must {said}", go_text::quote(&place.path.to_string())));
    if !checks.any_of.is_empty() {
        let (best, held) = best(place, checks.any_of.iter().map(AsRef::as_ref), true);
        if held == 0 {
            outcome.push(fails("validate at least one schema (anyOf)"));
        }
        outcome.merge(best);
    }
    if !checks.one_of.is_empty() {
        let (best, held) = best(place, checks.one_of.iter().map(AsRef::as_ref), false);
        if held != 1 {
            let found = match held {
                0 => "Found none valid".to_owned(),
                held => format!("Found {held} valid alternatives"),
            };
            outcome.push(fails(&format!("validate one and only one schema (oneOf). {found}")));
        }
        if held <= 1 {
            outcome.merge(best);
        }
    }
    all(place, &mut outcome, &fails);
    let not = checks.not.as_ref().map(|not| under(place, not));
    if not.is_some_and(|not| not.errors.is_empty()) {
        outcome.push(fails("not validate the schema (not)"));
    }
    outcome.count += 1;
    outcome
}

fn all(place: &Place<'_>, outcome: &mut Outcome, fails: &dyn Fn(&str) -> crate::field_error::FieldError) {
    let branches = &place.schema.compiled.checks().all_of;
    let mut held = 0;
    for branch in branches {
        let found = under(place, branch);
        held += usize::from(found.errors.is_empty());
        outcome.merge(found);
    }
    if held != branches.len() {
        let none = if held == 0 { ". None validated" } else { "" };
        outcome.push(fails(&format!("validate all the schemas (allOf){none}")));
    }
}

/// The first branch that holds, or that which came farthest, and how many hold
fn best<'a>(
    place: &Place<'_>,
    branches: impl Iterator<Item = &'a Schema>,
    one_is_enough: bool,
) -> (Outcome, usize) {
    let mut best: Option<Outcome> = None;
    let mut held = 0;
    for branch in branches {
        let found = under(place, branch);
        if found.errors.is_empty() {
            held += 1;
            if held == 1 {
                best = Some(found);
            }
            if one_is_enough {
                break;
            }
        } else if held == 0 && best.as_ref().is_none_or(|best| found.count > best.count) {
            best = Some(found);
        }
    }
    (best.unwrap_or_default(), held)
}

fn under(place: &Place<'_>, branch: &Schema) -> Outcome {
    Place { schema: branch, old: None, ..*place }.check()
}
