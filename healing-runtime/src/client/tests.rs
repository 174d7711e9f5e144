//! What is sent, how often, and what the answers mean

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::StatusCode};
use k8s_openapi::api::core::v1::Pod;
use kube::{Config, api::ApiResource};
use serde_json::{Value, json};

use super::{
    script::{Answer, failure_body, scripted},
    *,
};
use crate::{
    cache::PodDocument,
    election::Leadership,
    watch::{Scope, Watched},
};

/// The pod `ns/a` in exactly one version
fn version<'a>(uid: &'a str, resource_version: &'a str) -> ObjectVersion<'a> {
    ObjectVersion { namespace: "ns", name: "a", uid, resource_version }
}

fn pods() -> ApiResource {
    ApiResource::erase::<Pod>(&())
}

#[tokio::test]
async fn h1_a_create_answered_504_is_sent_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let app = Router::new().fallback(move |headers: http::HeaderMap| {
        counted.fetch_add(1, Ordering::SeqCst);
        assert!(headers["user-agent"].to_str().is_ok_and(|agent| agent.starts_with("op/")));
        async { StatusCode::GATEWAY_TIMEOUT }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let tasks = crate::shutdown::Shutdown::default();
    tasks.spawn("server", async move { axum::serve(listener, app).await.unwrap() });
    install_crypto_provider();
    let connection = client(Config::new(url.parse().unwrap()), "test", "op").unwrap();
    let error = Writer::new(connection.client, "op", Leadership::always())
        .create_pod("ns", &Pod::default())
        .await
        .unwrap_err();
    assert!(error.is_write_unknown(), "{error}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refused_connection_was_never_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    install_crypto_provider();
    let connection = client(Config::new(url.parse().unwrap()), "test", "op").unwrap();
    let error = Writer::new(connection.client, "op", Leadership::always())
        .create_pod("ns", &Pod::default())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");
    assert!(!error.is_write_unknown());
}

#[tokio::test(start_paused = true)]
async fn h2_every_call_ends_at_its_deadline() {
    let (client, _) = scripted(|_, _| Answer::Hang);
    let (reader, writer) = (Reader::new(client.clone()), Writer::new(client, "op", Leadership::always()));
    let start = tokio::time::Instant::now();
    let error = reader.get::<PodDocument>(&pods(), "ns", "a").await.unwrap_err();
    assert_eq!(error, CallError::Unanswered { message: "no answer within 10s".into() });
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(writer.delete_pod(&version("u", "1")).await.unwrap_err().is_write_unknown());
    assert!(writer.create_pod("ns", &Pod::default()).await.unwrap_err().is_write_unknown());
    assert_eq!(start.elapsed().as_secs(), 30);
    let error = reader.list::<PodDocument>(&pods(), &Scope::Cluster, None).await.unwrap_err();
    assert!(error.is_write_unknown());
    assert_eq!(start.elapsed().as_secs(), 90);
}

#[test]
fn answers_have_classes() {
    let class = |code: u16, reason: &str, cause: &str| {
        let mut body = failure_body(code, reason, "words");
        body["details"] = json!({ "causes": [{ "reason": cause, "message": "" }], "retryAfterSeconds": 3 });
        let status = serde_json::from_value(body).unwrap();
        let text = format!("{:?}", CallError::of_status(&status));
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    for (code, reason, cause, expected) in [
        (404, "NotFound", "", "NotFound"),
        (409, "Conflict", "", "Conflict"),
        (409, "AlreadyExists", "", "AlreadyExists"),
        (403, "Forbidden", "", "Forbidden"),
        (403, "Forbidden", "NamespaceTerminating", "NamespaceTerminating"),
        (422, "Invalid", "", "Invalid"),
        (400, "BadRequest", "", "Invalid"),
        (429, "TooManyRequests", "", "TooManyRequests"),
        (429, "TooManyRequests", "DisruptionBudget", "Blocked"),
        (403, "Forbidden", "DisruptionBudget", "Blocked"),
        (410, "Expired", "", "Gone"),
        (504, "Timeout", "ResourceVersionTooLarge", "Gone"),
        (504, "Timeout", "", "Unanswered"),
        (500, "InternalError", "", "Unanswered"),
        (503, "ServiceUnavailable", "", "Unanswered"),
        (401, "Unauthorized", "", "Other"),
    ] {
        assert_eq!(class(code, reason, cause), expected, "{code} {reason} {cause}");
    }
    let status =
        serde_json::from_value(json!({ "code": 429, "details": { "retryAfterSeconds": 3 } })).unwrap();
    let CallError::TooManyRequests { retry_after, .. } = CallError::of_status(&status) else { panic!() };
    assert_eq!(retry_after, Some(Duration::from_secs(3)));
    let two =
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    let status = serde_json::from_value(json!({ "code": 500, "message": two })).unwrap();
    assert_eq!(CallError::of_status(&status), CallError::AmbiguousBudget { message: two.to_owned() });
}

#[tokio::test]
async fn lists_all_pages_and_survives_a_bad_object() {
    let (client, record) = scripted(|asked, count| {
        let page = |token: Option<&str>, items: Value| {
            let metadata = json!({ "resourceVersion": "7", "continue": token });
            Answer::Json(
                200,
                json!({ "kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items }),
            )
        };
        if count == 0 {
            let items = json!([{ "metadata": { "name": "a" } }, { "metadata": { "name": "x" }, "spec": 1 }]);
            return page(Some("next"), items);
        }
        assert_eq!(asked.parameter("continue"), Some("next"));
        page(None, json!([{ "metadata": { "name": "b" } }]))
    });
    let listed =
        Reader::new(client).list::<PodDocument>(&pods(), &Scope::Cluster, Some("a=b")).await.unwrap();
    let names: Vec<_> = listed.iter().map(|pod| (pod.key().name, pod.content.is_ok())).collect();
    assert_eq!(names, [("a".to_owned(), true), ("x".to_owned(), false), ("b".to_owned(), true)]);
    assert_eq!(record.all().len(), 2);
    assert_eq!(record.all()[1].parameter("labelSelector"), Some("a%3Db"));
}

#[tokio::test]
async fn a_delete_carries_both_preconditions_and_tells_what_it_did() {
    let pod = |metadata: Value| {
        Answer::Json(200, json!({ "kind": "Pod", "apiVersion": "v1", "metadata": metadata }))
    };
    let cases = [
        (
            json!({ "resourceVersion": "9", "deletionTimestamp": "2026-01-01T00:00:30Z",
                 "deletionGracePeriodSeconds": 30 }),
            Deleted::Terminating { version: "9".into() },
        ),
        (
            json!({ "resourceVersion": "9", "deletionTimestamp": "2026-01-01T00:00:00Z",
                 "deletionGracePeriodSeconds": 0, "finalizers": ["a/b"] }),
            Deleted::Terminating { version: "9".into() },
        ),
        (
            json!({ "resourceVersion": "9", "deletionTimestamp": "2026-01-01T00:00:00Z",
                 "deletionGracePeriodSeconds": 0 }),
            Deleted::Gone,
        ),
        (json!({ "resourceVersion": "8" }), Deleted::Gone),
    ];
    for (metadata, expected) in cases {
        let (client, record) = scripted(move |_, _| pod(metadata.clone()));
        assert_eq!(
            Writer::new(client, "op", Leadership::always()).delete_pod(&version("u1", "8")).await,
            Ok(expected)
        );
        let asked = &record.all()[0];
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("DELETE", "/api/v1/namespaces/ns/pods/a"));
        assert_eq!(asked.body["preconditions"], json!({ "uid": "u1", "resourceVersion": "8" }));
        assert_eq!(asked.body["propagationPolicy"], "Background");
        assert_eq!(asked.body.get("gracePeriodSeconds"), None);
    }
}

/// The key is `deleteOptions`: with any other an API server evicts whatever has the name
#[tokio::test]
async fn h4_an_eviction_names_the_pod_that_was_decided_on() {
    let (client, record) =
        scripted(|_, _| Answer::Json(201, json!({ "kind": "Status", "status": "Success" })));
    let pod = ObjectVersion { namespace: "ns", name: "a", uid: "u1", resource_version: "8" };
    Writer::new(client, "op", Leadership::always()).evict_pod(&pod).await.unwrap();
    let asked = &record.all()[0];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/api/v1/namespaces/ns/pods/a/eviction")
    );
    assert_eq!(
        asked.body,
        json!({
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": "a", "namespace": "ns" },
            "deleteOptions": { "preconditions": { "uid": "u1", "resourceVersion": "8" } },
        })
    );
}

#[tokio::test]
async fn writes_name_their_manager_and_their_version() {
    let (client, record) =
        scripted(|_, _| Answer::Json(200, json!({ "metadata": { "resourceVersion": "9" } })));
    let writer = Writer::new(client, "op", Leadership::always());
    let resource = ApiResource {
        group: "x.io".into(),
        version: "v1".into(),
        api_version: "x.io/v1".into(),
        kind: "Web".into(),
        plural: "webs".into(),
    };
    let body = json!({ "metadata": { "name": "web", "resourceVersion": "8" }, "status": { "replicas": 1 } });
    writer.update_status(&resource, "ns", &body).await.unwrap();
    let object = ObjectVersion { namespace: "ns", name: "web", uid: "u", resource_version: "8" };
    writer.patch_finalizers(&resource, &object, &[]).await.unwrap();
    let created: Watched<PodDocument> = writer.create_pod("ns", &Pod::default()).await.unwrap();
    assert_eq!(created.version(), Some(9));
    let asked = record.all();
    assert!(asked.iter().all(|asked| asked.parameter("fieldManager") == Some("op")), "{asked:?}");
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        ("PUT", "/apis/x.io/v1/namespaces/ns/webs/web/status")
    );
    assert_eq!(asked[0].body, body);
    assert_eq!(
        (asked[1].method.as_str(), asked[1].path.as_str()),
        ("PATCH", "/apis/x.io/v1/namespaces/ns/webs/web")
    );
    assert_eq!(
        asked[1].body,
        json!({ "metadata": { "uid": "u", "resourceVersion": "8", "finalizers": [] } })
    );
    assert_eq!((asked[2].method.as_str(), asked[2].path.as_str()), ("POST", "/api/v1/namespaces/ns/pods"));
}

#[tokio::test]
async fn a_kubeconfig_that_was_asked_for_must_be_there() {
    let options = ConnectOptions {
        kubeconfig: Some("/nonexistent/kubeconfig".into()),
        operator: "op".into(),
        ..ConnectOptions::default()
    };
    let text = connect(&options).await.map(drop).unwrap_err().to_string();
    assert!(text.starts_with("cannot use the kubeconfig from /nonexistent/kubeconfig: "), "{text}");
    assert!(text.ends_with("correct it or pass another with --kubeconfig"), "{text}");
    assert!(!text.contains('\n'));
}

#[test]
fn h8_one_provider_is_installed_and_a_second_time_is_no_harm() {
    install_crypto_provider();
    install_crypto_provider();
    assert!(rustls::crypto::CryptoProvider::get_default().is_some());
}
