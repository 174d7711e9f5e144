//! What must hold for any write, drawn from seeds: a failing one is printed
//!
//! The values are small and from few names, so that writers meet; `garbage` fits no schema.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::element::Element;
use super::super::field_set::FieldSet;
use super::super::owned::fields_of;
use super::super::place::Place;
use super::{apply, object, track, widget, writer};
use crate::strategic::strategic;

const ROUNDS: u64 = 200;

fn pick<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    from[rng.usize(..from.len())]
}

fn name(rng: &mut Rng) -> Value {
    pick(rng, &["a", "b", "c"]).into()
}

/// A spec that fits the schema of a Widget
fn spec(rng: &mut Rng) -> Value {
    let mut spec = Map::new();
    let mut may = |rng: &mut Rng, field: &str, value: Value| {
        if rng.bool() {
            spec.insert(field.to_owned(), value);
        }
    };
    let value = json!(rng.i32(0..3));
    may(rng, "replicas", value);
    let value = name(rng);
    may(rng, "size", value);
    let mut tags: Vec<Value> = ["a", "b", "c"].into_iter().map(Value::from).collect();
    rng.shuffle(&mut tags);
    tags.truncate(rng.usize(1..4)); // An empty list is there only after the second apply, on a real server too.
    may(rng, "tags", tags.into());
    let mut parts: Vec<Value> = ["a", "b", "c"]
        .into_iter()
        .map(|part| json!({ "name": part, "image": name(rng), "env": [{ "name": name(rng), "value": "x" }] }))
        .collect();
    rng.shuffle(&mut parts);
    parts.truncate(rng.usize(1..4));
    may(rng, "parts", parts.into());
    let value = json!({ pick(rng, &["cpu", "mem"]): rng.i32(0..3) });
    may(rng, "limits", value);
    let value = json!({ "b": { pick(rng, &["c", "d"]): rng.i32(0..3) } });
    may(rng, "nested", value);
    let value = json!({ pick(rng, &["x", "y"]): [{ "z": name(rng) }] });
    may(rng, "free", value);
    let value = json!([name(rng)]);
    may(rng, "args", value);
    object(&Value::Object(spec))
}

/// Anything, also where it does not belong
fn garbage(rng: &mut Rng, depth: usize) -> Value {
    const NAMES: &[&str] = &[
        "apiVersion",
        "kind",
        "metadata",
        "managedFields",
        "spec",
        "tags",
        "parts",
        "name",
        "env",
        "free",
        "f:spec",
        "k:{}",
        "v:1",
        ".",
        "operation",
        "fieldsV1",
        "$patch",
        "$retainKeys",
        "limits",
        "$setElementOrder/parts",
        "$deleteFromPrimitiveList/tags",
        "labels",
        "annotations",
        "finalizers",
    ];
    match rng.u8(..if depth == 0 { 6 } else { 10 }) {
        0 => Value::Null,
        1 => rng.bool().into(),
        2 => rng.i64(-3..3).into(),
        3 => json!(1.5),
        4 | 5 => pick(rng, NAMES).into(),
        6 | 7 => (0..rng.usize(..4)).map(|_| garbage(rng, depth - 1)).collect(),
        _ => {
            let fields = (0..rng.usize(..5)).map(|_| (pick(rng, NAMES).to_owned(), garbage(rng, depth - 1)));
            Value::Object(fields.collect())
        }
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().any(has_null),
        Value::Array(list) => list.iter().any(has_null),
        _ => value.is_null(),
    }
}

/// An object after some writes of some managers
fn history(rng: &mut Rng) -> Value {
    let schema = widget();
    let mut live = spec(rng);
    track(None, &mut live, &schema, &writer("creator"), &[]);
    for _ in 0..rng.usize(..5) {
        let (wanted, manager) = (spec(rng), pick(rng, &["one", "two"]));
        if rng.bool() {
            live = apply(Some(&live), &wanted, &schema, &writer(manager), true, &[]).unwrap();
        } else {
            let mut new = wanted;
            track(Some(&live), &mut new, &schema, &writer(manager), &[]);
            live = new;
        }
    }
    live
}

#[test]
fn an_apply_done_twice_is_done_once() {
    for seed in 0..ROUNDS {
        let (mut rng, schema) = (Rng::with_seed(seed), widget());
        let (live, wanted) = (history(&mut rng), spec(&mut rng));
        let once = apply(Some(&live), &wanted, &schema, &writer("one"), true, &[]).unwrap();
        if has_null(&once) {
            continue; // Pruning leaves a null where only the field itself is owned: the schema refuses it.
        }
        let twice = apply(Some(&once), &wanted, &schema, &writer("one"), false, &[]).unwrap();
        assert_eq!(once, twice, "seed {seed}");
        for field in ["replicas", "size", "args"] {
            if let Some(value) = wanted["spec"].get(field) {
                assert_eq!(&once["spec"][field], value, "seed {seed}");
            }
        }
    }
}

#[test]
fn a_write_that_changes_nothing_changes_no_owner() {
    for seed in 0..ROUNDS {
        let (mut rng, schema) = (Rng::with_seed(seed), widget());
        let live = history(&mut rng);
        let mut new = live.clone();
        track(Some(&live), &mut new, &schema, &writer("somebody"), &[]);
        assert_eq!(new, live, "seed {seed}");
    }
}

#[test]
fn a_change_has_one_owner_among_those_who_update() {
    for seed in 0..ROUNDS {
        let (mut rng, schema) = (Rng::with_seed(seed), widget());
        let (live, mut new) = (history(&mut rng), spec(&mut rng));
        new["spec"]["replicas"] = 77.into();
        track(Some(&live), &mut new, &schema, &writer("last"), &[]);
        let path = [Element::field("spec"), Element::field("replicas")];
        let owners = new["metadata"]["managedFields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| FieldSet::parse(&entry["fieldsV1"]).unwrap().has(&path));
        let owners: Vec<&str> = owners.map(|entry| entry["manager"].as_str().unwrap()).collect();
        assert_eq!(owners, ["last"], "seed {seed}");
    }
}

#[test]
fn a_set_of_fields_is_the_same_after_writing_and_reading() {
    for seed in 0..ROUNDS {
        let mut rng = Rng::with_seed(seed);
        let schema = widget();
        let set = fields_of(Place::resource(&schema), &history(&mut rng));
        assert_eq!(FieldSet::parse(&set.to_value()), Ok(set), "seed {seed}");
    }
}

#[test]
fn nothing_panics_on_what_fits_nowhere() {
    let schema = widget();
    for seed in 0..ROUNDS * 4 {
        let mut rng = Rng::with_seed(seed);
        let (live, mut new) = (garbage(&mut rng, 6), garbage(&mut rng, 6));
        let (one, two) = (garbage(&mut rng, 6), history(&mut rng));
        let _ = strategic(&live, &new, &schema);
        let _ = strategic(&two, &new, &schema);
        let _ = FieldSet::parse(&one);
        let _ = apply(Some(&live), &two, &schema, &writer("kubectl"), rng.bool(), &[]);
        let _ = apply(Some(&two), &new, &schema, &writer("kubectl"), rng.bool(), &[]);
        let mut wrapped = object(&one);
        let _ = apply(Some(&wrapped), &object(&new), &schema, &writer("kubectl"), rng.bool(), &[]);
        track(Some(&two), &mut wrapped, &schema, &writer("x"), &[&["status"]]);
        track(Some(&live), &mut new, &schema, &writer("x"), &[]);
    }
}
