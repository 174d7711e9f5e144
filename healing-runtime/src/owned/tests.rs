//! The contracts of objects beside pods: what is sent for them, when, and over what

use serde_json::{Value, json};

use crate::{
    client::script::{Asked, failure},
    fixture::{UID, World, key, ready, start, web, well, world},
};

/// A resource without pods that wants config maps with these values
fn wanting(settings: &Value) -> Value {
    let mut web = web(0);
    web["spec"]["settings"] = settings.clone();
    web
}

fn is_of_map(asked: &Asked) -> bool {
    asked.path.contains("/configmaps/")
}

/// Writes to config maps since `from`, as `METHOD name force`
fn writes(world: &World, from: usize) -> Vec<String> {
    let asked = world.record.all()[from..].to_vec();
    let writes = asked.into_iter().filter(|asked| asked.method != "GET" && is_of_map(asked));
    let line = |asked: Asked| {
        let name = asked.path.rsplit('/').next().unwrap_or_default().to_owned();
        let force = if asked.parameter("force") == Some("true") { " force" } else { "" };
        format!("{} {name}{force}", asked.method)
    };
    writes.map(line).collect()
}

/// Lets the watches show everything and makes passes until there is nothing to do; tells what was written to maps
async fn settled(world: &World) -> Vec<String> {
    let from = world.record.all().len();
    for _ in 0..4 {
        world.show();
        world.pass().await.unwrap();
        world.clock.sleep(std::time::Duration::from_secs(10)).await;
    }
    writes(world, from)
}

fn status(world: &World, kind: &str) -> Value {
    let resource = world.server.resource().unwrap();
    let conditions = resource["status"]["conditions"].as_array().unwrap().clone();
    conditions.into_iter().find(|condition| condition["type"] == kind).unwrap()
}

#[tokio::test(start_paused = true)]
async fn objects_are_applied_before_pods_with_all_that_the_framework_sets() {
    let mut web = wanting(&json!({ "a": "1" }));
    web["spec"]["replicas"] = json!(1);
    let world = world([web], well);
    world.pass().await.unwrap();
    let asked = world.record.all();
    let lines: Vec<String> = asked.iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(
        lines[..3],
        [
            "GET /api/v1/namespaces/ns/configmaps/a",
            "PATCH /api/v1/namespaces/ns/configmaps/a",
            "POST /api/v1/namespaces/ns/pods",
        ]
    );
    let (apply, body) = (&asked[1], &asked[1].body);
    assert_eq!(apply.parameter("fieldManager"), Some("op"));
    assert_eq!(
        (&body["apiVersion"], &body["kind"], &body["data"]),
        (&json!("v1"), &json!("ConfigMap"), &json!({ "mode": "1" }))
    );
    let metadata = &body["metadata"];
    assert_eq!((&metadata["name"], &metadata["namespace"]), (&json!("a"), &json!("ns")));
    assert_eq!(
        metadata["labels"],
        json!({ "app": "web", "app.kubernetes.io/managed-by": "op", "healing.dev/owner-uid": UID })
    );
    assert_eq!(metadata["ownerReferences"][0]["uid"], UID);
    assert_eq!(metadata["ownerReferences"][0]["controller"], true);
    assert!(metadata["annotations"]["healing.dev/applied-hash"].is_string());
    assert!(metadata.get("uid").is_none());
    assert!(!body.to_string().contains("null"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_settled_object_is_not_written_again_whoever_looks() {
    let world = world([wanting(&json!({ "a": "1" }))], well);
    assert_eq!(settled(&world).await, ["PATCH a"]);
    assert_eq!(settled(&world).await, [""; 0]);
    // another process, which remembers nothing
    let objects = world.server.maps().into_iter().chain(world.server.resource());
    let next = crate::fixture::world(objects, well);
    assert_eq!(settled(&next).await, [""; 0]);
    assert!(!next.record.all().iter().any(is_of_map), "the watch shows it");
}

#[tokio::test(start_paused = true)]
async fn drift_is_set_back_and_fields_of_others_stay() {
    let world = world([wanting(&json!({ "a": "1" }))], well);
    settled(&world).await;
    let uid = world.server.maps()[0]["metadata"]["uid"].clone();
    world.server.edit_map("a", |map| map["data"]["theirs"] = json!("x"));
    assert_eq!(settled(&world).await, [""; 0], "a field that only another sets");
    world.server.edit_map("a", |map| map["data"]["mode"] = json!("2"));
    assert_eq!(settled(&world).await, ["PATCH a force"]);
    let last =
        world.record.all().into_iter().rfind(|asked| asked.method == "PATCH" && is_of_map(asked)).unwrap();
    assert_eq!(last.body["metadata"]["uid"], uid, "only over the object that was seen");
    assert_eq!(world.server.maps()[0]["data"], json!({ "mode": "1", "theirs": "x" }));
    world.server.drop_map("a");
    assert_eq!(settled(&world).await, ["PATCH a"], "a lost object is made again");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_the_server_writes_in_its_own_way_is_applied_once_a_process() {
    let world = world([wanting(&json!({ "a": "1" }))], |_| None);
    settled(&world).await;
    // as if the server always said "01" for "1"
    world.server.edit_map("a", |map| map["data"]["mode"] = json!("01"));
    let normalised = world.server.maps()[0].clone();
    let next = crate::fixture::world([normalised.clone(), wanting(&json!({ "a": "1" }))], move |asked| {
        let answer = || crate::client::script::Answer::Json(200, normalised.clone());
        (asked.method == "PATCH" && is_of_map(asked)).then(answer)
    });
    assert_eq!(settled(&next).await, ["PATCH a force"]);
    assert_eq!(settled(&next).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_wanted_any_more_is_deleted_with_both_preconditions() {
    let world = world([wanting(&json!({ "a": "1", "b": "2" }))], well);
    settled(&world).await;
    let version = world.server.maps()[1]["metadata"]["resourceVersion"].clone();
    world.server.edit(|web| {
        web["spec"]["settings"] = json!({ "a": "1" });
        web["metadata"]["generation"] = json!(2);
    });
    assert_eq!(settled(&world).await, ["DELETE b"]);
    let delete = world.record.all().into_iter().find(|asked| asked.method == "DELETE").unwrap();
    assert_eq!(delete.body["preconditions"]["resourceVersion"], version);
    assert!(delete.body["preconditions"]["uid"].is_string());
    assert!(world.events().contains(&"Pruned".to_owned()));
    assert_eq!(world.server.maps().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_object_of_somebody_else_is_left_alone_and_told() {
    let theirs = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "a", "namespace": "ns", "uid": "theirs", "resourceVersion": "3" },
        "data": { "mode": "9" },
    });
    let mut web = wanting(&json!({ "a": "1", "b": "2" }));
    web["spec"]["replicas"] = json!(1);
    let world = world([web, theirs.clone(), ready("p", 0)], well);
    assert_eq!(settled(&world).await, ["PATCH b"]);
    assert_eq!(world.server.maps()[0], theirs);
    assert_eq!(status(&world, "Degraded")["reason"], "ObjectConflict");
    assert_eq!(status(&world, "Ready")["status"], "True");
    let told = world.events().into_iter().filter(|reason| reason == "NameConflict").count();
    assert_eq!(told, 1);
    world.server.drop_map("a");
    assert_eq!(settled(&world).await, ["PATCH a"]);
    assert_eq!(status(&world, "Degraded")["status"], "False");
}

#[tokio::test(start_paused = true)]
async fn a_bug_of_objects_is_told_and_pods_go_on() {
    let mut web = wanting(&json!({ "": "1", "b": "2" }));
    web["spec"]["replicas"] = json!(1);
    let world = world([web], well);
    assert_eq!(settled(&world).await, ["PATCH b"]);
    assert_eq!(world.server.pods().len(), 1);
    let degraded = status(&world, "Degraded");
    assert_eq!(degraded["reason"], "InvalidObject");
    assert!(degraded["message"].as_str().unwrap().starts_with("a ConfigMap has no name"), "{degraded}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_object_is_told_and_tried_again_with_backoff() {
    let world = world([wanting(&json!({ "a": "1" }))], |asked| {
        let refused = asked.method == "PATCH" && is_of_map(asked);
        refused.then(|| failure(403, "Forbidden", "exceeded quota"))
    });
    world.pass().await.unwrap();
    world.show();
    world.pass().await.unwrap();
    assert_eq!(status(&world, "Degraded")["reason"], "ApplyFailed");
    let before = world.record.all().len();
    world.show();
    world.pass().await.unwrap();
    assert_eq!(writes(&world, before), [""; 0], "not before its time");
    assert_eq!(settled(&world).await.first().map(String::as_str), Some("PATCH a"));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_resource_applies_nothing() {
    let mut web = wanting(&json!({ "a": "1" }));
    web["metadata"]["deletionTimestamp"] = json!(start());
    let world = world([web], well);
    world.pass().await.unwrap();
    assert!(!world.record.all().iter().any(is_of_map));
    assert_eq!(key().name, "web");
}
