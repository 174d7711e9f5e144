//! Requests against the routers, and one life of the real servers on the loopback interface

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use insta::assert_snapshot;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    time::Instant,
};
use tower::ServiceExt;

use super::{
    health::{CheckState, Health},
    *,
};

async fn ask(router: Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).expect("a valid request");
    let response = router.oneshot(request).await.expect("infallible");
    let status = response.status();
    let body = to_bytes(response.into_body(), 64 * 1024).await.expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

/// Two checks pass, one does not and says why
fn troubled() -> Arc<Health> {
    let health = Arc::new(Health::default());
    health.ready.register("leader", || CheckState::Ok);
    health.ready.register("watch-healingservice", || {
        CheckState::NotReady(
            "list healingservices.example.com: forbidden; apply the generated role".to_owned(),
        )
    });
    health.ready.register("watch-pod", || CheckState::Ok);
    health
}

#[tokio::test]
async fn a_failing_check_says_why() {
    let (status, body) = ask(health::router(troubled()), "/readyz").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_snapshot!(body, @r"
    [+]leader ok
    [-]watch-healingservice failed: list healingservices.example.com: forbidden; apply the generated role
    [+]watch-pod ok
    readyz check failed
    ");
    let (status, body) = ask(health::router(troubled()), "/readyz/watch-healingservice").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_snapshot!(body, @"watch-healingservice failed: list healingservices.example.com: forbidden; apply the generated role");
}

#[tokio::test]
async fn checks_can_be_excluded_and_listed() {
    let excluded = "/readyz?exclude=watch-healingservice&exclude=nonsense";
    assert_eq!(ask(health::router(troubled()), excluded).await, (StatusCode::OK, "ok".to_owned()));
    let (status, body) = ask(health::router(troubled()), &format!("{excluded}&verbose")).await;
    assert_eq!(status, StatusCode::OK);
    assert_snapshot!(body, @r#"
    [+]leader ok
    [+]watch-healingservice excluded: ok
    [+]watch-pod ok
    warn: no check is named "nonsense", so none was excluded for it
    readyz check passed
    "#);
}

#[tokio::test]
async fn liveness_does_not_wait_for_readiness() {
    for (path, expected) in [
        ("/healthz", (StatusCode::OK, "ok")),
        ("/healthz?verbose", (StatusCode::OK, "[+]ping ok\nhealthz check passed\n")),
        ("/healthz/ping", (StatusCode::OK, "ok")),
        ("/readyz/leader", (StatusCode::OK, "ok")),
        ("/readyz/nonsense", (StatusCode::NOT_FOUND, "no check is named \"nonsense\"\n")),
    ] {
        let (status, body) = ask(health::router(troubled()), path).await;
        assert_eq!((status, body.as_str()), expected, "{path}");
    }
}

#[tokio::test]
async fn ready_once_every_component_has_started() {
    let health = Arc::new(Health::default());
    let (one, other) = (health.ready.starting("one"), health.ready.starting("other"));
    drop(other);
    let (status, body) = ask(health::router(Arc::clone(&health)), "/readyz").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_snapshot!(body, @r"
    [-]one failed: still starting
    [+]other ok
    readyz check failed
    ");
    drop(one);
    assert_eq!(ask(health::router(health), "/readyz").await.0, StatusCode::OK);
}

/// What the server at `address` says to a raw request
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers with text");
    answer
}

#[tokio::test]
async fn the_servers_answer_until_they_are_told_to_stop() {
    let loopback = BindAddress::One { ip: [127, 0, 0, 1].into(), port: 0 };
    let servers = Servers::bind(loopback, loopback).await.expect("free ports");
    let metrics_address = servers.metrics_address().expect("it is on");
    let health_address = servers.health_address().expect("it is on");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = servers.run(Arc::default(), Arc::default(), stopped.map(drop));
    let asking = async {
        let page = raw(
            metrics_address,
            "GET /metrics HTTP/1.1\r\nhost: x\r\naccept: application/openmetrics-text\r\nconnection: close\r\n\r\n",
        )
        .await;
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(
            page.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
            "{page}"
        );
        assert!(page.trim_end().ends_with("# EOF"), "{page}");
        let probe = "GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        assert!(raw(health_address, probe).await.ends_with("\r\n\r\nok"));
        let write = "POST /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert!(raw(metrics_address, write).await.starts_with("HTTP/1.1 405 "));
        // From here on time moves only where somebody waits for it, and nobody has to.
        tokio::time::pause();
        stop.send(()).expect("they still run");
        Instant::now()
    };
    let ((), stopped_at) = futures::future::join(running, asking).await;
    assert_eq!(stopped_at.elapsed(), Duration::ZERO, "the servers did not wait for the drain to run out");
}

#[tokio::test]
async fn a_client_that_says_nothing_does_not_hold_up_the_end() {
    let loopback = BindAddress::One { ip: [127, 0, 0, 1].into(), port: 0 };
    let servers = Servers::bind(loopback, BindAddress::Off).await.expect("a free port");
    let address = servers.metrics_address().expect("it is on");
    assert_eq!(servers.health_address(), None);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = servers.run(Arc::default(), Arc::default(), stopped.map(drop));
    let asking = async {
        let mut slow = TcpStream::connect(address).await.expect("it listens");
        slow.write_all(b"GET /metr").await.expect("it reads");
        // Connections are taken in order: once this one has its answer, the slow one was taken.
        raw(address, "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        tokio::time::pause();
        stop.send(()).expect("they still run");
        (slow, Instant::now())
    };
    let ((), (_slow, stopped_at)) = futures::future::join(running, asking).await;
    assert!(stopped_at.elapsed() < Duration::from_secs(6), "{:?}", stopped_at.elapsed());
}

#[tokio::test]
async fn a_port_in_use_names_the_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("it is bound").port();
    let address = BindAddress::One { ip: [127, 0, 0, 1].into(), port };
    let error = Servers::bind(BindAddress::Off, address).await.expect_err("it is taken").to_string();
    assert_eq!(
        error,
        format!(
            "cannot listen on '127.0.0.1:{port}' (--health-probe-bind-address): Address already in use \
             (os error 98); give another address, or '0' to switch it off"
        )
    );
}
