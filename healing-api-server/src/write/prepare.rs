//! What the server itself does to an object: defaults, parts that stay, generation, the kind's rules
//!
//! It owns the difference between built-in and custom kinds in this; the rules are theirs.

use serde_json::{Value, json};
use structural_schema::FieldError;

use super::{Origin, Part};
use crate::Refusal;
use crate::built_in::{Creation, keep_all_but_status};
use crate::custom;
use crate::kind::{Kind, Source};
use crate::meta::Meta;

/// Fields of the metadata that the server alone sets
const SERVER_OWNED: &[&str] =
    &["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"];

/// Fills in defaults; nulls of a custom resource that was applied stay, for its schema to judge
pub(super) fn defaults(kind: &Kind, origin: Origin, object: &mut Value) {
    match &kind.source {
        Source::BuiltIn(built_in) => {
            // An empty list of entries says something, as no other empty list does.
            let forgets = object["metadata"]["managedFields"].as_array().is_some_and(Vec::is_empty);
            (built_in.default)(object);
            if forgets {
                object["metadata"]["managedFields"] = json!([]);
            }
        }
        Source::Custom(_) if origin == Origin::Applied => {
            structural_schema::fill_defaults(&kind.schema, object);
        }
        Source::Custom(_) => structural_schema::default(&kind.schema, object),
    }
}

/// What a create changes
pub(super) fn create(kind: &Kind, object: &mut Value, creation: &mut Creation<'_>) -> Result<(), Refusal> {
    match &kind.source {
        Source::BuiltIn(built_in) => {
            (built_in.prepare_create)(object, creation)?;
            // what was put in is written as everything else is
            (built_in.default)(object);
            if built_in.generation {
                object["metadata"]["generation"] = 1.into();
            } else if object["metadata"]["generation"] == 0 {
                // what the client says of it stays, as long as it says something
                object["metadata"].as_object_mut().map(|metadata| metadata.remove("generation"));
            }
        }
        Source::Custom(custom) => {
            object["metadata"]["generation"] = 1.into();
            if custom.has_status {
                object.as_object_mut().map(|object| object.remove("status"));
            }
        }
    }
    Ok(())
}

/// A client may leave out what only the server sets
pub(super) fn keep_server_owned(new: &mut Value, live: &Value) {
    for field in SERVER_OWNED {
        let is = &live["metadata"][*field];
        // another time of creation is not even refused
        let is_ignored = *field == "creationTimestamp";
        if (is_ignored || new["metadata"][*field].is_null()) && !is.is_null() {
            new["metadata"][*field] = is.clone();
        }
    }
    new["metadata"]["generation"] = live["metadata"]["generation"].clone();
    new["metadata"].as_object_mut().map(|metadata| metadata.remove("selfLink"));
}

/// What an update of this part leaves as it was
pub(super) fn update(kind: &Kind, part: Part, new: &mut Value, live: &Value) {
    match (&kind.source, part) {
        (Source::BuiltIn(built_in), Part::Main | Part::Scale) => (built_in.prepare_update)(new, live),
        (Source::BuiltIn(built_in), Part::Status) => (built_in.prepare_status)(new, live),
        (Source::Custom(_), Part::Status) => keep_all_but_status(new, live),
        (Source::Custom(custom), Part::Main | Part::Scale) if custom.has_status => match live.get("status") {
            Some(status) => new["status"] = status.clone(),
            None => {
                new.as_object_mut().map(|object| object.remove("status"));
            }
        },
        (Source::Custom(_), _) => {}
    }
}

/// Fields that a write of this part never owns
pub(crate) fn reset(kind: &Kind, part: Part) -> &'static [&'static [&'static str]] {
    let has_status = kind.has_subresource("status");
    match part {
        Part::Status if kind.custom().is_some() => &[&["spec"], &["metadata"]],
        Part::Status => kind.built_in().map_or(&[], |built_in| built_in.status_reset),
        Part::Main | Part::Scale if has_status => &[&["status"]],
        Part::Main | Part::Scale => &[],
    }
}

/// One more with each change of what is wanted
pub(super) fn generation(kind: &Kind, part: Part, new: &mut Value, live: &Value) {
    let counts = kind.built_in().is_none_or(|built_in| built_in.generation);
    if part == Part::Status || !counts {
        return;
    }
    let has_status = kind.has_subresource("status");
    let skipped =
        |name: &str| matches!(name, "metadata" | "apiVersion" | "kind") || (name == "status" && has_status);
    let wanted = |object: &Value| -> Vec<(String, Value)> {
        let fields = object.as_object().into_iter().flatten();
        fields.filter(|(name, _)| !skipped(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let annotations_count = kind.built_in().is_some_and(|built_in| built_in.annotations_count);
    let annotated = annotations_count && new["metadata"]["annotations"] != live["metadata"]["annotations"];
    if wanted(new) != wanted(live) || annotated {
        let generation = live["metadata"]["generation"].as_i64().unwrap_or(0);
        new["metadata"]["generation"] = json!(generation + 1);
    }
}

/// What is allowed and probably not meant
pub(crate) fn warnings(kind: &Kind, part: Part, new: &Value, live: Option<&Value>) -> Vec<String> {
    if part != Part::Main {
        return Vec::new();
    }
    let Some(built_in) = kind.built_in() else {
        let known = live.map(Meta::finalizers).unwrap_or_default();
        let bare = new.finalizers().into_iter().filter(|name| !name.contains('/') && !known.contains(name));
        let bare = bare.filter(|name| !matches!(*name, "orphan" | "foregroundDeletion" | "kubernetes"));
        let tell = |name: &str| {
            format!(
                "metadata.finalizers: \"{name}\": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers"
            )
        };
        return bare.map(tell).collect();
    };
    (built_in.warnings)(new, live)
}

/// What the kind's own rules say, after what is wrong with the metadata
pub(super) fn validate(
    kind: &Kind,
    part: Part,
    new: &Value,
    live: Option<&Value>,
    mut metadata: Vec<FieldError>,
) -> Vec<FieldError> {
    let errors = match (&kind.source, live) {
        (Source::BuiltIn(built_in), Some(live)) if part == Part::Status => {
            (built_in.validate_status)(new, live)
        }
        (Source::BuiltIn(built_in), live) => (built_in.validate)(new, live),
        (Source::Custom(_), live) => {
            return custom::validate(kind, new, live, part == Part::Status, metadata);
        }
    };
    metadata.extend(errors);
    metadata
}
