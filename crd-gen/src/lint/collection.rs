//! Lists, maps and texts without a limit under rules: what a rule costs then grows with what users write
//!
//! API servers refuse rules that may cost too much; these are the ones that are next to it, and that refuse the next rule.

use serde_json::Value;

use super::code::{self, Use};
use super::spot::missing_bound;
use super::{Report, Rule, Spot};

/// Looks at the rules of one place
pub(super) fn check(spot: &Spot<'_>, report: &mut Report<'_>) {
    let Some(rules) = spot.schema["x-kubernetes-validations"].as_array() else { return };
    around(spot, report);
    for rule in rules.iter().filter_map(|rule| rule["rule"].as_str()) {
        inside(spot, rule, report);
    }
}

/// A list or map around the rules: they run for each of its elements
fn around(spot: &Spot<'_>, report: &mut Report<'_>) {
    for above in &spot.above {
        if let Some(key) = missing_bound(above.schema) {
            note(report, &above.path, key, "is checked by a rule for each of its elements, and has no limit");
        }
    }
}

/// A list, map or text that a rule goes through
fn inside(spot: &Spot<'_>, rule: &str, report: &mut Report<'_>) {
    for Use { steps } in code::gone_through(rule) {
        let (mut path, mut schema) = (spot.path.clone(), spot.schema);
        for step in &steps {
            path = format!("{path}.properties[{step}]");
            schema = &schema["properties"][step.as_str()];
        }
        if let Some(key) = missing_bound(schema) {
            let rule = Value::from(rule);
            note(report, &path, key, &format!("has no limit, and the rule {rule} goes through all of it"));
        }
    }
}

fn note(report: &mut Report<'_>, path: &str, key: &str, message: &str) {
    // one limit cures all
    if report.findings.iter().any(|known| known.rule == Rule::Unbounded && known.path == path) {
        return;
    }
    report.note(Rule::Unbounded, path, message.to_owned(), &format!("give it {key}, as low as it can be"));
}
