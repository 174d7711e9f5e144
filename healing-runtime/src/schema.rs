//! Schemas: from Rust types to what the API server takes as `openAPIV3Schema`
//!
//! It owns the root of the schema, the transforms that make it structural, and the bounds and rules that ride on the
//! spec. The CRD around it is crd-gen's business.

mod declared;
mod embedded;
mod guard;
mod structural;

use healing_engine::Status;
use healing_model::{CelRule, Field, NAME_MESSAGE, Rule};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{AddNullable, Transform as _},
};
use serde_json::{Map, Value, json};

use crate::HealingResource;

pub use guard::SchemaError;

/// The structural schema of a whole object with this spec and this status
///
/// `metadata` is not in it: the API server knows it, and refuses most of what could be said about it.
///
/// # Errors
///
/// [`SchemaError`] for a type in it that has no structural schema, and for a status that is not healing's with more.
pub fn schema<Spec: JsonSchema, Whole: JsonSchema>() -> Result<Value, SchemaError> {
    let (spec, status) = (generate::<Spec>("spec")?, generate::<Whole>("status")?);
    has_ours(&status)?;
    let mut root = Map::new();
    if let Some(description) = spec.get("description") {
        root.insert("description".to_owned(), description.clone());
    }
    root.insert("type".to_owned(), json!("object"));
    root.insert("required".to_owned(), json!(["spec"]));
    root.insert("properties".to_owned(), json!({ "spec": spec, "status": status }));
    root.insert(
        RULES.to_owned(),
        json!([{ "rule": "size(self.metadata.name) <= 63", "message": NAME_MESSAGE }]),
    );
    Ok(Value::Object(root))
}

/// Whether a status has every field of healing's, each as healing has it
fn has_ours(status: &Value) -> Result<(), SchemaError> {
    let ours = generate::<Status>("status")?;
    let differs = |(name, field): (&String, &Value)| {
        let problem = match status["properties"].get(name) {
            Some(found) if found == field => return None,
            Some(_) => "means something else in the status that you declared; give your field another name",
            None => {
                "is missing from the status that you declared; embed `healing::Status` with `#[serde(flatten)]`"
            }
        };
        Some(format!("`status.{name}`, where healing writes, {problem}"))
    };
    let fields = ours["properties"].as_object();
    SchemaError::of(fields.into_iter().flatten().filter_map(differs).collect())
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

/// The schema of a struct with the bounds and the rules of its fields
pub(crate) fn declare(mut schema: Schema, fields: &[Field], rules: &[Rule], cel: &[CelRule]) -> Schema {
    let object = schema.ensure_object();
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for field in fields {
            let Some(property) = properties.get_mut(&field.name) else { continue };
            declared::mark(property, field);
            let own = cel.iter().filter(|rule| rule.field.as_ref() == Some(&field.name));
            if let Value::Object(property) = property {
                add_rules(property, own.map(cel_rule).collect());
            }
        }
    }
    let rules = rules.iter().map(|rule| {
        let mut written = Map::new();
        written.insert("rule".to_owned(), rule.cel(fields).into());
        written.insert("message".to_owned(), rule.message.clone().into());
        let optional = [("messageExpression", rule.message_cel()), ("fieldPath", rule.field_path())];
        written.extend(optional.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text?.into()))));
        Value::Object(written)
    });
    let cel = cel.iter().filter(|rule| rule.field.is_none()).map(cel_rule);
    let rules = rules.chain(cel).collect();
    add_rules(object, rules);
    schema
}

/// What the user's own attributes put there stays, and comes first.
fn add_rules(schema: &mut Map<String, Value>, rules: Vec<Value>) {
    if rules.is_empty() {
        return;
    }
    let all = schema.entry(RULES).or_insert_with(|| json!([]));
    if let Value::Array(all) = all {
        // Those of a flattened struct may be there already.
        all.extend(rules.into_iter().filter(|rule| !all.contains(rule)).collect::<Vec<_>>());
    }
}

fn cel_rule(rule: &CelRule) -> Value {
    let mut written = json!({ "rule": rule.rule, "message": rule.message });
    let optional = [
        ("messageExpression", &rule.message_expression),
        ("reason", &rule.reason),
        ("fieldPath", &rule.field_path),
    ];
    for (key, text) in optional {
        if let Some(text) = text {
            written[key] = text.as_str().into();
        }
    }
    if rule.optional_old_self {
        written["optionalOldSelf"] = true.into();
    }
    written
}

const RULES: &str = "x-kubernetes-validations";

/// The schema of one type, inlined and structural
fn generate<T: JsonSchema>(path: &str) -> Result<Value, SchemaError> {
    let mut schema = raw::<T>(true);
    guard::open(&mut schema);
    guard::check(&schema, path)?;
    embedded::finish(&mut schema, &raw::<T>(false));
    if let Value::Object(root) = &mut schema {
        // types that hold themselves, which nothing names any more
        root.remove("components");
    }
    Ok(structural_of(schema.try_into().unwrap_or_default()))
}

/// What schemars makes of a type, with the types in it at their place or by their names
fn raw<T: JsonSchema>(inlined: bool) -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = inlined;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn structural_of(mut schema: Schema) -> Value {
    AddNullable::default().transform(&mut schema);
    kube_core::schema::StructuralSchemaRewriter.transform(&mut schema);
    kube_core::schema::OptionalEnum.transform(&mut schema);
    kube_core::schema::OptionalIntOrString.transform(&mut schema);
    let mut schema = schema.to_value();
    structural::finish(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.remove("title");
    }
    schema
}
