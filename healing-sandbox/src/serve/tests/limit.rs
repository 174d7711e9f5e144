//! Limits: on bodies, headers and waits

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::client::{self, Certificate, Http};
use super::started;

const LIMIT: usize = 3 * 1024 * 1024;

fn post(body: usize) -> Request<Bytes> {
    Request::post("https://localhost/").header("host", "localhost").body(vec![b'x'; body].into()).unwrap()
}

#[tokio::test]
async fn a_body_may_have_three_mebibytes() {
    let served = started().await;
    for http in client::BOTH {
        let (status, said) = client::ask(&served, http, post(LIMIT)).await;
        assert_eq!((status, &said["body"]), (StatusCode::OK, &json!(LIMIT)));
        for more in [LIMIT + 1, 4 * LIMIT] {
            let (status, said) = client::ask(&served, http, post(more)).await;
            let expected = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "Request entity too large: limit is 3145728", "reason": "RequestEntityTooLarge",
                "code": 413});
            assert_eq!((status, said), (StatusCode::PAYLOAD_TOO_LARGE, expected), "{http:?}: {more}");
        }
    }
    served.stop().await;
}

/// What the server says to this on HTTP/1.1 until it closes the connection
async fn raw(served: &crate::serve::Served, request: &str) -> String {
    let mut stream = client::tls(served, Http::One, Certificate::Admin).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that gives up need not say goodbye.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_asks_before_sending_is_answered_before() {
    let served = started().await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n";
    let answer = raw(&served, &format!("{head}content-length: {}\r\n\r\n", LIMIT + 1)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let answer = raw(&served, &format!("{head}content-length: 2\r\n\r\n{{}}")).await;
    assert!(answer.starts_with("HTTP/1.1 100 ") && answer.contains("\r\n\r\nHTTP/1.1 200 "), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn headers_are_bounded() {
    let served = started().await;
    for (bytes, expected) in [(60_000, "HTTP/1.1 200 "), (200_000, "HTTP/1.1 431 ")] {
        let value = "x".repeat(bytes);
        let request = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: {value}\r\n\r\n");
        let answer = raw(&served, &request).await;
        assert!(answer.starts_with(expected), "{bytes}: {answer:.100}");
    }
    let mut sender = client::connect(&served, Http::Two, Certificate::Admin).await.unwrap();
    let long = |bytes| {
        let request = Request::get("https://localhost/").header("x-long", "x".repeat(bytes));
        request.body(Bytes::new()).unwrap()
    };
    assert_eq!(sender.ask(long(60_000)).await.0, StatusCode::OK);
    match sender.send(long(200_000)).await {
        Ok(response) => assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        Err(error) => assert!(error.to_string().contains("http2"), "{error}"),
    }
    served.stop().await;
}

/// How long the server waits for more, on paused time
async fn waited(stream: &mut (impl AsyncReadExt + Unpin)) -> (Duration, String) {
    tokio::time::pause();
    let since = Instant::now();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    tokio::time::resume();
    (since.elapsed(), String::from_utf8_lossy(&answer).into_owned())
}

fn about(seconds: u64, waited: Duration) -> bool {
    (Duration::from_secs(seconds)..Duration::from_secs(seconds + 10)).contains(&waited)
}

#[tokio::test]
async fn a_client_that_says_nothing_is_waited_for_a_while() {
    let served = started().await;
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    let (silent_for, _) = waited(&mut silent).await;
    assert!(about(10, silent_for), "a handshake: {silent_for:?}");
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (http, begun, seconds) in [
        (Http::One, "", 100),
        (Http::One, "GET /", 100),
        (Http::One, "GET / HTTP/1.1\r\nhost: x\r\n", 100),
        (Http::One, "GET / HTTP/1.1\r\nhost: x\r\n\r\n", 100),
        (Http::Two, "", 100),
        (Http::Two, &preface[..20], 100),
    ] {
        let mut stream = client::tls(&served, http, Certificate::Admin).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let (silent_for, _) = waited(&mut stream).await;
        assert!(about(seconds, silent_for), "{http:?} {begun:?}: {silent_for:?}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let served = started().await;
    let mut stream = client::tls(&served, Http::One, Certificate::Admin).await.unwrap();
    let request = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n{";
    stream.write_all(request.as_bytes()).await.unwrap();
    let (silent_for, answer) = waited(&mut stream).await;
    assert!(about(30, silent_for), "{silent_for:?}");
    assert!(answer.starts_with("HTTP/1.1 504 ") && answer.contains(r#""reason":"Timeout""#), "{answer}");
    served.stop().await;
}

#[tokio::test]
async fn an_answer_under_way_does_not_hold_up_the_end() {
    for http in client::BOTH {
        let served = started().await;
        let mut silent = TcpStream::connect(served.address).await.unwrap();
        let mut half = client::tls(&served, Http::One, Certificate::Admin).await.unwrap();
        half.write_all(b"GET / HT").await.unwrap();
        let mut sender = client::connect(&served, http, Certificate::Admin).await.unwrap();
        let never = sender.send(client::get("/never"));
        let stopped = async {
            client::ask(&served, http, client::get("/")).await;
            tokio::time::pause();
            let since = Instant::now();
            served.stop().await;
            since.elapsed()
        };
        let (never, took) = futures::future::join(never, stopped).await;
        assert!(never.is_err() && took <= Duration::from_secs(6), "{http:?}: {took:?}");
        assert_eq!(silent.read(&mut [0; 8]).await.unwrap_or(0), 0);
        tokio::time::resume();
    }
}
