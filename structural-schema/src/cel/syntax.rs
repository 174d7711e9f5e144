//! The tree of a CEL expression, with macros already expanded
//!
//! It owns the form and what is asked of it alone. How it is read is `parser`'s business, what it means that of `checker`
//! and `machine`.

use std::sync::Arc;

/// The name that holds what a loop has gathered; no source text can name it
pub(super) const GATHERED: &str = "@result";

/// One node
#[derive(Debug)]
pub(super) struct Expr {
    /// Its number in the expression, from 0
    pub(super) id: usize,
    /// Where its operator or name stands, in characters
    pub(super) at: usize,
    /// What it is
    pub(super) kind: Kind,
}

/// What a node is
#[derive(Debug)]
pub(super) enum Kind {
    Literal(Literal),
    Ident(String),
    Select { operand: Box<Expr>, field: String, test: bool },
    Call { function: String, target: Option<Box<Expr>>, args: Vec<Expr> },
    List(Vec<Element>),
    Map(Vec<Entry>),
    Struct { name: String, fields: Vec<Expr> },
    Fold(Box<Fold>),
}

/// A constant
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
}

/// An element of a list
#[derive(Debug)]
pub(super) struct Element {
    pub(super) value: Expr,
    /// Written `?value`: left out if the optional is empty
    pub(super) optional: bool,
}

/// An entry of a map
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Expr,
    pub(super) value: Expr,
    pub(super) optional: bool,
}

/// A loop, into which the macros expand
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) range: Expr,
    /// The element of a list, the key of a map; with a second variable the index or the key
    pub(super) first: String,
    /// The element or the value of the entry
    pub(super) second: Option<String>,
    /// What the loop gathers in, [`GATHERED`] for all but bindings
    pub(super) gathered: String,
    pub(super) start: Expr,
    pub(super) condition: Expr,
    pub(super) step: Expr,
    pub(super) result: Expr,
}

/// An expression that was read
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) root: Expr,
    /// How many nodes it has
    pub(super) nodes: usize,
}

// === impl Expr ===

impl Expr {
    /// Calls `visit` for each child, in order
    pub(super) fn children<'e>(&'e self, visit: &mut dyn FnMut(&'e Self)) {
        match &self.kind {
            Kind::Literal(_) | Kind::Ident(_) => {}
            Kind::Select { operand, .. } => visit(operand),
            Kind::Call { target, args, .. } => target.as_deref().into_iter().chain(args).for_each(visit),
            Kind::List(elements) => elements.iter().for_each(|element| visit(&element.value)),
            Kind::Map(entries) => entries.iter().for_each(|entry| {
                visit(&entry.key);
                visit(&entry.value);
            }),
            Kind::Struct { fields, .. } => fields.iter().for_each(visit),
            Kind::Fold(fold) => {
                let Fold { range, start, condition, step, result, .. } = &**fold;
                [range, start, condition, step, result].into_iter().for_each(visit);
            }
        }
    }

    /// Whether `name` is used anywhere as a variable that no loop has declared
    pub(super) fn mentions(&self, name: &str) -> bool {
        match &self.kind {
            Kind::Ident(ident) => ident == name,
            Kind::Fold(fold) => {
                let hidden = fold.first == name || fold.second.as_deref() == Some(name);
                fold.range.mentions(name)
                    || fold.start.mentions(name)
                    || fold.result.mentions(name)
                    || (!hidden && (fold.condition.mentions(name) || fold.step.mentions(name)))
            }
            _ => {
                let mut found = false;
                self.children(&mut |child| found = found || child.mentions(name));
                found
            }
        }
    }

    /// The dotted name that this is, if it is nothing but that
    pub(super) fn dotted(&self) -> Option<String> {
        match &self.kind {
            Kind::Ident(name) => Some(name.clone()),
            Kind::Select { operand, field, test: false } => Some(format!("{}.{field}", operand.dotted()?)),
            _ => None,
        }
    }
}
