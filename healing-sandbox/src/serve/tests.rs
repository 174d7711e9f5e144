//! The front with a small API server of the tests' own, asked by real clients over real sockets

mod client;
mod file;
mod hostile;
mod limit;
mod stream;
mod user;

use std::path::Path;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use super::{Answer, Body, Options, Served, User};

/// Says what it was asked, and by whom; some paths do something else
#[derive(Clone)]
struct Echo;

impl Answer for Echo {
    async fn answer(&self, request: Request<Bytes>, user: User) -> Response<Body> {
        match request.uri().path() {
            "/panic" => panic!("asked to"),
            "/never" => std::future::pending().await,
            "/endless" => Response::new(Body::stream(stream::endless())),
            "/cut" => Response::new(Body::breaking(stream::cut())),
            _ => Response::new(Body::whole(said(&request, &user).to_string())),
        }
    }

    fn authenticate(&self, token: &str) -> Option<User> {
        (token == "known").then(|| User { name: "cart".to_owned(), groups: vec!["shop".to_owned()] })
    }
}

fn said(request: &Request<Bytes>, user: &User) -> Value {
    let headers: Vec<&str> = request.headers().keys().map(http::HeaderName::as_str).collect();
    json!({
        "target": request.uri().to_string(),
        "body": request.body().len(),
        "headers": headers,
        "user": user.name,
        "groups": user.groups,
    })
}

async fn started() -> Served {
    super::start(Echo, Options::default()).await.expect("a free port and a writable folder")
}

/// A path in a folder of the test's own
fn options(path: &Path) -> Options {
    Options { kubeconfig: Some(path.to_owned()), ..Options::default() }
}

#[tokio::test]
async fn the_target_is_the_path_and_query_and_nobody_sees_credentials() {
    let served = started().await;
    for http in client::BOTH {
        let request = Request::get("https://localhost/api/v1/pods?watch=1")
            .header("host", "localhost")
            .header("authorization", "Bearer known")
            .header("accept", "application/json");
        let (status, said) = client::ask(&served, http, request.body(Bytes::new()).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(said["target"], "/api/v1/pods?watch=1", "{http:?}");
        let headers = said["headers"].as_array().unwrap();
        assert!(
            headers.contains(&json!("accept")) && !headers.contains(&json!("authorization")),
            "{headers:?}"
        );
    }
    served.stop().await;
}

#[tokio::test]
async fn kube_finds_the_way_in() {
    let served = started().await;
    let client = kube::Client::try_from(served.config.clone()).unwrap();
    let said: Value = client.request(Request::get("/version").body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!((&said["user"], &said["target"]), (&json!("sandbox-admin"), &json!("/version")));
    let file = Kubeconfig::read_from(&served.kubeconfig).unwrap();
    let config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    let said: Value = client.request(Request::get("/version").body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(said["user"], "sandbox-admin", "the file says the same");
    served.stop().await;
}

#[tokio::test]
async fn a_head_has_the_length_and_not_the_body() {
    let served = started().await;
    for http in client::BOTH {
        let mut sender = client::connect(&served, http, client::Certificate::Admin).await.unwrap();
        let request = Request::head("https://localhost/x").header("host", "localhost").body(Bytes::new());
        let response = sender.send(request.unwrap()).await.unwrap();
        let length = response.headers()["content-length"].to_str().unwrap().parse::<usize>().unwrap();
        let body = client::body(response).await.unwrap();
        assert!(length > 10 && body.is_empty(), "{http:?}: {length}, {body:?}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_panic_is_one_answer_and_hurts_nobody_else() {
    let served = started().await;
    for http in client::BOTH {
        let mut sender = client::connect(&served, http, client::Certificate::Admin).await.unwrap();
        let (status, said) = sender.ask(client::get("/panic")).await;
        assert_eq!((status, &said["reason"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("InternalError")));
        assert_eq!(sender.ask(client::get("/fine")).await.0, StatusCode::OK, "{http:?}");
    }
    served.stop().await;
}
