//! What stood at a place before the change, as far as it can be told
//!
//! It owns which old value a new one comes from. What passes because of that is `bounds`' and `rules`' business.

use serde_json::Value;

use crate::{Field, FieldKind};

/// What stood at a place before the change
#[derive(Clone, Copy)]
pub(super) enum Before<'v> {
    /// This
    Known(&'v Value),
    /// It cannot be told; but what it stood in is unchanged
    Unchanged,
    /// Nothing, or something in what has changed
    Nothing,
}

// === impl Before ===

impl<'v> Before<'v> {
    /// What cannot be told is as changed as what it stands in
    pub(super) fn of(unchanged: bool) -> Self {
        if unchanged { Self::Unchanged } else { Self::Nothing }
    }

    /// Whether a struct with these fields is what stood here
    pub(super) fn is_struct(self, fields: &[Field], new: &Value) -> bool {
        match self {
            Self::Known(old) => fields_unchanged(fields, new, old),
            Self::Unchanged => true,
            Self::Nothing => false,
        }
    }

    pub(super) fn known(self) -> Option<&'v Value> {
        match self {
            Self::Known(old) => Some(old),
            Self::Unchanged | Self::Nothing => None,
        }
    }

    /// Whether a value of a type, in a list with these keys if it is one, is what stood here
    pub(super) fn is(self, kind: &FieldKind, keys: &[Value], new: &Value) -> bool {
        match self {
            Self::Known(old) => unchanged(kind, keys, new, old),
            Self::Unchanged => true,
            Self::Nothing => false,
        }
    }

    /// What stood under a name
    pub(super) fn entry(self, name: &str, unchanged: bool) -> Self {
        let old = self.known().and_then(|old| old.get(name));
        old.map_or(Self::of(unchanged), Self::Known)
    }

    /// Which item it was: only those of a list map can be found again, by their keys
    pub(super) fn item(self, keys: &[Value], new: &Value, unchanged: bool) -> Self {
        let items = self.known().and_then(Value::as_array);
        items.and_then(|items| same_item(keys, new, items)).map_or(Self::of(unchanged), Self::Known)
    }
}

/// The item with the keys of a new one
fn same_item<'v>(keys: &[Value], new: &Value, old: &'v [Value]) -> Option<&'v Value> {
    let same =
        |old: &&Value| keys.iter().all(|key| key.as_str().is_some_and(|key| old.get(key) == new.get(key)));
    old.iter().find(same).filter(|_| !keys.is_empty())
}

/// Whether nothing has changed; items of a list map may have moved
fn unchanged(kind: &FieldKind, keys: &[Value], new: &Value, old: &Value) -> bool {
    match (kind, new, old) {
        (FieldKind::Object(shape), Value::Object(_), Value::Object(_)) => {
            fields_unchanged(&shape.fields, new, old)
        }
        (FieldKind::List(item), Value::Array(new), Value::Array(old)) if !keys.is_empty() => {
            let same = |new| same_item(keys, new, old).is_some_and(|old| unchanged(item, &[], new, old));
            new.len() == old.len() && new.iter().all(same)
        }
        (FieldKind::Map(item), Value::Object(new), Value::Object(old)) => {
            let same = |(name, new)| old.get(name).is_some_and(|old| unchanged(item, &[], new, old));
            new.len() == old.len() && new.iter().all(same)
        }
        _ => new == old,
    }
}

/// The same of a struct with these fields
fn fields_unchanged(fields: &[Field], new: &Value, old: &Value) -> bool {
    let (Some(new), Some(old)) = (new.as_object(), old.as_object()) else { return new == old };
    let same = |(name, new): (&String, &Value)| {
        let Some(old) = old.get(name) else { return false };
        match fields.iter().find(|field| field.name == *name) {
            Some(field) => unchanged(&field.kind, keys(field), new, old),
            None => new == old,
        }
    };
    new.len() == old.len() && new.iter().all(same)
}

/// The fields that tell the items of a list map apart; none for any other list
pub(super) fn keys(field: &Field) -> &[Value] {
    let is_map = field.constraints.get("x-kubernetes-list-type").is_some_and(|kind| kind == "map");
    let keys = field.constraints.get("x-kubernetes-list-map-keys").filter(|_| is_map);
    keys.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The path of a field of what stands at a path
pub(super) fn child(path: &str, name: &str) -> String {
    format!("{path}.{name}")
}
