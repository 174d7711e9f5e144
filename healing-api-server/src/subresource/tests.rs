//! Evictions, bindings and logs as tables, through the whole server
//!
//! It owns the cases of the parts of a pod. How budgets are counted is in the tests of the controllers, too.

use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::User;
use crate::fixture::{self, after, get, noon, put};
use crate::meta::Meta;
use crate::server::{ApiServer, Response};

fn send(server: &mut ApiServer, method: &str, path: &str, body: &Value, at: Timestamp) -> Response {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/namespaces/ns/pods/{path}"))
        .header("content-type", "application/json")
        .body(body)
        .expect("a request");
    let response = server.handle(&request, &User::default(), at);
    server.run_controllers(at);
    response
}

/// The code and the message of an answer, or its text
fn told(response: &Response) -> (u16, String) {
    let code = response.status.as_u16();
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let message = serde_json::from_str::<Value>(&text)
        .ok()
        .and_then(|status| status["message"].as_str().map(Into::into));
    (code, message.unwrap_or(text))
}

fn pod(name: &str, ready: bool) -> Value {
    let status = if ready { "True" } else { "False" };
    json!({
        "metadata": { "name": name, "labels": { "app": "a" }, "generation": 1 },
        "spec": { "nodeName": "n", "terminationGracePeriodSeconds": 30, "containers": [{ "name": "c" }] },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": status }] },
    })
}

fn server(pods: &[Value]) -> ApiServer {
    let mut server = fixture::server();
    for pod in pods {
        put(&mut server, "pods", pod.clone());
    }
    server.run_controllers(noon());
    server
}

fn budget(server: &mut ApiServer, name: &str, spec: &Value) {
    let mut spec = spec.clone();
    spec["selector"] = json!({ "matchLabels": { "app": "a" } });
    let budget = json!({ "metadata": { "name": name, "generation": 1 }, "spec": spec });
    put(server, "poddisruptionbudgets", budget);
    server.run_controllers(noon());
}

#[test]
fn a_binding_is_told_apart_from_what_is_none() {
    let uid = "Operation cannot be fulfilled on pods \"p\": StorageError: invalid object, Code: 4, Key: /registry/pods/ns/p, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: p";
    let node = json!({ "kind": "Node", "name": "n" });
    for (metadata, target, code, message) in [
        (json!({ "name": "p" }), json!({}), 500, "target.name: Required value"),
        (
            json!({ "name": "p" }),
            json!({ "kind": "Pod", "name": "n" }),
            500,
            "target.kind: Unsupported value: \"Pod\": supported values: \"Node\", \"<empty>\"",
        ),
        (json!({ "name": "q" }), node.clone(), 400, "name in URL does not match name in Binding object"),
        (json!({}), node.clone(), 400, "name in URL does not match name in Binding object"),
        (json!({ "name": "p", "uid": "x" }), node, 409, uid),
    ] {
        let mut free = pod("p", false);
        free["spec"]["nodeName"].take();
        let mut server = server(&[free]);
        let body = json!({ "metadata": metadata, "target": target });
        let answer = send(&mut server, "POST", "p/binding", &body, noon());
        assert_eq!(told(&answer), (code, message.to_owned()));
    }
}

#[test]
fn a_pod_is_bound_once() {
    let mut free = pod("p", false);
    free["spec"].as_object_mut().expect("a spec").remove("nodeName");
    let mut server = server(&[free]);
    let metadata = json!({ "name": "p", "labels": { "zone": "z" }, "annotations": { "why": "so" } });
    let body = json!({ "metadata": metadata, "target": { "name": "n" }, "junk": 1 });
    let before = server.store.revision();
    assert_eq!(send(&mut server, "POST", "p/binding?dryRun=All", &body, noon()).status, 201);
    assert_eq!(server.store.revision(), before);
    let answer = send(&mut server, "POST", "p/binding", &body, noon());
    assert_eq!((answer.status.as_u16(), answer.warnings), (201, vec!["unknown field \"junk\"".to_owned()]));
    let bound = get(&server, "pods", "p").expect("it is there");
    assert_eq!(bound["spec"]["nodeName"], "n");
    assert_eq!(bound["metadata"]["labels"], json!({ "app": "a", "zone": "z" }));
    assert_eq!(bound["metadata"]["annotations"], json!({ "why": "so" }));
    assert_eq!(
        bound["status"]["conditions"][1],
        json!({
            "type": "PodScheduled", "status": "True", "lastProbeTime": null,
            "lastTransitionTime": "2026-11-25T10:00:00Z",
        })
    );
    let again =
        "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n\"";
    let answer = send(&mut server, "POST", "p/binding", &body, noon());
    assert_eq!(told(&answer), (409, again.to_owned()));
    send(&mut server, "DELETE", "p", &Value::Null, noon());
    let ends = "Operation cannot be fulfilled on pods/binding \"p\": pod p is being deleted, cannot be assigned to a host";
    let answer = send(&mut server, "POST", "p/binding", &body, noon());
    assert_eq!(told(&answer), (409, ends.to_owned()));
    let answer = send(&mut server, "GET", "p/binding", &Value::Null, noon());
    let no = "the server does not allow this method on the requested resource";
    assert_eq!(told(&answer), (405, no.to_owned()));
}

#[test]
fn an_eviction_deletes_and_says_why() {
    let mut server = server(&[pod("p", true)]);
    let before = server.store.revision();
    let body = json!({ "metadata": { "name": "p" }, "delete_options": { "preconditions": { "uid": "x" } } });
    let answer = send(&mut server, "POST", "p/eviction?dryRun=All", &body, noon());
    assert_eq!(answer.status, 201);
    assert_eq!(answer.warnings, ["unknown field \"delete_options\""]);
    assert_eq!(server.store.revision(), before, "a dry run");
    for (options, code) in [
        (json!({ "preconditions": { "uid": "x" } }), 409),
        (json!({ "preconditions": { "resourceVersion": "1" } }), 409),
        (json!({ "propagationPolicy": "x" }), 422),
        (json!({ "gracePeriodSeconds": "x" }), 400),
    ] {
        let body = json!({ "metadata": { "name": "p" }, "deleteOptions": options });
        let answer = send(&mut server, "POST", "p/eviction", &body, noon());
        assert_eq!((answer.status.as_u16(), server.store.revision()), (code, before), "{options}");
    }
    let version = get(&server, "pods", "p").expect("it is there").meta("resourceVersion").to_owned();
    let body = json!({
        "metadata": { "name": "p" },
        "deleteOptions": { "gracePeriodSeconds": 7, "preconditions": { "uid": "p", "resourceVersion": version } },
    });
    let answer = send(&mut server, "POST", "p/eviction", &body, noon());
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    });
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).ok(), Some(status));
    let evicted = get(&server, "pods", "p").expect("it has time to end");
    assert_eq!(evicted["metadata"]["deletionGracePeriodSeconds"], 7);
    assert_eq!(evicted["status"]["conditions"][1]["reason"], "EvictionByEvictionAPI");
    let missing = send(&mut server, "POST", "q/eviction", &json!({ "metadata": { "name": "q" } }), noon());
    assert_eq!(told(&missing), (404, "pods \"q\" not found".to_owned()));
}

#[test]
fn a_budget_is_asked_and_spent() {
    let blocked = "Cannot evict pod as it would violate the pod's disruption budget.";
    let evict = json!({ "metadata": { "name": "p" } });
    for (spec, ready, code, cause) in [
        (
            json!({ "minAvailable": 2 }),
            true,
            429,
            "The disruption budget b needs 2 healthy pods and has 2 currently",
        ),
        (json!({ "minAvailable": 1 }), true, 201, ""),
        (json!({ "minAvailable": 1 }), false, 201, ""),
        (
            json!({ "minAvailable": 2 }),
            false,
            429,
            "The disruption budget b needs 2 healthy pods and has 1 currently",
        ),
        (json!({ "minAvailable": 2, "unhealthyPodEvictionPolicy": "AlwaysAllow" }), false, 201, ""),
    ] {
        let mut server = server(&[pod("p", ready), pod("q", true)]);
        budget(&mut server, "b", &spec);
        let answer = send(&mut server, "POST", "p/eviction", &evict, noon());
        assert_eq!(answer.status.as_u16(), code, "{spec} {ready}");
        if code == 429 {
            let status: Value = serde_json::from_slice(&answer.body).expect("a Status");
            let causes = json!([{ "reason": "DisruptionBudget", "message": cause }]);
            assert_eq!(
                (&status["message"], &status["details"]),
                (&json!(blocked), &json!({ "causes": causes }))
            );
        }
    }
    let mut server = server(&[pod("p", true), pod("q", true)]);
    budget(&mut server, "b", &json!({ "minAvailable": 0 }));
    budget(&mut server, "c", &json!({ "minAvailable": 0 }));
    let answer = send(&mut server, "POST", "p/eviction", &evict, noon());
    let two =
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    assert_eq!(told(&answer), (500, two.to_owned()));
    let mut pending = pod("p", true);
    pending["status"]["phase"] = "Pending".into();
    put(&mut server, "pods", pending);
    assert_eq!(
        send(&mut server, "POST", "p/eviction", &evict, noon()).status,
        201,
        "what never ran is not guarded"
    );
}

#[test]
fn a_log_shows_the_lines_that_are_asked_for() {
    let mut crashing = pod("p", true);
    crashing["spec"]["containers"] = json!([{ "name": "c" }, { "name": "d" }]);
    crashing["spec"]["initContainers"] = json!([{ "name": "i" }]);
    crashing["status"]["containerStatuses"] =
        json!([{ "name": "d", "state": { "waiting": { "reason": "ImagePullBackOff" } } }]);
    let mut server = server(&[crashing]);
    for (line, secs) in [("old", 0), ("one", 5), ("two", 10), ("three", 20)] {
        if line == "one" {
            server.restart_log(("ns", "p"), "c");
        }
        assert!(server.append_log(("ns", "p"), "c", line, after(secs)));
    }
    assert!(!server.append_log(("ns", "q"), "c", "nobody", noon()));
    for (query, code, text) in [
        ("container=c", 200, "one\ntwo\nthree\n"),
        ("container=c&tailLines=1", 200, "three\n"),
        ("container=c&tailLines=0", 200, ""),
        ("container=c&previous=true", 200, "old\n"),
        ("container=c&sinceSeconds=10", 200, "two\nthree\n"),
        (
            "container=c&sinceTime=2026-11-25T10:00:15Z&timestamps=true",
            200,
            "2026-11-25T10:00:20.500000000Z three\n",
        ),
        ("container=c&limitBytes=5&follow=true", 200, "one\nt"),
        ("container=i", 200, ""),
        ("", 400, "a container name must be specified for pod p, choose one of: [i c d]"),
        ("container=x", 400, "container x is not valid for pod p"),
        (
            "container=d",
            400,
            "container \"d\" in pod \"p\" is waiting to start: trying and failing to pull image",
        ),
        ("container=d&previous=true", 400, "previous terminated container \"d\" in pod \"p\" not found"),
        ("container=c&tailLines=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax"),
        (
            "tailLines=-1",
            422,
            "PodLogOptions \"p\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            "sinceSeconds=1&sinceTime=2026-11-25T10:00:15Z",
            422,
            "PodLogOptions \"p\" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
        ),
    ] {
        let answer = send(&mut server, "GET", &format!("p/log?{query}"), &Value::Null, after(20));
        assert_eq!(told(&answer), (code, text.to_owned()), "{query}");
    }
    let answer = send(&mut server, "GET", "p/log?container=c", &Value::Null, after(20));
    assert_eq!(answer.content_type, "text/plain");
    send(&mut server, "DELETE", "p?gracePeriodSeconds=0", &Value::Null, after(20));
    let mut free = pod("p", false);
    free["spec"]["nodeName"].take();
    put(&mut server, "pods", free);
    let answer = send(&mut server, "GET", "p/log", &Value::Null, after(20));
    assert_eq!(told(&answer), (204, String::new()), "a pod without a node has none");
}

#[test]
fn a_log_is_bounded_and_goes_with_its_pod() {
    let mut server = server(&[pod("p", true)]);
    for number in 0..3000 {
        server.append_log(("ns", "p"), "c", &number.to_string(), noon());
    }
    let answer = send(&mut server, "GET", "p/log", &Value::Null, noon());
    let text = told(&answer).1;
    assert_eq!((text.lines().count(), text.lines().next()), (1000, Some("2000")));
    send(&mut server, "DELETE", "p?gracePeriodSeconds=0", &Value::Null, noon());
    put(&mut server, "pods", pod("p", true));
    let answer = send(&mut server, "GET", "p/log", &Value::Null, noon());
    assert_eq!(told(&answer), (200, String::new()));
}

#[test]
fn what_a_pod_does_not_have_here_is_refused() {
    let mut server = server(&[pod("p", true)]);
    for (method, path, code) in [
        ("GET", "p/exec", 501),
        ("GET", "p/attach", 501),
        ("GET", "p/portforward", 501),
        ("GET", "p/proxy", 501),
        ("GET", "none/exec", 404),
        ("PUT", "p/ephemeralcontainers", 501),
        ("GET", "p/ephemeralcontainers", 200),
    ] {
        let answer = send(&mut server, method, path, &Value::Null, noon());
        assert_eq!(answer.status, code, "{path}");
    }
}

#[test]
fn a_binding_may_be_posted_to_the_collection() {
    let mut server = server(&[pod("p", false)]);
    let binding = json!({
        "apiVersion": "v1", "kind": "Binding", "metadata": { "name": "p" }, "target": { "kind": "Node", "name": "n" },
    });
    let mut free = pod("p", false);
    free["spec"]["nodeName"].take();
    put(&mut server, "pods", free);
    let request = Request::post("/api/v1/namespaces/ns/bindings").body(binding.to_string().into_bytes());
    let request = request.expect("a request");
    assert_eq!(server.handle(&request, &User::default(), noon()).status, 201);
    assert_eq!(get(&server, "pods", "p").unwrap()["spec"]["nodeName"], "n");
}
