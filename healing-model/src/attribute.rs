//! The attribute table: every word that `#[healing(...)]` takes, where, in which form, and what it means
//!
//! The one list for parsing, for "did you mean" and for the reference. It owns words; what a value must look like is
//! checked in `blueprint/check`. The words of `policy(...)` are the knobs, which have a table of their own.

mod suggest;

pub use suggest::suggest;

/// One word of `#[healing(...)]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The word
    pub name: &'static str,
    /// How it is written, as shown in messages and in the reference
    pub form: &'static str,
    /// What it means, as one phrase
    pub doc: &'static str,
}

/// Words on the struct
pub const CONTAINER: &[Attribute] = &[
    row("group", "group = \"example.com\"", "API group; required"),
    row("version", "version = \"v1\"", "API version; required"),
    row("kind", "kind = \"HealingService\"", "kind, and name of the generated type; required"),
    row("plural", "plural = \"healingservices\"", "plural name; default: from the kind"),
    row("singular", "singular = \"healingservice\"", "singular name; default: the kind in lower case"),
    row("short_name", "short_name = \"hs\"", "short name for kubectl; may be repeated"),
    row("short_names", "short_names(\"hs\", \"heal\")", "several short names at once"),
    row("category", "category = \"all\"", "category for `kubectl get`; may be repeated"),
    row("categories", "categories(\"all\", \"apps\")", "several categories at once"),
    row("scope", "scope = \"Namespaced\"", "Namespaced or Cluster; default Namespaced"),
    row("finalizer", "finalizer = \"example.com/cleanup-protection\"", "finalizer that protects clean-up"),
    row("age_column", "age_column = false", "whether the column Age is shown last; default true"),
    row(
        "column",
        "column(name = \"Healthy\", path = \".status.healthyReplicas\")",
        "a printer column; may be repeated",
    ),
    row("policy", "policy(max_in_flight = 2)", "fixed knobs of healing"),
];

/// Words on a field
pub const FIELD: &[Attribute] = &[
    row("replicas", "replicas", "role: desired number of pods; on exactly one field"),
    row("health_threshold", "health_threshold", "role: heal while fewer pods than this are healthy"),
    row("failure_threshold", "failure_threshold", "role: failed heals in a row before the breaker opens"),
    row("default", "default = 3", "value where the field is left out"),
    row(
        "minimum",
        "minimum = 1` or `minimum(1, \"message\")",
        "smallest value, with a message of its own if given",
    ),
    row(
        "maximum",
        "maximum = 9` or `maximum(9, \"message\")",
        "largest value, with a message of its own if given",
    ),
    row("column", "column = \"Replicas\"", "a printer column with this heading"),
    row("rule", "rule(minimum_size <= size, \"message\")", "what must hold; may be repeated"),
];

/// Words in `column(...)`
pub const COLUMN: &[Attribute] = &[
    row("name", "name = \"Healthy\"", "heading; required"),
    row("path", "path = \".status.healthyReplicas\"", "JSON path from the object's root; required"),
    row(
        "type",
        "type = \"integer\"",
        "boolean, date, integer, number or string; default: the type of the field at the path",
    ),
    row("description", "description = \"Healthy pods\"", "explanation for clients that show one"),
    row("priority", "priority = 1", "above 0 the column is shown by `-o wide` only; default 0"),
];

/// The row of `name` in `table`
pub fn find(table: &[Attribute], name: &str) -> Option<Attribute> {
    table.iter().find(|attribute| attribute.name == name).copied()
}

/// The words of `table`, in its order
pub fn names(table: &[Attribute]) -> Vec<&'static str> {
    table.iter().map(|attribute| attribute.name).collect()
}

const fn row(name: &'static str, form: &'static str, doc: &'static str) -> Attribute {
    Attribute { name, form, doc }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KNOBS, Role};

    #[test]
    fn every_form_begins_with_its_word_and_every_word_is_there_once() {
        for table in [CONTAINER, FIELD, COLUMN] {
            for (at, attribute) in table.iter().enumerate() {
                assert!(attribute.form.starts_with(attribute.name), "{}", attribute.name);
                assert!(table[..at].iter().all(|other| other.name != attribute.name), "{}", attribute.name);
            }
        }
        for (at, knob) in KNOBS.iter().enumerate() {
            assert!(KNOBS[..at].iter().all(|other| other.name != knob.name), "{}", knob.name);
        }
    }

    #[test]
    fn every_role_is_a_word_on_a_field() {
        for role in Role::ALL {
            assert!(find(FIELD, role.as_str()).is_some(), "{}", role.as_str());
        }
    }
}
