//! The model's list of status fields is the engine's status

use healing::HealingResource as _;
use healing_model::{ColumnType, STATUS_FIELDS};
use serde_json::Value;

use super::documented::HealingService;

#[test]
fn the_status_fields_that_columns_may_name_are_those_of_the_status() {
    let schema = HealingService::schema();
    let Value::Object(fields) = &schema["properties"]["status"]["properties"] else {
        panic!("the status is an object with fields");
    };
    let mut known: Vec<&str> = STATUS_FIELDS.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(known, fields.keys().map(String::as_str).collect::<Vec<_>>());
    for (name, kind) in STATUS_FIELDS {
        let field = &fields[*name];
        let expected = match (field["type"].as_str(), field["format"].as_str()) {
            (_, Some("date-time")) => Some(ColumnType::Date),
            (Some("integer"), _) => Some(ColumnType::Integer),
            (Some("string"), _) => Some(ColumnType::String),
            _ => None,
        };
        assert_eq!(*kind, expected, "{name}");
    }
}
