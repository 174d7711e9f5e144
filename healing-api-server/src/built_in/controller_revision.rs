//! `ControllerRevision`: an earlier form of something, as a controller keeps it
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::Value;
use structural_schema::FieldError;

use super::cell::{NONE, number, text};
use super::check::Errors;
use super::edit::fill;
use super::{BuiltIn, Column, age};
use crate::meta::Meta;

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "apps",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    schema: "io.k8s.api.apps.v1.ControllerRevision",
    default: |object| fill(object, "ControllerRevision", |_| {}),
    validate,
    columns: &[
        Column::NAME,
        Column::shown("Controller", "string", "Controller of the object"),
        Column::shown("Revision", "string", "@revision"),
        Column::AGE,
    ],
    cells: |object, now| {
        let controller = object.owners().iter().find(|owner| owner["controller"] == true);
        let controller = controller.map_or_else(
            || NONE.to_owned(),
            |owner| {
                let group = text(&owner["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
                let dot = if group.is_empty() { "" } else { "." };
                format!("{}{dot}{group}/{}", text(&owner["kind"]).to_lowercase(), text(&owner["name"]))
            },
        );
        let revision = number(&object["revision"]);
        vec![object["metadata"]["name"].clone(), controller.into(), revision.into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if new["data"].is_null() {
        errors.required("data", "data is mandatory");
    }
    errors.not_negative("revision", &new["revision"]);
    if let Some(old) = old {
        errors.fixed("data", &new["data"], &old["data"]);
    }
    errors.0
}
