//! The functions of CEL: which name and which values lead where
//!
//! It owns the choice, and the small functions that have no file of their own. Operators are called here too; what cuts
//! evaluation short (`&&`, `||`, `?:`) is `machine`'s business.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::moment::{Moment, NANOS, offset};
use super::operator::{add, compare, contains, equals, negate, scale, subtract};
use super::url::Url;
use super::value::{Fault, Key, Map, Outcome, Val};
use super::{convert, foreign, format, list, named, text};

/// How many patterns are kept ready
const PATTERNS_MAX: usize = 64;

thread_local! {
    static PATTERNS: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// Calls a function; for a member, its target is the first argument
pub(super) fn call<'a>(function: &str, member: bool, args: &[Val<'a>]) -> Outcome<'a> {
    if !member {
        if let Some(fault) = args.first().and_then(|first| not_an_operand(function, first)) {
            return Err(fault);
        }
        if let [left, right] = args
            && let Some(outcome) = binary(function, left, right)
        {
            return outcome;
        }
        if let [value] = args
            && let Some(outcome) = unary(function, value)
        {
            return outcome;
        }
        if let Some(outcome) = global(function, args) {
            return outcome;
        }
    }
    if let Some((target, rest)) = args.split_first().filter(|_| member)
        && let Some(outcome) = on(function, target, rest)
    {
        return outcome;
    }
    if foreign::knows(function, member) {
        foreign::call(function, member, args)
    } else {
        Err(Fault::NoOverload)
    }
}

/// What is said of an operator whose first operand is of a type that has no such operator at all
fn not_an_operand(function: &str, first: &Val<'_>) -> Option<Fault> {
    let number = matches!(first, Val::Int(_) | Val::Uint(_) | Val::Double(_));
    let textual = matches!(first, Val::Text(_) | Val::Bytes(_));
    let timely = matches!(first, Val::Span(_) | Val::Moment(_));
    let (operator, fits) = match function {
        "_<_" => ("_<_", number || textual || timely || matches!(first, Val::Bool(_))),
        "_<=_" => ("_<=_", number || textual || timely || matches!(first, Val::Bool(_))),
        "_>_" => ("_>_", number || textual || timely || matches!(first, Val::Bool(_))),
        "_>=_" => ("_>=_", number || textual || timely || matches!(first, Val::Bool(_))),
        "_+_" => ("_+_", number || textual || timely || matches!(first, Val::List(_))),
        "_-_" => ("_-_", number || timely),
        "_*_" => ("_*_", number),
        "_/_" => ("_/_", number),
        "_%_" => ("_%_", matches!(first, Val::Int(_) | Val::Uint(_))),
        "size" => ("size", textual || matches!(first, Val::List(_) | Val::Map(_))),
        _ => return None,
    };
    (!fits).then_some(Fault::NoOperator(operator))
}

fn binary<'a>(function: &str, left: &Val<'a>, right: &Val<'a>) -> Option<Outcome<'a>> {
    let order = |wanted: fn(std::cmp::Ordering) -> bool| {
        let order = compare(left, right)?;
        order.map_or_else(
            || Fault::failed("NaN values cannot be ordered"),
            |order| Ok(Val::Bool(wanted(order))),
        )
    };
    Some(match function {
        "_==_" => equals(left, right).map(Val::Bool),
        // what cannot be compared is not equal
        "_!=_" => match equals(left, right) {
            Err(Fault::NoOverload) => Ok(Val::Bool(true)),
            same => same.map(|same| Val::Bool(!same)),
        },
        "_<_" => order(std::cmp::Ordering::is_lt),
        "_<=_" => order(std::cmp::Ordering::is_le),
        "_>_" => order(std::cmp::Ordering::is_gt),
        "_>=_" => order(std::cmp::Ordering::is_ge),
        "@in" => contains(right, left),
        "_+_" => add(left, right),
        "_-_" => subtract(left, right),
        "_*_" | "_/_" | "_%_" => scale(function, left, right),
        "_[_]" => index(left, right),
        "_?._" | "_[?_]" => optional_index(left, right),
        _ => return None,
    })
}

fn unary<'a>(function: &str, value: &Val<'a>) -> Option<Outcome<'a>> {
    Some(match function {
        "!_" => match value {
            Val::Bool(value) => Ok(Val::Bool(!value)),
            _ => Err(Fault::NoOverload),
        },
        "-_" => negate(value),
        "size" => size(value).map_or(Err(Fault::NoOverload), |size| Ok(Val::Int(size))),
        "optional.of" => Ok(Val::Optional(Some(Arc::new(value.clone())))),
        "optional.ofNonZeroValue" => Ok(Val::Optional((!is_zero(value)).then(|| Arc::new(value.clone())))),
        "optional.unwrap" => unwrap_optionals(value),
        "sign" => foreign::call("sign", true, std::slice::from_ref(value)),
        "url" | "isURL" => match value {
            Val::Text(text) => match Url::parse(text) {
                parsed if function == "isURL" => Ok(Val::Bool(parsed.is_ok())),
                Ok(url) => Ok(Val::Url(Arc::new(url))),
                Err(what) => Fault::failed(format!("URL parse error during conversion from string: {what}")),
            },
            _ => Err(Fault::NoOverload),
        },
        "lists.range" => match value {
            Val::Int(size) => list::range(*size),
            _ => Err(Fault::NoOverload),
        },
        "strings.quote" => match value {
            Val::Text(value) => Ok(Val::text(text::quote(value))),
            _ => Err(Fault::NoOverload),
        },
        "string" if matches!(value, Val::Foreign(_)) => foreign::stringify(value),
        _ => return convert::convert(function, value),
    })
}

fn global<'a>(function: &str, args: &[Val<'a>]) -> Option<Outcome<'a>> {
    Some(match (function, args) {
        ("optional.none", []) => Ok(Val::Optional(None)),
        ("format.named", [Val::Text(name)]) => {
            Ok(Val::Optional(named::find(name).map(|name| Arc::new(Val::Named(name)))))
        }
        (_, []) => Ok(Val::Named(named::find(function.strip_prefix("format.")?)?)),
        ("matches", [Val::Text(text), Val::Text(pattern)]) => {
            regex(pattern).map(|regex| Val::Bool(regex.is_match(text)))
        }
        ("sets.contains" | "sets.equivalent" | "sets.intersects", [Val::List(left), Val::List(right)]) => {
            list::sets(function, left, right)
        }
        ("cel.@mapInsert", [Val::Map(map), Val::Map(entries)]) => {
            entries.keys().into_iter().try_fold(Val::Map(map.clone()), |map, key| {
                match (map, entries.find(&key)?) {
                    (Val::Map(map), Some(value)) => insert(&map, &key, value),
                    (map, _) => Ok(map),
                }
            })
        }
        ("cel.@mapInsert", [Val::Map(map), key, value]) => insert(map, key, value.clone()),
        _ => return None,
    })
}

fn on<'a>(function: &str, target: &Val<'a>, args: &[Val<'a>]) -> Option<Outcome<'a>> {
    if function == "size" && args.is_empty() {
        return size(target).map(|size| Ok(Val::Int(size)));
    }
    match target {
        Val::Text(target) => match (function, args) {
            ("matches", [Val::Text(pattern)]) => {
                Some(regex(pattern).map(|regex| Val::Bool(regex.is_match(target))))
            }
            ("find", [Val::Text(pattern)]) => Some(
                regex(pattern).map(|regex| Val::text(regex.find(target).map_or("", |found| found.as_str()))),
            ),
            ("format", [Val::List(values)]) => Some(format::format(target, values).map(Val::text)),
            ("findAll", [Val::Text(pattern)]) => Some(find_all(target, pattern, -1)),
            ("findAll", [Val::Text(pattern), Val::Int(limit)]) => Some(find_all(target, pattern, *limit)),
            _ => text::call(function, target, args),
        },
        Val::List(target) if function == "unwrapOpt" => Some(unwrap_optionals(&Val::List(target.clone()))),
        Val::List(target) => list::call(function, target, args),
        Val::Named(target) => match (function, args) {
            ("validate", [Val::Text(text)]) => {
                let wrong = named::validate(target, text);
                let wrong = (!wrong.is_empty())
                    .then(|| Arc::new(Val::list(wrong.into_iter().map(Val::text).collect())));
                Some(Ok(Val::Optional(wrong)))
            }
            _ => None,
        },
        Val::Url(target) if args.is_empty() => on_url(function, target),
        Val::Optional(target) => on_optional(function, target.as_deref(), args),
        Val::Moment(target) => on_moment(function, *target, args),
        Val::Span(target) if args.is_empty() => on_span(function, *target),
        _ => None,
    }
}

fn size(value: &Val<'_>) -> Option<i64> {
    let size = match value {
        Val::Text(text) => text.chars().count(),
        Val::Bytes(bytes) => bytes.len(),
        Val::List(list) => list.len(),
        Val::Map(map) => map.len(),
        _ => return None,
    };
    i64::try_from(size).ok()
}

fn is_zero(value: &Val<'_>) -> bool {
    match value {
        Val::Null | Val::Optional(None) => true,
        Val::Bool(value) => !value,
        Val::Int(value) | Val::Span(value) => *value == 0,
        Val::Uint(value) => *value == 0,
        Val::Double(value) => *value == 0.0,
        value => size(value) == Some(0),
    }
}

/// `a[b]`; on an optional, an optional
fn index<'a>(target: &Val<'a>, index: &Val<'a>) -> Outcome<'a> {
    match target {
        Val::List(list) => {
            let place = match index {
                Val::Int(place) => Some(*place),
                Val::Uint(place) => i64::try_from(*place).ok(),
                Val::Double(place) => super::operator::whole(*place),
                _ => return Err(Fault::NoOverload),
            };
            let found = place.and_then(|place| usize::try_from(place).ok()).and_then(|place| list.get(place));
            found.unwrap_or_else(|| Fault::failed(format!("index out of bounds: {}", shown(index))))
        }
        Val::Map(map) => {
            map.find(index)?.map_or_else(|| Fault::failed(format!("no such key: {}", shown(index))), Ok)
        }
        Val::Optional(_) => optional_index(target, index),
        _ => Err(Fault::NoOverload),
    }
}

/// `a[?b]` and `a.?b`
pub(super) fn optional_index<'a>(target: &Val<'a>, index: &Val<'a>) -> Outcome<'a> {
    let found = match target {
        Val::Optional(None) => None,
        Val::Optional(Some(inner)) => return optional_index(inner, index),
        Val::Map(map) => map.find(index)?,
        Val::List(list) => match index {
            Val::Int(place) => usize::try_from(*place).ok().and_then(|place| list.get(place)).transpose()?,
            _ => return Err(Fault::NoOverload),
        },
        _ => return Err(Fault::NoOverload),
    };
    Ok(Val::Optional(found.map(Arc::new)))
}

/// A value in the message of a fault
pub(super) fn shown(value: &Val<'_>) -> String {
    match value {
        Val::Text(text) => text.to_string(),
        Val::Int(value) => value.to_string(),
        Val::Uint(value) => value.to_string(),
        Val::Bool(value) => value.to_string(),
        Val::Double(value) => convert::double_text(*value),
        value => value.type_name().into_owned(),
    }
}

fn insert<'a>(map: &Map<'a>, key: &Val<'a>, value: Val<'a>) -> Outcome<'a> {
    let Map::Made(entries) = map else { return Err(Fault::NoOverload) };
    let Some(place) = Key::of(key) else {
        return Fault::failed(format!("unsupported key type: {}", key.type_name()));
    };
    if entries.contains_key(&place) {
        return Fault::failed(format!("insert failed: key {} already exists", shown(key)));
    }
    let mut entries = entries.clone();
    Arc::make_mut(&mut entries).insert(place, value);
    Ok(Val::Map(Map::Made(entries)))
}

fn regex(pattern: &str) -> Result<Regex, Fault> {
    PATTERNS.with_borrow_mut(|known| {
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = crate::pattern::compile(pattern).map_err(Fault::Failed)?;
        if known.len() >= PATTERNS_MAX {
            known.clear();
        }
        known.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    })
}

fn find_all<'a>(target: &str, pattern: &str, limit: i64) -> Outcome<'a> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let regex = regex(pattern)?;
    Ok(Val::list(regex.find_iter(target).take(limit).map(|found| Val::text(found.as_str())).collect()))
}

fn on_optional<'a>(function: &str, target: Option<&Val<'a>>, args: &[Val<'a>]) -> Option<Outcome<'a>> {
    Some(match (function, args) {
        ("hasValue", []) => Ok(Val::Bool(target.is_some())),
        ("value", []) => {
            target.map_or_else(|| Fault::failed("optional.none() dereference"), |value| Ok(value.clone()))
        }
        ("orValue", [other]) => Ok(target.unwrap_or(other).clone()),
        ("or", [other @ Val::Optional(_)]) => {
            Ok(target.map_or_else(|| other.clone(), |value| Val::Optional(Some(Arc::new(value.clone())))))
        }
        _ => return None,
    })
}

fn unwrap_optionals<'a>(value: &Val<'a>) -> Outcome<'a> {
    let Val::List(list) = value else { return Err(Fault::NoOverload) };
    let mut present = Vec::new();
    for value in list.values() {
        match value? {
            Val::Optional(Some(value)) => present.push((*value).clone()),
            Val::Optional(None) => {}
            _ => return Err(Fault::NoOverload),
        }
    }
    Ok(Val::list(present))
}

fn on_url<'a>(function: &str, url: &Url) -> Option<Outcome<'a>> {
    Some(Ok(match function {
        "getScheme" => Val::text(&*url.scheme),
        "getHost" => Val::text(&*url.host),
        "getHostname" => Val::text(url.host_name()),
        "getPort" => Val::text(url.port()),
        "getEscapedPath" => Val::text(&*url.path),
        "getQuery" => {
            let entries = url.query().into_iter().map(|(name, values)| {
                (Key::Text(Arc::from(name)), Val::list(values.into_iter().map(Val::text).collect()))
            });
            Val::Map(Map::Made(Arc::new(entries.collect())))
        }
        _ => return None,
    }))
}

fn on_moment<'a>(function: &str, target: Moment, args: &[Val<'a>]) -> Option<Outcome<'a>> {
    let east = match args {
        [] => 0,
        [Val::Text(zone)] => match offset(zone) {
            Some(east) => east,
            None => return Some(Fault::failed(format!("unknown time zone {}", &**zone))),
        },
        _ => return None,
    };
    let parts = target.parts(east);
    Some(Ok(Val::Int(match function {
        "getFullYear" => parts.year,
        "getMonth" => parts.month - 1,
        "getDayOfYear" => parts.day_of_year,
        "getDayOfMonth" => parts.day - 1,
        "getDate" => parts.day,
        "getDayOfWeek" => parts.weekday,
        "getHours" => parts.hour,
        "getMinutes" => parts.minute,
        "getSeconds" => parts.second,
        "getMilliseconds" => target.nanos / 1_000_000,
        _ => return None,
    })))
}

fn on_span<'a>(function: &str, target: i64) -> Option<Outcome<'a>> {
    Some(Ok(Val::Int(match function {
        "getHours" => target / NANOS / 3600,
        "getMinutes" => target / NANOS / 60,
        "getSeconds" => target / NANOS,
        "getMilliseconds" => target / 1_000_000,
        _ => return None,
    })))
}
