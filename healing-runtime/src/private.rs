//! What generated code names; no public API

mod amount;
mod object;
pub mod rule;
pub mod shape;

pub use std::{borrow::Cow, sync::LazyLock, vec::Vec};

pub use k8s_openapi;
pub use k8s_openapi::{
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
pub use kube;
pub use kube::core::ApiResource;
pub use schemars;
pub use serde;
pub use serde_json;

pub use healing_engine::{Status, Verdict};
pub use healing_model::{Amount, Blueprint, Declared, FieldError};
pub use object::{Object, named, serialize_object};

pub use crate::status::{Embeds, healing};
pub use crate::verdict::{DeclareAssess, Opinion};
pub use crate::{
    HealingResource, HealingSchema, SchemaError,
    schema::{crd, schema},
};

use healing_model::OwnedKind;
use k8s_openapi::NamespaceResourceScope;
use serde_json::Value;

/// A type that `owns(...)` takes: a kind of k8s-openapi whose objects live in a namespace
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a resource can own beside its pods",
    label = "expected a kind of k8s-openapi whose objects live in a namespace",
    note = "an owner reference leads no further than its namespace, so objects of the cluster cannot be owned"
)]
pub trait Owned {
    /// The kind, as the API server calls it
    fn kind() -> OwnedKind;
}

#[diagnostic::do_not_recommend]
impl<K: k8s_openapi::Resource<Scope = NamespaceResourceScope>> Owned for K {
    fn kind() -> OwnedKind {
        OwnedKind {
            group: K::GROUP.to_owned(),
            version: K::VERSION.to_owned(),
            kind: K::KIND.to_owned(),
            plural: K::URL_PATH_SEGMENT.to_owned(),
        }
    }
}

/// A type in `owns(...)`
pub fn owned<K: Owned>() -> OwnedKind {
    K::kind()
}

/// The blueprint that the derive wrote down
///
/// # Panics
///
/// Where it is not one: the derive and this crate are not of one release.
pub fn blueprint(json: &str, facts: Vec<(&'static str, shape::Fact)>, constants: &[Value]) -> Blueprint {
    let mut blueprint = serde_json::from_str(json).expect("the derive and the runtime are of one release");
    shape::complete(&mut blueprint, facts, constants);
    blueprint
}

/// The schema of a spec with the bounds and rules of its resource
pub fn declare<R: HealingResource>(schema: schemars::Schema) -> schemars::Schema {
    let Blueprint { fields, rules, cel, .. } = R::blueprint();
    crate::schema::declare(schema, fields, rules, cel)
}

/// The value of a role that is a word; absent where the field is, or says none of the words
pub fn word<W: serde::de::DeserializeOwned>(value: &impl serde::Serialize) -> Option<W> {
    serde_json::from_value(serde_json::to_value(value).ok()?).ok()
}

/// The value of a role that is a number or a percentage; absent where the field is, or says neither
pub fn amount<A: amount::AsAmount>(value: &A) -> Option<Amount> {
    value.as_amount()
}

/// The value of the `replicas` role; 1 where its field is optional and absent
pub fn replicas(value: Option<i32>) -> i32 {
    value.unwrap_or(1)
}

/// A value as an API server reads it: what JSON writes of an `f32` is not what it is as an `f64`
fn written<V: serde::Serialize + ?Sized>(value: &V) -> serde_json::Result<Value> {
    serde_json::from_str(&serde_json::to_string(value)?)
}

/// What the user's own check of a field says, as an error at that field; what was there before is excused
pub fn own_field<V: serde::Serialize>(
    path: &str,
    (value, old): (&V, Option<&V>),
    checked: Result<(), String>,
) -> Option<FieldError> {
    let message = checked.err()?;
    let value = written(value).unwrap_or_default();
    let was_there = old.and_then(|old| written(old).ok()).is_some_and(|old| old == value);
    (!was_there).then(|| FieldError::invalid(path, value, message))
}

/// What the user's own check of the struct says; a struct that has not changed is excused
///
/// Which fields such a check looked at is not known, so one change lets all of it count.
pub fn own_struct<S: serde::Serialize>(
    (spec, old): (&S, Option<&S>),
    errors: Vec<FieldError>,
) -> Vec<FieldError> {
    let is_unchanged = || match (old.map(written), written(spec)) {
        (Some(Ok(old)), Ok(spec)) => old == spec,
        _ => false,
    };
    if errors.is_empty() || is_unchanged() { Vec::new() } else { errors }
}

/// The rules that an object breaks, as the API server would see the object
pub fn validate<R>(object: &R, old: Option<&R>) -> Vec<FieldError>
where
    R: HealingResource,
    R::Spec: serde::Serialize,
{
    let spec = match written(object.spec()) {
        Ok(spec) => spec,
        Err(error) => return vec![FieldError::invalid("spec", Value::Null, error.to_string())],
    };
    // An old spec that cannot be written excuses nothing: the new one is checked as if it were the first.
    let old = old.and_then(|old| written(old.spec()).ok());
    let name = object.meta().name.as_deref().unwrap_or_default();
    R::blueprint().validate(name, &spec, old.as_ref(), &crate::pattern::matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_own_check_says_counts_when_something_changed() {
        let wrong = || Err("no".to_owned());
        let said = |new: i32, old: Option<i32>, checked| own_field("spec.a", (&new, old.as_ref()), checked);
        let error = FieldError::invalid("spec.a", 3, "no");
        assert_eq!(said(3, None, wrong()), Some(error.clone()));
        assert_eq!(said(3, Some(5), wrong()), Some(error.clone()));
        assert_eq!(said(3, Some(3), wrong()), None);
        assert_eq!(said(3, Some(5), Ok(())), None);
        let said =
            |new: [i32; 2], old: Option<[i32; 2]>| own_struct((&new, old.as_ref()), vec![error.clone()]);
        assert_eq!(said([1, 2], None), vec![error.clone()]);
        assert_eq!(said([1, 2], Some([1, 3])), vec![error.clone()]);
        assert_eq!(said([1, 2], Some([1, 2])), []);
        assert_eq!(own_struct((&1, None), Vec::new()), []);
    }
}
