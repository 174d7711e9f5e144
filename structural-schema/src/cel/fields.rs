//! An object or map in the object, seen through its schema
//!
//! It owns which fields CEL can see and under which names. What the value of a field is, is `value`'s business.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use crate::schema::{Additional, Schema, Type};

use super::escape::{escape, unescape};
use super::value::{Fault, Outcome, Text, Val};

/// An object or map, seen through its schema
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    pub(super) map: &'a serde_json::Map<String, Value>,
    schema: &'a Schema,
    /// Whether it is a resource, which has a kind, an apiVersion and a name whatever its schema says
    resource: bool,
}

/// What every resource has
static RESOURCE: LazyLock<Schema> = LazyLock::new(|| {
    let text = || Arc::new(Schema { kind: Type::String, ..Schema::default() });
    let of = |names: [&str; 2], more: Option<(&str, Arc<Schema>)>| {
        let names = names.map(|name| (name.to_owned(), text()));
        let properties =
            names.into_iter().chain(more.map(|(name, schema)| (name.to_owned(), schema))).collect();
        Schema { kind: Type::Object, properties, ..Schema::default() }
    };
    of(["apiVersion", "kind"], Some(("metadata", Arc::new(of(["name", "generateName"], None)))))
});

// === impl Fields ===

impl<'a> Fields<'a> {
    pub(super) fn new(map: &'a serde_json::Map<String, Value>, schema: &'a Schema, resource: bool) -> Self {
        Self { map, schema, resource }
    }

    /// Known fields, rather than the keys of a map
    fn is_struct(&self) -> bool {
        self.resource || !self.schema.properties.is_empty()
    }

    fn schema_of(&self, name: &str) -> Option<&'a Schema> {
        if self.resource
            && let Some(schema) = RESOURCE.properties.get(name)
        {
            return Some(schema);
        }
        if self.is_struct() {
            return self.schema.properties.get(name).map(|schema| &**schema);
        }
        match &self.schema.additional {
            Additional::Schema(schema) => Some(schema),
            Additional::None | Additional::Any => None,
        }
    }

    pub(super) fn find(&self, ident: &str) -> Option<Outcome<'a>> {
        let name = if self.is_struct() { Cow::Owned(unescape(ident)?) } else { Cow::Borrowed(ident) };
        let value = self.map.get(&*name)?;
        if self.is_struct() && value.is_null() {
            return None;
        }
        self.schema_of(&name).map(|schema| Val::of(value, schema, false))
    }

    pub(super) fn keys(&self) -> Vec<Val<'a>> {
        let known = self.map.keys().filter(|name| self.schema_of(name).is_some());
        known
            .map(|name| match escape(name) {
                Some(ident) if self.is_struct() && ident != *name => Val::text(ident),
                _ => Val::Text(Text::Data(name)),
            })
            .collect()
    }

    /// Whether both are the same: known fields as their types compare, the others as they are
    pub(super) fn equals(
        &self,
        other: &Self,
        compare: &mut dyn FnMut(&Val<'a>, &Val<'a>) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        if self.map.len() != other.map.len() {
            return Ok(false);
        }
        for (name, value) in self.map {
            let Some(theirs) = other.map.get(name) else { return Ok(false) };
            let same = match (self.schema_of(name), other.schema_of(name)) {
                (Some(mine), Some(others)) if !value.is_null() && !theirs.is_null() => {
                    compare(&Val::of(value, mine, false)?, &Val::of(theirs, others, false)?)?
                }
                _ => value == theirs,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
