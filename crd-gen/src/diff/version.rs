//! The versions of a definition: which are served and stored, and what each has beside its schema

use serde_json::Value;

use super::{Class, Log, Place, Verdict, schema};
use crate::definition::Definition;

/// Compares the versions of two definitions
pub(super) fn compare(old: &Definition, new: &Definition, log: &mut Log<'_>) {
    for before in old.versions() {
        match new.version(name(before)) {
            Some(after) => version(before, after, log),
            None => gone(old, before, log),
        }
    }
    for after in new.versions().iter().filter(|after| old.version(name(after)).is_none()) {
        let place = place(name(after), "");
        let verdict = (Class::Compatible, "version-added", "clients of the other versions are not concerned");
        log.note(&place, (&Value::Null, &after["name"]), verdict);
    }
    storage(old, new, log);
}

fn name(version: &Value) -> &str {
    version["name"].as_str().unwrap_or_default()
}

fn place(version: &str, path: &str) -> Place {
    let dot = if path.is_empty() { "" } else { "." };
    Place::definition(&format!("spec.versions[{version}]{dot}{path}"))
}

fn gone(old: &Definition, version: &Value, log: &mut Log<'_>) {
    let is_stored = version["storage"] == true || old.stored_versions().any(|stored| stored == name(version));
    let why = if is_stored {
        "an API server refuses it while objects may be stored in this version; migrate them, then take it out of `status.storedVersions`"
    } else {
        "clients of this version are answered 404; stop serving it first, and remove it a release later"
    };
    let verdict = match version["served"] == true || is_stored {
        true => (Class::Breaking, "version-removed", why),
        false if old.stored_versions().next().is_some() => {
            (Class::Compatible, "version-removed", "nobody is served it and nothing is stored in it")
        }
        false => {
            let why = "nobody is served it; look that `status.storedVersions` of the installed definition does not have it";
            (Class::StorageAffecting, "version-removed", why)
        }
    };
    log.note(&place(name(version), ""), (&version["name"], &Value::Null), verdict);
}

fn storage(old: &Definition, new: &Definition, log: &mut Log<'_>) {
    let stored = |definition: &'_ Definition| {
        let version = definition.versions().iter().find(|version| version["storage"] == true);
        version.map_or(Value::Null, |version| version["name"].clone())
    };
    let (before, after) = (stored(old), stored(new));
    if before != after {
        let why =
            "objects are written in the new version from now on; rewrite all before the old one is removed";
        let place = place(after.as_str().unwrap_or_default(), "storage");
        log.note(&place, (&before, &after), (Class::StorageAffecting, "storage-version-changed", why));
    }
}

fn version(old: &Value, new: &Value, log: &mut Log<'_>) {
    let at = |path: &str| place(name(new), path);
    let verdict: Option<Verdict> = match (old["served"] == true, new["served"] == true) {
        (true, false) => {
            let why = "clients of this version are answered 404; mark it deprecated first, and move them";
            Some((Class::Breaking, "version-not-served", why))
        }
        (false, true) => Some((Class::Compatible, "version-served", "nobody used it before")),
        _ => None,
    };
    if let Some(verdict) = verdict {
        log.note(&at("served"), (&old["served"], &new["served"]), verdict);
    }
    for key in ["deprecated", "deprecationWarning"] {
        if old[key] != new[key] {
            let verdict =
                (Class::Compatible, "deprecation-changed", "clients of this version are warned, or no more");
            log.note(&at(key), (&old[key], &new[key]), verdict);
        }
    }
    status(&at("subresources.status"), old, new, log);
    scale(&at("subresources.scale"), &old["subresources"]["scale"], &new["subresources"]["scale"], log);
    let key = "additionalPrinterColumns";
    if old[key] != new[key] {
        let verdict = (Class::Compatible, "columns-changed", "people see it, no client reads it");
        log.note(&at(key), (&old[key], &new[key]), verdict);
    }
    selectable(&at("selectableFields"), old, new, log);
    let of = |version: &'_ Value| version["schema"]["openAPIV3Schema"].clone();
    schema::compare(&Place::object(name(new)), &of(old), &of(new), log);
}

fn status(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let (old, new) = (&old["subresources"]["status"], &new["subresources"]["status"]);
    let verdict: Verdict = match (old.is_object(), new.is_object()) {
        (true, false) => {
            let why = "operators that write the status are answered 404, and everybody who may write the object may write it";
            (Class::Breaking, "status-removed", why)
        }
        (false, true) => {
            let why = "what is written to the status with the whole object is dropped without a word; operators must write to `/status`";
            (Class::Breaking, "status-added", why)
        }
        _ => return,
    };
    log.note(place, (old, new), verdict);
}

fn scale(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let verdict: Verdict = match (old.is_object(), new.is_object()) {
        (false, true) => (Class::Compatible, "scale-added", "nobody used it before"),
        (true, false) => {
            let why = "`kubectl scale` and autoscalers are answered 404";
            (Class::Breaking, "scale-removed", why)
        }
        (true, true) if old != new => {
            let selector = "labelSelectorPath";
            let is_selector_new = old[selector].is_null()
                && ["specReplicasPath", "statusReplicasPath"].iter().all(|path| old[path] == new[path]);
            if is_selector_new {
                (Class::Compatible, "scale-selector-added", "autoscalers can count the pods now")
            } else {
                let why = "autoscalers read and write other fields than before";
                (Class::Breaking, "scale-path-changed", why)
            }
        }
        _ => return,
    };
    log.note(place, (old, new), verdict);
}

fn selectable(place: &Place, old: &Value, new: &Value, log: &mut Log<'_>) {
    let listed = |version: &'_ Value| version["selectableFields"].as_array().cloned().unwrap_or_default();
    let (old, new) = (listed(old), listed(new));
    for field in old.iter().filter(|field| !new.contains(field)) {
        let why = "lists and watches that select by it are refused";
        log.note(place, (&field["jsonPath"], &Value::Null), (Class::Breaking, "selectable-removed", why));
    }
    for field in new.iter().filter(|field| !old.contains(field)) {
        let verdict = (Class::Compatible, "selectable-added", "nobody could select by it before");
        log.note(place, (&Value::Null, &field["jsonPath"]), verdict);
    }
}
