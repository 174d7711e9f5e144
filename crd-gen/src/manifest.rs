//! What people wrote: documents of YAML or JSON, each value with its place in the text
//!
//! A document is read as kubectl reads it: YAML 1.1, so that `on` is a truth value and `0644` a number in base 8. What the
//! fields mean is not its business, nor is where the text came from.

mod node;
mod find;

use std::borrow::Cow;
use std::thread;

use serde::de::IgnoredAny;
use serde_saphyr::{Options, options::DuplicateKeyPolicy};

pub use node::{Content, Entry, Node, Position};

/// Deepest nesting of a document; an API server takes no more
const DEPTH_MAX: usize = 100;

/// Most documents of a text
const DOCUMENTS_MAX: usize = 100_000;
/// Most values of a text
const NODES_MAX: usize = 1_000_000;
/// Most values of a text that come from aliases
const ALIASED_MAX: usize = 50_000;
/// What the reader says of more comments than it holds
const COMMENTS: &str = "too many buffered comments";
/// What the reader needs for the deepest nesting, with a factor of at least four, unoptimised too
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// A text that is no YAML
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: cannot be read as YAML or JSON: {message}")]
pub struct SyntaxError {
    /// Where the reader stopped
    pub at: Position,
    /// Why
    pub message: String,
}

/// All documents of a text; empty ones, and those of comments alone, are left out
///
/// JSON may also stand document after document with nothing between them.
///
/// # Errors
/// [`SyntaxError`] for what is no YAML, is nested too deeply or grows too large by its aliases.
pub fn read(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let text = text.trim_start_matches('\u{feff}');
    let stopped = |message: String| SyntaxError { at: Position::default(), message };
    // the reader goes down with the nesting: on a stack of its own it ends with an error wherever it is called
    thread::scope(|scope| {
        let reader = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || read_any(text));
        let reader = reader.map_err(|error| stopped(format!("no thread for the reader: {error}")))?;
        reader.join().unwrap_or_else(|_| Err(stopped("the reader failed".to_owned())))
    })
}

fn read_any(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let wrong = match parse(text) {
        Ok(documents) => return Ok(documents),
        Err(wrong) => wrong,
    };
    let Some(texts) = json_stream(text) else { return Err(wrong) };
    let mut documents = Vec::new();
    let mut begin = Position::default();
    for text in texts {
        let found = parse(text).map_err(|error| SyntaxError { at: error.at.moved(begin), ..error })?;
        documents.extend(found.into_iter().map(|document| document.moved(begin)));
        begin = begin.after(text);
    }
    Ok(documents)
}

fn parse(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut text = Cow::Borrowed(text);
    loop {
        let error = match serde_saphyr::from_multiple_with_options(&text, options()) {
            Ok(documents) => return Ok(documents),
            Err(error) => error,
        };
        let at = error.location().map_or_else(Position::default, Position::from);
        let message = words(&error);
        match without_comments(&text, at).filter(|_| message.contains(COMMENTS)) {
            Some(shorter) => text = Cow::Owned(shorter),
            None => return Err(SyntaxError { at, message }),
        }
    }
}

/// A text without the line at which the reader gave up on comments, and those that follow it; lines keep their numbers
///
/// The reader holds at most 96 lines of comments in a row, and files with a licence or with much that is switched off have more.
fn without_comments(text: &str, at: Position) -> Option<String> {
    let before = usize::try_from(at.line).ok()?.checked_sub(1)?;
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    text.split('\n').nth(before).filter(|line| is_comment(line))?;
    let mut goes_on = true;
    let lines = text.split('\n').enumerate().map(|(index, line)| {
        goes_on &= index < before || is_comment(line) || line.trim().is_empty();
        if index >= before && goes_on { "" } else { line }
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_documents: DOCUMENTS_MAX,
            max_nodes: NODES_MAX,
            max_events: 2 * NODES_MAX,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: ALIASED_MAX },
        // what is there twice is the API server's business
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        legacy_octal_numbers: true,
        with_snippet: false,
    }
}

/// The parts of a stream of JSON, a document in each; none for what is no JSON
fn json_stream(text: &str) -> Option<Vec<&str>> {
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut texts, mut begin) = (Vec::new(), 0);
    while let Some(document) = documents.next() {
        document.ok()?;
        texts.push(text.get(begin..documents.byte_offset())?);
        begin = documents.byte_offset();
    }
    (texts.len() <= DOCUMENTS_MAX).then_some(texts)
}

/// The reader's words without the place, which is told by itself
fn words(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
