//! What a call costs, at worst, and how large its result is
//!
//! It owns the table of cel-go's own functions; those of its extensions and of Kubernetes stand in `library`.

use super::range::Range;
use super::{Entries, Estimator, Node, PATTERN, TRAVERSAL};
use crate::cel::syntax::Expr;

/// What a call costs beside its arguments, unless that is in it, and how large its result is
pub(super) struct Call {
    cost: Range,
    size: Option<Range>,
    /// Whether `cost` has the arguments in it
    whole: bool,
}

/// A call by one of its overloads
#[derive(Clone, Copy)]
pub(super) struct Asked<'n, 'e> {
    pub(super) expr: &'e Expr,
    pub(super) function: &'n str,
    pub(super) id: &'n str,
    pub(super) target: Option<&'n Node<'e>>,
    pub(super) args: &'n [Node<'e>],
    costs: &'n [Range],
}

// === impl Call ===

impl Call {
    pub(super) fn of(cost: Range) -> Self {
        Self { cost, size: None, whole: false }
    }

    pub(super) fn sized(cost: Range, size: Range) -> Self {
        Self { cost, size: Some(size), whole: false }
    }

    pub(super) fn one() -> Self {
        Self::of(Range::fixed(1))
    }

    /// A list made from one of this size
    pub(super) fn list(factor: f64, size: Range) -> Self {
        Self::sized(size.scaled(factor).plus(Range::fixed(1)).plus(Range::fixed(super::LIST)), size)
    }
}

// === impl Estimator ===

impl<'e> Estimator<'e> {
    pub(super) fn call(
        &mut self,
        expr: &'e Expr,
        function: &str,
        target: Option<&'e Expr>,
        args: &'e [Expr],
    ) -> Range {
        if let ("dyn", [arg]) = (function, args) {
            let cost = self.cost(arg);
            if let Some(size) = self.size(arg) {
                self.sizes.insert(expr.id, size);
            }
            if let Some(entries) = self.entries(arg) {
                self.entries.insert(expr.id, entries);
            }
            return Range::fixed(1).plus(cost);
        }
        let mut costs = Vec::with_capacity(args.len());
        let mut nodes = Vec::with_capacity(args.len());
        for arg in args {
            costs.push(self.cost(arg));
            nodes.push(self.node(arg));
        }
        let overloads: Vec<&'static str> = if function == "_?._" {
            vec!["select_optional_field"]
        } else {
            self.checked.overloads(expr).iter().map(|overload| overload.id.as_str()).collect()
        };
        if overloads.is_empty() {
            return Range::ZERO;
        }
        let target_cost = target.map_or(Range::ZERO, |target| self.cost(target));
        let target = target.map(|target| self.node(target));
        let arguments = costs.iter().fold(Range::ZERO, |sum, cost| sum.plus(*cost));
        let mut total: Option<Range> = None;
        let mut size: Option<Range> = None;
        for id in overloads {
            let asked = Asked { expr, function, id, target: target.as_ref(), args: &nodes, costs: &costs };
            let call = self
                .extension(asked)
                .or_else(|| self.text(asked))
                .or_else(|| self.library(asked))
                .or_else(|| self.standard(asked))
                .unwrap_or_else(Call::one);
            let cost = if call.whole { call.cost } else { call.cost.plus(arguments) };
            total = Some(total.map_or(cost, |total| total.union(cost)));
            size = match (size, call.size) {
                (Some(size), Some(more)) => Some(size.union(more)),
                (size, more) => more.or(size),
            };
            if let ("index_list" | "index_map", Some(first)) = (id, args.first()) {
                let mut path = self.path(first);
                path.push(if id == "index_list" { "@items" } else { "@values" }.to_owned());
                self.paths.insert(expr.id, path);
                size = self.entries(first).map(|entries| entries.value);
            }
            if size.is_none() {
                size = self.size(expr);
            }
        }
        if let Some(size) = size {
            self.sizes.insert(expr.id, size);
        }
        target_cost.plus(total.unwrap_or(Range::ZERO))
    }

    /// cel-go's own functions
    fn standard(&mut self, asked: Asked<'_, 'e>) -> Option<Call> {
        let Asked { expr, id, target, args, costs, .. } = asked;
        let size = |node: &Node<'e>| node.size.unwrap_or(Range::UNKNOWN);
        match (id, args) {
            ("string_format", _) => Some(Call::of(size(target?).scaled(TRAVERSAL))),
            ("string_to_bytes", [arg]) => {
                let own = size(arg);
                Some(Call::sized(own.scaled(TRAVERSAL), Range { min: own.min, max: own.max.wrapping_mul(4) }))
            }
            ("bytes_to_string", [arg]) => {
                let own = size(arg);
                Some(Call::sized(own.scaled(TRAVERSAL), Range { min: own.min / 4, max: own.max }))
            }
            ("strings_quote", [arg]) => {
                let own = size(arg);
                let most = own.max.wrapping_mul(2).wrapping_add(2);
                Some(Call::sized(own.scaled(TRAVERSAL), Range { min: own.min.wrapping_add(2), max: most }))
            }
            ("starts_with_string" | "ends_with_string", [arg]) => Some(Call::of(size(arg).scaled(TRAVERSAL))),
            ("in_list", [_, list]) => Some(Call::of(size(list))),
            ("matches_string", [pattern]) => Some(matched(size(target?), size(pattern))),
            ("matches", [text, pattern]) => Some(matched(size(text), size(pattern))),
            ("contains_string", [part]) => {
                Some(Call::of(size(target?).scaled(TRAVERSAL).times(size(part).scaled(TRAVERSAL))))
            }
            ("logical_or" | "logical_and", _) => {
                let (left, right) = (costs.first()?, costs.get(1)?);
                let cost = Range { min: left.min, max: left.plus(*right).max };
                Some(Call { cost, size: None, whole: true })
            }
            ("conditional", [_, yes, no]) => {
                let entries = Entries::union(self.entries(yes.expr), self.entries(no.expr));
                if let Some(entries) = entries {
                    self.entries.insert(expr.id, entries);
                }
                let cost = costs.first()?.plus(costs.get(1)?.union(*costs.get(2)?));
                Some(Call { cost, size: Some(size(yes).union(size(no))), whole: true })
            }
            ("add_string" | "add_bytes" | "add_list", [left, right]) => {
                if let Some(entries) = Entries::union(self.entries(left.expr), self.entries(right.expr)) {
                    self.entries.insert(expr.id, entries);
                }
                let sum = size(left).plus(size(right));
                let cost = if id == "add_list" { Range::fixed(1) } else { sum.scaled(TRAVERSAL) };
                Some(Call::sized(cost, sum))
            }
            (_, [left, right]) if is_comparison(id) => {
                let most = size(left).max.min(size(right).max);
                Some(Call::of(Range { min: u64::from(most > 0), max: most }.scaled(TRAVERSAL)))
            }
            _ => None,
        }
    }
}

fn matched(text: Range, pattern: Range) -> Call {
    Call::of(text.plus(Range::fixed(1)).scaled(TRAVERSAL).times(pattern.scaled(PATTERN)))
}

fn is_comparison(id: &str) -> bool {
    let ordered = id.starts_with("less_") || id.starts_with("greater_");
    matches!(id, "equals" | "not_equals") || (ordered && (id.ends_with("_string") || id.ends_with("_bytes")))
}
