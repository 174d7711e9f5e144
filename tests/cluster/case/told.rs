//! What the sandbox tells of itself is what a real API server tells: discovery and OpenAPI documents
//!
//! Both are asked for everything that the sandbox serves. What the sandbox leaves out on purpose is listed here.

use healing_sandbox::Sandbox;
use http::Request;
use kube::Client;
use serde_json::{Map, Value, json};

use super::Case;
use crate::failure::Failure;
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::real(discovery_is_that_of_the_api_server), Case::real(openapi_is_that_of_the_api_server)]
}

/// Both forms of discovery in the media type that clients ask for first
const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
/// Fields that the sandbox does not show: texts for people, and what is about storage or other media types
const LEFT_OUT: &[&str] = &["description", "storageVersionHash", "content", "required"];
/// Parameters that it does not know
const UNKNOWN: &[&str] = &["shardSelector", "ignoreStoreReadErrorWithClusterBreakingPotential"];
/// Operations of custom kinds whose parameters it tells better: what they take is what those of built-in kinds take
const OF_CUSTOM: &[&str] = &["parameters", "requestBody", "responses"];

/// The two servers, with the same custom kinds
struct Both {
    real: Client,
    sandbox: Client,
    _running: Sandbox,
}

impl Both {
    async fn start(world: &World) -> Result<Self, Failure> {
        world.cluster()?.install(&definition().to_string()).await?;
        let running = Sandbox::start(1).await?;
        let sandbox = running.client();
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let request = Request::post(path).header("Content-Type", "application/json");
        sandbox.request::<Value>(request.body(serde_json::to_vec(&definition())?)?).await?;
        // a definition is established before its kind is told of, and the documents come one after another
        for server in [&world.client(), &sandbox] {
            eventually("both servers tell of the kind", async || {
                for version in ["v1", "v1beta1"] {
                    read(server, &format!("/apis/told.test/{version}"), "").await?;
                    read(server, &format!("/openapi/v3/apis/told.test/{version}"), "application/json")
                        .await?;
                }
                is_told_of(&read(server, "/apis", AGGREGATED).await?)
            })
            .await?;
        }
        Ok(Self { real: world.client(), sandbox, _running: running })
    }

    /// What both say at a path, the real one of no more than the sandbox
    async fn ask(&self, path: &str, accept: &str) -> Result<[Value; 2], Failure> {
        let mut real = read(&self.real, path, accept).await?;
        let sandbox = read(&self.sandbox, path, accept).await?;
        restrict(&mut real, &sandbox);
        Ok([real, sandbox])
    }
}

async fn discovery_is_that_of_the_api_server(world: World) -> Result<(), Failure> {
    let both = Both::start(&world).await?;
    let mut found = Vec::new();
    for path in ["/api", "/apis"] {
        let [real, sandbox] = both.ask(path, AGGREGATED).await?;
        compare(path, &real, &sandbox, &mut found);
    }
    let [real, sandbox] = both.ask("/apis", "application/json").await?;
    compare("/apis", &real, &sandbox, &mut found);
    for path in versions(&sandbox) {
        let [real, sandbox] = both.ask(&path, "application/json").await?;
        compare(&path, &real, &sandbox, &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

async fn openapi_is_that_of_the_api_server(world: World) -> Result<(), Failure> {
    let both = Both::start(&world).await?;
    let groups = read(&both.sandbox, "/apis", "").await?;
    let mut found = Vec::new();
    for path in versions(&groups) {
        let path = format!("/openapi/v3{path}");
        let [mut real, mut sandbox] = both.ask(&path, "application/json").await?;
        for document in [&mut real, &mut sandbox] {
            simplify(document, path.contains("told.test"));
        }
        compare(&path, &real, &sandbox, &mut found);
    }
    // which parameters a log has is a matter of what the sandbox can show of it
    found.retain(|difference| !difference.contains("/pods/{name}/log/parameters"));
    assert!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

/// Whether the aggregated document has both versions of the kind, with what they serve
fn is_told_of(groups: &Value) -> Result<(), Failure> {
    let mut groups = groups["items"].as_array().into_iter().flatten();
    let group = groups.find(|group| name(group) == Some("told.test")).map(|group| &group["versions"]);
    let versions = group.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let is_whole = |version: &Value| version["resources"].as_array().is_some_and(|all| !all.is_empty());
    if versions.len() == 2 && versions.iter().all(is_whole) {
        return Ok(());
    }
    Err(Failure::new(format!("the versions of told.test are {versions:?}")))
}

async fn read(client: &Client, path: &str, accept: &str) -> Result<Value, Failure> {
    let request = Request::get(path).header("Accept", if accept.is_empty() { "*/*" } else { accept });
    Ok(client.request(request.body(Vec::new())?).await?)
}

/// `/api/v1`, and the path of each group and version
fn versions(groups: &Value) -> Vec<String> {
    let of_group = |group: &Value| group["versions"].as_array().cloned().unwrap_or_default();
    let versions = groups["groups"].as_array().into_iter().flatten().flat_map(of_group);
    let paths = versions.filter_map(|version| Some(format!("/apis/{}", version["groupVersion"].as_str()?)));
    std::iter::once("/api/v1".to_owned()).chain(paths).collect()
}

/// What tells elements of a list apart
fn name(element: &Value) -> Option<&str> {
    let fields = ["name", "resource", "subresource", "version"];
    fields.iter().find_map(|field| element[*field].as_str()).or(element["metadata"]["name"].as_str())
}

/// Leaves of `real` the elements of lists, the paths and the definitions that `sandbox` has too
fn restrict(real: &mut Value, sandbox: &Value) {
    match (real, sandbox) {
        (Value::Object(real), Value::Object(sandbox)) => {
            for (field, real) in &mut *real {
                match (field.as_str(), sandbox.get(field)) {
                    ("paths" | "schemas", Some(sandbox)) => {
                        if let Some(all) = real.as_object_mut() {
                            all.retain(|name, _| sandbox.get(name).is_some());
                        }
                    }
                    (_, Some(sandbox)) => restrict(real, sandbox),
                    ("subresources", None) => *real = json!([]),
                    (_, None) => {}
                }
            }
            real.retain(|field, value| field != "subresources" || *value != json!([]));
            real.remove("securitySchemes");
        }
        (Value::Array(real), Value::Array(sandbox)) => {
            real.retain(|element| sandbox.iter().any(|known| name(known) == name(element)));
            for (real, sandbox) in real.iter_mut().zip(sandbox) {
                restrict(real, sandbox);
            }
        }
        _ => {}
    }
}

/// Brings the operations of a document into a form that can be compared
fn simplify(document: &mut Value, is_custom: bool) {
    let options =
        &mut document["components"]["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
    options.as_object_mut().map(|options| options.remove("x-kubernetes-group-version-kind"));
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for path in paths.filter_map(Value::as_object_mut) {
        let operations = path.iter_mut().filter(|(name, _)| *name != "parameters");
        for operation in operations.filter_map(|(_, operation)| operation.as_object_mut()) {
            if is_custom {
                operation.retain(|field, _| !OF_CUSTOM.contains(&field.as_str()));
            }
            operation.get_mut("parameters").into_iter().for_each(simplify_parameters);
        }
        path.get_mut("parameters").into_iter().for_each(simplify_parameters);
    }
}

fn simplify_parameters(parameters: &mut Value) {
    let Some(parameters) = parameters.as_array_mut() else { return };
    parameters.retain(|parameter| !name(parameter).is_some_and(|name| UNKNOWN.contains(&name)));
    parameters.sort_by_key(|parameter| parameter["name"].to_string());
}

/// Collects the places at which two answers differ
fn compare(place: &str, real: &Value, sandbox: &Value, found: &mut Vec<String>) {
    match (real, sandbox) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names.filter(|name| !left_out(place, name)) {
                compare(&format!("{place}/{name}"), &real[name], &sandbox[name], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (real, sandbox)) in one.iter().zip(other).enumerate() {
                compare(&format!("{place}/{index}"), real, sandbox, found);
            }
        }
        _ if real == sandbox => {}
        _ => found.push(format!("{place}: {real} | {sandbox}")),
    }
}

fn left_out(place: &str, name: &str) -> bool {
    // a property may have any name, and which fields are required is a fact
    LEFT_OUT.contains(&name)
        && !place.ends_with("/properties")
        && !(name == "required" && place.contains("/schemas/"))
}

fn definition() -> Value {
    let schema = json!({
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": { "type": "string", "description": "not the one that is shown" },
            "metadata": { "type": "object", "properties": { "name": { "type": "string", "maxLength": 20 } } },
            "spec": {
                "type": "object",
                "x-kubernetes-validations": [{ "rule": "self.size > 0", "message": "must be positive" }],
                "properties": {
                    "size": { "type": "integer", "format": "int32", "minimum": 1, "default": 3 },
                    "mode": { "type": "string", "enum": ["auto", "big"] },
                    "port": { "x-kubernetes-int-or-string": true },
                    "range": { "type": "string", "nullable": true, "title": "Range", "example": "1-2" },
                    "any": { "x-kubernetes-preserve-unknown-fields": true },
                    "template": {
                        "type": "object",
                        "x-kubernetes-embedded-resource": true,
                        "x-kubernetes-preserve-unknown-fields": true,
                    },
                    "labels": { "type": "object", "additionalProperties": { "type": "string" } },
                    "conditions": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["type"],
                        "items": {
                            "type": "object",
                            "required": ["type"],
                            "properties": { "type": { "type": "string" } },
                        },
                    },
                },
            },
            "status": { "type": "object", "properties": { "size": { "type": "integer" } } },
        },
    });
    let scale = json!({ "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size" });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "tales.told.test" },
        "spec": {
            "group": "told.test",
            "scope": "Namespaced",
            "names": { "plural": "tales", "kind": "Tale", "shortNames": ["ta"], "categories": ["all"] },
            "versions": [
                { "name": "v1beta1", "served": true, "storage": false, "schema": { "openAPIV3Schema": { "type": "object" } } },
                {
                    "name": "v1",
                    "served": true,
                    "storage": true,
                    "subresources": { "status": {}, "scale": scale },
                    "selectableFields": [{ "jsonPath": ".spec.mode" }],
                    "schema": { "openAPIV3Schema": schema },
                },
            ],
        },
    })
}
