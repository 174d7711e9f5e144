//! The operators of CEL on values: equality, order, arithmetic
//!
//! It owns their rules and their faults. Which operator is meant is `machine`'s business.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::schema::ListType;

use super::moment::Moment;
use super::value::{Fault, List, Map, Outcome, Text, Val};

/// 2 to the power of 63, the first whole number that is no int
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// The int that a double is, if it is one
pub(super) fn whole(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it was just found to be whole and in range")]
    (value.fract() == 0.0 && (-TWO_63..TWO_63).contains(&value)).then_some(value as i64)
}

/// A double near an int
#[expect(clippy::cast_precision_loss, reason = "CEL rounds here too")]
pub(super) fn near(value: i64) -> f64 {
    value as f64
}

/// A double near an uint
#[expect(clippy::cast_precision_loss, reason = "CEL rounds here too")]
pub(super) fn near_unsigned(value: u64) -> f64 {
    value as f64
}

/// Whether two values are equal; different types are not
pub(super) fn equals<'a>(left: &Val<'a>, right: &Val<'a>) -> Result<bool, Fault> {
    Ok(match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Bytes(left), Val::Bytes(right)) => left == right,
        (Val::Type(left), Val::Type(right)) => left == right,
        (Val::Unknown(left), Val::Unknown(right)) => left == right,
        (Val::Foreign(left), Val::Foreign(right)) => left == right,
        (Val::Url(left), Val::Url(right)) => left == right,
        (Val::Named(left), Val::Named(right)) => left == right,
        (Val::Optional(left), Val::Optional(right)) => match (left, right) {
            (Some(left), Some(right)) => equals(left, right)?,
            (None, None) => true,
            _ => false,
        },
        (Val::List(left), Val::List(right)) => lists_equal(left, right)?,
        (_, Val::Null) => false,
        // the values of an object can be compared with their like only
        (Val::List(List::Data { .. }), _) => return Err(Fault::NoOverload),
        (Val::Map(Map::Data(_)), other) if !matches!(other, Val::Map(_)) => return Err(Fault::NoOverload),
        (Val::Map(Map::Data(left)), Val::Map(Map::Data(right))) => {
            left.equals(right, &mut |l, r| equals(l, r))?
        }
        (Val::Map(left), Val::Map(right)) => maps_equal(left, right)?,
        _ => matches!(compare(left, right), Ok(Some(Ordering::Equal))),
    })
}

fn maps_equal<'a>(left: &Map<'a>, right: &Map<'a>) -> Result<bool, Fault> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for key in left.keys() {
        match (left.find(&key)?, right.find(&key)?) {
            (Some(left), Some(right)) if equals(&left, &right)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn lists_equal<'a>(left: &List<'a>, right: &List<'a>) -> Result<bool, Fault> {
    if left.len() != right.len() {
        return Ok(false);
    }
    if left.list_type() == ListType::Atomic {
        for (left, right) in left.values().zip(right.values()) {
            if !equals(&left?, &right?)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    // sets and lists by key are equal in any order
    let others = right.values().collect::<Result<Vec<_>, _>>()?;
    for value in left.values() {
        let value = value?;
        let mut found = false;
        for other in &others {
            found = found || equals(&value, other)?;
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The order of two values; none for a double that is no number
pub(super) fn compare(left: &Val<'_>, right: &Val<'_>) -> Result<Option<Ordering>, Fault> {
    Ok(Some(match (left, right) {
        (Val::Bool(left), Val::Bool(right)) => left.cmp(right),
        (Val::Int(left), Val::Int(right)) | (Val::Span(left), Val::Span(right)) => left.cmp(right),
        (Val::Uint(left), Val::Uint(right)) => left.cmp(right),
        (Val::Int(left), Val::Uint(right)) => i128::from(*left).cmp(&i128::from(*right)),
        (Val::Uint(left), Val::Int(right)) => i128::from(*left).cmp(&i128::from(*right)),
        (Val::Double(left), Val::Double(right)) => return Ok(left.partial_cmp(right)),
        (Val::Double(left), Val::Int(right)) => return Ok(order_near(*left, i128::from(*right))),
        (Val::Double(left), Val::Uint(right)) => return Ok(order_near(*left, i128::from(*right))),
        (Val::Int(left), Val::Double(right)) => {
            return Ok(order_near(*right, i128::from(*left)).map(Ordering::reverse));
        }
        (Val::Uint(left), Val::Double(right)) => {
            return Ok(order_near(*right, i128::from(*left)).map(Ordering::reverse));
        }
        (Val::Text(left), Val::Text(right)) => (**left).cmp(&**right),
        (Val::Bytes(left), Val::Bytes(right)) => left.cmp(right),
        (Val::Moment(left), Val::Moment(right)) => left.cmp(right),
        _ => return Err(Fault::NoOverload),
    }))
}

/// The order of a double and a whole number, without rounding the latter
fn order_near(left: f64, right: i128) -> Option<Ordering> {
    if left.is_nan() {
        return None;
    }
    if left.abs() >= 2.0 * TWO_63 {
        return Some(if left > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was just found to be in range")]
    let floor = left.floor() as i128;
    Some(floor.cmp(&right).then(if left.fract() == 0.0 { Ordering::Equal } else { Ordering::Greater }))
}

/// `+`
pub(super) fn add<'a>(left: &Val<'a>, right: &Val<'a>) -> Outcome<'a> {
    match (left, right) {
        (Val::Int(left), Val::Int(right)) => int(left.checked_add(*right)),
        (Val::Uint(left), Val::Uint(right)) => uint(left.checked_add(*right)),
        (Val::Double(left), Val::Double(right)) => Ok(Val::Double(left + right)),
        (Val::Text(left), Val::Text(right)) => {
            Ok(Val::Text(Text::Made(Arc::from([&**left, &**right].concat()))))
        }
        (Val::Bytes(left), Val::Bytes(right)) => Ok(Val::Bytes(Arc::from([&**left, &**right].concat()))),
        (Val::List(left), Val::List(right)) => join_lists(left, right),
        (Val::Span(left), Val::Span(right)) => span(left.checked_add(*right)),
        (Val::Moment(at), Val::Span(span)) | (Val::Span(span), Val::Moment(at)) => moment(at.plus(*span)),
        _ => Err(Fault::NoOverload),
    }
}

/// Two lists: appended, or as a union by the rules of the left one
fn join_lists<'a>(left: &List<'a>, right: &List<'a>) -> Outcome<'a> {
    let mut joined = left.values().collect::<Result<Vec<_>, _>>()?;
    for value in right.values() {
        let value = value?;
        let place = match left.list_type() {
            ListType::Atomic => None,
            ListType::Set => position(&joined, |mine| equals(mine, &value))?,
            ListType::Map => position(&joined, |mine| same_keys(mine, &value, left.keys()))?,
        };
        match place {
            Some(place) => joined[place] = value,
            None => joined.push(value),
        }
    }
    Ok(match left.list_type() {
        ListType::Atomic => Val::list(joined),
        list_type => Val::List(List::Joined { elements: joined.into(), list_type, keys: left.keys() }),
    })
}

fn position<'a>(
    values: &[Val<'a>],
    mut wanted: impl FnMut(&Val<'a>) -> Result<bool, Fault>,
) -> Result<Option<usize>, Fault> {
    for (index, value) in values.iter().enumerate() {
        if wanted(value)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn same_keys<'a>(left: &Val<'a>, right: &Val<'a>, keys: &[String]) -> Result<bool, Fault> {
    let (Val::Map(left), Val::Map(right)) = (left, right) else { return Ok(false) };
    for key in keys {
        let ident = super::escape::escape(key).unwrap_or_else(|| key.clone());
        let ident = Val::text(ident);
        let same = match (left.find(&ident)?, right.find(&ident)?) {
            (Some(left), Some(right)) => equals(&left, &right)?,
            (None, None) => true,
            _ => false,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `-`
pub(super) fn subtract<'a>(left: &Val<'a>, right: &Val<'a>) -> Outcome<'a> {
    match (left, right) {
        (Val::Int(left), Val::Int(right)) => int(left.checked_sub(*right)),
        (Val::Uint(left), Val::Uint(right)) => uint(left.checked_sub(*right)),
        (Val::Double(left), Val::Double(right)) => Ok(Val::Double(left - right)),
        (Val::Span(left), Val::Span(right)) => span(left.checked_sub(*right)),
        (Val::Moment(at), Val::Span(span)) => moment(span.checked_neg().and_then(|span| at.plus(span))),
        (Val::Moment(left), Val::Moment(right)) => span(left.since(*right)),
        _ => Err(Fault::NoOverload),
    }
}

/// `*`, `/` and `%`
pub(super) fn scale<'a>(operator: &str, left: &Val<'a>, right: &Val<'a>) -> Outcome<'a> {
    let zero = match (right, operator) {
        (Val::Int(0) | Val::Uint(0), "_/_") => Some("division by zero"),
        (Val::Int(0) | Val::Uint(0), "_%_") => Some("modulus by zero"),
        _ => None,
    };
    match (operator, left, right) {
        (_, Val::Int(_), Val::Int(_)) | (_, Val::Uint(_), Val::Uint(_)) if zero.is_some() => {
            Fault::failed(zero.unwrap_or_default())
        }
        ("_*_", Val::Int(left), Val::Int(right)) => int(left.checked_mul(*right)),
        ("_/_", Val::Int(left), Val::Int(right)) => int(left.checked_div(*right)),
        ("_%_", Val::Int(left), Val::Int(right)) => int(left.checked_rem(*right)),
        ("_*_", Val::Uint(left), Val::Uint(right)) => uint(left.checked_mul(*right)),
        ("_/_", Val::Uint(left), Val::Uint(right)) => uint(left.checked_div(*right)),
        ("_%_", Val::Uint(left), Val::Uint(right)) => uint(left.checked_rem(*right)),
        ("_*_", Val::Double(left), Val::Double(right)) => Ok(Val::Double(left * right)),
        ("_/_", Val::Double(left), Val::Double(right)) => Ok(Val::Double(left / right)),
        _ => Err(Fault::NoOverload),
    }
}

/// `-` before a value
pub(super) fn negate<'a>(value: &Val<'a>) -> Outcome<'a> {
    match value {
        Val::Int(value) => int(value.checked_neg()),
        Val::Double(value) => Ok(Val::Double(-value)),
        Val::Span(value) => span(value.checked_neg()),
        _ => Err(Fault::NoOverload),
    }
}

/// `in`
pub(super) fn contains<'a>(range: &Val<'a>, value: &Val<'a>) -> Outcome<'a> {
    match range {
        Val::List(list) => {
            let mut found = false;
            for element in list.values() {
                found = found || equals(&element?, value)?;
            }
            Ok(Val::Bool(found))
        }
        Val::Map(map) => Ok(Val::Bool(map.find(value)?.is_some())),
        _ => Err(Fault::NoOverload),
    }
}

pub(super) fn int<'a>(value: Option<i64>) -> Outcome<'a> {
    value.map_or_else(|| Fault::failed("integer overflow"), |value| Ok(Val::Int(value)))
}

fn uint<'a>(value: Option<u64>) -> Outcome<'a> {
    value.map_or_else(|| Fault::failed("unsigned integer overflow"), |value| Ok(Val::Uint(value)))
}

pub(super) fn span<'a>(value: Option<i64>) -> Outcome<'a> {
    value.map_or_else(|| Fault::failed("integer overflow"), |value| Ok(Val::Span(value)))
}

fn moment<'a>(value: Option<Moment>) -> Outcome<'a> {
    value.map_or_else(|| Fault::failed("timestamp overflow"), |value| Ok(Val::Moment(value)))
}
