//! What is wrong with the volumes of a pod
//!
//! It owns the rules for the sources that are common; what the others need is in their schema alone.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::cell::{each, text};
use super::super::super::check::Errors;
use super::container::below;
use crate::meta::label;

pub(super) fn check(errors: &mut Errors, place: &str, volumes: &Value) {
    let mut names = BTreeSet::new();
    for (index, volume) in each(volumes).enumerate() {
        let place = format!("{place}[{index}]");
        let name = text(&volume["name"]);
        let mut problems = Vec::new();
        if name.is_empty() {
            errors.required(format!("{place}.name"), "");
        } else {
            problems = label(name);
        }
        if problems.is_empty() && !name.is_empty() && !names.insert(name) {
            errors.duplicate(format!("{place}.name"), &volume["name"]);
        }
        let before = errors.0.len();
        sources(errors, &place, volume);
        // a source's own mistakes are told before those of the name
        let of_source = errors.0.split_off(before);
        errors.problems(&format!("{place}.name"), name, problems);
        errors.0.extend(of_source);
    }
}

fn sources(errors: &mut Errors, place: &str, volume: &Value) {
    let sources = volume.as_object().into_iter().flatten();
    let mut given = sources.filter(|(name, value)| *name != "name" && !value.is_null());
    let Some((first, source)) = given.next() else {
        return errors.required(place, "must specify a volume type");
    };
    one(errors, &format!("{place}.{first}"), first, source);
    for (other, _) in given {
        errors.forbidden(format!("{place}.{other}"), "may not specify more than 1 volume type");
    }
}

fn one(errors: &mut Errors, place: &str, name: &str, source: &Value) {
    let needs = match name {
        "secret" => "secretName",
        "configMap" => "name",
        "persistentVolumeClaim" => "claimName",
        "hostPath" => "path",
        _ => "",
    };
    if !needs.is_empty() && text(&source[needs]).is_empty() {
        errors.required(format!("{place}.{needs}"), "");
    }
    let mode = &source["defaultMode"];
    if mode.as_i64().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        let detail = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.invalid(format!("{place}.defaultMode"), mode, detail);
    }
    if matches!(name, "secret" | "configMap") {
        items(errors, &format!("{place}.items"), &source["items"]);
    }
}

fn items(errors: &mut Errors, place: &str, items: &Value) {
    for (index, item) in each(items).enumerate() {
        let at = |field: &str| format!("{place}[{index}].{field}");
        if text(&item["key"]).is_empty() {
            errors.required(at("key"), "");
        }
        let path = text(&item["path"]);
        if path.is_empty() {
            errors.required(at("path"), "");
        }
        below(errors, &at("path"), path);
        if path.starts_with("..") {
            errors.invalid(at("path"), &path.into(), "must not start with '..'");
        }
    }
}
