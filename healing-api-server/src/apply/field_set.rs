//! A set of paths into an object, and its JSON form `fieldsV1`
//!
//! It owns the algebra of sets. Which paths an object has is decided by `owned` and `compare`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::element::Element;

/// A set of paths, as a tree
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSet {
    /// What is in the set at this place
    pub(super) members: BTreeSet<Element>,
    /// What is in the set below; a child need not be a member
    pub(super) children: BTreeMap<Element, FieldSet>,
}

// === impl FieldSet ===

impl FieldSet {
    /// A set of paths of fields
    pub(crate) fn of(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<Element> = path.iter().map(|name| Element::field(name)).collect();
            set.insert(&path);
        }
        set
    }

    /// Adds a path; the empty one, the object itself, is in no set
    pub(crate) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => {
                if !self.members.contains(last) {
                    self.members.insert(last.clone());
                }
            }
            [first, rest @ ..] => {
                if let Some(child) = self.children.get_mut(first) {
                    child.insert(rest);
                } else {
                    self.children.entry(first.clone()).or_default().insert(rest);
                }
            }
        }
    }

    pub(crate) fn has(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(last),
            [first, rest @ ..] => self.children.get(first).is_some_and(|child| child.has(rest)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.values().all(Self::is_empty)
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.add(other);
        all
    }

    /// Adds all paths of another set
    pub(crate) fn add(&mut self, other: &Self) {
        self.members.extend(other.members.iter().cloned());
        for (element, set) in &other.children {
            self.children.entry(element.clone()).or_default().add(set);
        }
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let members = self.members.intersection(&other.members).cloned().collect();
        let children = self.children.iter().filter_map(|(element, set)| {
            let both = set.intersection(other.children.get(element)?);
            (!both.is_empty()).then(|| (element.clone(), both))
        });
        Self { members, children: children.collect() }
    }

    /// What is in this set and not in the other; what is below a member of the other stays
    pub(crate) fn difference(&self, other: &Self) -> Self {
        self.minus(other, false)
    }

    /// What is neither in the other set nor below one of its members
    pub(crate) fn recursive_difference(&self, other: &Self) -> Self {
        self.minus(other, true)
    }

    fn minus(&self, other: &Self, below: bool) -> Self {
        let members = self.members.difference(&other.members).cloned().collect();
        let children = self.children.iter().filter_map(|(element, set)| {
            if below && other.members.contains(element) {
                return None;
            }
            let rest = match other.children.get(element) {
                Some(theirs) => set.minus(theirs, below),
                None => set.clone(),
            };
            (!rest.is_empty()).then(|| (element.clone(), rest))
        });
        Self { members, children: children.collect() }
    }

    /// The paths, those that end at a place before those that go on below it
    pub(crate) fn paths(&self) -> Vec<Vec<Element>> {
        let mut paths = Vec::new();
        self.walk(&mut Vec::new(), &mut paths);
        paths
    }

    fn walk(&self, prefix: &mut Vec<Element>, paths: &mut Vec<Vec<Element>>) {
        for member in &self.members {
            let mut path = prefix.clone();
            path.push(member.clone());
            paths.push(path);
        }
        for (element, set) in &self.children {
            prefix.push(element.clone());
            set.walk(prefix, paths);
            prefix.pop();
        }
    }

    /// `fieldsV1`
    pub(crate) fn to_value(&self) -> Value {
        let mut map = Map::new();
        for member in &self.members {
            map.insert(member.to_key(), Value::Object(Map::new()));
        }
        for (element, set) in &self.children {
            let Value::Object(mut child) = set.to_value() else { continue };
            if self.members.contains(element) {
                child.insert(".".to_owned(), Value::Object(Map::new()));
            }
            map.insert(element.to_key(), Value::Object(child));
        }
        Value::Object(map)
    }

    /// Reads `fieldsV1`
    pub(crate) fn parse(value: &Value) -> Result<Self, String> {
        let mut set = Self::default();
        let Value::Object(map) = value else {
            return if value.is_null() { Ok(set) } else { Err("fields are not an object".to_owned()) };
        };
        for (key, below) in map.iter().filter(|(key, _)| *key != ".") {
            let Some(element) = Element::from_key(key)? else { continue };
            let child = Self::parse(below)?;
            let has_children = !child.members.is_empty() || !child.children.is_empty();
            if !has_children || below.get(".").is_some() {
                set.members.insert(element.clone());
            }
            if has_children {
                set.children.insert(element, child);
            }
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(value: &Value) -> FieldSet {
        FieldSet::parse(value).unwrap()
    }

    #[test]
    fn the_json_form_is_kept() {
        for value in [
            json!({}),
            json!({ "f:a": {} }),
            json!({ "f:a": { ".": {}, "f:b": {} }, "f:c": { "k:{\"name\":\"x\"}": { ".": {}, "f:d": {} } } }),
            json!({ "f:finalizers": { ".": {}, "v:\"a\"": {}, "v:1": {} }, "f:x": { "i:0": {} } }),
        ] {
            assert_eq!(set(&value).to_value(), value);
        }
        assert_eq!(set(&json!({ "f:a": { ".": {} } })).to_value(), json!({ "f:a": {} }));
        assert!(FieldSet::parse(&json!({ "f:a": 7 })).is_err());
        assert!(FieldSet::parse(&json!({ "a": {} })).is_err());
    }

    #[test]
    fn sets_are_combined_place_by_place() {
        let one = set(&json!({ "f:a": { ".": {}, "f:b": {} }, "f:c": {} }));
        let two = set(&json!({ "f:a": {}, "f:c": {}, "f:d": { "f:e": {} } }));
        let cases = [
            (one.union(&two), json!({ "f:a": { ".": {}, "f:b": {} }, "f:c": {}, "f:d": { "f:e": {} } })),
            (one.intersection(&two), json!({ "f:a": {}, "f:c": {} })),
            (one.difference(&two), json!({ "f:a": { "f:b": {} } })),
            (one.recursive_difference(&two), json!({})),
            (two.difference(&one), json!({ "f:d": { "f:e": {} } })),
        ];
        for (found, expected) in cases {
            assert_eq!(found.to_value(), expected);
        }
        assert!(one.has(&[Element::field("a"), Element::field("b")]));
        assert!(!two.has(&[Element::field("d")]));
    }
}
