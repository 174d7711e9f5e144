//! What a self-healing resource is to the runtime: its blueprint, its schema and typed access to its roles
//!
//! Implemented by `#[derive(HealingResource)]`, never by hand.

use std::fmt::Debug;

use healing_engine::Status;
use healing_model::{Blueprint, Declared, FieldError};
use kube::{
    CustomResourceExt, Resource,
    core::object::{HasSpec, HasStatus},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{SchemaError, verdict::Opinion};

/// A custom resource that was declared with `#[derive(HealingResource)]`
///
/// All of kube's traits hold for it, so it works with every API of kube.
pub trait HealingResource:
    Resource<DynamicType = ()>
    + CustomResourceExt
    + HasSpec
    + HasStatus
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// What [`Workload::assess`](crate::Workload::assess) gives: a [`Verdict`](crate::Verdict) with `#[healing(assess)]`
    type Opinion: Opinion;

    /// Everything that was declared, as plain data
    fn blueprint() -> &'static Blueprint;

    /// The structural schema of the whole object (`openAPIV3Schema`), rules and defaults included
    ///
    /// Whole numbers stay whole numbers, which a typed `JSONSchemaProps` would turn into floats.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] where a type in it has no structural schema.
    fn try_schema() -> Result<Value, SchemaError>;

    /// The same where it is known that there is one, such as in a test
    ///
    /// # Panics
    ///
    /// Where a type in it has no structural schema.
    fn schema() -> Value {
        Self::try_schema().unwrap_or_else(|error| panic!("{}: {error}", Self::blueprint().identity.kind))
    }

    /// What the fields of this object say, by role
    fn declared(&self) -> Declared;

    /// The rules that this object breaks; empty when it is valid
    ///
    /// The same rules that the API server enforces through the CRD, in the same order. With `old`, rules that name
    /// `old.` are checked too, and what was already wrong and is unchanged passes, as the API server lets it.
    fn validate(&self, old: Option<&Self>) -> Vec<FieldError>;

    /// The part of the status that healing owns
    fn healing_status(&self) -> Option<&Status>;
}
