//! Built-in kinds through requests, as a real API server (1.37.2) was seen to answer them
//!
//! It owns what only shows when the parts work together; each kind's own rules are tested beside them.

use serde_json::{Value, json};

use crate::server::tests::Bench;

const SERVICE: &str = "/api/v1/namespaces/default/services/s";

#[test]
fn a_review_has_no_uid_and_is_not_stored() {
    let mut bench = Bench::new();
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let (code, answer) =
        bench.ask("POST", path, &json!({ "spec": { "resourceAttributes": { "verb": "get" } } }));
    assert_eq!((code, &answer["status"]), (201, &json!({ "allowed": true })));
    assert!(
        answer["metadata"]["uid"].is_null() && answer["metadata"]["creationTimestamp"].is_null(),
        "{answer}"
    );
}

#[test]
fn an_event_is_written_by_one_group_and_changed_by_the_other() {
    let mut bench = Bench::new();
    let event = json!({
        "metadata": { "name": "e" }, "involvedObject": { "namespace": "default", "name": "q" }, "reason": "R",
        "message": "m", "type": "Normal", "firstTimestamp": "2026-01-01T00:00:00Z", "count": 1,
    });
    assert_eq!(bench.ask("POST", "/api/v1/namespaces/default/events", &event).0, 201);
    let path = "/apis/events.k8s.io/v1/namespaces/default/events";
    let (_, own) = bench.get(&format!("{path}/e"));
    assert_eq!((&own["note"], &own["deprecatedCount"]), (&json!("m"), &json!(1)));
    assert!(own.get("reportingController").is_none(), "{own}");
    let series = json!({ "series": { "count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z" } });
    let (code, answer) = bench.ask("PATCH", &format!("{path}/e"), &series);
    assert_eq!((code, &answer["apiVersion"]), (200, &json!("events.k8s.io/v1")), "{answer}");
    let (_, core) = bench.get("/api/v1/namespaces/default/events/e");
    assert_eq!((&core["apiVersion"], &core["series"]["count"]), (&json!("v1"), &json!(2)));
    let (_, missing) = bench.get(&format!("{path}/none"));
    assert_eq!(missing["message"], "events.events.k8s.io \"none\" not found");
}

#[test]
fn a_service_gets_and_gives_back_what_its_type_needs() {
    let mut bench = Bench::new();
    let service = |spec: Value| json!({ "metadata": { "name": "s" }, "spec": spec });
    let ports = json!([{ "port": 2 }]);
    let (code, first) = bench.ask("PUT", SERVICE, &service(json!({ "ports": [{ "port": 1 }] })));
    let address = first["spec"]["clusterIP"].clone();
    assert!(code == 201 && address.is_string(), "{first}");
    let (_, open) = bench.ask("PUT", SERVICE, &service(json!({ "type": "NodePort", "ports": ports })));
    assert_eq!(
        (&open["spec"]["clusterIP"], &open["spec"]["ports"][0]["nodePort"]),
        (&address, &json!(30_000))
    );
    let named = json!({ "type": "ExternalName", "externalName": "x.io", "ports": ports });
    let (_, named) = bench.ask("PUT", SERVICE, &service(named));
    assert!(named["spec"]["clusterIP"].is_null(), "{named}");
    let (_, back) = bench.ask("PUT", SERVICE, &service(json!({ "ports": ports })));
    assert!(
        back["spec"]["clusterIP"].is_string() && back["spec"]["ports"][0]["nodePort"].is_null(),
        "{back}"
    );
    let (code, _) = bench.ask("PATCH", SERVICE, &json!({ "spec": { "clusterIP": "10.0.0.240" } }));
    assert_eq!(code, 422);
}

#[test]
fn a_claim_is_deleted_though_it_is_protected() {
    let mut bench = Bench::new();
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    let spec = json!({ "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } });
    let (_, claim) = bench.ask("POST", claims, &json!({ "metadata": { "name": "c" }, "spec": spec }));
    assert_eq!(claim["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    assert_eq!(bench.ask("DELETE", &format!("{claims}/c"), &Value::Null).0, 200);
    assert_eq!(bench.get(&format!("{claims}/c")).0, 404);
}

#[test]
fn what_does_not_fit_a_type_is_refused_before_anything_is_done() {
    let mut bench = Bench::new();
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let (code, answer) =
        bench.ask("POST", path, &json!({ "metadata": { "name": "d" }, "spec": { "replicas": "1" } }));
    assert_eq!(code, 400);
    assert_eq!(
        answer["message"],
        "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
    );
    let pod =
        json!({ "metadata": { "name": "p" }, "spec": { "containers": [{ "name": "a", "image": "b" }] } });
    assert_eq!(bench.ask("POST", "/api/v1/namespaces/nowhere/pods", &pod).0, 404);
    assert_eq!(bench.ask("POST", "/api/v1/namespaces/default/pods", &pod).0, 201);
}
