//! Schemas: from Rust types to what the API server takes as `openAPIV3Schema`
//!
//! It owns the root of the schema, the transforms that make it structural, and the bounds and rules that ride on the
//! spec. The CRD around it is crd-gen's business.

mod declared;
mod structural;

use healing_engine::Status;
use healing_model::{Blueprint, NAME_MESSAGE};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::AddNullable};
use serde_json::{Map, Value, json};

use crate::HealingResource;

/// The structural schema of a whole object with this spec
///
/// `metadata` is not in it: the API server knows it, and refuses most of what could be said about it.
pub fn schema<Spec: JsonSchema>() -> Value {
    let spec = generate::<Spec>();
    let mut root = Map::new();
    if let Some(description) = spec.get("description") {
        root.insert("description".to_owned(), description.clone());
    }
    root.insert("type".to_owned(), json!("object"));
    root.insert("required".to_owned(), json!(["spec"]));
    root.insert("properties".to_owned(), json!({ "spec": spec, "status": generate::<Status>() }));
    root.insert(
        RULES.to_owned(),
        json!([{ "rule": "size(self.metadata.name) <= 63", "message": NAME_MESSAGE }]),
    );
    Value::Object(root)
}

/// The CRD of a resource as kube's own type
///
/// # Panics
///
/// Where crd-gen's CRD is not one: a bug of ours, seen by the tests of every resource.
pub fn crd<R: HealingResource>() -> CustomResourceDefinition {
    let crd = crd_gen::emit::crd(R::blueprint(), &R::schema());
    serde_json::from_value(crd).expect("crd-gen emits what the API server's type can hold")
}

/// The schema of a spec with the bounds and the rules of its blueprint
pub(crate) fn declare(mut schema: Schema, blueprint: &Blueprint) -> Schema {
    let object = schema.ensure_object();
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for field in &blueprint.fields {
            if let Some(property) = properties.get_mut(&field.name) {
                declared::mark(property, field);
            }
        }
    }
    let rules: Vec<Value> = blueprint
        .rules
        .iter()
        .map(|rule| {
            json!({ "rule": rule.cel(&blueprint.fields), "message": rule.message, "fieldPath": rule.field_path() })
        })
        .collect();
    if !rules.is_empty() {
        // What the user's own attributes put there stays, and comes first.
        let all = object.entry(RULES).or_insert_with(|| json!([]));
        if let Value::Array(all) = all {
            all.extend(rules);
        }
    }
    schema
}

const RULES: &str = "x-kubernetes-validations";

/// The schema of one type, inlined and structural
fn generate<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings
        .with_transform(AddNullable::default())
        .with_transform(kube_core::schema::StructuralSchemaRewriter)
        .with_transform(kube_core::schema::OptionalEnum)
        .with_transform(kube_core::schema::OptionalIntOrString)
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    structural::finish(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.remove("title");
    }
    schema
}
