//! What the functions of cel-go's extensions and of Kubernetes' libraries cost, at worst
//!
//! It owns their tables. cel-go's own functions stand in `call`.

use super::call::{Asked, Call};
use super::range::Range;
use super::{Estimator, Node, PATTERN, TRAVERSAL};
use crate::cel::kind::Ty;
use crate::cel::syntax::{Kind, Literal};

/// How long the pattern of a named format is taken to be
const FORMAT_PATTERN: f64 = 128.0;
/// How long the name of a format is
const FORMAT_NAME: u64 = 64;

// === impl Estimator ===

impl<'e> Estimator<'e> {
    fn size_of(&self, node: &Node<'e>) -> Range {
        node.size.or_else(|| self.declared_size(&node.path)).unwrap_or(Range::UNKNOWN)
    }

    /// The size of the elements of a list, and whether it takes time to compare them
    fn element_size(&self, node: &Node<'e>) -> Option<(Range, bool)> {
        let inner = *node.ty.inner().first()?;
        let textual = matches!(inner, Ty::String | Ty::Bytes);
        let declared = if node.path.is_empty() {
            None
        } else {
            let mut path = node.path.clone();
            path.push("@items".to_owned());
            self.declared_size(&path)
        };
        Some((declared.unwrap_or(Range::UNKNOWN), textual))
    }

    /// cel-go's extensions: lists and sets
    pub(super) fn extension(&self, asked: Asked<'_, 'e>) -> Option<Call> {
        let Asked { id, target, args, .. } = asked;
        let number = |node: Option<&Node<'e>>, otherwise: u64| match node.map(|node| &node.expr.kind) {
            Some(Kind::Literal(Literal::Int(value))) => u64::try_from(*value).unwrap_or(0),
            _ => otherwise,
        };
        let sets = |factor: f64| {
            let (left, right) = (self.size_of(args.first()?), self.size_of(args.get(1)?));
            Some(Call::of(left.times(right).scaled(factor).plus(Range::fixed(1))))
        };
        match id {
            "list_sets_contains_list" | "list_sets_intersects_list" => sets(1.0),
            "list_sets_equivalent_list" => sets(2.0),
            "lists_range" => Some(Call::list(1.0, Range::fixed(number(args.first(), u64::MAX)))),
            "list_reverse" | "list_flatten" => Some(Call::list(1.0, self.size_of(target?))),
            "list_flatten_int" => {
                #[expect(clippy::cast_precision_loss, reason = "the server counts in floating point here")]
                let depth = number(args.first(), u64::MAX) as f64;
                Some(Call::list(depth, self.size_of(target?)))
            }
            "list_distinct" => {
                let size = self.size_of(target?);
                Some(Call::list(2.0, size.times(size)))
            }
            "list_slice" => {
                let size = self.size_of(target?);
                let (start, end) = (number(args.first(), 0), number(args.get(1), size.max));
                Some(Call::list(1.0, Range::fixed(end.wrapping_sub(start))))
            }
            _ if id.ends_with("_sort") || id.ends_with("_sortByAssociatedKeys") => {
                let size = self.size_of(if id.ends_with("_sort") { target? } else { args.first()? });
                let textual = id.starts_with("list_string") || id.starts_with("list_bytes");
                Some(Call::list(if textual { 2.0 + TRAVERSAL } else { 2.0 }, size.times(size)))
            }
            _ => None,
        }
    }

    /// Kubernetes' libraries, for texts and lists
    pub(super) fn text(&self, asked: Asked<'_, 'e>) -> Option<Call> {
        let Asked { function, target, args, .. } = asked;
        let traversed = |node: &Node<'e>| self.size_of(node).scaled(TRAVERSAL);
        match function {
            "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" | "includes" => {
                let target = target?;
                Some(match self.element_size(target) {
                    Some((size, textual)) => {
                        let each = if textual {
                            Range::fixed(1).plus(size.scaled(TRAVERSAL))
                        } else {
                            Range::fixed(1)
                        };
                        Call::of(self.size_of(target).times(each))
                    }
                    None => Call::of(traversed(target)),
                })
            }
            "url" => Some(Call::sized(traversed(args.first()?), self.size_of(&args[0]))),
            "lowerAscii" | "upperAscii" | "substring" | "trim" => {
                Some(Call::sized(traversed(target?), self.size_of(target?)))
            }
            "replace" => self.replace(target?, args),
            "split" => {
                let size = self.size_of(target?);
                let most = match args.get(1).map(|arg| &arg.expr.kind) {
                    #[expect(clippy::cast_sign_loss, reason = "the server takes no care here either")]
                    Some(Kind::Literal(Literal::Int(limit))) => *limit as u64,
                    _ => size.max,
                };
                Some(Call::sized(size.scaled(2.0 * TRAVERSAL), Range { min: 0, max: most }))
            }
            "join" => {
                let list = self.size_of(target?);
                let mut size = self.element_size(target?).map_or(Range::ZERO, |(each, _)| list.times(each));
                if let Some(between) = args.first() {
                    let count = Range { min: list.min.saturating_sub(1), max: list.max.saturating_sub(1) };
                    size = size.plus(self.size_of(between).times(count));
                }
                Some(Call::sized(size.scaled(TRAVERSAL), size))
            }
            "find" | "findAll" => {
                let size = self.size_of(target?);
                let text = size.plus(Range::fixed(1)).scaled(TRAVERSAL);
                let pattern = self.size_of(args.first()?).scaled(PATTERN);
                Some(Call::sized(text.times(pattern), Range { min: 0, max: size.max }))
            }
            _ => None,
        }
    }

    /// Kubernetes' libraries, for everything else
    pub(super) fn library(&self, asked: Asked<'_, 'e>) -> Option<Call> {
        let Asked { function, id, args, .. } = asked;
        let traversed = |node: &Node<'e>| self.size_of(node).scaled(TRAVERSAL);
        match function {
            "ip" if id == "cidr_ip" => Some(Call::one()),
            "cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver" | "isSemver" => {
                Some(Call::of(traversed(args.first()?)))
            }
            "ip.isCanonical" => Some(Call::of(self.size_of(args.first()?).scaled(2.0 * TRAVERSAL))),
            "containsIP" | "containsCIDR" => {
                let address = Range { min: 4, max: 16 };
                let mut cost = address.plus(address).scaled(TRAVERSAL);
                if function == "containsCIDR" {
                    cost = cost.plus(address.scaled(TRAVERSAL)).plus(Range::fixed(1));
                }
                if id.ends_with("_string") {
                    cost = cost.plus(traversed(args.first()?));
                }
                Some(Call::of(cost))
            }
            "validate" => Some(Call::of(traversed(args.first()?).scaled(FORMAT_PATTERN * PATTERN))),
            "_==_" => equality(args),
            "masked"
            | "prefixLength"
            | "family"
            | "isUnspecified"
            | "isLoopback"
            | "isLinkLocalMulticast"
            | "isLinkLocalUnicast"
            | "isGlobalUnicast"
            | "format.named"
            | "sign"
            | "asInteger"
            | "isInteger"
            | "asApproximateFloat"
            | "isGreaterThan"
            | "isLessThan"
            | "compareTo"
            | "add"
            | "sub"
            | "major"
            | "minor"
            | "patch"
            | "getScheme"
            | "getHostname"
            | "getHost"
            | "getPort"
            | "getEscapedPath"
            | "getQuery" => Some(Call::one()),
            _ => None,
        }
    }

    fn replace(&self, target: &Node<'e>, args: &[Node<'e>]) -> Option<Call> {
        let size = self.size_of(target);
        let (from, to) = (self.size_of(args.first()?), self.size_of(args.get(1)?));
        let (mut count, mut kept) = (Range::ZERO, Range::ZERO);
        if from.min == 0 {
            count.max = size.max.saturating_add(1);
            kept.max = size.max;
        } else if to.max <= from.min {
            kept.max = size.max;
        } else {
            count.max = size.max.div_ceil(from.min);
        }
        if from.max == 0 {
            count.min = size.min.saturating_add(1);
            kept.min = size.min;
        } else if from.max <= to.min {
            kept.min = size.min;
        } else {
            count.min = size.min.div_ceil(from.max);
        }
        Some(Call::sized(size.scaled(2.0 * TRAVERSAL), count.times(to).plus(kept)))
    }
}

/// Values of the libraries are compared in one step
fn equality(args: &[Node<'_>]) -> Option<Call> {
    let [left, right] = args else { return None };
    match (&left.ty, &right.ty) {
        (Ty::Library(name), Ty::Library(other)) if name == other => Some(Call::of(match *name {
            "kubernetes.NamedFormat" => Range { min: 1, max: FORMAT_NAME }.scaled(TRAVERSAL),
            "kubernetes.URL" => {
                let size = right.size.unwrap_or(Range::fixed(1));
                Range { min: 1, max: size.max }.scaled(TRAVERSAL)
            }
            _ => Range::fixed(1),
        })),
        _ => None,
    }
}
