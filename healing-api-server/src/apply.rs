//! stub stub stub
use crate::Refusal;
use jiff::Timestamp;
use serde_json::Value;
use structural_schema::Schema;
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) manager: &'a str,
    pub(crate) subresource: &'a str,
    pub(crate) api_version: &'a str,
    pub(crate) now: Timestamp,
}
pub(crate) fn track(_: Option<&Value>, _: &mut Value, _: &Schema, _: &Writer<'_>, _: &[&[&str]]) {}
pub(crate) fn apply(
    _: Option<&Value>,
    applied: &Value,
    _: &Schema,
    _: &Writer<'_>,
    _: bool,
    _: &[&[&str]],
) -> Result<Value, Refusal> {
    Ok(applied.clone())
}
