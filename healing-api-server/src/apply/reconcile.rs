//! Sets of fields brought up to date with a schema that has changed since they were written
//!
//! It owns one change: what had parts and is one value now is owned as a whole by whoever owned a part.

use super::element::Element;
use super::field_set::FieldSet;
use super::place::{Form, Place, Relation};

/// The set as it must be under the present schema
pub(crate) fn reconcile(place: Place<'_>, set: FieldSet) -> FieldSet {
    let mut whole = FieldSet::default();
    visit(place, Some(&set), false, &mut Vec::new(), &mut whole);
    if whole.is_empty() { set } else { set.recursive_difference(&whole).union(&whole) }
}

/// Collects the paths that are one value; `is_leaf` if the set holds just that path and nothing below
fn visit(
    place: Place<'_>,
    set: Option<&FieldSet>,
    is_leaf: bool,
    path: &mut Vec<Element>,
    whole: &mut FieldSet,
) {
    let is_one_value = match place.form(&serde_json::Value::Null) {
        Form::Scalar => return,
        Form::List => matches!(place.relation(), Relation::Atomic),
        Form::Map | Form::Open if is_unknown(place) => return,
        Form::Map | Form::Open => place.map_is_atomic() && set.is_some_and(|set| !set.is_empty()),
    };
    if is_one_value && !is_leaf {
        whole.insert(path);
        return;
    }
    let Some(set) = set else { return };
    let only_children = set.children.keys().filter(|element| !set.members.contains(*element));
    for element in only_children.chain(&set.members) {
        let Some(below) = place.step(element) else { continue };
        let child = set.children.get(element);
        path.push(element.clone());
        visit(below, child, child.is_none() && set.members.contains(element), path, whole);
        path.pop();
    }
}

/// Whether a schema says nothing of what is in an object: such a place is never brought up to date
fn is_unknown(place: Place<'_>) -> bool {
    match place {
        Place::Known { schema, .. } => {
            schema.properties.is_empty() && matches!(place.field(""), Some(Place::Deduced))
        }
        Place::Deduced => true,
        Place::Resource { .. } | Place::Whole => false,
    }
}
