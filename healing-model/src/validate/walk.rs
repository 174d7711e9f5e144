//! The walk over an object: from the spec into its structs, lists and maps, each with what it was before the change
//!
//! It owns the way and what is declared at each place. What is asked there is `bounds`' and `rules`' business.

use serde_json::{Map, Value};

use super::before::{Before, child, keys};
use crate::{Blueprint, Field, FieldKind, Rule};

/// What is asked on the way
pub(super) trait Visit {
    /// The path of an entry of the map at `path`
    fn entry(path: &str, key: &str) -> String;

    /// Asks about a struct, before what is in it
    fn structure(&mut self, _declared: Declared<'_>, _new: &Value, _before: Before<'_>, _path: &str) {}

    /// Asks about the value of a field that stands in a struct with these declarations
    fn field(&mut self, _declared: Declared<'_>, _field: &Field, _new: &Value, _path: &str) {}

    /// Asks about an item of a list or an entry of a map
    fn item(&mut self, _constraints: &Map<String, Value>, _new: &Value, _path: &str) {}
}

/// What is declared about a struct: its fields and its rules
pub(super) type Declared<'d> = (&'d [Field], &'d [Rule]);

/// What is declared about the items of a list or a map
#[derive(Clone, Copy, Default)]
struct Items<'i> {
    constraints: Option<&'i Map<String, Value>>,
    keys: &'i [Value],
}

/// Asks about the spec and everything in it; of fields and items those that have changed
pub(super) fn walk<V: Visit>(visit: &mut V, blueprint: &Blueprint, new: &Value, old: Option<&Value>) {
    let before = old.map_or(Before::Nothing, Before::Known);
    object(visit, (&blueprint.fields, &blueprint.rules), (new, before), "spec");
}

fn object<V: Visit>(visit: &mut V, declared: Declared<'_>, (new, before): (&Value, Before<'_>), path: &str) {
    visit.structure(declared, new, before, path);
    let unchanged = before.is_struct(declared.0, new);
    for field in declared.0 {
        let Some(value) = new.get(&field.name) else { continue };
        let (before, path) = (before.entry(&field.name, unchanged), child(path, &field.name));
        let items = Items { constraints: Some(&field.items), keys: keys(field) };
        if !before.is(&field.kind, items.keys, value) {
            visit.field(declared, field, value, &path);
        }
        below(visit, &field.kind, (value, before), items, &path);
    }
}

fn below<V: Visit>(
    visit: &mut V,
    kind: &FieldKind,
    (new, before): (&Value, Before<'_>),
    items: Items<'_>,
    path: &str,
) {
    let unchanged = before.is(kind, items.keys, new);
    match (kind, new) {
        (FieldKind::Object(shape), Value::Object(_)) => {
            object(visit, (&shape.fields, &shape.rules), (new, before), path);
        }
        (FieldKind::List(kind), Value::Array(all)) => {
            for (at, one) in all.iter().enumerate() {
                let before = before.item(items.keys, one, unchanged);
                item(visit, kind, (one, before), items.constraints, &format!("{path}[{at}]"));
            }
        }
        (FieldKind::Map(kind), Value::Object(entries)) => {
            for (key, one) in entries {
                let before = before.entry(key, unchanged);
                item(visit, kind, (one, before), items.constraints, &V::entry(path, key));
            }
        }
        _ => {}
    }
}

fn item<V: Visit>(
    visit: &mut V,
    kind: &FieldKind,
    (new, before): (&Value, Before<'_>),
    constraints: Option<&Map<String, Value>>,
    path: &str,
) {
    if let Some(constraints) = constraints.filter(|_| !before.is(kind, &[], new)) {
        visit.item(constraints, new, path);
    }
    below(visit, kind, (new, before), Items::default(), path);
}
