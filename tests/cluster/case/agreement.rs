//! Rules say the same in Rust and on the API server: verdict, field and message
//!
//! Random rules of every construct, and the rules of a declared resource, each on many objects; objects are asked about as
//! new ones (dry run) and as changes of others.

#[path = "../../agreement/random.rs"]
mod random;
#[path = "../../agreement/ruled.rs"]
mod ruled;

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
const GROUP: &str = "agreement.example.com";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(random_rules_say_the_same_on_the_api_server),
        Case::new(the_rules_of_a_resource_say_the_same_on_the_api_server),
    ]
}

async fn random_rules_say_the_same_on_the_api_server(world: World) -> Result<(), Failure> {
    let shape = random::shape();
    let mut rng = Rng::with_seed(7);
    let rules: Vec<Rule> = (0..RULES).map(|at| random::rule(&mut rng, at)).collect();
    let spec = random::schema(&shape.fields, &rules);
    let schema = json!({ "type": "object", "required": ["spec"], "properties": { "spec": spec } });
    let resource = define(&world, "Random", &schema).await?;
    let blueprint =
        Blueprint { fields: shape.fields, rules, roles: Vec::new(), ..ruled::Ruled::blueprint().clone() };
    let matches =
        |pattern: &str, text: &str| regex::Regex::new(pattern).ok().map(|regex| regex.is_match(text));
    let mut told = 0;
    for _ in 0..OBJECTS {
        let spec = random::value(&mut rng);
        let errors = blueprint.validate("x", &spec, None, &matches);
        told += errors.len();
        agree(&asked(&world, &resource, &spec).await?, &errors, &spec)?;
    }
    // rules that always hold would prove nothing
    Failure::unless(told > OBJECTS, || format!("{told} broken rules"))
}

async fn the_rules_of_a_resource_say_the_same_on_the_api_server(world: World) -> Result<(), Failure> {
    let resource = define(&world, "Ruled", &ruled::Ruled::schema()).await?;
    for (spec, _) in ruled::specs() {
        let object = ruled::ruled(&spec);
        let mut errors = object.validate(None);
        // the one check that is in Rust alone
        errors.retain(|error| error.message != ruled::ALONE);
        agree(&asked(&world, &resource, &spec).await?, &errors, &spec)?;
    }
    let api: Api<DynamicObject> = Api::namespaced_with(world.client(), world.namespace(), &resource);
    for (at, (old, new, _)) in ruled::changes().into_iter().enumerate() {
        let before = ruled::ruled(&old);
        if !before.validate(None).is_empty() {
            // what was wrong before cannot be stored in the first place
            continue;
        }
        let errors = ruled::ruled(&new).validate(Some(&before));
        let mut stored =
            api.create(&PostParams::default(), &object(&resource, &format!("c{at}"), &old)?).await?;
        stored.data["spec"] = new.clone();
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let answer = causes(api.replace(&format!("c{at}"), &dry, &stored).await)?;
        agree(&answer, &errors, &json!({ "old": old, "new": new }))?;
    }
    Ok(())
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
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let request = http::Request::post(definitions).header("Content-Type", "application/json");
    let _: Value = world.client().request(request.body(definition.to_string().into_bytes())?).await?;
    eventually("the definition is established", async || {
        let request = http::Request::get(format!("{definitions}/{name}"));
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
    // a definition that has just been established may not be served everywhere yet
    let mut answer = api.create(&dry, &object(resource, "x", spec)?).await;
    if matches!(&answer, Err(kube::Error::Api(status)) if status.code == 404) {
        eventually("the resource is served", async || {
            api.list(&kube::api::ListParams::default()).await?;
            Ok(())
        })
        .await?;
        answer = api.create(&dry, &object(resource, "x", spec)?).await;
    }
    causes(answer)
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
