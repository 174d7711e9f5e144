//! What a new definition (CRD) changes for those who have objects, clients and manifests of the old one
//!
//! It owns the classes and which definitions belong together. What each part of a definition means is the business of the files below;
//! how text becomes a definition is `definition`'s.

mod bound;
mod names;
mod place;
mod rule;
mod schema;
mod shape;
mod version;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::definition::Definition;

pub use place::Place;

/// One change, and what follows from it
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What follows from it
    pub class: Class,
    /// What kind of change it is, such as `field-removed`
    pub kind: &'static str,
    /// Name of the definition
    pub definition: String,
    /// Where in it
    #[serde(flatten)]
    pub place: Place,
    /// What was there
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there now
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// Why it has this class, and what to do
    pub why: &'static str,
}

/// What follows from a change, the mildest first
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// What was right stays right and means the same
    Compatible,
    /// Nothing is refused, but what is stored, or what a stored object means, changes
    StorageAffecting,
    /// A value that was right is refused when it is set anew; objects that have it already may keep it
    Tightening,
    /// Objects, clients or manifests that were right are so no more, or lose what they hold
    Breaking,
}

/// Everything that changes from the old definitions to the new ones, in the order of the new ones
///
/// Definitions belong together by their names; where there is one on each side, these two do whatever their names.
pub fn changes(old: &[Definition], new: &[Definition]) -> Vec<Change> {
    let mut changes = Vec::new();
    if let ([old], [new]) = (old, new) {
        compare(old, new, &mut changes);
        return changes;
    }
    let same = |all: &'_ [Definition], name: &str| all.iter().position(|one| one.name() == name);
    for one in new {
        match same(old, one.name()) {
            Some(before) => compare(&old[before], one, &mut changes),
            None => {
                changes.push(whole(one, Class::Compatible, "definition-added", "nobody depends on it yet"));
            }
        }
    }
    for one in old.iter().filter(|one| same(new, one.name()).is_none()) {
        let why = "all objects of this kind go with their definition; keep it until nobody has any";
        changes.push(whole(one, Class::Breaking, "definition-removed", why));
    }
    changes
}

fn whole(definition: &Definition, class: Class, kind: &'static str, why: &'static str) -> Change {
    let place = Place::definition("");
    Change { class, kind, definition: definition.name().to_owned(), place, old: None, new: None, why }
}

fn compare(old: &Definition, new: &Definition, changes: &mut Vec<Change>) {
    let mut log = Log { definition: new.name(), changes };
    names::compare(old.spec(), new.spec(), &mut log);
    version::compare(old, new, &mut log);
}

/// Takes the changes of one definition
struct Log<'a> {
    definition: &'a str,
    changes: &'a mut Vec<Change>,
}

/// What a difference is: its class, its kind and why
type Verdict = (Class, &'static str, &'static str);

// === impl Log ===

impl Log<'_> {
    /// Notes a change from one value to another; null stands for nothing
    fn note(&mut self, place: &Place, values: (&Value, &Value), (class, kind, why): Verdict) {
        let some = |value: &Value| (!value.is_null()).then(|| value.clone());
        self.changes.push(Change {
            class,
            kind,
            definition: self.definition.to_owned(),
            place: place.clone(),
            old: some(values.0),
            new: some(values.1),
            why,
        });
    }
}

// === impl Class ===

impl Class {
    /// Every class, the worst first
    pub const ALL: [Self; 4] = [Self::Breaking, Self::Tightening, Self::StorageAffecting, Self::Compatible];

    /// The word for it
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::StorageAffecting => "storage-affecting",
            Self::Tightening => "tightening",
            Self::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Change ===

/// `CLASS KIND PLACE: OLD -> NEW: why`, on one line whatever is in it
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.class, self.kind, self.place)?;
        let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), short);
        if self.old.is_some() || self.new.is_some() {
            write!(f, ": {} -> {}", shown(&self.old), shown(&self.new))?;
        }
        write!(f, ": {}", self.why)
    }
}

/// A value as JSON, shortened to what fits on a line
fn short(value: &Value) -> String {
    const CHARS_MAX: usize = 80;
    // JSON escapes what would break the line
    let text = value.to_string();
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
