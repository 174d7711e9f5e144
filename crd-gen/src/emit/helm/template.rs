//! Documents as templates of Helm: marks in a document's values become what Helm fills in
//!
//! An emitter makes a document as always, with marks in it; here it is rendered, made safe, and its marks are replaced.
//! What stands for which mark is the caller's table.

use serde_json::{Value, json};

use crate::yaml::{self, YamlError};

/// What marks begin and end with: nothing that YAML would quote, and nothing that an operator declares
///
/// As keys they sort behind all others: what begins an item of a list stays its first key.
const OPEN: &str = "zzHELM__";
const CLOSE: &str = "__";

/// The mark of a name
pub(super) fn mark(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// What takes the place of marks
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'t> {
    /// Within a line: an expression
    pub(super) inline: &'t [(&'t str, &'t str)],
    /// Instead of a whole line whose only key, value or item is the mark; indented like it
    pub(super) blocks: &'t [(&'t str, &'t str)],
}

// === impl Table ===

impl Table<'_> {
    /// A document as a template
    pub(super) fn render(&self, document: &Value) -> Result<String, YamlError> {
        let text = yaml::document(document)?;
        let mut rendered = String::with_capacity(text.len());
        for line in escape(&text).lines() {
            self.line(line, &mut rendered);
        }
        Ok(rendered)
    }

    fn line(&self, line: &str, rendered: &mut String) {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let key = content.trim_start_matches("- ").trim_end_matches(": null");
        if let Some((_, block)) = self.blocks.iter().find(|(name, _)| key == mark(name)) {
            for line in block.lines() {
                // counts for `nindent` are relative to the mark
                let line = shift(line, indent);
                rendered.extend([&" ".repeat(indent), line.as_str(), "\n"]);
            }
            return;
        }
        let line = self.inline.iter().fold(line.to_owned(), |line, (name, expression)| {
            let mark = mark(name);
            match line.strip_suffix(&mark) {
                // all of a value: it stays a text, even if it looks like a number
                Some(before) if before.ends_with([' ', '\t']) && before.trim_end().ends_with([':', '-']) => {
                    format!("{before}{{{{ {expression} | quote }}}}")
                }
                _ => line.replace(&mark, &format!("{{{{ {expression} }}}}")),
            }
        });
        rendered.extend([line.as_str(), "\n"]);
    }
}

/// Adds to the number after `nindent`
fn shift(line: &str, by: usize) -> String {
    let Some((before, after)) = line.split_once("nindent ") else { return line.to_owned() };
    let digits = after.find(|char: char| !char.is_ascii_digit()).unwrap_or(after.len());
    let number: usize = after[..digits].parse().unwrap_or(0);
    format!("{before}nindent {}{}", number + by, &after[digits..])
}

/// What looks like a template in a description or a pattern is text
fn escape(text: &str) -> String {
    text.replace("{{", "\u{0}").replace("}}", "{{ \"}}\" }}").replace('\u{0}', "{{ \"{{\" }}")
}

/// Puts a block into a map
pub(super) fn insert(map: &mut Value, name: &str) {
    if !map.is_object() {
        *map = json!({});
    }
    map[mark(name)] = Value::Null;
}

/// Puts a block at the end of a list
pub(super) fn append(list: &mut Value, name: &str) {
    if let Some(items) = list.as_array_mut() {
        items.push(json!(mark(name)));
    }
}

/// Puts a block at the start of a list
pub(super) fn prepend(list: &mut Value, name: &str) {
    if let Some(items) = list.as_array_mut() {
        items.insert(0, json!(mark(name)));
    }
}

/// What is there only if a condition of the values holds
pub(super) fn only_if(condition: &str, template: &str) -> String {
    format!("{{{{- if {condition} }}}}\n{template}{{{{- end }}}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_replaced_and_all_else_is_text() {
        let document = json!({
            "labels": { "a": "b", mark("more"): null },
            "list": [mark("more"), "x"],
            "app": mark("prefix"),
            "name": format!("{}-role", mark("prefix")),
            "pattern": "{{ .Values.a }}-^[a-z]{2}}$",
        });
        let table = Table {
            inline: &[("prefix", "include \"p\" $")],
            blocks: &[("more", "{{- with .a }}\n{{- toYaml . | nindent 0 }}\n{{- end }}")],
        };
        let expected = "\
app: {{ include \"p\" $ | quote }}
labels:
  a: b
  {{- with .a }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
list:
{{- with .a }}
{{- toYaml . | nindent 0 }}
{{- end }}
- x
name: {{ include \"p\" $ }}-role
pattern: \"{{ \"{{\" }} .Values.a {{ \"}}\" }}-^[a-z]{2{{ \"}}\" }}$\"
";
        assert_eq!(table.render(&document).unwrap(), expected);
    }
}
