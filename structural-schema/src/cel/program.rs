//! A rule that was read once, kept beside the rule
//!
//! It owns the cache. What a program says of an object is `rules`' business, whether it is a good one `accept`'s.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::schema::Rule;

use super::issue::{Issue, render};
use super::syntax::Tree;
use super::{foreign, parser};

/// What a rule's texts mean
#[derive(Debug)]
pub(super) struct Program {
    pub(super) rule: Result<Tree, String>,
    /// None if there is no such expression
    pub(super) message: Option<Result<Tree, String>>,
    /// Whether the rule looks at the old value
    pub(super) is_transition: bool,
}

/// The place beside a rule where its program is kept; it is no part of what the rule says
#[derive(Clone, Default)]
pub(crate) struct Cached(OnceLock<Arc<Program>>);

// === impl Cached ===

impl Cached {
    pub(super) fn of(rule: &Rule) -> &Program {
        rule.program.0.get_or_init(|| Arc::new(Program::read(rule)))
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cached")
    }
}

impl PartialEq for Cached {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cached {}

// === impl Program ===

impl Program {
    fn read(rule: &Rule) -> Self {
        let tree = read(&rule.rule);
        let is_transition = tree.as_ref().is_ok_and(|tree| tree.root.mentions("oldSelf"));
        let message = (!rule.message_expression.is_empty()).then(|| read(&rule.message_expression));
        Self { rule: tree, message, is_transition }
    }
}

/// The tree, or what is wrong with the text as the server prints it
fn read(source: &str) -> Result<Tree, String> {
    parser::parse(source).map_err(|issue| {
        // the places of syntax errors are ours, their words are those of the grammar that the server uses
        let said =
            issue.message.starts_with("Syntax error").then(|| foreign::grammar_issues(source)).flatten();
        let issues: Vec<Issue> = said.filter(|issues| !issues.is_empty()).unwrap_or_else(|| vec![issue]);
        render(source, &issues)
    })
}
