//! Reads scripts: what a person types, and the files that the commands are given
//!
//! ```text
//! ## title of a script
//! # a comment
//! file widget.yaml                     a file; its lines are indented by two spaces
//!   kind: Widget
//! $ apply -f widget.yaml               a kubectl command; `$ns` is the script's namespace
//!   until stdout unchanged             repeats it until its output has this text
//!   editor s/size: 3/size: 4/          what `edit` runs on the file: sed with this expression
//!   input {"kind": "Widget"}           standard input
//! watch w $ get widgets -w             starts a command that goes on
//! lines w 3                            waits until it has printed so many lines, ends it and compares them
//! ```

/// One script
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) topic: String,
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    File { name: String, text: String },
    Run(Command),
    Watch { name: String, args: Vec<String> },
    Lines { name: String, count: usize },
}

/// A command that ends by itself
#[derive(Clone, Debug, Default)]
pub(crate) struct Command {
    pub(crate) args: Vec<String>,
    pub(crate) until: Option<String>,
    pub(crate) editor: Option<String>,
    pub(crate) input: String,
}

// === impl Script ===

impl Script {
    /// Name of the test
    pub(crate) fn name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let title: String = self.title.chars().map(plain).collect();
        format!("{}::{}", self.topic, title.trim_matches('_'))
    }
}

/// Reads a file of scripts
pub(crate) fn parse(topic: &str, text: &str) -> Result<Vec<Script>, String> {
    let mut scripts: Vec<Script> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let wrong = |why: &str| format!("{topic}:{}: {why}", index + 1);
        if let Some(title) = line.strip_prefix("## ") {
            let (topic, title) = (topic.to_owned(), title.trim().to_owned());
            scripts.push(Script { topic, title, steps: Vec::new() });
            continue;
        }
        let is_file = |script: &Script| matches!(script.steps.last(), Some(Step::File { .. }));
        if line.starts_with('#') || (line.is_empty() && !scripts.last().is_some_and(is_file)) {
            continue;
        }
        let script = scripts.last_mut().ok_or_else(|| wrong("a title comes first"))?;
        if line.is_empty() || line.starts_with(' ') {
            let step = script.steps.last_mut().ok_or_else(|| wrong("this belongs to no step"))?;
            continued(step, line).map_err(|why| wrong(&why))?;
        } else {
            script.steps.push(step(line).map_err(|why| wrong(&why))?);
        }
    }
    Ok(scripts)
}

fn step(line: &str) -> Result<Step, String> {
    if let Some(name) = line.strip_prefix("file ") {
        return Ok(Step::File { name: name.trim().to_owned(), text: String::new() });
    }
    if let Some(command) = line.strip_prefix("$ ") {
        return Ok(Step::Run(Command { args: words(command)?, ..Command::default() }));
    }
    if let Some((name, command)) = line.strip_prefix("watch ").and_then(|rest| rest.split_once(" $ ")) {
        return Ok(Step::Watch { name: name.to_owned(), args: words(command)? });
    }
    if let Some((name, count)) = line.strip_prefix("lines ").and_then(|rest| rest.split_once(' ')) {
        let count = count.parse().map_err(|_| "`lines` needs a number")?;
        return Ok(Step::Lines { name: name.to_owned(), count });
    }
    Err(format!("`{line}` is no step"))
}

/// A line that belongs to a step
fn continued(step: &mut Step, line: &str) -> Result<(), String> {
    match step {
        Step::File { text, .. } => {
            text.push_str(line.strip_prefix("  ").unwrap_or(line));
            text.push('\n');
        }
        Step::Run(command) => match line.trim_start().split_once(' ') {
            Some(("until", text)) => command.until = Some(text.to_owned()),
            Some(("editor", text)) => command.editor = Some(text.to_owned()),
            Some(("input", text)) => text.clone_into(&mut command.input),
            _ => return Err(format!("`{line}` is nothing that a command has")),
        },
        Step::Watch { .. } | Step::Lines { .. } => return Err("this step has one line".to_owned()),
    }
    Ok(())
}

/// The words of a command; quotes as in a shell, and nothing else of a shell
pub(crate) fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote, mut is_word) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => (quote, is_word) = (Some(c), true),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => {
                if is_word {
                    words.push(std::mem::take(&mut word));
                }
                is_word = false;
            }
            (c, _) => {
                word.push(c);
                is_word = true;
            }
        }
    }
    if is_word {
        words.push(word);
    }
    if quote.is_some() { Err("a quote is not closed".to_owned()) } else { Ok(words) }
}
