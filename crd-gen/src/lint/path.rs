//! Columns and scale: whether their paths lead to something, and to something that can be used
//!
//! What an API server refuses about them is told by it; a path to nothing it takes.

use serde_json::{Value, json};

use super::{Report, Rule};

/// Looks at the paths of one version
pub(super) fn check(number: usize, version: &Value, report: &mut Report<'_>) {
    let schema = &version["schema"]["openAPIV3Schema"];
    let at = format!("spec.versions[{number}]");
    let columns = version["additionalPrinterColumns"].as_array();
    for (index, column) in columns.into_iter().flatten().enumerate() {
        self::column(&format!("{at}.additionalPrinterColumns[{index}]"), column, schema, report);
    }
    scale(&format!("{at}.subresources.scale"), &version["subresources"]["scale"], schema, report);
}

/// What a path leads to
enum Target<'v> {
    /// A schema
    Schema(&'v Value),
    /// Something whose schema is not known here: metadata, filters, fields without a schema
    Unknown,
    /// Nothing, from this step on
    Nothing(String),
}

fn find<'v>(path: &str, schema: &'v Value) -> Target<'v> {
    let Some(steps) = steps(path) else { return Target::Unknown };
    let mut place = schema;
    for (index, step) in steps.iter().enumerate() {
        if index == 0 && matches!(step.as_str(), "metadata" | "apiVersion" | "kind") {
            return Target::Unknown;
        }
        let below = if let Some(inside) = step.strip_prefix('[') {
            // an element whatever its number, a field whatever its quotes
            match inside.strip_prefix('\'') {
                Some(name) => field(place, name),
                None => &place["items"],
            }
        } else {
            field(place, step)
        };
        if below.is_object() {
            place = below;
        } else if keeps_unknown(place) {
            return Target::Unknown;
        } else {
            return Target::Nothing(step.trim_start_matches(['[', '\'']).to_owned());
        }
    }
    Target::Schema(place)
}

fn field<'v>(place: &'v Value, name: &str) -> &'v Value {
    let known = &place["properties"][name];
    if known.is_object() { known } else { &place["additionalProperties"] }
}

fn keeps_unknown(place: &Value) -> bool {
    place["x-kubernetes-preserve-unknown-fields"] == true
        || place["additionalProperties"] == true
        || place["x-kubernetes-embedded-resource"] == true
}

/// The steps of a simple path: `a`, `[0` for an element, `['a` for a field; none for what is not so simple
fn steps(path: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("['") {
            let (name, after) = after.split_once("']")?;
            steps.push(format!("['{name}"));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = after.split_once(']')?;
            // a filter looks at elements too
            steps.push("[".to_owned());
            if inside.is_empty() || inside.contains('[') {
                return None;
            }
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let mut end = 0;
            let mut is_escaped = false;
            for char in after.chars() {
                if !is_escaped && matches!(char, '.' | '[') {
                    break;
                }
                is_escaped = char == '\\' && !is_escaped;
                end += char.len_utf8();
            }
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return None;
            }
            steps.push(name.replace('\\', ""));
            rest = after;
        }
    }
    Some(steps)
}

fn column(at: &str, column: &Value, schema: &Value, report: &mut Report<'_>) {
    let (Some(path), Some(shown)) = (column["jsonPath"].as_str(), column["type"].as_str()) else { return };
    let name = &column["name"];
    match find(path, schema) {
        Target::Nothing(step) => {
            let message = format!("column {name} is always empty: there is no `{step}` in {path}");
            report.note(
                Rule::ColumnPath,
                &format!("{at}.jsonPath"),
                message,
                "correct the path: fields have their serialized names in it",
            );
        }
        Target::Schema(found) => {
            let kind = kind(found);
            let fits = match shown {
                "date" => kind == "string" && matches!(found["format"].as_str(), Some("date" | "date-time")),
                "number" => matches!(kind, "number" | "integer"),
                // the text of any scalar
                "string" => !matches!(kind, "object" | "array"),
                shown => kind == shown,
            };
            if !fits {
                let message = format!("column {name} has the type {shown}, and {path} is of type {kind}");
                let help = if matches!(kind, "object" | "array") {
                    "choose a field that is a text, a number or a truth value: others are shown as they are printed in Go"
                } else {
                    "give the column the type of the field; `date` shows the age of a date-time"
                };
                report.note(Rule::ColumnType, &format!("{at}.type"), message, help);
            }
        }
        Target::Unknown => {}
    }
}

fn kind(schema: &Value) -> &str {
    if schema["x-kubernetes-int-or-string"] == true {
        return "string";
    }
    schema["type"].as_str().unwrap_or("string")
}

fn scale(at: &str, scale: &Value, schema: &Value, report: &mut Report<'_>) {
    for (key, wanted) in
        [("specReplicasPath", "integer"), ("statusReplicasPath", "integer"), ("labelSelectorPath", "string")]
    {
        let Some(path) = scale[key].as_str() else { continue };
        let at = format!("{at}.{key}");
        match find(path, schema) {
            Target::Nothing(step) => {
                let message = format!("there is no `{step}` in {path}");
                report.note(
                    Rule::ScalePath,
                    &at,
                    message,
                    "name a field that there is, with its serialized name",
                );
            }
            Target::Schema(found) if found["type"] != json!(wanted) => {
                let message = format!("{path} is of type {}, and must be of type {wanted}", kind(found));
                report.note(Rule::ScalePath, &at, message, "name a field of that type");
            }
            Target::Schema(_) | Target::Unknown => {}
        }
    }
}
