//! What a real API server (1.37.2) made of objects, compared with what is made of them here
//!
//! `examples/*.json` holds for each: what was sent, the answer to a dry run, what was stored (with a status that was
//! patched in), and its row of a Table at the time `now`. Taken out: uid, revision, managed fields; chance is masked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use structural_schema::Schema;

use super::*;
use crate::kind::{Kind, ResourceKey};
use crate::meta::{validate_meta, validate_meta_update};
use crate::table::{IncludeObject, table};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/built_in/examples");

/// One file
struct Example {
    path: PathBuf,
    value: Value,
    built_in: &'static BuiltIn,
}

fn examples() -> Vec<Example> {
    let entries = std::fs::read_dir(Path::new(DIRECTORY)).expect("examples");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let example = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let api_version = value["input"]["apiVersion"].as_str().expect("an apiVersion");
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let fits = |known: &&BuiltIn| {
            known.group == group && known.version == version && value["input"]["kind"] == known.kind
        };
        let built_in = ALL.iter().find(fits).expect("a built-in kind");
        Example { path, value, built_in }
    };
    paths.into_iter().map(example).collect()
}

/// A store with what the examples refer to
fn store() -> Store {
    let mut store = Store::default();
    let accounts = ResourceKey::new("", "serviceaccounts");
    for name in ["default", "sa"] {
        let account = json!({ "metadata": { "name": name, "namespace": "t" } });
        store.put(&accounts, ("t".to_owned(), name.to_owned()), account);
    }
    store
}

fn created(example: &Example) -> Value {
    let mut object = example.value["input"].clone();
    let (store, mut random) = (store(), Random::new(1));
    let now = "2026-11-25T10:00:00Z".parse().expect("a time");
    let mut creation = Creation { now, random: &mut random, store: &store };
    (example.built_in.default)(&mut object);
    (example.built_in.prepare_create)(&mut object, &mut creation).expect("an object that is right");
    (example.built_in.default)(&mut object);
    if example.built_in.generation {
        object["metadata"]["generation"] = 1.into();
    }
    object
}

/// Takes the place of what is chosen by chance, here or there
fn mask(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("kube-api-access-") => {
            *text = "kube-api-access-xxxxx".to_owned();
        }
        Value::Array(list) => list.iter_mut().for_each(mask),
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                match name.as_str() {
                    "lastTransitionTime" if !value.is_null() => *value = "masked".into(),
                    "clusterIP" if value != "None" => *value = "masked".into(),
                    "clusterIPs" if value[0] != "None" => *value = "masked".into(),
                    "nodePort" if value != 31_234 => *value = "masked".into(),
                    _ => mask(value),
                }
            }
        }
        _ => {}
    }
}

/// The places at which two values differ
fn differences(one: &Value, other: &Value, place: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let place = format!("{place}.{name}");
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => differences(one, other, &place, found),
                    (one, other) => found.push(format!("{place}: {} for {}", shown(one), shown(other))),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{place}[{index}]"), found);
            }
        }
        (one, other) if one == other => {}
        (one, other) => found.push(format!("{place}: {one} for {other}")),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn new_objects_are_those_of_a_real_server() {
    let mut found = Vec::new();
    for example in examples() {
        let (mut ours, mut theirs) = (created(&example), example.value["created"].clone());
        mask(&mut ours);
        mask(&mut theirs);
        let name = example.path.file_stem().expect("a name").to_string_lossy().into_owned();
        differences(&ours, &theirs, &name, &mut found);
    }
    assert_none(&found);
}

#[test]
fn defaults_do_not_change_what_is_stored() {
    let mut found = Vec::new();
    for example in examples() {
        let mut again = example.value["shown"].clone();
        (example.built_in.default)(&mut again);
        let name = example.path.file_stem().expect("a name").to_string_lossy().into_owned();
        differences(&again, &example.value["shown"], &name, &mut found);
    }
    assert_none(&found);
}

#[test]
fn rows_and_columns_are_those_of_a_real_server() {
    let mut found = Vec::new();
    for example in examples() {
        let kind = Kind::of_built_in(example.built_in, Arc::new(Schema::default()));
        let object = Arc::new(example.value["shown"].clone());
        let now = example.value["now"].as_str().and_then(|now| now.parse().ok()).expect("a time");
        let mut table = table(&kind, &[object], json!({}), IncludeObject::None, now);
        let columns = table["columnDefinitions"].as_array_mut().expect("columns");
        for column in columns.iter_mut().filter_map(Value::as_object_mut) {
            column.remove("description");
        }
        let mut ours: Map<String, Value> = Map::new();
        let mut row = table["rows"][0].clone();
        row.as_object_mut().expect("a row").remove("object");
        ours.insert("row".to_owned(), row);
        ours.insert("columns".to_owned(), table["columnDefinitions"].clone());
        let mut theirs = json!({ "row": example.value["row"], "columns": example.value["columns"] });
        let mut ours = Value::Object(ours);
        soften_age(&mut ours, &mut theirs);
        let name = example.path.file_stem().expect("a name").to_string_lossy().into_owned();
        differences(&ours, &theirs, &name, &mut found);
    }
    assert_none(&found);
}

/// An age of some seconds may have become one more while the answer was made
fn soften_age(ours: &mut Value, theirs: &mut Value) {
    for side in [ours, theirs] {
        for cell in side["row"]["cells"].as_array_mut().into_iter().flatten() {
            let seconds = cell.as_str().and_then(|text| text.strip_suffix('s')).map(str::parse::<u8>);
            if matches!(seconds, Some(Ok(0..=2))) {
                *cell = "now".into();
            }
        }
    }
}

#[test]
fn durations_are_short() {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for (seconds, text) in [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (200, "3m20s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (7 * 3600 + 60, "7h1m"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (8 * 86400, "8d"),
    ] {
        let end = start + jiff::SignedDuration::from_secs(seconds);
        assert_eq!(duration(start, end), text);
    }
}

/// A long text that the file writes as `x*1000`
fn unfold(value: &mut Value) {
    match value {
        Value::String(text) => {
            let (letter, count) = text.split_once('*').unwrap_or_default();
            if letter.len() == 1
                && let Ok(count) = count.parse()
            {
                *text = letter.repeat(count);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(unfold),
        Value::Object(map) => map.values_mut().for_each(unfold),
        _ => {}
    }
}

/// The causes that we find in a case, as the file writes them
fn causes(case: &Value, built_in: &BuiltIn) -> Vec<String> {
    let mut object = case["object"].clone();
    unfold(&mut object);
    let errors = if case["live"].is_null() {
        let (store, mut random) = (store(), Random::new(1));
        let now = "2026-11-25T10:00:00Z".parse().expect("a time");
        let mut creation = Creation { now, random: &mut random, store: &store };
        (built_in.default)(&mut object);
        if let Err(refusal) = (built_in.prepare_create)(&mut object, &mut creation) {
            let causes = refusal.details["causes"].as_array().cloned().unwrap_or_default();
            let cause = |cause: &Value| {
                let part = |name: &str| cause[name].as_str().unwrap_or_default().to_owned();
                format!("{} {}: {}", part("reason"), part("field"), part("message"))
            };
            return causes.iter().map(cause).collect();
        }
        (built_in.default)(&mut object);
        let mut errors = validate_meta(&object, built_in.names, built_in.namespaced);
        errors.extend((built_in.validate)(&object, None));
        errors
    } else {
        let mut live = case["live"].clone();
        unfold(&mut live);
        (built_in.default)(&mut object);
        for field in ["uid", "creationTimestamp"] {
            object["metadata"][field] = live["metadata"][field].clone();
        }
        let is_status = case["sub"] == "status";
        let prepare = if is_status { built_in.prepare_status } else { built_in.prepare_update };
        prepare(&mut object, &live);
        let mut errors = validate_meta_update(&object, &live, built_in.namespaced);
        errors.extend(if is_status {
            (built_in.validate_status)(&object, &live)
        } else {
            (built_in.validate)(&object, Some(&live))
        });
        errors
    };
    let cause =
        |error: &FieldError| format!("{} {}: {}", error.reason.as_cause(), error.place(), error.message());
    errors.iter().map(cause).collect()
}

#[test]
fn wrong_objects_are_refused_in_the_words_of_a_real_server() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/built_in/refusals.json");
    let text = std::fs::read_to_string(path).expect("a readable file");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut found = Vec::new();
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| is_comparable(case)) {
        let api_version = case["object"]["apiVersion"].as_str().expect("an apiVersion");
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        let fits = |known: &&BuiltIn| known.group == group && case["object"]["kind"] == known.kind;
        let built_in = ALL.iter().find(fits).expect("a built-in kind");
        let theirs: Vec<String> = case["causes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(first_line)
            .collect();
        let ours: Vec<String> = causes(case, built_in).iter().map(|text| first_line(text)).collect();
        // maps have no order in Go
        let sorted = |mut list: Vec<String>| {
            list.sort();
            list
        };
        if sorted(ours.clone()) != sorted(theirs.clone()) {
            found.push(format!(
                "line {} {}\n  ours   {ours:#?}\n  theirs {theirs:#?}",
                index + 2,
                case["kind"]
            ));
        }
    }
    assert_none(&found);
}

/// A dry run of the real server allocates nothing; expressions for webhooks are not compiled here
fn is_comparable(case: &Value) -> bool {
    let text = case.to_string();
    case["message"].is_null() && !text.contains("\"nodePort\":1,") && !text.contains("compilation failed")
}

/// What follows is a difference of the real server's own types
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn right_objects_are_not_refused() {
    let mut found = Vec::new();
    for example in examples() {
        let BuiltIn { names, namespaced, validate, validate_status, .. } = *example.built_in;
        let (new, shown) = (created(&example), &example.value["shown"]);
        let mut shown = shown.clone();
        shown["metadata"]["resourceVersion"] = "1".into();
        let mut errors = validate_meta(&new, names, namespaced);
        errors.extend(validate(&new, None));
        errors.extend(validate_meta_update(&shown, &shown, namespaced));
        errors.extend(validate(&shown, Some(&shown)));
        errors.extend(validate_status(&shown, &shown));
        assert_eq!(example.built_in.mismatch(&shown), None, "{}", example.path.display());
        found.extend(errors.iter().map(|error| format!("{}: {error}", example.path.display())));
    }
    assert_none(&found);
}

#[test]
fn events_have_two_forms_and_one_storage() {
    let events = ALL.iter().find(|known| known.group == "events.k8s.io").expect("events");
    let kind = Kind::of_built_in(events, Arc::new(Schema::default()));
    let mut own = json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "n", "regarding": { "name": "p" },
        "reportingController": "x.io/c", "reason": "R", "deprecatedCount": 3,
    });
    (events.default)(&mut own);
    let mut stored = own.clone();
    kind.store_form(&mut stored);
    assert_eq!((kind.key.group.as_ref(), kind.group()), ("", "events.k8s.io"));
    for (field, value) in [
        ("apiVersion", json!("v1")),
        ("message", json!("n")),
        ("involvedObject", json!({ "name": "p" })),
        ("reportingComponent", json!("x.io/c")),
        // what the form of the core group always has
        ("reportingInstance", json!("")),
        ("count", json!(3)),
    ] {
        assert_eq!(stored[field], value, "{field}");
    }
    let fields = (events.fields)(&stored);
    assert!(fields.contains(&("regarding.name", "p".to_owned())), "{fields:?}");
    assert_eq!(*kind.shown(&Arc::new(stored)), own);
}
