//! The classes are what really follows: random objects of the old definition meet the new one
//!
//! Objects are defaulted, pruned, validated and updated as an API server does it, by the same crate. What is said of
//! clients, subresources and versions cannot be seen in objects and is not asked here.

use std::sync::Arc;

use crd_gen::definition;
use crd_gen::diff::{self, Class};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use structural_schema::Schema;

const BASE: &str = include_str!("corpus/diff/base.yaml");
const CHANGES: &str = include_str!("corpus/diff/changes.yaml");
/// Objects for each change
const OBJECTS: usize = 120;

/// Changes that no object shows here, and who meets them then
const UNSEEN: &[(&str, &str)] = &[
    ("type-integer-to-number", "clients that read whole numbers"),
    ("rule-about-the-old-value", "updates that change the value"),
];

/// What an object meets, the mildest first
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It is taken as it is
    Kept,
    /// Its values are refused when they are set anew, and kept while they are not changed
    Forgiven,
    /// It loses something, or an update that changes nothing is refused
    Broken,
}

#[test]
fn objects_meet_what_the_class_says() {
    let mut random = Rng::with_seed(7);
    let mut wrong = Vec::new();
    for case in crd_tools::cases(BASE, CHANGES).expect("a corpus") {
        let read = |side: &Value| definition::read(&side.to_string()).expect("a definition");
        let changes = diff::changes(&read(&case.old), &read(&case.new));
        let of_objects = changes.iter().filter(|change| change.place.version.is_some());
        let class = of_objects.map(|change| change.class).max().unwrap_or(Class::Compatible);
        let (old, new) = (schema(&case.old), schema(&case.new));
        let mut fates: Vec<(Fate, Value)> = (0..OBJECTS)
            .map(|_| object(&mut random, &case.old))
            .filter_map(|manifest| Some((fate(&new, &manifest, &stored(&old, &manifest)?), manifest)))
            .collect();
        assert!(fates.len() > OBJECTS / 10, "{}: {} objects are right", case.name, fates.len());
        fates.sort_by_key(|(fate, _)| *fate);
        let (worst, manifest) = fates.pop().expect("objects");
        let is_so = match class {
            _ if UNSEEN.iter().any(|(name, _)| *name == case.name) => worst == Fate::Kept,
            Class::Compatible | Class::StorageAffecting => worst == Fate::Kept,
            Class::Tightening => worst == Fate::Forgiven,
            // clients and manifests are broken even where objects that do not change are forgiven
            Class::Breaking => worst >= Fate::Forgiven,
        };
        if !is_so {
            wrong.push(format!("{}: {class}, and an object is {worst:?}: {manifest}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn written(definition: &Value) -> &Value {
    &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}

fn schema(definition: &Value) -> Arc<Schema> {
    Schema::parse(written(definition)).expect("a structural schema")
}

/// An object as it is stored, if the schema takes it
fn stored(schema: &Schema, manifest: &Value) -> Option<Value> {
    let mut object = manifest.clone();
    structural_schema::prune(schema, &mut object);
    structural_schema::default(schema, &mut object);
    errors(schema, &object, None).is_empty().then_some(object)
}

fn errors(schema: &Schema, new: &Value, old: Option<&Value>) -> Vec<structural_schema::FieldError> {
    structural_schema::validate(schema, new, old)
}

fn fate(new: &Schema, manifest: &Value, object: &Value) -> Fate {
    let mut read = object.clone();
    structural_schema::prune(new, &mut read);
    let is_whole = read == *object;
    structural_schema::default(new, &mut read);
    if !is_whole || !errors(new, &read, Some(&read)).is_empty() {
        Fate::Broken
    } else if errors(new, &read, None).is_empty() && stored(new, manifest).is_some() {
        Fate::Kept
    } else {
        Fate::Forgiven
    }
}

fn object(random: &mut Rng, definition: &Value) -> Value {
    let mut object = value(random, written(definition));
    object["apiVersion"] = json!("example.com/v1");
    object["kind"] = json!("Widget");
    object["metadata"] = json!({ "name": "a", "generation": 1 });
    object
}

/// A value that a schema may take; not each is right, but many are
fn value(random: &mut Rng, schema: &Value) -> Value {
    if schema["nullable"] == true && random.u8(..4) == 0 {
        return Value::Null;
    }
    if let Some(words) = schema["enum"].as_array() {
        return random.choice(words).cloned().unwrap_or_default();
    }
    if schema["x-kubernetes-int-or-string"] == true {
        return if random.bool() { json!(random.u8(..9)) } else { json!("10%") };
    }
    match schema["type"].as_str().unwrap_or_default() {
        "integer" | "number" => integer(random, schema),
        "string" => text(random, schema),
        "array" => array(random, schema),
        "object" => map(random, schema),
        _ => json!(random.bool()),
    }
}

fn integer(random: &mut Rng, schema: &Value) -> Value {
    let bound = |key: &str, other: i64| {
        schema[key].as_f64().map_or(other, |bound| format!("{bound:.0}").parse().unwrap_or(0))
    };
    let (low, high) = (bound("minimum", -3), bound("maximum", 9));
    let step = bound("multipleOf", 1);
    let number = match random.u8(..4) {
        0 => low,
        1 => high,
        2 if schema["format"] == "int64" => i64::from(i32::MAX) + 1,
        _ => random.i64(low..=high),
    };
    json!(number / step * step)
}

fn text(random: &mut Rng, schema: &Value) -> Value {
    if schema["format"] == "date-time" {
        let second = random.u8(10..60);
        return json!(format!("2026-01-02T03:04:{second}.000000000000Z"));
    }
    let most = usize::try_from(schema["maxLength"].as_u64().unwrap_or(40)).unwrap_or(40);
    let length = if random.bool() { most } else { random.usize(1..=most) };
    json!((0..length).map(|_| random.char('a'..='d')).collect::<String>())
}

fn array(random: &mut Rng, schema: &Value) -> Value {
    let most = usize::try_from(schema["maxItems"].as_u64().unwrap_or(4)).unwrap_or(4);
    let length = if random.bool() { most } else { random.usize(..=most) };
    let mut items: Vec<Value> = (0..length).map(|_| value(random, &schema["items"])).collect();
    if let Some(first) = items.first().cloned()
        && schema["x-kubernetes-list-type"] == "atomic"
        && random.bool()
    {
        items.pop();
        items.push(first);
    }
    // right where elements are told apart by more than their names
    if let [first, second, ..] = items.as_mut_slice()
        && schema["x-kubernetes-list-type"] == "map"
        && random.u8(..4) == 0
    {
        second["name"] = first["name"].clone();
    }
    json!(items)
}

fn map(random: &mut Rng, schema: &Value) -> Value {
    let mut object = Map::new();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let is_needed = required.iter().any(|one| one == name) && field["default"].is_null();
        if is_needed || random.u8(..3) > 0 {
            object.insert(name.clone(), value(random, field));
        }
    }
    for name in ["a", "color"] {
        if schema["additionalProperties"].is_object() && random.bool() {
            object.insert(name.to_owned(), value(random, &schema["additionalProperties"]));
        } else if schema["x-kubernetes-preserve-unknown-fields"] == true && random.bool() {
            object.insert(name.to_owned(), json!(random.u8(..9)));
        }
    }
    Value::Object(object)
}
