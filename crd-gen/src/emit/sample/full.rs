//! A sample with every field, as YAML with comments
//!
//! Fields that are required or have a default stand there as in the other sample; the others are in a comment, with a
//! value that their schema allows. `# ` begins a text, `#` without a space a line that can be switched on. Of alternatives
//! one can be, and the others are text.

use serde_json::{Map, Value, json};

use super::value::{object, required, value};
use crate::yaml::{self, YamlError};

/// Longest line of a text
const WIDTH: usize = 100;
/// Fields of a type of somebody else's, such as a pod template, that are still listed one by one
const FIELDS_MAX: usize = 60;

/// The text of an object with this spec; `head` is all of it but the spec
pub(super) fn text(
    head: &Value,
    spec_schema: &Value,
    spec: &Map<String, Value>,
) -> Result<String, YamlError> {
    let mut lines = Lines { text: yaml::document(head)?, mark: ON };
    lines.text.push_str("spec:\n");
    lines.fields(spec_schema, spec, 2)?;
    if !lines.text.ends_with('\n') || lines.text.ends_with("spec:\n") {
        lines.text.truncate(lines.text.len() - "spec:\n".len());
        lines.text.push_str("spec: {}\n");
    }
    Ok(lines.text)
}

/// What lines begin with that are there, that can be switched on, and that are told of
const ON: &str = "";
const OFF: &str = "#";
const TOLD: &str = "# ";

struct Lines {
    text: String,
    /// What lines of fields begin with here
    mark: &'static str,
}

// === impl Lines ===

impl Lines {
    /// All fields that the schema knows
    fn fields(&mut self, schema: &Value, there: &Map<String, Value>, indent: usize) -> Result<(), YamlError> {
        let (required, alternatives) = (required(schema), alternatives(schema));
        let known = schema["properties"].as_object();
        for (name, field) in known.into_iter().flatten() {
            let is_alternative = alternatives.contains(&name.as_str());
            let need = match required.contains(&name.as_str()) {
                _ if is_alternative => format!("Exactly one of: {}.", alternatives.join(", ")),
                true => "Required.".to_owned(),
                false => "Optional.".to_owned(),
            };
            self.comment(field, need, indent);
            let mark = self.mark;
            let made;
            let value = if let Some(value) = there.get(name) {
                value
            } else {
                self.mark = if is_alternative || mark == TOLD { TOLD } else { OFF };
                made = value_to_show(field);
                &made
            };
            self.field(name, field, value, indent)?;
            self.mark = mark;
        }
        // of a map, and of what no schema describes
        let others = there.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
        for (name, value) in others {
            self.lines(&yaml::document(&json!({ name: value }))?, indent);
        }
        Ok(())
    }

    fn field(&mut self, name: &str, schema: &Value, value: &Value, indent: usize) -> Result<(), YamlError> {
        let key = yaml::document(&json!({ name: 0 }))?;
        let key = key.trim_end().trim_end_matches(" 0");
        let is_described = |schema: &Value| schema["properties"].is_object() && count(schema) <= FIELDS_MAX;
        match value {
            Value::Object(fields)
                if is_described(schema) && !schema["properties"].as_object().is_none_or(Map::is_empty) =>
            {
                let switch = if fields.is_empty() { " {}" } else { "" };
                self.lines(&format!("{key}{switch}"), indent);
                // what is in an empty object cannot be switched on line by line
                if fields.is_empty() { Ok(()) } else { self.fields(schema, fields, indent + 2) }
            }
            Value::Array(items) if !items.is_empty() && is_described(&schema["items"]) => {
                self.lines(key, indent);
                for item in items {
                    let Value::Object(fields) = item else {
                        self.lines(&yaml::document(&json!([item]))?, indent);
                        continue;
                    };
                    self.lines(if fields.is_empty() { "- {}" } else { "-" }, indent);
                    if !fields.is_empty() {
                        self.fields(&schema["items"], fields, indent + 2)?;
                    }
                }
                Ok(())
            }
            _ => {
                self.lines(&yaml::document(&json!({ name: value }))?, indent);
                Ok(())
            }
        }
    }

    /// What the field is for, and what it may be
    fn comment(&mut self, schema: &Value, need: String, indent: usize) {
        let mut words: Vec<String> = Vec::new();
        let description = schema["description"].as_str().unwrap_or_default();
        for paragraph in description.split('\n').map(str::trim).filter(|one| !one.is_empty()) {
            self.paragraph(paragraph, indent);
        }
        match &schema["default"] {
            Value::Null => words.push(need),
            default => words.push(format!("Default: {default}.")),
        }
        for (name, what) in [
            ("enum", "One of"),
            ("minimum", "At least"),
            ("maximum", "At most"),
            ("minLength", "Characters, at least"),
            ("maxLength", "Characters, at most"),
            ("minItems", "Items, at least"),
            ("maxItems", "Items, at most"),
            ("pattern", "Matches"),
            ("format", "Format"),
        ] {
            let list =
                |values: &Vec<Value>| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            match &schema[name] {
                Value::Null => {}
                Value::Array(values) => words.push(format!("{what}: {}.", list(values))),
                // the width of a number tells a person nothing
                Value::String(format) if name == "format" && format.starts_with("int") => {}
                Value::String(text) => words.push(format!("{what}: {text}")),
                value => words.push(format!("{what}: {value}.")),
            }
        }
        self.paragraph(&words.join(" "), indent);
    }

    fn paragraph(&mut self, text: &str, indent: usize) {
        let mut line = String::new();
        let clean = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect::<String>();
        for word in clean.split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH.saturating_sub(indent)
            {
                self.text.extend([&" ".repeat(indent), "#", line.as_str(), "\n"]);
                line.clear();
            }
            line.extend([" ", word]);
        }
        self.text.extend([&" ".repeat(indent), "#", line.as_str(), "\n"]);
    }

    /// Lines of YAML, marked as fields are here
    fn lines(&mut self, yaml: &str, indent: usize) {
        let mark = self.mark;
        for line in yaml.lines() {
            let content = line.trim_start();
            let indent = indent + line.len() - content.len();
            self.text.extend([&" ".repeat(indent), mark, content, "\n"]);
        }
    }
}

/// Names of fields of which exactly one has to be there, as the variants of an enum with data
fn alternatives(schema: &Value) -> Vec<&str> {
    let branches = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let wanted = branches.iter().map(|branch| match branch["required"].as_array().map(Vec::as_slice) {
        Some([Value::String(name)]) => Some(name.as_str()),
        _ => None,
    });
    wanted.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// What can be switched on: never an empty list or map where the schema knows what could be in it
fn value_to_show(schema: &Value) -> Value {
    let made = value(schema);
    match &made {
        Value::Array(items) if items.is_empty() => {
            json!([value_to_show(&schema["items"])])
        }
        Value::Object(fields) if fields.is_empty() && schema["additionalProperties"].is_object() => {
            json!({ "example": value(&schema["additionalProperties"]) })
        }
        Value::Object(fields) if fields.is_empty() => {
            let first = schema["properties"].as_object().and_then(|known| known.iter().next());
            first.map_or(made, |(name, field)| {
                let mut fields = object(schema);
                fields.insert(name.clone(), value(field));
                Value::Object(fields)
            })
        }
        _ => made,
    }
}

/// Fields of a schema, at all depths
fn count(schema: &Value) -> usize {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let inner: usize = fields.map(|(_, field)| 1 + count(field)).sum();
    let items = &schema["items"];
    inner + if items.is_object() { count(items) } else { 0 }
}
