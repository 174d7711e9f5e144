//! The corpus: a base definition, and changes of it as data
//!
//! It owns how a change is written. Where the files are, and what is expected of whom, is not its business.

use serde_json::{Map, Value};

/// Where places begin that have no slash in front
const SPEC: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/";

/// One change
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it is called
    pub name: String,
    /// The definition as it was
    pub old: Value,
    /// The definition as it is to be
    pub new: Value,
    /// What is expected of it, a line each
    pub says: Vec<String>,
}

/// A corpus that cannot be read
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// Not retried: it is no YAML
    #[error("no YAML: {0}")]
    Yaml(#[from] serde_saphyr::Error),
    /// Not retried: a case has another form
    #[error("case `{name}`: {why}")]
    Form {
        /// The case
        name: String,
        /// What is wrong with it
        why: String,
    },
}

/// All cases of a corpus
///
/// # Errors
/// [`CorpusError`] of the first case that is wrong.
pub fn cases(base: &str, changes: &str) -> Result<Vec<Case>, CorpusError> {
    let base: Value = serde_saphyr::from_str(base)?;
    let changes: Vec<Value> = serde_saphyr::from_multiple(changes)?;
    changes.iter().map(|change| case(&base, change)).collect()
}

fn case(base: &Value, change: &Value) -> Result<Case, CorpusError> {
    let name = change["name"].as_str().unwrap_or_default().to_owned();
    let wrong = |why: String| CorpusError::Form { name: name.clone(), why };
    let known = ["name", "old", "new", "both", "says"];
    let fields = change.as_object().ok_or_else(|| wrong("no map".to_owned()))?;
    if let Some(other) = fields.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(wrong(format!("`{other}` is no part of a case")));
    }
    let side = |key: &str| -> Result<Value, CorpusError> {
        let mut definition = base.clone();
        for edits in [&change["both"], &change[key]] {
            for (place, value) in edits.as_object().unwrap_or(&Map::new()) {
                edit(&mut definition, place, value).ok_or_else(|| wrong(format!("nothing at {place}")))?;
            }
        }
        Ok(definition)
    };
    let (old, new) = (side("old")?, side("new")?);
    let says = change["says"].as_array().ok_or_else(|| wrong("no `says`".to_owned()))?;
    let says = says.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    Ok(Case { name, old, new, says })
}

/// Puts a value at a place, or takes away what is there; `-` is a new element, `+` one like the first, but for what is given
fn edit(definition: &mut Value, place: &str, value: &Value) -> Option<()> {
    let path = if place.starts_with('/') { place.to_owned() } else { format!("{SPEC}{place}") };
    let (path, last) = path.rsplit_once('/')?;
    match definition.pointer_mut(path)? {
        Value::Object(fields) if value.is_null() => drop(fields.remove(last)),
        Value::Object(fields) => drop(fields.insert(last.to_owned(), value.clone())),
        Value::Array(items) if last == "-" => items.push(value.clone()),
        Value::Array(items) if last == "+" => {
            let mut like = items.first()?.clone();
            for (key, value) in value.as_object()? {
                like[key] = value.clone();
            }
            items.push(like);
        }
        _ => return None,
    }
    Some(())
}
