//! The functions of CEL on texts
//!
//! It owns their rules, which count characters, not bytes. Patterns are cached by the caller.

use super::value::{Fault, Outcome, Val};

/// A function whose target is a text; none if the name or the arguments are not those of one
pub(super) fn call<'a>(function: &str, target: &str, args: &[Val<'a>]) -> Option<Outcome<'a>> {
    Some(match (function, args) {
        ("contains", [Val::Text(part)]) => Ok(Val::Bool(target.contains(&**part))),
        ("startsWith", [Val::Text(part)]) => Ok(Val::Bool(target.starts_with(&**part))),
        ("endsWith", [Val::Text(part)]) => Ok(Val::Bool(target.ends_with(&**part))),
        ("lowerAscii", []) => Ok(Val::text(target.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(Val::text(target.to_ascii_uppercase())),
        ("trim", []) => Ok(Val::text(target.trim())),
        ("charAt", [Val::Int(index)]) => char_at(target, *index),
        ("indexOf", [Val::Text(part)]) => index_of(target, part, 0),
        ("indexOf", [Val::Text(part), Val::Int(from)]) => index_of(target, part, *from),
        ("lastIndexOf", [Val::Text(part)]) => last_index_of(target, part, None),
        ("lastIndexOf", [Val::Text(part), Val::Int(from)]) => last_index_of(target, part, Some(*from)),
        ("substring", [Val::Int(start)]) => substring(target, *start, None),
        ("substring", [Val::Int(start), Val::Int(end)]) => substring(target, *start, Some(*end)),
        ("replace", [Val::Text(from), Val::Text(to)]) => Ok(Val::text(target.replace(&**from, to))),
        ("replace", [Val::Text(from), Val::Text(to), Val::Int(count)]) => {
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            Ok(Val::text(target.replacen(&**from, to, count)))
        }
        ("split", [Val::Text(by)]) => Ok(split(target, by, -1)),
        ("split", [Val::Text(by), Val::Int(limit)]) => Ok(split(target, by, *limit)),
        _ => return None,
    })
}

fn out_of_range<'a>(index: i64) -> Outcome<'a> {
    Fault::failed(format!("index out of range: {index}"))
}

fn char_at<'a>(target: &str, index: i64) -> Outcome<'a> {
    let place = usize::try_from(index).ok();
    match place.and_then(|place| target.chars().nth(place)) {
        Some(c) => Ok(Val::text(c)),
        None if place == Some(target.chars().count()) => Ok(Val::text("")),
        None => out_of_range(index),
    }
}

/// Where a byte offset is, in characters
fn place(target: &str, byte: Option<usize>) -> Val<'static> {
    Val::Int(byte.and_then(|byte| i64::try_from(target[..byte].chars().count()).ok()).unwrap_or(-1))
}

/// Where a character is, in bytes; one past the last is allowed
fn byte_of(target: &str, index: i64) -> Option<usize> {
    let index = usize::try_from(index).ok()?;
    target.char_indices().map(|(byte, _)| byte).chain([target.len()]).nth(index)
}

fn index_of<'a>(target: &str, part: &str, from: i64) -> Outcome<'a> {
    let Some(start) = byte_of(target, from) else {
        // past the end nothing is found, before the start is a mistake
        return if from < 0 { out_of_range(from) } else { Ok(Val::Int(-1)) };
    };
    Ok(place(target, target[start..].find(part).map(|byte| byte + start)))
}

fn last_index_of<'a>(target: &str, part: &str, from: Option<i64>) -> Outcome<'a> {
    let end = match from {
        None => target.len(),
        Some(from) => match byte_of(target, from) {
            Some(start) => (start + part.len()).min(target.len()),
            None if from < 0 => return out_of_range(from),
            None => return Ok(Val::Int(-1)),
        },
    };
    let mut end = end;
    while !target.is_char_boundary(end) {
        end -= 1;
    }
    Ok(place(target, target[..end].rfind(part)))
}

fn substring<'a>(target: &str, start: i64, end: Option<i64>) -> Outcome<'a> {
    let length = i64::try_from(target.chars().count()).unwrap_or(i64::MAX);
    let last = end.unwrap_or(length);
    if end.is_none() && start > length {
        return out_of_range(start);
    }
    if start > last {
        return Fault::failed(format!("invalid substring range. start: {start}, end: {last}"));
    }
    match (byte_of(target, start), byte_of(target, last)) {
        (None, _) => out_of_range(start),
        (_, None) => out_of_range(last),
        (Some(start), Some(end)) => Ok(Val::text(&target[start..end])),
    }
}

fn split<'a>(target: &str, by: &str, limit: i64) -> Val<'a> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let parts: Vec<String> = if limit == 0 {
        Vec::new()
    } else if by.is_empty() {
        let mut chars = target.chars();
        let mut parts: Vec<String> = chars.by_ref().take(limit - 1).map(String::from).collect();
        let rest: String = chars.collect();
        if !rest.is_empty() {
            parts.push(rest);
        }
        parts
    } else {
        target.splitn(limit, by).map(str::to_owned).collect()
    };
    Val::list(parts.into_iter().map(Val::text).collect())
}

/// `strings.quote`
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
