//! A sequence of requests as a value: what a case file says, and what the generator makes
//!
//! Paths and bodies are still texts with captures in them; `capture` fills those in when a step is played.

use std::fmt;

/// Requests that are sent one after the other, in a namespace of their own
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    /// Name of the file, or of the generator
    pub(crate) topic: String,
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
}

/// One request, or a look at what a watch has sent
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Name under which later steps find the answer
    pub(crate) label: Option<String>,
    pub(crate) action: Action,
    /// Paths whose values are not compared: what controllers write when they get to it
    pub(crate) ignored: Vec<String>,
    /// The request as the case file has it, for messages
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Sends a request, again and again where there is something to wait for
    Send { request: Draft, until: Vec<Until> },
    /// Opens a watch; its label names it
    Watch { request: Draft },
    /// Reads from an open watch
    Events { watch: String, amount: Amount },
}

/// A request before its captures are filled in
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    #[default]
    None,
    /// YAML, sent as JSON
    Yaml(String),
    /// An earlier answer with a merge patch on top
    Changed { label: String, patch: String },
    /// Sent as it is
    Raw(String),
    /// So many bytes of a JSON string
    Size(usize),
}

/// How much to read from a watch
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    Count(usize),
    /// Until the server ends the stream
    End,
}

/// What an answer must be before it counts
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Status(u16),
    /// The value at a path is this one
    Is(String, String),
    Exists(String),
    Missing(String),
}

// === impl Sequence ===

impl Sequence {
    /// Name of the test
    pub(crate) fn name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let mut title: String = self.title.chars().map(plain).collect();
        while title.contains("__") {
            title = title.replace("__", "_");
        }
        format!("{}::{}", self.topic, title.trim_matches('_'))
    }
}

// === impl Sequence: as text ===

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}", self.title)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{}", step.text))
    }
}
