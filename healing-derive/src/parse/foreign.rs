//! Words of serde and schemars that contradict what we do with them
//!
//! Both are forwarded to them untouched. What would make objects, schema and rules disagree is refused here, with what to
//! write instead.

use syn::Attribute;

use super::entry;
use crate::accumulator::Errors;

/// One word that is refused
struct Refused {
    attribute: &'static str,
    words: &'static [&'static str],
    advice: &'static str,
}

const ON_STRUCT: &[Refused] = &[
    Refused {
        attribute: "serde",
        words: &["default"],
        advice: "a default belongs on its field, `#[healing(default = …)]`: then it is in the schema too",
    },
    Refused {
        attribute: "serde",
        words: &["transparent", "from", "try_from", "into", "tag"],
        advice: "an object is its fields, as the schema has them; leave it out",
    },
    Refused {
        attribute: "serde",
        words: &["remote", "crate", "bound"],
        advice: "the derive sets this; leave it out",
    },
    Refused {
        attribute: "schemars",
        words: &["rename", "rename_all", "deny_unknown_fields", "default", "transparent", "tag"],
        advice: "objects and schema must agree; say it with `#[serde(...)]`, which both follow",
    },
    Refused {
        attribute: "schemars",
        words: &["crate", "bound"],
        advice: "the derive sets this; leave it out",
    },
];

const ON_FIELD: &[Refused] = &[
    Refused {
        attribute: "serde",
        words: &["alias"],
        advice: "the API server drops what its schema does not have, so a second name never arrives; leave it out",
    },
    Refused {
        attribute: "serde",
        words: &["skip_serializing", "skip_deserializing"],
        advice: "what is in the API is read and written; use `#[serde(skip)]` for a field that is not in it",
    },
    Refused {
        attribute: "schemars",
        words: &[
            "rename",
            "skip",
            "skip_serializing",
            "skip_deserializing",
            "default",
            "flatten",
            "required",
        ],
        advice: "objects and schema must agree; say it with `#[serde(...)]`, which both follow",
    },
];

/// Words of ours, and the word of schemars that says the same
const SAME: &[(&str, &[&str])] = &[
    ("range", &["minimum", "maximum"]),
    ("length", &["min_length", "max_length", "min_items", "max_items"]),
    ("regex", &["pattern"]),
    ("pattern", &["pattern"]),
    ("example", &["example"]),
    ("email", &["format"]),
    ("url", &["format"]),
];

/// Reports what contradicts us on a struct
pub(super) fn container(attributes: &[Attribute], errors: &mut Errors) {
    refuse(attributes, ON_STRUCT, errors);
}

/// Reports what contradicts us on a field
pub(super) fn field(attributes: &[Attribute], errors: &mut Errors) {
    refuse(attributes, ON_FIELD, errors);
    let ours: Vec<String> = words(attributes, "healing").iter().map(ToString::to_string).collect();
    for word in words(attributes, "schemars") {
        let same = SAME.iter().find(|(theirs, _)| word == theirs).map_or(&[][..], |(_, same)| same);
        if let Some(twice) = same.iter().find(|same| ours.iter().any(|ours| ours == *same)) {
            errors.push(
                &word,
                format!("`{word}` says what `#[healing({twice})]` says already; give it once, there"),
            );
        }
    }
}

fn refuse(attributes: &[Attribute], table: &[Refused], errors: &mut Errors) {
    for Refused { attribute, words: refused, advice } in table {
        for word in words(attributes, attribute) {
            if refused.iter().any(|refused| word == refused) {
                errors.push(&word, format!("`{attribute}({word})` does not go with healing: {advice}"));
            }
        }
    }
}

/// The words that an attribute has, readable ones only: the others are told elsewhere
fn words(attributes: &[Attribute], name: &str) -> Vec<syn::Ident> {
    let mut told = Errors::default();
    let entries = entry::of_attributes(attributes, name, &mut told);
    let _ = told.finish();
    entries.into_iter().map(|entry| entry.key).collect()
}
