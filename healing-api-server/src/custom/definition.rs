//! Whether a CustomResourceDefinition is right, in the words and order of the API server
//!
//! It owns the rules for its names and versions. Those for what a version says stand in `definition/version`, what
//! `/scale` asks of objects in `definition/scale`, how messages print versions in `definition/record`; the schemas themselves are judged by `structural-schema`.

mod record;
mod scale;
mod version;

use serde_json::Value;
use structural_schema::{FieldError, Reason};

use crate::meta::Meta;

pub(super) use scale::validate as validate_scale;

/// The annotation by which a group of the community is claimed
const APPROVAL: &str = "api-approved.kubernetes.io";

/// What is wrong with a definition, and with its change
pub(crate) fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let spec = &new["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let mut errors = Vec::new();
    if old.is_none() && new.name() != format!("{plural}.{group}") {
        let detail = "must be spec.names.plural+\".\"+spec.group";
        errors.push(invalid("metadata.name", &new.name().into(), detail));
    }
    errors.extend(identity(spec, &group));
    errors.extend(versions(spec));
    errors.extend(names(&spec["names"]));
    errors.extend(version::hoisted(spec));
    if let Some(old) = old {
        errors.extend(unchanged(new, old));
    }
    errors.extend(stored(new));
    errors.extend(approval(new, old, &group));
    if spec["preserveUnknownFields"] == true {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.push(invalid("spec.preserveUnknownFields", &true.into(), detail));
    }
    errors
}

fn identity(spec: &Value, group: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if group.is_empty() {
        errors.push(required("spec.group", ""));
    } else if !group.contains('.') {
        let detail = "should be a domain with at least one dot";
        errors.push(invalid("spec.group", &group.into(), detail));
    }
    match spec["scope"].as_str() {
        Some("Namespaced" | "Cluster") => {}
        None | Some("") => errors.push(required("spec.scope", "")),
        Some(other) => {
            let scopes = ["Cluster", "Namespaced"];
            errors.push(FieldError::not_supported("spec.scope", &other.into(), &scopes));
        }
    }
    errors
}

fn versions(spec: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let versions = spec["versions"].as_array().map_or(&[][..], Vec::as_slice);
    errors.extend(version::without_schema(versions));
    for (index, version) in versions.iter().enumerate() {
        let place = format!("spec.versions[{index}]");
        let name = version["name"].as_str().unwrap_or_default();
        errors.extend(label(&format!("{place}.name"), name, ""));
        errors.extend(version::own(&place, versions, version));
    }
    let all_versions = |detail: &str| FieldError {
        value: Some(record::versions(&spec["versions"])),
        ..FieldError::new(Reason::Invalid, "spec.versions", detail)
    };
    let is_known = |at: usize| versions[..at].iter().any(|other| other["name"] == versions[at]["name"]);
    if (0..versions.len()).any(is_known) {
        errors.push(all_versions("must contain unique version names"));
    }
    if versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        errors.push(all_versions("must have exactly one version marked as storage version"));
    }
    // the server also holds the first version as the only one of older definitions
    let first = versions.first().and_then(|version| version["name"].as_str()).filter(|name| !name.is_empty());
    errors.extend(first.and_then(|name| label("spec.version", name, "")));
    errors
}

fn names(names: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let fields = ["plural", "singular", "kind", "listKind"];
    let text = |field: &str| names[field].as_str().unwrap_or_default();
    for field in fields.iter().filter(|field| text(field).is_empty()) {
        errors.push(required(&format!("spec.names.{field}"), ""));
    }
    for field in fields.iter().filter(|field| !text(field).is_empty()) {
        let place = format!("spec.names.{field}");
        let is_kind = field.ends_with("ind");
        let words = if is_kind { "may have mixed case, but should otherwise match: " } else { "" };
        errors.extend(label(&place, text(field), words));
    }
    let each = |list: &str| -> Vec<FieldError> {
        let all = names[list].as_array().into_iter().flatten().enumerate();
        let place = |index| format!("spec.names.{list}[{index}]");
        all.filter_map(|(index, name)| label(&place(index), name.as_str()?, "")).collect()
    };
    errors.extend(each("shortNames"));
    if names["kind"] == names["listKind"] && !text("kind").is_empty() {
        let detail = "kind and listKind may not be the same";
        errors.push(invalid("spec.names.listKind", &names["listKind"], detail));
    }
    errors.extend(each("categories"));
    errors
}

/// RFC 1035; where words come before, capitals are allowed
fn label(place: &str, name: &str, words: &str) -> Option<FieldError> {
    let checked = if words.is_empty() { name.to_owned() } else { name.to_lowercase() };
    let is_first = |letter: char| letter.is_ascii_lowercase();
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let mut wrong = Vec::new();
    if checked.len() > 63 {
        wrong.push("must be no more than 63 characters");
    }
    if !(checked.starts_with(is_first) && checked.chars().all(is_plain) && !checked.ends_with('-')) {
        wrong.push("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')");
    }
    let detail = format!("{words}{}", wrong.join(","));
    (!wrong.is_empty()).then(|| invalid(place, &name.into(), &detail))
}

/// What a definition must not change: what names it, and once it is served what it serves
fn unchanged(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut conditions = old["status"]["conditions"].as_array().into_iter().flatten();
    let is_established =
        conditions.any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    let served = [&["scope"][..], &["names", "kind"]].into_iter().filter(|_| is_established);
    let always = [&["group"][..], &["names", "plural"]];
    let changed = served.chain(always).filter_map(|path| {
        let at = |object: &Value| path.iter().fold(object["spec"].clone(), |at, part| at[*part].clone());
        let (is, was) = (at(new), at(old));
        let place = format!("spec.{}", path.join("."));
        (is != was).then(|| invalid(&place, &is, "field is immutable"))
    });
    changed.collect()
}

/// The version in which objects are stored is told, and one in which objects may still be stored has to stay
fn stored(new: &Value) -> Vec<FieldError> {
    let versions = new["spec"]["versions"].as_array().map_or(&[][..], Vec::as_slice);
    let told = &new["status"]["storedVersions"];
    let (place, is_told) =
        ("status.storedVersions", |name: &Value| told.as_array().is_some_and(|told| told.contains(name)));
    let mut errors = Vec::new();
    if told.as_array().is_none_or(Vec::is_empty) {
        errors.push(invalid(place, told, "must have at least one stored version"));
    }
    for version in versions.iter().filter(|version| version["storage"] == true && !is_told(&version["name"]))
    {
        let name = version["name"].as_str().unwrap_or_default();
        errors.push(invalid(place, told, &format!("must have the storage version {name}")));
    }
    let stored = new["status"]["storedVersions"].as_array().into_iter().flatten().enumerate();
    let gone = stored.filter(|(_, name)| !versions.iter().any(|version| version["name"] == **name));
    errors.extend(gone.map(|(index, name)| {
        let shown = name.as_str().unwrap_or_default();
        let detail = format!("missing from spec.versions; {shown} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {shown} and removes {shown} from status.storedVersions");
        invalid(&format!("{place}[{index}]"), name, &detail)
    }));
    errors
}

/// Groups of the community are claimed with an address, or a word that says that they are not
fn approval(new: &Value, old: Option<&Value>, group: &str) -> Option<FieldError> {
    let is_protected = ["k8s.io", "kubernetes.io"].iter().any(|domain| {
        group.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    });
    let said =
        |object: &Value| object["metadata"]["annotations"][APPROVAL].as_str().unwrap_or_default().to_owned();
    let is_address = |text: &str| {
        text.split_once("://")
            .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty() && !rest.starts_with('/'))
    };
    let text = said(new);
    let is_right = text.starts_with("unapproved") || is_address(&text);
    if !is_protected || is_right || old.is_some_and(|old| said(old) == text) {
        return None;
    }
    let place = format!("metadata.annotations[{APPROVAL}]");
    let (with, see) = (
        format!("protected groups must have approval annotation \"{APPROVAL}\""),
        "https://github.com/kubernetes/enhancements/pull/1111",
    );
    Some(if text.is_empty() {
        required(&place, &format!("{with}, see {see}"))
    } else {
        let form = "with either a URL or a reason starting with \"unapproved\"";
        invalid(&place, &text.into(), &format!("{with} {form}, see {see}"))
    })
}

fn required(place: &str, detail: &str) -> FieldError {
    FieldError::new(Reason::Required, place, detail)
}

fn invalid(place: &str, value: &Value, detail: &str) -> FieldError {
    FieldError::of_value(Reason::Invalid, place, value, detail)
}

#[cfg(test)]
mod tests;
