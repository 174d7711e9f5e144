//! A JSON patch: either all of its steps or none, and never more than a server has time for
//!
//! It owns the bounds: steps can multiply what they copy, and nest it, without an end. What a step does is the business
//! of the crate `json_patch`.

use json_patch::{AddOperation, PatchOperation};
use serde_json::{Value, json};

use super::cannot_unmarshal;
use crate::Refusal;
use crate::decode::DEPTH_MAX;
use crate::go_value;

/// Most steps of a patch, as of the real server
const STEPS_MAX: usize = 10_000;
/// Most fields and elements that all steps may copy or move together: far more than a body can hold
const WORK_MAX: usize = 200_000_000;
/// Most bytes that all steps may copy together, as of the real server
const COPIED_MAX: usize = 3 * 1024 * 1024;

/// What steps may still do
struct Bounds {
    work: usize,
    copied: usize,
}

/// The object after the steps
pub(super) fn apply(shown: &Value, patch: &Value) -> Result<Value, Refusal> {
    let count = patch.as_array().map_or(0, Vec::len);
    if count > STEPS_MAX {
        return Err(too_large(&format!(
            "The allowed maximum operations in a JSON patch is {STEPS_MAX}, got {count}"
        )));
    }
    let steps = read(patch)?;
    let mut value = shown.clone();
    let mut bounds = Bounds { work: WORK_MAX, copied: COPIED_MAX };
    for step in steps.iter() {
        bounds.check(&value, step)?;
        if tests_for_nothing(&value, step) {
            continue;
        }
        let step = meant(&value, step);
        // it is a copy that is patched: nothing has to be undone
        json_patch::patch_unsafe(&mut value, std::slice::from_ref(&step)).map_err(|_| failed())?;
    }
    Ok(value)
}

/// Fields of a step
const FIELDS: &[&str] = &["op", "from", "path", "value"];

/// The steps of a patch: what has their form is refused only when it is carried out
fn read(patch: &Value) -> Result<json_patch::Patch, Refusal> {
    let steps = match patch {
        Value::Array(steps) => steps.as_slice(),
        Value::Null => &[],
        other => return Err(cannot_unmarshal(other, "[]handlers.jsonPatchOp")),
    };
    for step in steps {
        if !step.is_object() && !step.is_null() {
            return Err(cannot_unmarshal(step, "handlers.jsonPatchOp"));
        }
        for field in ["op", "from", "path"] {
            let value = &step[field];
            if !value.is_string() && !value.is_null() {
                return Err(Refusal::bad_request(format!(
                    "error decoding patch: json: cannot unmarshal {} into Go struct field jsonPatchOp.{field} of type string",
                    go_value::word(value)
                )));
            }
        }
    }
    let with_value = |step: &Value| {
        let mut step = step.clone();
        if let Some(step) =
            step.as_object_mut().filter(|step| step.get("op").is_some_and(|op| op != "remove"))
        {
            step.entry("value").or_insert(Value::Null);
        }
        step
    };
    serde_json::from_value(steps.iter().map(with_value).collect()).map_err(|_| failed())
}

/// What a strict reader says of the steps
pub(super) fn complaints(patch: &Value, duplicates: &[String]) -> Vec<String> {
    let duplicates = duplicates.iter().map(|place| format!("json patch duplicate field \"{place}\""));
    let steps = patch.as_array().into_iter().flatten().enumerate();
    let unknown = steps.flat_map(|(index, step)| {
        let fields = step.as_object().into_iter().flat_map(|step| step.keys());
        let unknown = fields.filter(|field| !FIELDS.contains(&field.as_str()));
        unknown
            .map(move |field| format!("json patch unknown field \"[{index}].{field}\""))
            .collect::<Vec<_>>()
    });
    duplicates.chain(unknown).collect()
}

/// The objects and lists that steps go through or change, as a tree that ends where they put something
pub(super) fn touched(patch: &Value) -> Value {
    let mut tree = json!({});
    for step in patch.as_array().into_iter().flatten() {
        for field in ["from", "path"] {
            let path = step[field].as_str().unwrap_or_default();
            let mut at = &mut tree;
            for part in path.split('/').skip(1) {
                if !at.is_object() {
                    *at = json!({});
                }
                at = &mut at[part.replace("~1", "/").replace("~0", "~")];
            }
        }
    }
    tree
}

fn failed() -> Refusal {
    let message = "the server rejected our request due to an error in our request";
    Refusal { details: json!({}), ..Refusal::new(422, "Invalid", message) }
}

/// Whether a step tests that a field is not there, and it is not: for a real server it is then null
fn tests_for_nothing(document: &Value, step: &PatchOperation) -> bool {
    matches!(step, PatchOperation::Test(step) if step.value.is_null() && lacks(document, step.path.as_str()))
}

/// Whether the object at a place's parent has no such field
fn lacks(document: &Value, place: &str) -> bool {
    let parent = place.rsplit_once('/').and_then(|(parent, _)| document.pointer(parent));
    parent.is_some_and(Value::is_object) && document.pointer(place).is_none()
}

/// A step as a real server takes it: a field that is not there can be replaced, and copied as null
fn meant(document: &Value, step: &PatchOperation) -> PatchOperation {
    let add = |path, value| PatchOperation::Add(AddOperation { path, value });
    match step {
        PatchOperation::Replace(step) if lacks(document, step.path.as_str()) => {
            add(step.path.clone(), step.value.clone())
        }
        PatchOperation::Copy(step) if lacks(document, step.from.as_str()) => {
            add(step.path.clone(), Value::Null)
        }
        step => step.clone(),
    }
}

// === impl Bounds ===

impl Bounds {
    /// Whether there is time for a step, and nothing becomes too deep by it
    fn check(&mut self, document: &Value, step: &PatchOperation) -> Result<(), Refusal> {
        let path = step.path();
        // an element in the middle of a list moves all that follow
        let parent = path.split_back().and_then(|(parent, _)| document.pointer(parent.as_str()));
        self.spend(parent.and_then(Value::as_array).map_or(0, Vec::len))?;
        let put = match step {
            PatchOperation::Add(step) => Some(&step.value),
            PatchOperation::Replace(step) => Some(&step.value),
            PatchOperation::Copy(step) => document.pointer(step.from.as_str()),
            PatchOperation::Move(step) => {
                let parent = step.from.split_back().and_then(|(parent, _)| document.pointer(parent.as_str()));
                self.spend(parent.and_then(Value::as_array).map_or(0, Vec::len))?;
                document.pointer(step.from.as_str())
            }
            PatchOperation::Remove(_) | PatchOperation::Test(_) => None,
        };
        let Some(put) = put else { return Ok(()) };
        let deepest = DEPTH_MAX.checked_sub(path.count()).ok_or_else(too_deep)?;
        let bytes = self.measure(put, deepest)?;
        if matches!(step, PatchOperation::Copy(_)) {
            let left = self.copied.checked_sub(bytes);
            self.copied = left.ok_or_else(|| {
                too_large(&format!("the steps of the patch copy more than the limit of {COPIED_MAX} bytes"))
            })?;
        }
        Ok(())
    }

    /// About the bytes of a value that is at most so deep
    fn measure(&mut self, value: &Value, deepest: usize) -> Result<usize, Refusal> {
        self.spend(1)?;
        let below = || deepest.checked_sub(1).ok_or_else(too_deep);
        match value {
            Value::Array(list) => {
                let deepest = below()?;
                list.iter().try_fold(2, |sum, value| Ok(sum + 1 + self.measure(value, deepest)?))
            }
            Value::Object(map) => {
                let deepest = below()?;
                let mut fields = map.iter();
                fields.try_fold(2, |sum, (name, value)| {
                    Ok(sum + 4 + name.len() + self.measure(value, deepest)?)
                })
            }
            Value::String(text) => Ok(text.len() + 2),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(4),
        }
    }

    fn spend(&mut self, work: usize) -> Result<(), Refusal> {
        let left = self.work.checked_sub(work);
        self.work = left.ok_or_else(|| too_large("the steps of the patch copy and move too many values"))?;
        Ok(())
    }
}

fn too_deep() -> Refusal {
    Refusal::bad_request(format!("the patch makes an object that is nested deeper than {DEPTH_MAX}"))
}

fn too_large(message: &str) -> Refusal {
    Refusal::new(413, "RequestEntityTooLarge", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(document: &Value, patch: &Value) -> u16 {
        apply(document, patch).map_or_else(|refusal| refusal.code, |_| 200)
    }

    #[test]
    fn what_is_not_there_is_null_to_a_test() {
        let document = json!({ "a": { "b": null, "c": 1 }, "list": [] });
        for (path, value, expected) in [
            ("/a/b", json!(null), 200),
            ("/a/none", json!(null), 200),
            ("/a/none", json!(1), 422),
            ("/a/c", json!(null), 422),
            ("/none/none", json!(null), 422),
            ("/list/0", json!(null), 422),
        ] {
            let test = json!([{ "op": "test", "path": path, "value": value }]);
            assert_eq!(code(&document, &test), expected, "{path} {value}");
        }
    }

    #[test]
    fn a_patch_that_grows_without_end_is_refused() {
        let step = |from: &str, path: &str| json!({ "op": "copy", "from": from, "path": path });
        let doubling: Value = (0..100).map(|at| step("/a", &format!("/a/x{at}"))).collect();
        assert_eq!(code(&json!({ "a": {} }), &doubling), 413);
        let doubling: Value = (0..100).map(|at| step("", &format!("/x{at}"))).collect();
        assert!(matches!(code(&json!({ "a": "a".repeat(1000) }), &doubling), 400 | 413));
        let copies: Value = (0..100).map(|at| step("/a", &format!("/x{at}"))).collect();
        assert_eq!(code(&json!({ "a": "a".repeat(100_000) }), &copies), 413);
        assert_eq!(code(&json!({ "a": "a".repeat(1000) }), &copies), 200);
    }

    #[test]
    fn moves_do_not_nest_without_end() {
        let steps = (0..200).flat_map(|_| {
            [
                json!({ "op": "add", "path": "/b", "value": { "c": {} } }),
                json!({ "op": "move", "from": "/a", "path": "/b/c/d" }),
                json!({ "op": "move", "from": "/b", "path": "/a" }),
            ]
        });
        assert_eq!(code(&json!({ "a": 1 }), &steps.collect()), 400);
    }

    #[test]
    fn steps_are_counted() {
        let steps = |count: usize| (0..count).map(|_| json!({ "op": "add", "path": "/a/0", "value": 1 }));
        assert_eq!(code(&json!({ "a": [] }), &steps(9_000).collect()), 200);
        assert_eq!(code(&json!({ "a": [] }), &steps(10_001).collect()), 413);
        let large: Vec<u8> = vec![0; 1_000_000];
        assert_eq!(code(&json!({ "a": large }), &steps(9_000).collect()), 413);
    }
}
