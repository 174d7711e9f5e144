//! What an expression may cost, at worst
//!
//! It owns cel-go's estimate: the cost and the size of each node, from the limits that the schema declares. What a call of
//! a library costs is `call`'s and `library`'s business.

mod call;
mod library;
mod range;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checker::{Checked, type_named};
use super::declared::Declared;
use super::expand::TARGET;
use super::kind::Ty;
use super::syntax::{Expr, Fold, GATHERED, Kind, Literal, Tree};
use range::Range;

/// What it costs to look at a name or a field
const LOOK: u64 = 1;
const LIST: u64 = 10;
const MAP: u64 = 30;
const STRUCT: u64 = 40;
/// What it costs to go over one character
const TRAVERSAL: f64 = 0.1;
/// What a character of a pattern costs, for each character that is matched
const PATTERN: f64 = 0.25;

/// The sizes of the keys and of the values of a list or map that an expression makes
#[derive(Clone, Copy, Debug)]
struct Entries {
    is_list: bool,
    key: Range,
    value: Range,
}

/// What a name stands for
#[derive(Clone, Debug)]
struct Local {
    path: Vec<String>,
    size: Option<Range>,
    entries: Option<Entries>,
    /// What it costs to look at it
    cost: Range,
}

/// What is known of a node for the cost of a call
struct Node<'e> {
    expr: &'e Expr,
    ty: Ty,
    path: Vec<String>,
    size: Option<Range>,
}

struct Estimator<'e> {
    checked: &'e Checked,
    root: Arc<Declared>,
    paths: BTreeMap<usize, Vec<String>>,
    sizes: BTreeMap<usize, Range>,
    entries: BTreeMap<usize, Entries>,
    locals: Vec<(&'e str, Local)>,
}

/// The most that an expression on such a value costs
pub(super) fn most(tree: &Tree, checked: &Checked, root: &Arc<Declared>) -> u64 {
    let mut estimator = Estimator {
        checked,
        root: Arc::clone(root),
        paths: BTreeMap::new(),
        sizes: BTreeMap::new(),
        entries: BTreeMap::new(),
        locals: Vec::new(),
    };
    estimator.cost(&tree.root).max
}

// === impl Entries ===

impl Entries {
    fn union(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        let (first, second) = (first?, second?);
        Some(Self {
            is_list: first.is_list,
            key: first.key.union(second.key),
            value: first.value.union(second.value),
        })
    }
}

// === impl Estimator ===

impl<'e> Estimator<'e> {
    fn cost(&mut self, expr: &'e Expr) -> Range {
        match &expr.kind {
            Kind::Literal(_) => Range::ZERO,
            Kind::Ident(name) => {
                let local = self.local(name);
                let cost = local.map_or(Range::fixed(LOOK), |local| local.cost);
                let path = local.map_or_else(|| vec![name.clone()], |local| local.path.clone());
                self.paths.insert(expr.id, path);
                cost
            }
            Kind::Select { operand, test: true, .. } => self.cost(operand),
            Kind::Select { .. } if expr.dotted().is_some_and(|name| type_named(&name).is_some()) => {
                self.paths.insert(expr.id, expr.dotted().into_iter().collect());
                Range::fixed(LOOK)
            }
            Kind::Select { operand, field, .. } => {
                let cost = self.cost(operand);
                let mut path = self.path(operand);
                path.push(field.clone());
                self.paths.insert(expr.id, path);
                match self.checked.ty(operand) {
                    Ty::Map(_) | Ty::Object(_) | Ty::Var(_) => cost.plus(Range::fixed(LOOK)),
                    Ty::Library(name) if name.starts_with("kubernetes") => cost.plus(Range::fixed(LOOK)),
                    _ => cost,
                }
            }
            Kind::Call { function, target, args } => self.call(expr, function, target.as_deref(), args),
            Kind::List(elements) => {
                let values = elements.iter().map(|element| &element.value);
                let (cost, value) = self.parts(values);
                self.entries.insert(expr.id, Entries { is_list: true, key: Range::fixed(1), value });
                cost.plus(Range::fixed(LIST))
            }
            Kind::Map(entries) => {
                let (keys_cost, key) = self.parts(entries.iter().map(|entry| &entry.key));
                let (values_cost, value) = self.parts(entries.iter().map(|entry| &entry.value));
                self.entries.insert(expr.id, Entries { is_list: false, key, value });
                keys_cost.plus(values_cost).plus(Range::fixed(MAP))
            }
            Kind::Struct { fields, .. } => self.parts(fields.iter()).0.plus(Range::fixed(STRUCT)),
            Kind::Fold(fold) if fold.gathered == GATHERED => self.fold(expr, fold),
            Kind::Fold(fold) => self.bind(expr, fold),
        }
    }

    /// What some expressions cost together, and the range of their sizes
    fn parts(&mut self, exprs: impl Iterator<Item = &'e Expr>) -> (Range, Range) {
        let mut cost = Range::ZERO;
        let mut size: Option<Range> = None;
        for expr in exprs {
            cost = cost.plus(self.cost(expr));
            let own = self.size_or_unknown(expr);
            size = Some(size.map_or(own, |size| size.union(own)));
        }
        (cost, size.unwrap_or(Range::ZERO))
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|(known, _)| *known == name).map(|(_, local)| local)
    }

    fn path(&self, expr: &Expr) -> Vec<String> {
        if let Kind::Ident(name) = &expr.kind
            && let Some(local) = self.local(name)
        {
            return local.path.clone();
        }
        self.paths.get(&expr.id).cloned().unwrap_or_default()
    }

    fn node(&mut self, expr: &'e Expr) -> Node<'e> {
        let mut path = self.path(expr);
        if path.first().is_some_and(|first| first == GATHERED) {
            path.clear();
        }
        Node { expr, ty: self.checked.ty(expr).clone(), path, size: self.size(expr) }
    }

    fn size(&mut self, expr: &'e Expr) -> Option<Range> {
        if let Some(size) = self.sizes.get(&expr.id) {
            return Some(*size);
        }
        if let Some(size) = own_size(expr) {
            return Some(size);
        }
        if let Some(size) = self.declared_size(&self.path(expr)) {
            self.sizes.insert(expr.id, size);
            return Some(size);
        }
        if is_scalar(self.checked.ty(expr)) {
            return Some(Range::fixed(1));
        }
        match &expr.kind {
            Kind::Ident(name) => self.local(name).and_then(|local| local.size),
            _ => None,
        }
    }

    fn size_or_unknown(&mut self, expr: &'e Expr) -> Range {
        self.size(expr).unwrap_or(Range::UNKNOWN)
    }

    /// The largest size that the schema allows at a place; its first part is the name of the whole
    fn declared_size(&self, path: &[String]) -> Option<Range> {
        let (_, steps) = path.split_first()?;
        let mut place = &self.root;
        let mut key = false;
        for step in steps {
            if key {
                return None;
            }
            match step.as_str() {
                "@items" | "@values" => place = place.inner()?,
                "@keys" if place.is_map() => key = true,
                field => place = place.field(field)?,
            }
        }
        // the keys of maps are texts without a limit of their own, which counts as none at all
        Some(Range { min: 0, max: if key { 0 } else { place.size_max } })
    }

    fn entries(&self, expr: &Expr) -> Option<Entries> {
        if let Some(entries) = self.entries.get(&expr.id) {
            return Some(*entries);
        }
        match &expr.kind {
            Kind::Ident(name) => self.local(name).and_then(|local| local.entries),
            _ => None,
        }
    }

    fn push(&mut self, name: &'e str, range: &Expr, part: Part) {
        let entries = self.entries(range);
        let is_list =
            entries.map_or_else(|| matches!(self.checked.ty(range), Ty::List(_)), |entries| entries.is_list);
        let by_value = match part {
            Part::Key => false,
            Part::Value => true,
            Part::Only => is_list,
        };
        let step = match (by_value, is_list) {
            (true, true) => "@items",
            (true, false) => "@values",
            (false, true) => "@indices",
            (false, false) => "@keys",
        };
        let mut path = self.path(range);
        path.push(step.to_owned());
        let size = entries.map(|entries| if by_value { entries.value } else { entries.key });
        self.locals.push((name, Local { path, size, entries: None, cost: Range::fixed(LOOK) }));
    }

    fn push_value(&mut self, name: &'e str, value: &'e Expr, cost: Range) {
        let local =
            Local { path: self.path(value), size: self.size(value), entries: self.entries(value), cost };
        self.locals.push((name, local));
    }

    fn fold(&mut self, expr: &'e Expr, fold: &'e Fold) -> Range {
        let mut cost = self.cost(&fold.range).plus(self.cost(&fold.start));
        let depth = self.locals.len();
        self.push_value(&fold.gathered, &fold.start, Range::fixed(LOOK));
        match &fold.second {
            Some(second) => {
                self.push(&fold.first, &fold.range, Part::Key);
                self.push(second, &fold.range, Part::Value);
            }
            None => self.push(&fold.first, &fold.range, Part::Only),
        }
        let turn = self.cost(&fold.condition).plus(self.cost(&fold.step));
        let step_entries = self.entries(&fold.step);
        self.locals.truncate(depth + 1);
        cost = cost.plus(self.cost(&fold.result));
        self.locals.truncate(depth);
        let turns = self.size_or_unknown(&fold.range);
        match &fold.start.kind {
            Kind::Literal(_) => {
                if let Some(size) = self.size(&fold.start) {
                    self.sizes.insert(expr.id, size);
                }
            }
            Kind::List(_) | Kind::Map(_) => {
                self.sizes.insert(expr.id, turns);
                if let Some(entries) = step_entries {
                    self.entries.insert(expr.id, entries);
                }
            }
            _ => {}
        }
        cost.plus(turns.times(turn))
    }

    fn bind(&mut self, expr: &'e Expr, fold: &'e Fold) -> Range {
        let (range, start) = (self.cost(&fold.range), self.cost(&fold.start));
        let written_out = fold.gathered == TARGET;
        self.push_value(&fold.gathered, &fold.start, if written_out { start } else { Range::fixed(LOOK) });
        let result = self.cost(&fold.result);
        let cost = if written_out { result } else { range.plus(start).plus(result) };
        let size = self.size(&fold.result);
        let entries = self.entries(&fold.result);
        self.locals.pop();
        if let Some(size) = size {
            self.sizes.insert(expr.id, size);
        }
        if let Some(entries) = entries {
            self.entries.insert(expr.id, entries);
        }
        cost
    }
}

/// Which part of a range a name stands for
#[derive(Clone, Copy)]
enum Part {
    Key,
    Value,
    /// The element of a list, the key of a map
    Only,
}

/// The size of what is written out
fn own_size(expr: &Expr) -> Option<Range> {
    let size = match &expr.kind {
        Kind::Literal(Literal::String(text)) => text.chars().count(),
        Kind::Literal(Literal::Bytes(bytes)) => bytes.len(),
        Kind::Literal(_) => 1,
        Kind::List(elements) => elements.len(),
        Kind::Map(entries) => entries.len(),
        _ => return None,
    };
    Some(Range::fixed(u64::try_from(size).unwrap_or(u64::MAX)))
}

fn is_scalar(ty: &Ty) -> bool {
    match ty {
        Ty::Bool | Ty::Double | Ty::Duration | Ty::Int | Ty::Timestamp | Ty::Uint => true,
        Ty::Optional(inner) => is_scalar(inner),
        _ => false,
    }
}
