//! What is declared, as the API server takes it: the definition, its columns and texts, and what it refuses
//!
//! No operator runs here but in the case of the sample: all that is refused is refused by the API server alone.

use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use kube::core::Status;
use serde_json::{Value, json};

use super::Case;
use crate::environment;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{self, EXAMPLE, Service};
use crate::wait::eventually;
use crate::world::World;

/// Name of the definition
const DEFINITION: &str = "healingservices.example.com";
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(the_definition_is_taken_without_warnings),
        Case::new(every_element_of_the_documented_definition_is_stored),
        Case::new(kubectl_shows_columns_and_doc_comments),
        Case::new(crd_gen_prints_what_the_operator_prints_and_all_of_it_applies),
        Case::new(the_committed_sample_becomes_healthy),
        Case::new(invalid_objects_are_refused_with_the_documented_messages),
        Case::new(a_threshold_above_the_replicas_is_refused_however_it_comes_about),
        Case::new(a_valid_object_gets_its_defaults),
    ]
}

/// Taken anew, as on a cluster that has never seen it: the same definition under names that no other case uses
async fn the_definition_is_taken_without_warnings(world: World) -> Result<(), Failure> {
    let definition = print(&world, "crd").await?;
    let fresh = definition
        .replace("example.com", "declared.test")
        .replace("healingservice", "declaredservice")
        .replace("HealingService", "DeclaredService");

    let applied = world.kubectl().run_with(&["apply", "--server-side", "-f", "-"], &fresh).await?;

    let name = "customresourcedefinition.apiextensions.k8s.io/declaredservices.declared.test";
    assert_eq!(applied.stderr, "", "warnings");
    assert_eq!(applied.stdout, format!("{name} serverside-applied\n"));
    world.kubectl().run(&["wait", "--for=condition=Established", "--timeout=60s", name]).await?;
    Ok(())
}

async fn every_element_of_the_documented_definition_is_stored(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let stored = world.kubectl().run(&["get", "crd", DEFINITION, "--output=json"]).await?.stdout;
    let stored: Value = serde_json::from_str(&stored)?;

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

async fn kubectl_shows_columns_and_doc_comments(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    create(&world, "web", json!({ "replicaCount": 4 })).await?;

    let shown = world.kubectl().run(&["get", "healingservices"]).await?.stdout;
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "REPLICAS", "HEALTHY", "AGE"]);
    // no operator has counted anything yet
    assert_eq!(rows[1][..2], ["web", "4"]);
    assert_eq!(rows.len(), 2, "{shown}");

    for (path, text) in [
        ("healingservice", "A replicated service that replaces its own broken pods."),
        ("healingservice.spec", "Number of pods to keep running."),
        ("healingservice.spec", "Heal while fewer pods than this are healthy."),
        ("healingservice.spec", "Failed heals in a row before the breaker opens."),
        ("healingservice.spec.healthThreshold", "Heal while fewer pods than this are healthy."),
        ("healingservice.status.lastHealTime", "Time of the newest heal, written before the pod is deleted."),
    ] {
        // the API server publishes the texts some time after it serves the kind
        eventually(&format!("kubectl explain {path}"), async || {
            let told = world.kubectl().run(&["explain", path]).await?.stdout;
            let words: Vec<&str> = told.split_whitespace().collect();
            Failure::unless(words.join(" ").contains(text), || format!("no `{text}` in {told}"))
        })
        .await?;
    }
    Ok(())
}

async fn crd_gen_prints_what_the_operator_prints_and_all_of_it_applies(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let by_operator = print(&world, "manifests").await?;

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

    let applied =
        world.plane().kubectl().run_with(&["apply", "--server-side", "-f", "-"], &by_crd_gen).await?;
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
    let applied = world.kubectl().run(&["apply", "-f", &sample]).await?;
    assert_eq!(applied.stderr, "", "warnings");

    let service = Service::named(&world, "healingservice-sample");
    service.converged(5).await?;

    let shown = world.kubectl().run(&["get", "healingservices", "--no-headers"]).await?.stdout;
    let row: Vec<&str> = shown.split_whitespace().collect();
    assert_eq!(row[..3], ["healingservice-sample", "5", "5"]);
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
    let kubectl = world.kubectl();
    let message = "healthThreshold cannot exceed replicaCount";
    for args in [
        &["scale", "healingservice/web", "--replicas=2"][..],
        &["patch", "healingservice/web", "--type=merge", r#"--patch={"spec":{"healthThreshold":6}}"#],
    ] {
        let refused = kubectl.try_with(args, "").await?;
        assert!(!refused.success && refused.stderr.contains(message), "{args:?}: {}", refused.stderr);
    }
    let kept = Service::named(&world, "web").get().await?;
    assert_eq!((&kept["spec"]["replicaCount"], &kept["spec"]["healthThreshold"]), (&json!(5), &json!(3)));
    assert_eq!(kept["metadata"]["generation"], 1);
    kubectl.run(&["scale", "healingservice/web", "--replicas=3"]).await?;
    Ok(())
}

async fn a_valid_object_gets_its_defaults(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let made = create(&world, "web", json!({ "replicaCount": 3 })).await?;
    assert_eq!(made["spec"], json!({ "replicaCount": 3, "healthThreshold": 3, "failureThreshold": 5 }));
    Ok(())
}

// --- the API as these cases use it

async fn print(world: &World, command: &str) -> Result<String, Failure> {
    Operator::example(EXAMPLE).print(world, command).await
}

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
