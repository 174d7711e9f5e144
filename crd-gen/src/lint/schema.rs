//! Single fields: what they are called, what they take, how their lists are merged

use serde_json::Value;

use super::{Report, Rule, Spot};

/// A rule about one place of a schema
type Check = fn(&Spot<'_>, &mut Report<'_>);

const CHECKS: &[Check] =
    &[undescribed, integer_format, enum_single, required_default, bounds_empty, list_type];

/// Looks at one place of a schema
pub(super) fn check(spot: &Spot<'_>, report: &mut Report<'_>) {
    for check in CHECKS {
        check(spot, report);
    }
}

/// Each field of an object says what it is for: `kubectl explain` prints it
///
/// An object that says it of none of its fields is one finding, whatever is in it, and none where somebody else declared it.
fn undescribed(spot: &Spot<'_>, report: &mut Report<'_>) {
    if spot.above.iter().any(|above| is_silent(above.schema)) {
        return;
    }
    let help = "say what it is for: a doc comment on the field in Rust, `description` in a definition";
    let is_common = spot.above.len() == 1 && matches!(spot.name, Some("apiVersion" | "kind" | "metadata"));
    if spot.name.is_some() && !is_common && !is_described(spot.schema) {
        let message = "has no description: `kubectl explain` says nothing of it".to_owned();
        report.spot(Rule::Undescribed, spot, message, help);
    }
    if is_silent(spot.schema) && !report.is_foreign(spot) {
        let message = "describes none of its fields: `kubectl explain` says nothing of them".to_owned();
        report.spot(Rule::Undescribed, spot, message, help);
    }
}

/// Whether an object says of none of its fields what it is for
fn is_silent(schema: &Value) -> bool {
    let fields = schema["properties"].as_object();
    fields.is_some_and(|fields| !fields.is_empty() && !fields.values().any(is_described))
}

fn is_described(schema: &Value) -> bool {
    schema["description"].as_str().is_some_and(|text| !text.trim().is_empty())
}

/// Clients choose the width of a number by its format
fn integer_format(spot: &Spot<'_>, report: &mut Report<'_>) {
    if spot.kind() == "integer" && text(spot, "format").is_empty() {
        let message = "is a whole number without a format: clients do not know how wide it is".to_owned();
        report.spot(
            Rule::IntegerFormat,
            spot,
            message,
            "use i32 or i64, so that the format is int32 or int64",
        );
    }
}

/// A field with one possible value says nothing
fn enum_single(spot: &Spot<'_>, report: &mut Report<'_>) {
    if let Some([only]) = spot.schema["enum"].as_array().map(Vec::as_slice) {
        let message = format!("can be {only} and nothing else");
        let help = "leave the field out until there is a second value; an enum that grows asks clients to be ready for it";
        report.spot(Rule::EnumSingle, spot, message, help);
    }
}

/// What is required is never filled in by people's manifests alone: the default always comes first
fn required_default(spot: &Spot<'_>, report: &mut Report<'_>) {
    let (Some(name), Some(owner)) = (spot.name, spot.above.last()) else { return };
    let is_required =
        owner.schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    if is_required && !spot.schema["default"].is_null() {
        let message =
            "is required and has a default: it is filled in before anybody looks whether it is there"
                .to_owned();
        report.spot(Rule::RequiredDefault, spot, message, "decide for one of the two");
    }
}

/// A lower bound above the upper one
fn bounds_empty(spot: &Spot<'_>, report: &mut Report<'_>) {
    for (low, high) in [
        ("minimum", "maximum"),
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minProperties", "maxProperties"),
    ] {
        let (Some(lowest), Some(highest)) = (spot.schema[low].as_f64(), spot.schema[high].as_f64()) else {
            continue;
        };
        let is_exclusive = ["exclusiveMinimum", "exclusiveMaximum"]
            .iter()
            .any(|key| low == "minimum" && spot.schema[*key] == true);
        #[expect(clippy::float_cmp, reason = "bounds that are written alike are alike")]
        let is_empty = lowest > highest || (is_exclusive && lowest == highest);
        if is_empty {
            let bound = |key: &str| &spot.schema[key];
            let message = format!("takes no value: {low} is {}, {high} is {}", bound(low), bound(high));
            report.spot(Rule::BoundsEmpty, spot, message, "correct one of the bounds");
        }
    }
}

/// Elements without an identity are replaced as a whole by whoever applies last
fn list_type(spot: &Spot<'_>, report: &mut Report<'_>) {
    let is_of_objects = spot.kind() == "array" && spot.schema["items"]["type"] == "object";
    if is_of_objects && spot.schema["x-kubernetes-list-type"].is_null() {
        let message =
            "is a list of objects without a list type: two who apply it overwrite each other".to_owned();
        let help = "declare it a list map with its keys, or atomic where it is meant to be one value";
        report.spot(Rule::ListType, spot, message, help);
    }
}

fn text<'v>(spot: &Spot<'v>, key: &str) -> &'v str {
    let schema: &'v Value = spot.schema;
    schema[key].as_str().unwrap_or_default()
}
