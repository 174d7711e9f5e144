//! Random objects of the struct that random rules are about, and random changes of them
//!
//! Their values are few and next to each other's bounds, so that rules break often and changes leave much as it was.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// A random object of the struct; every bound is kept most of the time
pub(crate) fn value(rng: &mut Rng) -> Value {
    let mut value = json!({
        "a": number(rng), "b-c": number(rng), "s": word(rng), "e": pick(rng, &["fast", "slow"]),
        "f": rng.bool(), "d": decimal(rng), "k": pick(rng, &[0, 1, 2, 3, 4, 5, -1, 6]),
        "r": pick(rng, &["", "a", "b", "ab", "abcd", "A", "ä", "abcde"]),
        "xs": list(rng, number), "ws": list(rng, |rng| word(rng).into()), "ps": list(rng, part), "q": part(rng),
        "ls": list(rng, |rng| word(rng).into()),
    });
    let entries: Map<String, Value> = (0..rng.usize(0..4)).map(|_| (word(rng), word(rng).into())).collect();
    value["m"] = entries.into();
    value["st"] = some_of(rng).into();
    let parts = some_of(rng).into_iter().map(|key| {
        let mut part = part(rng);
        part["s"] = key.into();
        part
    });
    value["ks"] = parts.collect();
    let entries: Map<String, Value> =
        some_of(rng).into_iter().map(|key| (key.to_owned(), part(rng))).collect();
    value["km"] = entries.into();
    for (name, of) in [("o", number as fn(&mut Rng) -> Value), ("in", number), ("t", |rng| word(rng).into())]
    {
        if rng.bool() {
            value[name] = of(rng);
        }
    }
    if rng.bool() {
        value["g"] = rng.bool().into();
    }
    value
}

/// The same object with a few random changes, or none
pub(crate) fn changed(rng: &mut Rng, old: &Value) -> Value {
    let mut new = old.clone();
    for _ in 0..rng.usize(0..4) {
        let number = number(rng);
        match rng.u8(0..8) {
            0 => {
                if let Some(items) = new["ks"].as_array_mut() {
                    rng.shuffle(items);
                }
            }
            1 | 2 => {
                let name = pick(rng, &["ps", "ks"]);
                if let Some(item) = new[name].as_array_mut().and_then(|items| items.first_mut()) {
                    item["n"] = number;
                }
            }
            3 => {
                if let Some(entry) = new["km"].as_object_mut().and_then(|entries| entries.values_mut().next())
                {
                    entry["n"] = number;
                }
            }
            4 => new["q"]["n"] = number,
            _ => replace(rng, &mut new),
        }
    }
    new
}

/// Puts the value of another object into one field
fn replace(rng: &mut Rng, object: &mut Value) {
    let other = value(rng);
    let names: Vec<String> = [object.as_object(), other.as_object()]
        .into_iter()
        .flatten()
        .flat_map(|fields| fields.keys().cloned())
        .collect();
    let name = &names[rng.usize(0..names.len())];
    match (other.get(name), object.as_object_mut()) {
        (Some(value), _) => object[name] = value.clone(),
        (None, Some(fields)) => drop(fields.remove(name)),
        (None, None) => {}
    }
}

/// Some of three words, in any order
fn some_of(rng: &mut Rng) -> Vec<&'static str> {
    let mut words: Vec<&str> = ["a", "b", "ab"].into_iter().filter(|_| rng.bool()).collect();
    rng.shuffle(&mut words);
    words
}

fn list(rng: &mut Rng, of: fn(&mut Rng) -> Value) -> Value {
    (0..rng.usize(0..4)).map(|_| of(rng)).collect()
}

fn part(rng: &mut Rng) -> Value {
    let mut part = json!({ "n": number(rng), "s": word(rng) });
    if rng.bool() {
        part["o"] = number(rng);
    }
    part
}

pub(super) fn number(rng: &mut Rng) -> Value {
    pick(rng, &[0, 1, -1, 2, 3, 7, -10, 100, i64::MAX, i64::MIN]).into()
}

fn decimal(rng: &mut Rng) -> Value {
    pick(rng, &[0.5, -0.5, 1.0, 2.25, 1e10, -3.0]).into()
}

pub(super) fn word(rng: &mut Rng) -> String {
    pick(rng, &["", "a", "b", "ab", "AB", "äö", "a'b", "a\\b", "fast", "日本"]).to_owned()
}

pub(super) fn pick<T: Copy>(rng: &mut Rng, values: &[T]) -> T {
    values[rng.usize(0..values.len())]
}
