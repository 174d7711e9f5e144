//! Reads case files: many sequences in one text, each a few lines long
//!
//! ```text
//! let cm = /api/v1/namespaces/$ns/configmaps       a name for a piece of text; `$ns` is the sequence's namespace
//!
//! ## title of a sequence
//! # a comment
//! a: POST $cm {metadata: {name: a}}                a label, a verb, a path, a body in YAML
//! MERGE $cm/a
//!   > X-Header: value                              lines that belong to a step are indented: a header,
//!   until status 404                               a condition to wait for,
//!   ignore .metadata.resourceVersion               a value that is not compared,
//!   {data: {k: v}}                                 more of the body,
//!   | {"raw": 1}                                   a body that is sent as it is,
//!   size 4000000                                   or one that is only long
//! PUT $cm/a ${a} <- {data: {k: v}}                 an earlier answer, changed by a merge patch
//! w: WATCH $cm?resourceVersion=${a.rv}             opens a watch
//! EVENTS w 2                                       reads two events of it, or all with `end`
//! ```
//!
//! `MERGE`, `JSON`, `STRATEGIC` and `APPLY` are `PATCH` with their content types.

use std::collections::BTreeMap;

use crate::sequence::{Action, Amount, Body, Draft, Sequence, Step, Until};

/// Names for pieces of text
pub(crate) type Lets = BTreeMap<String, String>;

/// The verbs that are a patch
const PATCHES: [(&str, &str); 4] = [
    ("MERGE", "application/merge-patch+json"),
    ("JSON", "application/json-patch+json"),
    ("STRATEGIC", "application/strategic-merge-patch+json"),
    ("APPLY", "application/apply-patch+yaml"),
];

/// Before the path of a value that is not compared
const IGNORE: &str = "ignore ";

/// Reads the `let` lines of a text
pub(crate) fn lets(text: &str, known: &Lets) -> Lets {
    let mut lets = known.clone();
    for line in text.lines() {
        if let Some((name, value)) = line.strip_prefix("let ").and_then(|line| line.split_once(" = ")) {
            let value = fill(value.trim(), &lets);
            lets.insert(name.trim().to_owned(), value);
        }
    }
    lets
}

/// Reads a case file
pub(crate) fn parse(topic: &str, text: &str, known: &Lets) -> Result<Vec<Sequence>, String> {
    let lets = lets(text, known);
    let mut sequences: Vec<Sequence> = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let is_note = line.starts_with('#') && !line.starts_with("## ");
        if line.trim().is_empty() || is_note || line.starts_with("let ") {
            continue;
        }
        if line.starts_with(' ') {
            let (_, step) = open.last_mut().ok_or_else(|| at(topic, index, "this belongs to no step"))?;
            step.push('\n');
            step.push_str(line);
            continue;
        }
        if let Some(title) = line.strip_prefix("## ") {
            close(topic, &mut open, sequences.last_mut(), &lets)?;
            sequences.push(Sequence {
                topic: topic.to_owned(),
                title: title.trim().to_owned(),
                steps: Vec::new(),
            });
            continue;
        }
        open.push((index, line.to_owned()));
    }
    close(topic, &mut open, sequences.last_mut(), &lets)?;
    Ok(sequences)
}

/// Turns the steps that were collected into those of a sequence
fn close(
    topic: &str,
    open: &mut Vec<(usize, String)>,
    sequence: Option<&mut Sequence>,
    lets: &Lets,
) -> Result<(), String> {
    let steps: Result<Vec<Step>, String> = open
        .drain(..)
        .map(|(index, text)| step(&fill(&text, lets)).map_err(|why| at(topic, index, &why)))
        .collect();
    match (sequence, steps?) {
        (Some(sequence), steps) => sequence.steps.extend(steps),
        (None, steps) if steps.is_empty() => {}
        (None, _) => return Err(format!("{topic}: steps stand before the first title")),
    }
    Ok(())
}

fn at(topic: &str, index: usize, why: &str) -> String {
    format!("{topic}:{}: {why}", index + 1)
}

/// One step with the lines that belong to it
pub(crate) fn step(text: &str) -> Result<Step, String> {
    let (first, more) = text.split_once('\n').unwrap_or((text, ""));
    let (label, line) = split_label(first);
    let (verb, rest) = line.split_once(' ').ok_or("a verb and a path are needed")?;
    if verb == "EVENTS" {
        let (watch, amount) = rest.trim().split_once(' ').ok_or("EVENTS needs a label and an amount")?;
        let amount = match amount.trim() {
            "end" => Amount::End,
            count => Amount::Count(count.parse().map_err(|_| "EVENTS needs a number or `end`")?),
        };
        let action = Action::Events { watch: watch.to_owned(), amount };
        let ignored = ignored(more);
        return Ok(Step { label, action, ignored, text: text.to_owned() });
    }
    let (path, inline) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let mut request = Draft { method: verb.to_owned(), path: path.to_owned(), ..Draft::default() };
    if let Some((_, media)) = PATCHES.iter().find(|(name, _)| *name == verb) {
        "PATCH".clone_into(&mut request.method);
        request.headers.push(("Content-Type".to_owned(), (*media).to_owned()));
    }
    let until = continued(&mut request, inline, more)?;
    let action = if verb == "WATCH" {
        "GET".clone_into(&mut request.method);
        request.path.push_str(if request.path.contains('?') { "&watch=true" } else { "?watch=true" });
        Action::Watch { request }
    } else {
        Action::Send { request, until }
    };
    Ok(Step { label, action, ignored: ignored(more), text: text.to_owned() })
}

/// Takes in the indented lines of a step and gives what it waits for
fn continued(request: &mut Draft, inline: &str, more: &str) -> Result<Vec<Until>, String> {
    let (mut until, mut yaml, mut raw) = (Vec::new(), inline.to_owned(), Vec::new());
    for line in more.lines() {
        let trimmed = line.trim_start();
        if let Some(header) = trimmed.strip_prefix("> ") {
            let (name, value) = header.split_once(": ").ok_or("a header is `> Name: value`")?;
            request.headers.push((name.to_owned(), value.to_owned()));
        } else if let Some(condition) = trimmed.strip_prefix("until ") {
            until.push(condition_of(condition)?);
        } else if trimmed.starts_with(IGNORE) {
            // taken in by `ignored`
        } else if let Some(text) = trimmed.strip_prefix("| ") {
            raw.push(text);
        } else if let Some(size) = trimmed.strip_prefix("size ") {
            request.body = Body::Size(size.parse().map_err(|_| "size needs a number")?);
        } else {
            yaml.push('\n');
            yaml.push_str(line);
        }
    }
    if !raw.is_empty() {
        request.body = Body::Raw(raw.join("\n"));
    } else if let Some((label, patch)) = changed(&yaml) {
        request.body = Body::Changed { label, patch };
    } else if !yaml.trim().is_empty() {
        request.body = Body::Yaml(yaml);
    }
    Ok(until)
}

fn ignored(more: &str) -> Vec<String> {
    more.lines().filter_map(|line| line.trim_start().strip_prefix(IGNORE)).map(ToOwned::to_owned).collect()
}

/// `${label} <- patch`
fn changed(yaml: &str) -> Option<(String, String)> {
    let (label, patch) = yaml.trim().strip_prefix("${")?.split_once("} <-")?;
    Some((label.to_owned(), patch.to_owned()))
}

fn condition_of(text: &str) -> Result<Until, String> {
    if let Some(status) = text.strip_prefix("status ") {
        return status.parse().map(Until::Status).map_err(|_| "a status is a number".to_owned());
    }
    if let Some(path) = text.strip_prefix('!') {
        return Ok(Until::Missing(path.to_owned()));
    }
    Ok(match text.split_once(" = ") {
        Some((path, value)) => Until::Is(path.to_owned(), value.to_owned()),
        None => Until::Exists(text.to_owned()),
    })
}

/// `label: VERB …`
fn split_label(line: &str) -> (Option<String>, &str) {
    match line.split_once(": ") {
        Some((label, rest)) if label.chars().all(|c| c.is_ascii_alphanumeric()) => {
            (Some(label.to_owned()), rest)
        }
        _ => (None, line),
    }
}

/// Replaces `$name`, where the name is known
pub(crate) fn fill(text: &str, lets: &Lets) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
        match lets.get(&after[..end]) {
            Some(value) if end > 0 => filled.push_str(value),
            _ => {
                filled.push('$');
                filled.push_str(&after[..end]);
            }
        }
        rest = &after[end..];
    }
    filled.push_str(rest);
    filled
}
