//! Replicas, rotations and refusals against a server that keeps one Secret and one configuration

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::{
    client::script::{Answer, Asked, Record, failure, scripted},
    election::Leadership,
    serve::health::CheckState,
};

/// What the server keeps: the Secret and the configuration, null where there is none
type Kept = Arc<Mutex<[Value; 2]>>;

fn configuration() -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": "c", "resourceVersion": "1" },
        "webhooks": [{ "name": "v.kb.io", "clientConfig": { "service": { "name": "s", "namespace": "n" } } }],
    })
}

fn kept(configuration: Value) -> Kept {
    Arc::new(Mutex::new([Value::Null, configuration]))
}

fn answer(kept: &Kept, asked: &Asked) -> Answer {
    let [secret, configuration] = &mut *kept.lock().unwrap();
    let got = |one: &Value| match one {
        Value::Null => failure(404, "NotFound", "not found"),
        one => Answer::Json(200, one.clone()),
    };
    match (asked.method.as_str(), asked.path.contains("/secrets")) {
        ("GET", true) => got(secret),
        ("GET", false) => got(configuration),
        ("POST", _) if !secret.is_null() => failure(409, "AlreadyExists", "it is there"),
        ("PUT", _) if asked.body["metadata"]["resourceVersion"] != secret["metadata"]["resourceVersion"] => {
            failure(409, "Conflict", "it has changed")
        }
        ("POST" | "PUT", _) => {
            let version =
                secret["metadata"]["resourceVersion"].as_str().map_or(0, |text| text.parse::<u32>().unwrap());
            *secret = asked.body.clone();
            secret["metadata"]["resourceVersion"] = json!((version + 1).to_string());
            Answer::Json(201, secret.clone())
        }
        ("PATCH", _) => {
            configuration["webhooks"][0]["clientConfig"]["caBundle"] =
                asked.body["webhooks"][0]["clientConfig"]["caBundle"].clone();
            Answer::Json(200, configuration.clone())
        }
        other => panic!("{other:?}"),
    }
}

fn replica(kept: &Kept, now: &str) -> (Store, Record) {
    let kept = Arc::clone(kept);
    let (client, record) = scripted(move |asked, _| answer(&kept, asked));
    (store(client, now), record)
}

fn store(client: kube::Client, now: &str) -> Store {
    let parts = Parts {
        namespace: "n".to_owned(),
        service: "s".to_owned(),
        secret: "c".to_owned(),
        configuration: "c".to_owned(),
    };
    let clients = (Reader::new(client.clone()), Writer::new(client, "op", Leadership::always()));
    Store::new(parts, clients, Clock::tokio(now.parse().unwrap()), Served::none("not yet"))
}

fn requests(record: &Record) -> String {
    let all: Vec<String> = record.all().iter().map(|asked| asked.method.clone()).collect();
    all.join(" ")
}

#[tokio::test]
async fn one_replica_makes_it_others_share_it_and_then_it_is_quiet() {
    let kept = kept(configuration());
    let (mut first, asked) = replica(&kept, "2026-01-01T00:00:00Z");
    first.pass().await.unwrap();
    assert_eq!(requests(&asked), "GET POST GET GET PATCH");
    let bundle = kept.lock().unwrap()[1]["webhooks"][0]["clientConfig"]["caBundle"].clone();
    assert!(bundle.is_string() && bundle == kept.lock().unwrap()[0]["data"]["ca.crt"]);
    assert_eq!(first.served.check(first.clock.now()), CheckState::Ok);

    first.pass().await.unwrap();
    let (mut second, asked_second) = replica(&kept, "2026-01-02T00:00:00Z");
    second.pass().await.unwrap();
    assert_eq!(
        (requests(&asked).as_str(), requests(&asked_second).as_str()),
        ("GET POST GET GET PATCH GET GET", "GET GET")
    );
    assert!(second.shown == first.shown);

    // Nine months later one of them is first, and the other follows.
    let (mut later, asked_later) = replica(&kept, "2026-10-10T00:00:00Z");
    later.pass().await.unwrap();
    assert_eq!(requests(&asked_later), "GET PUT GET GET PATCH");
    assert!(later.shown != first.shown);
    first.clock = later.clock.clone();
    first.pass().await.unwrap();
    assert!(later.shown == first.shown);
    assert_eq!(requests(&asked), "GET POST GET GET PATCH GET GET GET GET");
}

#[tokio::test]
async fn who_comes_second_takes_what_is_there() {
    let kept = kept(configuration());
    let (mut winner, _) = replica(&kept, "2026-01-01T00:00:00Z");
    winner.pass().await.unwrap();
    let server = Arc::clone(&kept);
    // The Secret is made between the look and the write.
    let (client, record) = scripted(move |asked, before| match before {
        0 => failure(404, "NotFound", "not found"),
        _ => answer(&server, asked),
    });
    let mut loser = store(client, "2026-01-01T00:00:00Z");
    loser.pass().await.unwrap();
    assert_eq!(requests(&record), "GET POST GET GET");
    assert!(loser.shown == winner.shown);
}

#[tokio::test]
async fn a_new_certificate_is_not_shown_before_it_is_trusted() {
    let kept = kept(configuration());
    let (mut first, _) = replica(&kept, "2026-01-01T00:00:00Z");
    first.pass().await.unwrap();
    let server = Arc::clone(&kept);
    let (client, _) = scripted(move |asked, _| match asked.method.as_str() {
        "PATCH" => failure(403, "Forbidden", "no"),
        _ => answer(&server, asked),
    });
    let mut later = store(client, "2026-10-10T00:00:00Z");
    later.shown.clone_from(&first.shown);
    let error = later.pass().await.unwrap_err();
    assert!(later.shown == first.shown);
    later.tell(Some(&error));
    let CheckState::NotReady(why) = later.served.check(later.clock.now()) else { panic!("not ready") };
    assert!(why.contains("`c`: forbidden: no"), "{why}");
}

#[tokio::test]
async fn what_is_missing_or_refused_is_said_and_mended_when_it_comes() {
    let kept = kept(Value::Null);
    let (mut store, _) = replica(&kept, "2026-01-01T00:00:00Z");
    let error = store.pass().await.unwrap_err();
    assert!(error.to_string().starts_with("the ValidatingWebhookConfiguration `c`: not found"), "{error}");
    assert!(store.served.is_there(), "who asks by another way is answered");
    store.tell(Some(&error));
    assert!(matches!(store.served.check(store.clock.now()), CheckState::NotReady(_)));
    kept.lock().unwrap()[1] = configuration();
    let passed = store.pass().await;
    store.tell(passed.as_ref().err());
    assert_eq!(store.served.check(store.clock.now()), CheckState::Ok);
    // A server that does not answer for a while says nothing about the certificate.
    let source = CallError::Unanswered { message: "late".to_owned() };
    store.tell(Some(&StoreError::Secret { name: "c".to_owned(), source }));
    assert_eq!(store.served.check(store.clock.now()), CheckState::Ok);
}
