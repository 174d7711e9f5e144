//! Event, in two groups: one storage, two forms
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::{UNKNOWN, number, or, since, text};
use super::check::{Errors, IMMUTABLE, go};
use super::edit::fill;
use super::wire;
use super::{BuiltIn, Column};
use crate::meta::{Meta, label_key};

pub(super) const CORE: BuiltIn = BuiltIn {
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    create_on_update: true,
    default: |object| fill(object, "Event", |_| {}),
    validate: |new, _| legacy(new, "reportingComponent"),
    fields: |object| {
        let mut fields = fields(object, ABOUT_CORE);
        let reporter = or(&object["reportingComponent"], text(&object["reportingController"]));
        let source = or(&object["source"]["component"], text(&object["deprecatedSource"]["component"]));
        let source = if source.is_empty() { reporter } else { source };
        fields.push(("reportingComponent", reporter.to_owned()));
        fields.push(("source", source.to_owned()));
        fields
    },
    columns: COLUMNS,
    cells,
    ..BuiltIn::PLAIN
};

pub(super) const EVENTS: BuiltIn = BuiltIn {
    group: "events.k8s.io",
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.events.v1.Event",
    create_on_update: true,
    stored_in: Some(""),
    default: |object| fill(object, "events.Event", |_| {}),
    validate: |new, old| {
        let (mut new, old) = (new.clone(), old.cloned());
        to_core(&mut new);
        let old = old.map(|mut old| {
            to_core(&mut old);
            old
        });
        validate(&new, old.as_ref())
    },
    fields: |object| {
        let mut fields = fields(object, ABOUT_EVENTS);
        let reporter = or(&object["reportingController"], text(&object["reportingComponent"]));
        fields.push(("reportingController", reporter.to_owned()));
        fields
    },
    columns: COLUMNS,
    cells: |object, now| {
        let mut object = object.clone();
        to_core(&mut object);
        cells(&object, now)
    },
    to_stored: to_core,
    from_stored: from_core,
    ..BuiltIn::PLAIN
};

const COLUMNS: &[Column] = &[
    Column::shown("Last Seen", "string", "@lastTimestamp"),
    Column::shown("Type", "string", "@type"),
    Column::shown("Reason", "string", "@reason"),
    Column::shown("Object", "string", "@involvedObject"),
    Column::wide("Subobject", "string", "@involvedObject.fieldPath"),
    Column::wide("Source", "string", "@source"),
    Column::shown("Message", "string", "@message"),
    Column::wide("First Seen", "string", "@firstTimestamp"),
    Column::wide("Count", "string", "@count"),
    Column { priority: 1, ..Column::NAME },
];

fn cells(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut first = since(&object["firstTimestamp"], now);
    if first == UNKNOWN {
        first = since(&object["eventTime"], now);
    }
    let mut last = since(&object["lastTimestamp"], now);
    if last == UNKNOWN {
        last.clone_from(&first);
    }
    let mut count = number(&object["count"]).max(1);
    if object["series"].is_object() {
        last = since(&object["series"]["lastObservedTime"], now);
        count = number(&object["series"]["count"]);
    }
    let about = &object["involvedObject"];
    let mut target = text(&about["kind"]).to_lowercase();
    if !text(&about["name"]).is_empty() {
        target = format!("{target}/{}", text(&about["name"]));
    }
    let component = or(&object["source"]["component"], text(&object["reportingComponent"]));
    let host = or(&object["source"]["host"], text(&object["reportingInstance"]));
    let source = if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") };
    vec![
        last.into(),
        text(&object["type"]).into(),
        text(&object["reason"]).into(),
        target.into(),
        text(&about["fieldPath"]).into(),
        source.into(),
        text(&object["message"]).trim().into(),
        first.into(),
        count.into(),
        object["metadata"]["name"].clone(),
    ]
}

/// Fields of an Event: their names in the core group and in its own
const NAMES: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// From the form of `events.k8s.io` to that of the core group, in which Events are stored
fn to_core(object: &mut Value) {
    rename(object, NAMES.iter().map(|(core, own)| (*own, *core)), "v1");
    wire::normalize(object, "Event");
}

fn from_core(object: &mut Value) {
    rename(object, NAMES.iter().copied(), "events.k8s.io/v1");
    wire::normalize(object, "events.Event");
}

fn rename<'a>(object: &mut Value, names: impl Iterator<Item = (&'a str, &'a str)>, api_version: &str) {
    let Some(object) = object.as_object_mut() else { return };
    let moved: Vec<(&str, Option<Value>)> = names.map(|(from, to)| (to, object.remove(from))).collect();
    for (name, value) in moved {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
    object.insert("apiVersion".to_owned(), api_version.into());
}

const ABOUT_CORE: [&str; 7] = [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
];
const ABOUT_EVENTS: [&str; 7] = [
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
];

/// What both groups select by, whichever form the object has
fn fields(object: &Value, about: [&'static str; 7]) -> Vec<(&'static str, String)> {
    let subject =
        if object["regarding"].is_object() { &object["regarding"] } else { &object["involvedObject"] };
    let mut fields: Vec<(&'static str, String)> = about
        .into_iter()
        .map(|path| {
            let name = path.split_once('.').map_or(path, |(_, name)| name);
            (path, text(&subject[name]).to_owned())
        })
        .collect();
    fields.extend(["reason", "type"].map(|name| (name, text(&object[name]).to_owned())));
    fields
}

/// What both groups ask for, of an Event in the form of the core group
fn legacy(event: &Value, reporter: &str) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let (namespace, about) = (event.namespace(), &event["involvedObject"]["namespace"]);
    let subject = text(about);
    let is_timed = event["eventTime"].is_string();
    let fits = match (subject, is_timed) {
        ("", false) => matches!(namespace, "" | "default"),
        ("", true) => matches!(namespace, "default" | "kube-system"),
        (subject, false) => subject == namespace,
        (_, true) => true,
    };
    if !fits {
        errors.invalid("involvedObject.namespace", &subject.into(), "does not match event.namespace");
    }
    if !is_timed {
        return errors.0;
    }
    let name = text(&event["reportingComponent"]);
    if name.is_empty() {
        errors.required(reporter, "");
    }
    errors.problems(reporter, name, label_key(name));
    for (field, most) in [("reportingInstance", 128), ("action", 128), ("reason", 128), ("message", 1024)] {
        let value = text(&event[field]);
        if value.is_empty() && field != "message" {
            errors.required(field, "");
        }
        if value.len() > most {
            errors.invalid(field, &"".into(), format!("can have at most {most} characters"));
        }
    }
    errors.0
}

/// What the newer group asks for besides
fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors(legacy(new, "reportingController"));
    if old.is_none_or(|old| old["series"] != new["series"]) {
        series(&mut errors, &new["series"]);
    }
    if let Some(old) = old {
        change(&mut errors, new, old);
        return errors.0;
    }
    if !new["eventTime"].is_string() {
        errors.required("eventTime", "");
    }
    let (kind, empty) = (text(&new["type"]), Value::from(""));
    if !matches!(kind, "Normal" | "Warning") {
        errors.invalid("type", &empty, format!("has invalid value: {kind}"));
    }
    for field in ["firstTimestamp", "lastTimestamp", "count"] {
        if !new[field].is_null() && new[field] != 0 {
            errors.invalid(field, &empty, "needs to be unset");
        }
    }
    let source = &new["source"];
    if !text(&source["component"]).is_empty() || !text(&source["host"]).is_empty() {
        errors.invalid("source", &empty, "needs to be unset");
    }
    errors.0
}

fn series(errors: &mut Errors, series: &Value) {
    if series.is_null() {
        return;
    }
    if number(&series["count"]) < 2 {
        errors.invalid("series.count", &"".into(), "should be at least 2");
    }
    if !series["lastObservedTime"].is_string() {
        errors.required("series.lastObservedTime", "");
    }
}

fn change(errors: &mut Errors, new: &Value, old: &Value) {
    let reference = |event: &Value, field: &str| {
        let it = &event[field];
        if it.is_null() {
            return "null".to_owned();
        }
        let fields = [
            ("Kind", "kind"),
            ("Namespace", "namespace"),
            ("Name", "name"),
            ("UID", "uid"),
            ("APIVersion", "apiVersion"),
            ("ResourceVersion", "resourceVersion"),
            ("FieldPath", "fieldPath"),
        ];
        let fields = fields.map(|(name, field)| (name, Value::from(text(&it[field]))));
        let fields: Vec<(&str, &Value)> = fields.iter().map(|(name, value)| (*name, value)).collect();
        go(&fields)
    };
    let keep_reference = |errors: &mut Errors, field: &str| {
        let (is, was) = (reference(new, field), reference(old, field));
        if is != was {
            errors.invalid_go(field, is, IMMUTABLE);
        }
    };
    keep_reference(errors, "involvedObject");
    let source = |event: &Value| {
        let it = &event["source"];
        json!({ "Component": text(&it["component"]), "Host": text(&it["host"]) })
    };
    for field in ["reason", "message"] {
        errors.fixed(field, &new[field], &old[field]);
    }
    errors.fixed("source", &source(new), &source(old));
    for field in ["firstTimestamp", "lastTimestamp", "count", "type", "eventTime", "action"] {
        errors.fixed(field, &new[field], &old[field]);
    }
    keep_reference(errors, "related");
    errors.fixed("reportingController", &new["reportingComponent"], &old["reportingComponent"]);
    errors.fixed("reportingInstance", &new["reportingInstance"], &old["reportingInstance"]);
}
