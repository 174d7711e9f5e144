//! What is declared, as the API server takes it: the definition, its columns and texts, and what it refuses
//!
//! No operator runs here but in the case of the sample: all that is refused is refused by the API server alone.

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use kube::core::Status;
use serde_json::{Value, json};

use super::Case;
use crate::environment;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{self, EXAMPLE, Service, condition};
use crate::table::table;
use crate::wait::eventually;
use crate::world::World;

/// Name of the definition
const DEFINITION: &str = "healingservices.example.com";
/// Where definitions are
const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(the_definition_is_taken_without_warnings),
        Case::new(every_element_of_the_documented_definition_is_stored),
        Case::new(columns_and_doc_comments_are_shown),
        Case::real(kubectl_shows_columns_and_doc_comments),
        Case::real(crd_gen_prints_what_the_operator_prints_and_all_of_it_applies),
        Case::new(the_committed_sample_becomes_healthy),
        Case::new(invalid_objects_are_refused_with_the_documented_messages),
        Case::new(a_threshold_above_the_replicas_is_refused_however_it_comes_about),
        Case::new(a_valid_object_gets_its_defaults),
    ]
}

/// Taken anew, as on a cluster that has never seen it: the same definition under names that no other case uses
async fn the_definition_is_taken_without_warnings(world: World) -> Result<(), Failure> {
    let definitions = Operator::example(EXAMPLE).declared()?.definitions();
    let [definition] = definitions.as_slice() else {
        return Err(Failure::new(format!("{} definitions", definitions.len())));
    };
    let fresh = definition
        .to_string()
        .replace("example.com", "declared.test")
        .replace("healingservice", "declaredservice")
        .replace("HealingService", "DeclaredService");

    let request = http::Request::post(DEFINITIONS).header("Content-Type", "application/json");
    let answer = world.client().send(request.body(fresh.into_bytes().into())?).await?;

    let warnings: Vec<_> = answer.headers().get_all("Warning").iter().collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(answer.status(), 201);
    eventually("the definition is established", async || {
        let path = format!("{DEFINITIONS}/declaredservices.declared.test");
        let stored: Value = world.client().request(http::Request::get(path).body(Vec::new())?).await?;
        let established = condition(&stored, "Established")["status"] == "True";
        Failure::unless(established, || stored["status"].to_string())
    })
    .await
}

async fn every_element_of_the_documented_definition_is_stored(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let request = http::Request::get(format!("{DEFINITIONS}/{DEFINITION}"));
    let stored: Value = world.client().request(request.body(Vec::new())?).await?;

    let mut missing = Vec::new();
    compare("", &documented(), Some(&stored), &mut missing);

    assert_eq!(missing, [""; 0]);
    // and no fourth column, no second version
    let versions = stored["spec"]["versions"].as_array().map_or(0, Vec::len);
    let columns = &stored["spec"]["versions"][0]["additionalPrinterColumns"];
    assert_eq!((versions, columns.as_array().map_or(0, Vec::len)), (1, 3));
    Ok(())
}

/// The documented definition, element by element
fn documented() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "healingservices.example.com" },
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": { "plural": "healingservices", "singular": "healingservice", "kind": "HealingService" },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                    "spec": { "type": "object", "properties": {
                        "replicaCount": { "type": "integer", "minimum": 1 },
                        "healthThreshold": { "type": "integer", "default": 3 },
                        "failureThreshold": { "type": "integer", "default": 5 },
                    } },
                    "status": { "type": "object", "properties": {
                        "observedGeneration": { "type": "integer" },
                        "healthyReplicas": { "type": "integer" },
                        "lastHealTime": { "type": "string", "format": "date-time" },
                    } },
                } } },
                "additionalPrinterColumns": [
                    { "name": "Replicas", "type": "integer", "jsonPath": ".spec.replicaCount" },
                    { "name": "Healthy", "type": "integer", "jsonPath": ".status.healthyReplicas" },
                    { "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
            }],
        },
    })
}

/// Lists what is in `wanted` and not in `found`; lists are compared in their order
fn compare(path: &str, wanted: &Value, found: Option<&Value>, missing: &mut Vec<String>) {
    let Some(found) = found else {
        missing.push(format!("{path}: {wanted}"));
        return;
    };
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, value) in wanted {
                compare(&format!("{path}.{name}"), value, found.get(name), missing);
            }
        }
        (Value::Array(wanted), Value::Array(found)) => {
            for (index, value) in wanted.iter().enumerate() {
                compare(&format!("{path}[{index}]"), value, found.get(index), missing);
            }
        }
        _ if wanted == found => {}
        _ => missing.push(format!("{path}: {wanted}, found {found}")),
    }
}

/// Texts that a person is shown, with the place in the form of `kubectl explain`
const TEXTS: [(&str, &str); 6] = [
    ("", "A replicated service that replaces its own broken pods."),
    (".spec.replicaCount", "Number of pods to keep running."),
    (".spec.healthThreshold", "Heal while fewer pods than this are healthy."),
    (".spec.failureThreshold", "Failed heals in a row before the breaker opens."),
    (".status.lastHealTime", "Time of the newest heal, written before the pod is deleted."),
    (".status.observedGeneration", "Generation whose spec gave the numbers below."),
];

/// As the API server gives them to whoever shows them
async fn columns_and_doc_comments_are_shown(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    create(&world, "web", json!({ "replicaCount": 4 })).await?;

    let path = format!("/apis/example.com/v1/namespaces/{}/healingservices", world.namespace());
    let shown = table(&world, &path).await?;

    assert_eq!(shown.columns, ["Name", "Replicas", "Healthy", "Age"]);
    // no operator has counted anything yet
    assert_eq!(shown.rows.iter().map(|row| &row[..3]).collect::<Vec<_>>(), [["web", "4", "null"]]);
    for (place, text) in TEXTS {
        let pointer = place.replace('.', "/properties/");
        // the API server publishes the texts some time after it serves the kind
        eventually(&format!("the text of {place}"), async || {
            let request = http::Request::get("/openapi/v3/apis/example.com/v1").body(Vec::new())?;
            let document: Value = world.client().request(request).await?;
            let schema = &document["components"]["schemas"]["com.example.v1.HealingService"];
            let told = schema.pointer(&pointer).map(|schema| schema["description"].to_string());
            Failure::unless(told.as_ref().is_some_and(|told| told.contains(text)), || format!("{told:?}"))
        })
        .await?;
    }
    Ok(())
}

/// The same with kubectl itself
async fn kubectl_shows_columns_and_doc_comments(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    create(&world, "web", json!({ "replicaCount": 4 })).await?;

    let shown = world.kubectl()?.run(&["get", "healingservices"]).await?.stdout;
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "REPLICAS", "HEALTHY", "AGE"]);
    // no operator has counted anything yet
    assert_eq!(rows[1][..2], ["web", "4"]);
    assert_eq!(rows.len(), 2, "{shown}");

    for (place, text) in TEXTS {
        let path = format!("healingservice{place}");
        eventually(&format!("kubectl explain {path}"), async || {
            let told = world.kubectl()?.run(&["explain", &path]).await?.stdout;
            let words: Vec<&str> = told.split_whitespace().collect();
            Failure::unless(words.join(" ").contains(text), || format!("no `{text}` in {told}"))
        })
        .await?;
    }
    Ok(())
}

async fn crd_gen_prints_what_the_operator_prints_and_all_of_it_applies(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let by_operator = Operator::example(EXAMPLE).print(world.cluster()?, &["manifests"]).await?;

    let by_crd_gen = tokio::process::Command::new(environment::cargo())
        .args(["run", "--quiet", "--package", "crd-gen", "--", "manifests", "--example", EXAMPLE])
        .current_dir(ROOT)
        .env_clear()
        .envs(environment::for_cargo())
        .kill_on_drop(true)
        .output()
        .await?;
    assert!(by_crd_gen.status.success(), "{}", String::from_utf8_lossy(&by_crd_gen.stderr));
    let by_crd_gen = String::from_utf8(by_crd_gen.stdout)?;
    assert_eq!(by_crd_gen, by_operator);

    let applied = world
        .cluster()?
        .plane
        .kubectl()
        .run_with(&["apply", "--server-side", "-f", "-"], &by_crd_gen)
        .await?;
    assert_eq!(applied.stderr, "", "warnings");
    let documents = by_crd_gen.lines().filter(|line| *line == "---").count();
    assert_eq!(applied.stdout.lines().count(), documents, "{}", applied.stdout);
    for kind in ["namespace", "customresourcedefinition", "serviceaccount", "clusterrole", "deployment"] {
        assert!(applied.stdout.lines().any(|line| line.starts_with(kind)), "no {kind} in {}", applied.stdout);
    }
    Ok(())
}

async fn the_committed_sample_becomes_healthy(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let sample = format!("{ROOT}/examples/{EXAMPLE}/config/samples/example_v1_{EXAMPLE}.yaml");
    let sample: DynamicObject = serde_saphyr::from_str(&std::fs::read_to_string(sample)?)?;
    let service = Service::named(&world, "healingservice-sample");
    service.api().create(&PostParams::default(), &sample).await?;

    service.converged(5).await?;

    let path = format!("/apis/example.com/v1/namespaces/{}/healingservices", world.namespace());
    let shown = table(&world, &path).await?;
    assert_eq!(
        shown.rows.iter().map(|row| &row[..3]).collect::<Vec<_>>(),
        [["healingservice-sample", "5", "5"]]
    );
    assert_eq!(service.requests("create", "pods")?.len(), 5);
    Ok(())
}

/// Each with the documented message at the documented field
async fn invalid_objects_are_refused_with_the_documented_messages(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let positive = ("spec.replicaCount", "Invalid value: replicaCount must be greater than 0");
    let minimum = (
        "spec.replicaCount",
        "Invalid value: 0: spec.replicaCount in body should be greater than or equal to 1",
    );
    let least = ("spec.healthThreshold", "Invalid value: healthThreshold must be at least 1");
    let exceeds = ("spec.healthThreshold", "Invalid value: healthThreshold cannot exceed replicaCount");
    let required = ("spec.replicaCount", "Required value");
    let fits = "Invalid value: metadata.name must be no more than 63 characters; it is the value of a label on every pod";
    let long = "a".repeat(64);
    for (name, spec, causes) in [
        ("zero", json!({ "replicaCount": 0, "healthThreshold": 0 }), vec![minimum, positive, least]),
        ("zero-replicas", json!({ "replicaCount": 0 }), vec![minimum, positive, exceeds]),
        ("no-threshold", json!({ "replicaCount": 5, "healthThreshold": 0 }), vec![least]),
        ("exceeds", json!({ "replicaCount": 2, "healthThreshold": 3 }), vec![exceeds]),
        ("exceeds-by-default", json!({ "replicaCount": 2 }), vec![exceeds]),
        ("no-replicas", json!({ "healthThreshold": 1 }), vec![required]),
        (&long, json!({ "replicaCount": 5 }), vec![("<nil>", fits)]),
    ] {
        let refused = refusal(&world, name, spec).await?;
        assert_eq!((refused.code, refused.reason.as_str()), (422, "Invalid"));
        let told = causes_of(&refused);
        for (field, message) in causes {
            assert!(
                told.iter().any(|told| told == &(field.to_owned(), message.to_owned())),
                "{name}: no ({field}, {message}) in {told:?}"
            );
        }
    }
    Ok(())
}

async fn a_threshold_above_the_replicas_is_refused_however_it_comes_about(
    world: World,
) -> Result<(), Failure> {
    service::install(&world).await?;
    create(&world, "web", json!({ "replicaCount": 5 })).await?;
    let web = Service::named(&world, "web");
    let patch = Patch::Merge(json!({ "spec": { "healthThreshold": 6 } }));
    let by_patch = web.api().patch("web", &PatchParams::default(), &patch).await.map(drop);
    for (how, refused) in [("scale", web.scale(2).await), ("patch", by_patch)] {
        let Err(kube::Error::Api(status)) = refused else {
            return Err(Failure::new(format!("{how}: {refused:?}")));
        };
        assert!(status.message.contains("healthThreshold cannot exceed replicaCount"), "{how}: {status:?}");
    }
    let kept = web.get().await?;
    assert_eq!((&kept["spec"]["replicaCount"], &kept["spec"]["healthThreshold"]), (&json!(5), &json!(3)));
    assert_eq!(kept["metadata"]["generation"], 1);
    web.scale(3).await?;
    Ok(())
}

async fn a_valid_object_gets_its_defaults(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let made = create(&world, "web", json!({ "replicaCount": 3 })).await?;
    assert_eq!(made["spec"], json!({ "replicaCount": 3, "healthThreshold": 3, "failureThreshold": 5 }));
    Ok(())
}

// --- the API as these cases use it

async fn post(world: &World, name: &str, spec: Value) -> Result<DynamicObject, kube::Error> {
    let kind = GroupVersionKind::gvk("example.com", "v1", "HealingService");
    let resource = ApiResource::from_gvk_with_plural(&kind, "healingservices");
    let mut object = DynamicObject::new(name, &resource);
    object.data = json!({ "spec": spec });
    let api: Api<DynamicObject> = Api::namespaced_with(world.client(), world.namespace(), &resource);
    api.create(&PostParams::default(), &object).await
}

async fn create(world: &World, name: &str, spec: Value) -> Result<Value, Failure> {
    Ok(serde_json::to_value(post(world, name, spec).await?)?)
}

async fn refusal(world: &World, name: &str, spec: Value) -> Result<Status, Failure> {
    match post(world, name, spec.clone()).await {
        Err(kube::Error::Api(status)) => Ok(*status),
        Err(other) => Err(other.into()),
        Ok(_) => Err(Failure::new(format!("{name} was accepted with {spec}"))),
    }
}

/// Field and message of each cause
fn causes_of(status: &Status) -> Vec<(String, String)> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.map(|cause| (cause.field.clone(), cause.message.clone())).collect()
}
