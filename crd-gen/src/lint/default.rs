//! Objects with nothing in them but defaults: whether their own rules take them
//!
//! A default that is refused by itself is told by the API server; this is about defaults that do not go together.

use serde_json::{Value, json};
use structural_schema::{Schema, cel};

use super::{Report, Rule, Spot};

/// The field that the object is put in, so that it is no resource itself
const FIELD: &str = "object";

/// Looks at the object at one place
pub(super) fn check(spot: &Spot<'_>, report: &mut Report<'_>) {
    // the whole resource has a name and more, which nobody knows here
    if spot.kind() != "object" || spot.above.is_empty() || !may_be_empty(spot.schema) {
        return;
    }
    let whole = json!({ "type": "object", "properties": { FIELD: spot.schema } });
    let Ok(schema) = Schema::parse(&whole) else { return };
    let mut object = json!({ FIELD: {} });
    structural_schema::default(&schema, &mut object);
    let mut wrong = structural_schema::validate(&schema, &object, None);
    // rules look at what is right otherwise
    if wrong.is_empty() {
        wrong = cel::check(&schema, &object, None);
    }
    for error in wrong {
        let defaults = &object[FIELD];
        let message = format!("left empty it gets {defaults}, which is refused: {}", error.detail);
        report.spot(
            Rule::DefaultRefused,
            spot,
            message,
            "give defaults that go together, or require a field that the rule is about",
        );
    }
}

/// Whether all that must be there comes by itself, and there is something to check
fn may_be_empty(schema: &Value) -> bool {
    let has_default = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        !schema["properties"][name]["default"].is_null()
    };
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let has_defaults = schema["properties"]
        .as_object()
        .is_some_and(|fields| fields.values().any(|field| !field["default"].is_null()));
    has_defaults && required.iter().all(has_default)
}
