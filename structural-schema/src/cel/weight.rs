//! What a call costs while rules run, by the size of its values
//!
//! It owns the units, which are near to the server's own, and bounds time and memory alike. What may be spent is
//! `machine`'s business, what a rule costs at worst `cost`'s.

use serde_json::Value;

use super::value::{List, Map, Val};

/// How far the size of a value is counted
const WEIGHT_MAX: usize = 100_000_000;

/// What a call costs beside its arguments
pub(super) fn of_call(function: &str, args: &[Val<'_>]) -> usize {
    let size = |index: usize| args.get(index).map_or(0, shallow);
    let tenth = |size: usize| size.div_ceil(10).max(1);
    match function {
        "_[_]" | "_[?_]" | "_?._" | "size" | "first" | "last" | "hasValue" | "value" | "optional.of" => 1,
        "_+_" => 1 + args.iter().map(made).fold(0, usize::saturating_add),
        "matches" | "find" | "findAll" => {
            // a short pattern with counts can be a large machine
            let repeats = args
                .get(1)
                .is_some_and(|pattern| matches!(pattern, Val::Text(text) if text.matches('{').count() > 3));
            let machine = if repeats { 1000 } else { 0 };
            let found = if function == "findAll" { size(0) } else { 0 };
            machine + found + tenth(size(0) + 1).saturating_mul(size(1).div_ceil(4).max(1))
        }
        "flatten" => 1 + args.first().map_or(0, deep),
        "split" | "slice" | "reverse" => 1 + size(0),
        "sort" | "@sortByAssociatedKeys" => 1 + size(0) + args.last().map_or(0, deep).div_ceil(10),
        "contains" => tenth(size(0)).saturating_mul(tenth(size(1))),
        "replace" => tenth(size(0)).saturating_mul(1 + size(2)),
        "lists.range" => match args {
            [Val::Int(size)] => usize::try_from(*size).unwrap_or(1).max(1),
            _ => 1,
        },
        "distinct" | "sets.contains" | "sets.equivalent" | "sets.intersects" => {
            let weights: Vec<_> = args.iter().map(deep).collect();
            let first = weights.first().copied().unwrap_or(1);
            first.saturating_mul(weights.last().copied().unwrap_or(1)).div_ceil(10).max(1)
        }
        _ => args.iter().map(|arg| deep(arg).div_ceil(10)).fold(1, usize::saturating_add),
    }
}

/// What it costs to copy a value into another: a text by its length, a list by its elements
fn made(value: &Val<'_>) -> usize {
    match value {
        Val::List(list) => list.len(),
        value => shallow(value).div_ceil(10),
    }
}

/// The size of a value, without what is in it
fn shallow(value: &Val<'_>) -> usize {
    match value {
        Val::Text(text) => text.len(),
        Val::Bytes(bytes) => bytes.len(),
        Val::List(list) => list.len(),
        Val::Map(map) => map.len(),
        _ => 1,
    }
}

/// The size of a value with all that is in it, counted no further than a budget allows: values that share their parts
/// can be far larger than the memory they take
fn deep(value: &Val<'_>) -> usize {
    let mut left = WEIGHT_MAX;
    weigh(value, &mut left);
    WEIGHT_MAX - left
}

fn weigh(value: &Val<'_>, left: &mut usize) {
    *left = left.saturating_sub(shallow(value).max(1));
    if *left == 0 {
        return;
    }
    match value {
        Val::List(List::Made(values) | List::Joined { elements: values, .. }) => {
            values.iter().for_each(|value| weigh(value, left));
        }
        Val::List(List::Data { elements, .. }) => elements.iter().for_each(|value| weigh_data(value, left)),
        Val::Map(Map::Made(entries)) => entries.values().for_each(|value| weigh(value, left)),
        Val::Map(Map::Data(fields)) => fields.map.values().for_each(|value| weigh_data(value, left)),
        Val::Optional(Some(value)) => weigh(value, left),
        Val::Unknown(value) => weigh_data(value, left),
        _ => {}
    }
}

fn weigh_data(value: &Value, left: &mut usize) {
    let own = match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.len(),
        Value::Object(map) => map.len(),
        _ => 1,
    };
    *left = left.saturating_sub(own.max(1));
    if *left == 0 {
        return;
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| weigh_data(value, left)),
        Value::Object(map) => map.values().for_each(|value| weigh_data(value, left)),
        _ => {}
    }
}
