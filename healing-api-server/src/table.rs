//! stub stub stub
use crate::kind::Kind;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IncludeObject {
    None,
    Metadata,
    Object,
}
pub(crate) fn table(_: &Kind, _: &[Arc<Value>], _: Value, _: IncludeObject, _: Timestamp) -> Value {
    Value::Null
}
