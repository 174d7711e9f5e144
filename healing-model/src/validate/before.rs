//! What stood at a place before the change, as far as it can be told
//!
//! It owns which old value a new one comes from. What passes because of that is `bounds`' and `rules`' business.

use serde_json::Value;

use crate::Field;

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

    pub(super) fn known(self) -> Option<&'v Value> {
        match self {
            Self::Known(old) => Some(old),
            Self::Unchanged | Self::Nothing => None,
        }
    }

    pub(super) fn is(self, new: &Value) -> bool {
        match self {
            Self::Known(old) => old == new,
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
        let same = |old: &&Value| {
            keys.iter().all(|key| key.as_str().is_some_and(|key| old.get(key) == new.get(key)))
        };
        let items = self.known().and_then(Value::as_array).filter(|_| !keys.is_empty());
        items.and_then(|items| items.iter().find(same)).map_or(Self::of(unchanged), Self::Known)
    }
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
