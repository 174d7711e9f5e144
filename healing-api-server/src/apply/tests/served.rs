//! The recorded writes again, this time through the whole server: as requests
//!
//! It owns how a recorded step becomes a request. What is compared is what `recorded` compares.

use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::recorded::{BUILT_IN, CUSTOM, DRAWN, differences, sorted};
use crate::fixture::resource;
use crate::server::tests::Bench;
use crate::{Response, User};

const PATHS: &[(&str, &str)] = &[
    ("Widget", "/apis/test.example.com/v1/namespaces/default/widgets"),
    ("v1 ConfigMap", "/api/v1/namespaces/default/configmaps"),
    ("v1 Service", "/api/v1/namespaces/default/services"),
    ("v1 Pod", "/api/v1/namespaces/default/pods"),
    ("v1 Namespace", "/api/v1/namespaces"),
    ("v1 Secret", "/api/v1/namespaces/default/secrets"),
    ("v1 Node", "/api/v1/nodes"),
    ("v1 ServiceAccount", "/api/v1/namespaces/default/serviceaccounts"),
    ("v1 PersistentVolumeClaim", "/api/v1/namespaces/default/persistentvolumeclaims"),
    ("v1 Event", "/api/v1/namespaces/default/events"),
    ("events.k8s.io/v1 Event", "/apis/events.k8s.io/v1/namespaces/default/events"),
    ("coordination.k8s.io/v1 Lease", "/apis/coordination.k8s.io/v1/namespaces/default/leases"),
    ("policy/v1 PodDisruptionBudget", "/apis/policy/v1/namespaces/default/poddisruptionbudgets"),
    ("apps/v1 Deployment", "/apis/apps/v1/namespaces/default/deployments"),
    ("apps/v1 ReplicaSet", "/apis/apps/v1/namespaces/default/replicasets"),
    ("apps/v1 ControllerRevision", "/apis/apps/v1/namespaces/default/controllerrevisions"),
    ("rbac.authorization.k8s.io/v1 Role", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"),
    (
        "rbac.authorization.k8s.io/v1 RoleBinding",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    ),
    ("scheduling.k8s.io/v1 PriorityClass", "/apis/scheduling.k8s.io/v1/priorityclasses"),
    ("discovery.k8s.io/v1 EndpointSlice", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"),
    ("v1 Endpoints", "/api/v1/namespaces/default/endpoints"),
    (
        "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    ),
    (
        "apiextensions.k8s.io/v1 CustomResourceDefinition",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    ),
];

/// A server with the definition of Widgets
fn bench() -> Bench {
    let mut bench = Bench::new();
    let schema: Value = serde_json::from_str(include_str!("widget.json")).unwrap();
    let scale = json!({ "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas" });
    let definition = json!({
        "metadata": { "name": "widgets.test.example.com" },
        "spec": {
            "group": "test.example.com", "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget", "singular": "widget", "listKind": "WidgetList" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": { "status": {}, "scale": scale },
                "schema": { "openAPIV3Schema": schema },
            }],
        },
    });
    let (code, made) =
        bench.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition);
    assert_eq!(code, 201, "{made}");
    bench.server.run_controllers(bench.now);
    bench
}

struct Step<'a> {
    path: &'a str,
    step: &'a Value,
}

impl Step<'_> {
    fn text(&self, field: &str) -> &str {
        self.step[field].as_str().unwrap()
    }

    fn request(&self, live: &Value, scale: &Value, name: &str) -> Request<Vec<u8>> {
        let mut body = self.step["body"].clone();
        let (method, media) = match self.text("verb") {
            "create" => ("POST", "application/json"),
            "put" | "scale" => ("PUT", "application/json"),
            "apply" => ("PATCH", "application/apply-patch+yaml"),
            "merge" => ("PATCH", "application/merge-patch+json"),
            "strategic" => ("PATCH", "application/strategic-merge-patch+json"),
            _ => ("PATCH", "application/json-patch+json"),
        };
        match self.text("verb") {
            "put" => {
                for field in ["uid", "resourceVersion"] {
                    body["metadata"][field] = live["metadata"][field].clone();
                }
            }
            "scale" => {
                let replicas = body;
                body = scale.clone();
                body["spec"]["replicas"] = replicas;
            }
            "json" => {
                body.as_array_mut().unwrap().retain(|step| step["path"] != "/metadata/resourceVersion");
            }
            _ => {}
        }
        let mut path = self.path.to_owned();
        if method != "POST" {
            path = format!("{path}/{name}");
        }
        if !self.text("subresource").is_empty() {
            path = format!("{path}/{}", self.text("subresource"));
        }
        let force = if self.step["force"] == true { "&force=true" } else { "" };
        let uri = format!("{path}?fieldManager={}{force}", self.text("manager"));
        let request = Request::builder().method(method).uri(uri).header("content-type", media);
        request.body(body.to_string().into_bytes()).unwrap()
    }

    fn check(&self, response: &Response, after: &Value) -> String {
        let code = u64::from(response.status.as_u16());
        let expected = self.step["code"].as_u64().unwrap();
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if code != expected {
            return format!(" {code} and not {expected}: {} {}", answer["message"], self.step["message"]);
        }
        if code >= 400 {
            let same = answer["message"] == self.step["message"]
                && (code != 409 || sorted(&answer["details"]) == sorted(&self.step["details"]));
            return if same {
                String::new()
            } else {
                format!("\n  found    {}\n  expected {}", answer["message"], self.step["message"])
            };
        }
        let object = &self.step["object"];
        let mut told = differences(after, object);
        for field in ["spec", "data", "status"] {
            if self.path.contains("widgets") && after[field] != object[field] {
                told = format!("{told}\n  found    {}\n  expected {}", after[field], object[field]);
            }
        }
        told
    }
}

/// What is wrong there for other reasons than ownership: wording of types that do not fit, immutable data
const NOT_OURS: &[(&str, usize)] = &[("dep", 11), ("cr", 1), ("cr", 2)];

/// Puts in what a controller of the real server had written before the next step
fn meddle(bench: &mut Bench, recorded: &Value, path: &str) {
    let mut object = read(bench, path);
    for field in ["spec", "status"] {
        if let Some(value) = recorded.get(field) {
            object[field] = value.clone();
        }
    }
    object["metadata"]["managedFields"] = recorded["metadata"]["managedFields"].clone();
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let key = (text("namespace"), text("name"));
    let plural = path.rsplit('/').nth(1).unwrap();
    let resource = resource(&bench.server, plural);
    bench.server.store.put(&resource, key, object);
}

/// Reads without letting controllers act: some objects have owners that are not here
fn read(bench: &mut Bench, path: &str) -> Value {
    let request = Request::builder().uri(path).body(Vec::new()).unwrap();
    let response = bench.server.handle(&request, &User::default(), bench.now);
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn serve(recording: &str) {
    let cases: Vec<Value> = serde_json::from_str(recording).unwrap();
    let mut wrong = Vec::new();
    let mut bench = bench();
    for case in &cases {
        let kind = case["kind"].as_str().unwrap();
        let path = PATHS.iter().find(|(known, _)| *known == kind).unwrap().1;
        let first = &case["steps"][0]["body"]["metadata"];
        let name = first["name"].as_str().unwrap();
        for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            bench.now = Timestamp::from_second(step["at"].as_i64().unwrap()).unwrap();
            let path_of_object = format!("{path}/{name}");
            // What a Scale leaves is read again when recorded, maybe after a controller.
            let scaled = index.checked_sub(1).map(|index| &case["steps"][index]);
            let scaled = scaled.filter(|step| step["verb"] == "scale").and_then(|step| step.get("object"));
            if let Some(live) = step.get("live").or(scaled).filter(|_| index > 0) {
                meddle(&mut bench, live, &path_of_object);
            }
            let live = read(&mut bench, &path_of_object);
            let scale = read(&mut bench, &format!("{path}/{name}/scale"));
            let step = Step { path, step };
            let request = step.request(&live, &scale, name);
            let response = bench.server.handle(&request, &User::default(), bench.now);
            let after = read(&mut bench, &format!("{path}/{name}"));
            let difference = step.check(&response, &after);
            let is_ours = !NOT_OURS.contains(&(case["name"].as_str().unwrap(), index));
            if is_ours && !difference.is_empty() {
                let about = format!("{} {}", step.text("verb"), step.text("subresource"));
                wrong.push(format!("{} step {index} ({about}):{difference}", case["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_server_keeps_owners_of_custom_resources_as_a_real_one() {
    serve(CUSTOM);
}

#[test]
fn the_server_keeps_owners_of_built_in_kinds_as_a_real_one() {
    serve(BUILT_IN);
}

#[test]
fn the_server_keeps_owners_after_drawn_writes_as_a_real_one() {
    serve(DRAWN);
}
