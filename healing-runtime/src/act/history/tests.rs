//! How templates are stored, found again and removed, and what pods are made from

use serde_json::{Value, json};

use crate::{
    client::script::{Answer, Asked, failure},
    fixture::{UID, World, ready, stored, web, well, world},
};

fn is_of_history(asked: &Asked) -> bool {
    asked.path.contains("/controllerrevisions")
}

/// A world in which no template is stored yet
fn bare(
    objects: impl IntoIterator<Item = Value>,
    fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> World {
    let world = world(objects, fault);
    world.server.drop_revisions();
    world.show();
    world
}

fn numbers(world: &World) -> Vec<(String, Value)> {
    let image = |one: &Value| one["data"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
    world.server.revisions().iter().map(|one| (image(one), one["revision"].clone())).collect()
}

fn pods_sent(world: &World) -> usize {
    world.record.all().iter().filter(|asked| asked.method == "POST" && asked.path.ends_with("/pods")).count()
}

/// A resource that asks for this image
fn asking(image: &str) -> Value {
    let mut web = web(1);
    web["spec"]["image"] = json!(image);
    web
}

#[tokio::test(start_paused = true)]
async fn a_template_is_stored_before_its_first_pod_and_once() {
    let world = bare([web(2)], well);
    world.pass().await.unwrap();
    let writes = world.writes();
    assert_eq!(writes[0], "POST /apis/apps/v1/namespaces/ns/controllerrevisions", "{writes:?}");
    let body = &world.record.all()[0].body;
    assert_eq!(body["metadata"]["labels"]["healing.dev/owner-uid"], UID);
    assert_eq!(body["metadata"]["labels"]["app.kubernetes.io/managed-by"], "op");
    let owner = &body["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["uid"], &owner["controller"]), (&json!(UID), &json!(true)));
    assert_eq!(body["data"]["spec"]["containers"][0]["image"], "nginx:latest");
    assert_eq!(pods_sent(&world), 2);
    let revision = &world.server.pods()[0]["metadata"]["labels"]["healing.dev/revision"];
    assert_eq!(body["metadata"]["labels"]["healing.dev/revision"], *revision);
    world.show();
    world.pass().await.unwrap();
    assert_eq!(world.record.all().iter().filter(|asked| is_of_history(asked)).count(), 1, "once");
}

#[tokio::test(start_paused = true)]
async fn pods_wait_for_a_template_that_is_not_stored() {
    for (answer, refused) in [
        (failure(500, "InternalError", "no"), false),
        (Answer::Hang, false),
        (failure(403, "Forbidden", "exceeded quota: count/controllerrevisions.apps"), true),
    ] {
        let world = bare([web(2)], move |asked| {
            (asked.method == "POST" && is_of_history(asked)).then(|| answer.clone())
        });
        let ended = world.pass().await;
        assert_eq!(ended.is_ok(), refused, "{ended:?}");
        assert_eq!(pods_sent(&world), 0);
        if refused {
            world.show();
            world.pass().await.unwrap();
            assert!(world.events().contains(&"FailedCreate".to_owned()));
            assert_eq!(world.record.all().iter().filter(|asked| is_of_history(asked)).count(), 1, "it waits");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_again_and_a_strangers_object_is_left_alone() {
    let world = bare([web(1)], well);
    world.pass().await.unwrap();
    let mut first = world.server.revisions()[0].clone();
    // ours: as it was sent, while the watch has shown nothing
    let again = bare([web(1)], well);
    again.server.put(first.clone());
    again.pass().await.unwrap();
    assert_eq!((pods_sent(&again), again.server.revisions().len()), (1, 1), "{:?}", again.writes());
    // another's, under the same name
    first["metadata"]["ownerReferences"][0]["uid"] = json!("another");
    let taken = bare([web(1)], well);
    taken.server.put(first.clone());
    taken.pass().await.unwrap();
    assert_eq!(pods_sent(&taken), 0);
    assert!(taken.events().contains(&"NameConflict".to_owned()));
    taken.show();
    taken.pass().await.unwrap();
    assert_eq!((pods_sent(&taken), taken.server.revisions().len()), (1, 2), "{:?}", taken.writes());
    assert!(taken.server.revisions().contains(&first), "as it was");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_asked_for_again_gets_the_highest_number() {
    let world = world([asking("nginx:1"), ready("a", 0)], well);
    world.server.put(stored("nginx:1", 0));
    world.show();
    world.pass().await.unwrap();
    let asked = world.record.all().into_iter().find(is_of_history).expect("a patch");
    let metadata = json!({ "uid": "uid-web-nginx-1", "resourceVersion": "4" });
    assert_eq!(
        (asked.method.as_str(), asked.body),
        ("PATCH", json!({ "metadata": metadata, "revision": 2 }))
    );
    assert_eq!(numbers(&world), [("nginx:1".to_owned(), json!(2)), ("nginx:latest".to_owned(), json!(1))]);
}

#[tokio::test(start_paused = true)]
async fn old_ones_are_removed_as_they_were_seen() {
    let mut none_kept = web(1);
    none_kept["spec"]["roles"] = json!({ "revisionHistory": 0 });
    let world = world([none_kept, ready("a", 0)], well);
    world.server.put(stored("nginx:1", 0));
    world.show();
    world.pass().await.unwrap();
    let asked = world.record.all().into_iter().find(is_of_history).expect("a delete");
    assert_eq!(asked.path, "/apis/apps/v1/namespaces/ns/controllerrevisions/web-nginx-1");
    assert_eq!(asked.body["preconditions"], json!({ "uid": "uid-web-nginx-1", "resourceVersion": "4" }));
    assert_eq!(numbers(&world), [("nginx:latest".to_owned(), json!(1))]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_pod_of_a_stalled_rollout_comes_back_from_the_stored_template() {
    let world = world([web(1), ready("a", 0)], well);
    world.pass_until(|asked| asked.body["status"]["currentRevision"].is_string()).await;
    world.server.edit(|resource| {
        resource["spec"]["image"] = json!("nginx:bad");
        resource["metadata"]["generation"] = json!(2);
    });
    world.show();
    world.pass().await.unwrap();
    assert_eq!(numbers(&world).len(), 2, "{:?}", world.writes());
    // the new pod never gets ready, and the old one is lost
    world.clock.sleep(std::time::Duration::from_secs(700)).await;
    world.server.drop_pod("a");
    world.show();
    world.pass().await.unwrap();
    world.show();
    world.pass().await.unwrap();
    let pods = world.server.pods();
    let images: Vec<&Value> = pods.iter().map(|pod| &pod["spec"]["containers"][0]["image"]).collect();
    assert!(images.contains(&&json!("nginx:latest")), "{images:?}: {:?}", world.writes());
    let restored = pods.iter().find(|pod| pod["spec"]["containers"][0]["image"] == "nginx:latest").unwrap();
    let label = |pod: &Value| pod["metadata"]["labels"]["healing.dev/revision"].clone();
    assert_eq!(label(restored), label(&ready("a", 0)));
    assert_eq!(restored["metadata"]["ownerReferences"][0]["uid"], UID);
}
