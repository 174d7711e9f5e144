//! The `fieldPath` of a rule: where its error is, relative to the rule's place
//!
//! It owns how such a path is read. Which places there are is the schema's business.

use std::fmt::Write as _;

use crate::schema::{Additional, Schema};

/// The path as errors print it; none if it leads nowhere
pub(super) fn resolve(path: &str, schema: &Schema) -> Option<String> {
    let mut found = String::new();
    let mut place = schema;
    let mut rest = path;
    while !rest.is_empty() {
        let (name, after) = if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[', ']']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return None;
            }
            (name.to_owned(), after)
        } else {
            let (quoted, after) = quoted(rest.strip_prefix("['")?)?;
            (quoted, after.strip_prefix(']')?)
        };
        rest = after;
        if !place.properties.is_empty() {
            place = place.properties.get(&name)?;
            if !found.is_empty() {
                found.push('.');
            }
            found.push_str(&name);
        } else if let Additional::Schema(values) = &place.additional {
            place = values;
            write!(found, "[{name}]").ok()?;
        } else {
            return None;
        }
    }
    (!found.is_empty()).then_some(found)
}

/// What stands before a closing quote, with its escapes undone, and what stands after it
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Some((out, &text[at + 1..])),
            '\\' => out.push(match chars.next()?.1 {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                c @ ('\'' | '\\') => c,
                _ => return None,
            }),
            c => out.push(c),
        }
    }
    None
}
