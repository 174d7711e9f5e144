//! The functions of CEL on lists, and those on sets
//!
//! It owns their rules. What a list is, is `value`'s business.

use std::cmp::Ordering;

use super::operator::{add, compare, equals};
use super::value::{Fault, List, Outcome, Val};

/// How long a list `lists.range` makes
const RANGE_MAX: i64 = 1_000_000;

type Values<'a> = Result<Vec<Val<'a>>, Fault>;

/// A function whose target is a list; none if the name or the arguments are not those of one
pub(super) fn call<'a>(function: &str, target: &List<'a>, args: &[Val<'a>]) -> Option<Outcome<'a>> {
    Some(match (function, args) {
        ("isSorted", []) => values(target).and_then(|values| is_sorted(&values)),
        ("sum", []) => values(target).and_then(sum),
        ("min", []) => values(target).and_then(|values| extreme(values, "min", Ordering::Less)),
        ("max", []) => values(target).and_then(|values| extreme(values, "max", Ordering::Greater)),
        ("indexOf", [value]) => values(target).and_then(|values| index_of(values.iter().enumerate(), value)),
        ("lastIndexOf", [value]) => {
            values(target).and_then(|values| index_of(values.iter().enumerate().rev(), value))
        }
        ("includes", [value]) => super::operator::contains(&Val::List(target.clone()), value),
        ("slice", [Val::Int(start), Val::Int(end)]) => {
            values(target).and_then(|values| slice(&values, *start, *end))
        }
        ("flatten", []) => values(target).and_then(|values| flatten(values, 1)),
        ("flatten", [Val::Int(depth)]) => values(target).and_then(|values| flatten(values, *depth)),
        ("distinct", []) => values(target).and_then(distinct),
        ("reverse", []) => values(target).map(|values| Val::list(values.into_iter().rev().collect())),
        ("sort", []) => values(target).and_then(|values| sort_by(values.clone(), values)),
        ("@sortByAssociatedKeys", [Val::List(keys)]) => {
            values(keys).and_then(|keys| values(target).and_then(|values| sort_by(values, keys)))
        }
        ("first", []) => optional(target.get(0)),
        ("last", []) => optional(target.len().checked_sub(1).and_then(|last| target.get(last))),
        ("join", []) => join(target, ""),
        ("join", [Val::Text(between)]) => join(target, between),
        _ => return None,
    })
}

fn values<'a>(list: &List<'a>) -> Values<'a> {
    list.values().collect()
}

fn optional(value: Option<Outcome<'_>>) -> Outcome<'_> {
    Ok(Val::Optional(value.transpose()?.map(std::sync::Arc::new)))
}

fn is_sorted<'a>(values: &[Val<'a>]) -> Outcome<'a> {
    for pair in values.windows(2) {
        if compare(&pair[0], &pair[1])? == Some(Ordering::Greater) {
            return Ok(Val::Bool(false));
        }
    }
    Ok(Val::Bool(true))
}

fn sum(values: Vec<Val<'_>>) -> Outcome<'_> {
    let mut values = values.into_iter();
    let Some(mut total) = values.next() else { return Ok(Val::Int(0)) };
    for value in values {
        total = add(&total, &value)?;
    }
    Ok(total)
}

fn extreme<'a>(values: Vec<Val<'a>>, name: &str, wanted: Ordering) -> Outcome<'a> {
    let mut values = values.into_iter();
    let Some(mut best) = values.next() else { return Fault::failed(format!("{name} called on empty list")) };
    for value in values {
        if compare(&value, &best)? == Some(wanted) {
            best = value;
        }
    }
    Ok(best)
}

fn index_of<'v, 'a: 'v>(values: impl Iterator<Item = (usize, &'v Val<'a>)>, wanted: &Val<'a>) -> Outcome<'a> {
    for (index, value) in values {
        if equals(value, wanted)? {
            return Ok(Val::Int(i64::try_from(index).unwrap_or(i64::MAX)));
        }
    }
    Ok(Val::Int(-1))
}

fn slice<'a>(values: &[Val<'a>], start: i64, end: i64) -> Outcome<'a> {
    let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(end)) else {
        return Fault::failed(format!("cannot slice({start}, {end}), negative indexes not supported"));
    };
    if from > to {
        let message =
            format!("cannot slice({start}, {end}), start index must be less than or equal to end index");
        return Fault::failed(message);
    }
    match values.get(from..to) {
        Some(part) => Ok(Val::list(part.to_vec())),
        None => Fault::failed(format!("cannot slice({start}, {end}), list is length {}", values.len())),
    }
}

fn flatten(values: Vec<Val<'_>>, depth: i64) -> Outcome<'_> {
    if depth < 0 {
        return Fault::failed("level must be non-negative");
    }
    let mut flat = values;
    for _ in 0..depth {
        let mut next = Vec::with_capacity(flat.len());
        let mut nested = false;
        for value in flat {
            match value {
                Val::List(list) => {
                    nested = true;
                    for value in list.values() {
                        next.push(value?);
                    }
                }
                value => next.push(value),
            }
        }
        flat = next;
        if !nested {
            break;
        }
    }
    Ok(Val::list(flat))
}

fn distinct(values: Vec<Val<'_>>) -> Outcome<'_> {
    let mut kept: Vec<Val<'_>> = Vec::new();
    for value in values {
        let mut seen = false;
        for other in &kept {
            seen = seen || equals(other, &value)?;
        }
        if !seen {
            kept.push(value);
        }
    }
    Ok(Val::list(kept))
}

fn sort_by<'a>(values: Vec<Val<'a>>, keys: Vec<Val<'a>>) -> Outcome<'a> {
    let first = keys.first().map(|key| key.type_name().into_owned());
    if let Some(name) = first {
        if matches!(name.as_str(), "list" | "map" | "null_type" | "type") {
            return Fault::failed("list elements must be comparable");
        }
        if keys.iter().any(|key| key.type_name() != name) {
            return Fault::failed("list elements must have the same type");
        }
    }
    let mut pairs: Vec<_> = keys.into_iter().zip(values).collect();
    pairs.sort_by(|(left, _), (right, _)| compare(left, right).ok().flatten().unwrap_or(Ordering::Equal));
    Ok(Val::list(pairs.into_iter().map(|(_, value)| value).collect()))
}

fn join<'a>(list: &List<'a>, between: &str) -> Outcome<'a> {
    let mut out = String::new();
    for (index, value) in list.values().enumerate() {
        let Val::Text(text) = value? else { return Err(Fault::NoOverload) };
        if index > 0 {
            out.push_str(between);
        }
        out.push_str(&text);
    }
    Ok(Val::text(out))
}

/// `lists.range`
pub(super) fn range<'a>(size: i64) -> Outcome<'a> {
    if size < 0 {
        return Fault::failed(format!("lists.range: size must be non-negative, got {size}"));
    }
    if size > RANGE_MAX {
        return Fault::failed(format!("lists.range: size {size} exceeds maximum allowed ({RANGE_MAX})"));
    }
    Ok(Val::list((0..size).map(Val::Int).collect()))
}

/// `sets.contains`, `sets.equivalent`, `sets.intersects`
pub(super) fn sets<'a>(function: &str, left: &List<'a>, right: &List<'a>) -> Outcome<'a> {
    let (left, right) = (values(left)?, values(right)?);
    Ok(Val::Bool(match function {
        "sets.contains" => holds_all(&left, &right)?,
        "sets.equivalent" => holds_all(&left, &right)? && holds_all(&right, &left)?,
        _ => {
            let mut shared = false;
            for value in &left {
                shared = shared || holds(&right, value)?;
            }
            shared
        }
    }))
}

fn holds<'a>(values: &[Val<'a>], wanted: &Val<'a>) -> Result<bool, Fault> {
    for value in values {
        if equals(value, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn holds_all<'a>(values: &[Val<'a>], wanted: &[Val<'a>]) -> Result<bool, Fault> {
    for value in wanted {
        if !holds(values, value)? {
            return Ok(false);
        }
    }
    Ok(true)
}
