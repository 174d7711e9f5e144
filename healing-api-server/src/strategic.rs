//! stub stub stub
use crate::Refusal;
use serde_json::Value;
use structural_schema::Schema;
pub(crate) fn strategic(live: &Value, patch: &Value, _: &Schema) -> Result<Value, Refusal> {
    let mut v = live.clone();
    json_patch::merge(&mut v, patch);
    Ok(v)
}
