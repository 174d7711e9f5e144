//! What a definition says for all its versions: names, scope, conversion

use serde_json::Value;

use super::bound::same;
use super::{Class, Log, Place, Verdict};

/// A part that nobody can change without a new definition
const NEW_KIND: &str = "to clients this is another resource, and objects stay behind under the old one; make a new definition beside it";

/// Compares two definitions without their versions
pub(super) fn compare(old: &Value, new: &Value, log: &mut Log<'_>) {
    for (path, kind) in [
        ("group", "group-changed"),
        ("scope", "scope-changed"),
        ("names.plural", "plural-changed"),
        ("names.kind", "kind-changed"),
        ("names.listKind", "list-kind-changed"),
    ] {
        let why = match path {
            "scope" => "an API server refuses it; make a new definition, and move the objects by hand",
            "names.listKind" => "clients that check the kind of a list fail",
            _ => NEW_KIND,
        };
        changed(path, old, new, (Class::Breaking, kind, why), log);
    }
    let why = "no client uses it; people type it";
    changed("names.singular", old, new, (Class::Compatible, "singular-changed", why), log);
    for (path, added, removed) in [
        ("names.shortNames", "short-name-added", "short-name-removed"),
        ("names.categories", "category-added", "category-removed"),
    ] {
        let words = |spec: &'_ Value| at(spec, path).as_array().cloned().unwrap_or_default();
        let place = Place::definition(&format!("spec.{path}"));
        for word in words(old).iter().filter(|word| !words(new).contains(word)) {
            log.note(&place, (word, &Value::Null), (Class::Compatible, removed, why));
        }
        for word in words(new).iter().filter(|word| !words(old).contains(word)) {
            log.note(&place, (&Value::Null, word), (Class::Compatible, added, why));
        }
    }
    pruning(old, new, log);
    conversion(&old["conversion"], &new["conversion"], log);
}

fn at<'v>(spec: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(spec, |value, step| &value[step])
}

fn changed(path: &str, old: &Value, new: &Value, verdict: Verdict, log: &mut Log<'_>) {
    let (old, new) = (at(old, path), at(new, path));
    if old != new {
        log.note(&Place::definition(&format!("spec.{path}")), (old, new), verdict);
    }
}

fn pruning(old: &Value, new: &Value, log: &mut Log<'_>) {
    let key = "preserveUnknownFields";
    let verdict: Verdict = match (old[key] == true, new[key] == true) {
        (true, false) => {
            let why = "fields without a schema are dropped from stored objects at their next write";
            (Class::Breaking, "pruning-on", why)
        }
        (false, true) => (Class::Compatible, "pruning-off", "fields without a schema are kept"),
        _ => return,
    };
    log.note(&Place::definition(&format!("spec.{key}")), (&old[key], &new[key]), verdict);
}

fn conversion(old: &Value, new: &Value, log: &mut Log<'_>) {
    let is_webhook = |conversion: &Value| conversion["strategy"] == "Webhook";
    let verdict: Verdict = match (is_webhook(old), is_webhook(new)) {
        _ if same(old, new) => return,
        (true, false) => {
            let why = "versions are no longer converted: what they have under different names is dropped";
            (Class::Breaking, "conversion-removed", why)
        }
        (false, true) => {
            let why = "objects of versions that are not stored are read through the webhook: it must be there first";
            (Class::StorageAffecting, "conversion-added", why)
        }
        _ => {
            let why = "objects of versions that are not stored are read through the webhook: look whether it is there";
            (Class::StorageAffecting, "conversion-changed", why)
        }
    };
    log.note(&Place::definition("spec.conversion"), (old, new), verdict);
}
