//! Rules say the same in Rust and on the API server: verdict, field and message
//!
//! Random rules of every construct, and the rules of a declared resource, each on many objects; objects are asked about as
//! new ones (dry run) and as changes of others, which may be wrong themselves: they are stored before the definition has rules.

#[path = "../../agreement/random.rs"]
mod random;
#[path = "../../agreement/ruled.rs"]
mod ruled;
#[path = "../../agreement/tuned.rs"]
mod tuned;

use fastrand::Rng;
use healing::HealingResource as _;
use healing_model::{Blueprint, FieldError, Rule};
use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use kube::core::Status;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::service::condition;
use crate::wait::eventually;
use crate::world::World;

const RULES: usize = 40;
const OBJECTS: usize = 20;
/// How many changes of each object
const CHANGES: usize = 5;
const GROUP: &str = "agreement.example.com";
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// What a schema says that an object can break, types and lists aside
const BOUNDS: &[&str] = &[
    "enum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minLength",
    "minimum",
    "pattern",
    "x-kubernetes-validations",
];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(random_rules_say_the_same_on_the_api_server),
        Case::new(the_rules_of_a_resource_say_the_same_on_the_api_server),
        Case::new(contradictions_between_knobs_are_refused_by_the_api_server_too),
    ]
}

async fn random_rules_say_the_same_on_the_api_server(world: World) -> Result<(), Failure> {
    let shape = random::shape();
    let mut rng = Rng::with_seed(7);
    let of = |at| if at % 2 == 0 { random::rule } else { random::transition };
    let rules: Vec<Rule> = (0..RULES).map(|at| of(at)(&mut rng, at)).collect();
    let spec = random::schema(&shape.fields, &rules);
    let schema = json!({ "type": "object", "required": ["spec"], "properties": { "spec": spec } });
    let mut olds: Vec<Value> = (0..OBJECTS).map(|_| random::value(&mut rng)).collect();
    for old in &mut olds {
        // a real API server stores 1.0 as 1, and takes another 1.0 for a change; the embedded one does not
        old["d"] = 0.5.into();
    }
    let resource = define(&world, "Random", &without_bounds(&schema)).await?;
    let stored = store(&world, &resource, &olds).await?;
    let mut wrong = olds.first().cloned().unwrap_or_default();
    wrong["k"] = 6.into();
    tighten(&world, &resource, (&schema, &wrong)).await?;
    let blueprint =
        Blueprint { fields: shape.fields, rules, roles: Vec::new(), ..ruled::Ruled::blueprint().clone() };
    let matches =
        |pattern: &str, text: &str| regex::Regex::new(pattern).ok().map(|regex| regex.is_match(text));
    let (mut told, mut excused) = (0, 0);
    for (old, stored) in olds.iter().zip(&stored) {
        let alone = blueprint.validate("x", old, None, &matches);
        agree(&asked(&world, &resource, old).await?, &alone, old)?;
        for _ in 0..CHANGES {
            let new = random::changed(&mut rng, old);
            let errors = blueprint.validate("x", &new, Some(old), &matches);
            told += errors.len();
            excused += usize::from(alone.len() > errors.len());
            let answer = replaced(&world, &resource, stored, &new).await?;
            agree(&answer, &errors, &json!({ "old": old, "new": new }))?;
        }
    }
    // rules that always hold, and changes that excuse nothing, would prove nothing
    Failure::unless(told > OBJECTS && excused > 5, || format!("{told} broken rules, {excused} excused"))
}

async fn the_rules_of_a_resource_say_the_same_on_the_api_server(world: World) -> Result<(), Failure> {
    let schema = ruled::Ruled::schema();
    let resource = define(&world, "Ruled", &without_bounds(&schema)).await?;
    let olds: Vec<Value> = ruled::changes().into_iter().map(|(old, ..)| old).collect();
    let stored = store(&world, &resource, &olds).await?;
    tighten(&world, &resource, (&schema, &json!({ "size": 4 }))).await?;
    for (spec, _) in ruled::specs() {
        let object = ruled::ruled(&spec);
        let mut errors = object.validate(None);
        // the one check that is in Rust alone
        errors.retain(|error| error.message != ruled::ALONE);
        agree(&asked(&world, &resource, &spec).await?, &errors, &spec)?;
    }
    for ((old, new, _), stored) in ruled::changes().iter().zip(&stored) {
        let errors = ruled::ruled(new).validate(Some(&ruled::ruled(old)));
        let answer = replaced(&world, &resource, stored, new).await?;
        agree(&answer, &errors, &json!({ "old": old, "new": new }))?;
    }
    Ok(())
}

async fn contradictions_between_knobs_are_refused_by_the_api_server_too(world: World) -> Result<(), Failure> {
    let resource = define(&world, "Tuned", &tuned::Tuned::schema()).await?;
    // its definition may not be served everywhere yet
    store(&world, &resource, &[json!({})]).await?;
    for (spec, expected) in tuned::specs() {
        let errors = tuned::tuned(&spec).validate(None);
        Failure::unless(errors.len() == expected.len(), || format!("{spec}: {errors:?}"))?;
        agree(&asked(&world, &resource, &spec).await?, &errors, &spec)?;
    }
    Ok(())
}

/// Creates an object with each spec
async fn store(
    world: &World,
    resource: &ApiResource,
    specs: &[Value],
) -> Result<Vec<DynamicObject>, Failure> {
    let api: Api<DynamicObject> = Api::namespaced_with(world.client(), world.namespace(), resource);
    let mut stored = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        // a definition that has just been established may not be served everywhere yet
        let object = object(resource, &format!("c{at}"), spec)?;
        let create = async || Ok(api.create(&PostParams::default(), &object).await?);
        stored.push(eventually("the object is created", create).await?);
    }
    Ok(stored)
}

/// What the API server says against a change of a stored object
async fn replaced(
    world: &World,
    resource: &ApiResource,
    stored: &DynamicObject,
    spec: &Value,
) -> Result<Vec<(String, String)>, Failure> {
    let api: Api<DynamicObject> = Api::namespaced_with(world.client(), world.namespace(), resource);
    let mut changed = stored.clone();
    changed.data["spec"] = spec.clone();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let name = changed.metadata.name.clone().unwrap_or_default();
    causes(api.replace(&name, &dry, &changed).await)
}

/// Gives a definition another schema, and waits until a spec is refused because of it
async fn tighten(
    world: &World,
    resource: &ApiResource,
    (schema, wrong): (&Value, &Value),
) -> Result<(), Failure> {
    let path = format!("{DEFINITIONS}/{}.{GROUP}", resource.plural);
    let request = http::Request::get(&path).body(Vec::new())?;
    let mut definition: Value = world.client().request(request).await?;
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema.clone();
    let request = http::Request::put(&path).header("Content-Type", "application/json");
    let _: Value = world.client().request(request.body(definition.to_string().into_bytes())?).await?;
    eventually("the new schema is served", async || {
        let answer = asked(world, resource, wrong).await?;
        Failure::unless(!answer.is_empty(), || "the old one is served".to_owned())
    })
    .await
}

/// A schema without its rules and bounds: what is wrong by the whole can be stored by this one
fn without_bounds(schema: &Value) -> Value {
    let Value::Object(keywords) = schema else { return schema.clone() };
    let kept = keywords.iter().filter(|(keyword, _)| !BOUNDS.contains(&keyword.as_str()));
    let plain = kept.map(|(keyword, value)| {
        let plain = match (keyword.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                fields.iter().map(|(name, field)| (name.clone(), without_bounds(field))).collect()
            }
            ("items" | "additionalProperties", below) => without_bounds(below),
            _ => value.clone(),
        };
        (keyword.clone(), plain)
    });
    Value::Object(plain.collect())
}

/// Defines a resource under the group of this file, and waits until it is there
async fn define(world: &World, kind: &str, schema: &Value) -> Result<ApiResource, Failure> {
    let singular = kind.to_lowercase();
    let plural = format!("{singular}s");
    let name = format!("{plural}.{GROUP}");
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": name },
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": { "plural": plural, "singular": singular, "kind": kind },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": schema },
            }],
        },
    });
    let request = http::Request::post(DEFINITIONS).header("Content-Type", "application/json");
    let _: Value = world.client().request(request.body(definition.to_string().into_bytes())?).await?;
    eventually("the definition is established", async || {
        let request = http::Request::get(format!("{DEFINITIONS}/{name}"));
        let stored: Value = world.client().request(request.body(Vec::new())?).await?;
        let established = condition(&stored, "Established")["status"] == "True";
        Failure::unless(established, || stored["status"].to_string())
    })
    .await?;
    Ok(ApiResource {
        group: GROUP.to_owned(),
        version: "v1".to_owned(),
        api_version: format!("{GROUP}/v1"),
        kind: kind.to_owned(),
        plural,
    })
}

fn object(resource: &ApiResource, name: &str, spec: &Value) -> Result<DynamicObject, Failure> {
    let (api_version, kind) = (&resource.api_version, &resource.kind);
    let object =
        json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": name }, "spec": spec });
    Ok(serde_json::from_value(object)?)
}

/// What the API server says against an object: pairs of field and message
async fn asked(
    world: &World,
    resource: &ApiResource,
    spec: &Value,
) -> Result<Vec<(String, String)>, Failure> {
    let api: Api<DynamicObject> = Api::namespaced_with(world.client(), world.namespace(), resource);
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    causes(api.create(&dry, &object(resource, "x", spec)?).await)
}

fn causes(answer: Result<DynamicObject, kube::Error>) -> Result<Vec<(String, String)>, Failure> {
    let status: Box<Status> = match answer {
        Ok(_) => return Ok(Vec::new()),
        Err(kube::Error::Api(status)) if status.code == 422 => status,
        Err(error) => return Err(error.into()),
    };
    let causes = status.details.map_or_else(Vec::new, |details| details.causes);
    Ok(causes.into_iter().map(|cause| (cause.field, cause.message)).collect())
}

/// Every cause is an error of ours and the other way round
fn agree(causes: &[(String, String)], errors: &[FieldError], about: &Value) -> Result<(), Failure> {
    let mut left: Vec<&FieldError> = errors.iter().collect();
    for (field, message) in causes {
        // the cause has the kind of error and a value before the message
        let same = left.iter().position(|error| {
            let at = if error.field.is_empty() { "<nil>" } else { error.field.as_str() };
            at == field && message.ends_with(&error.message)
        });
        let Some(same) = same else {
            return Err(Failure::new(format!(
                "{about}: the API server alone says {field}: {message}; Rust: {errors:?}"
            )));
        };
        left.remove(same);
    }
    Failure::unless(left.is_empty(), || {
        format!("{about}: Rust alone says {left:?}; the API server: {causes:?}")
    })
}
