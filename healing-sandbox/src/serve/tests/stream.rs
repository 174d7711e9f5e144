//! Streams: each piece at once, an end that is announced, a cut that is seen

use std::io;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use http_body_util::BodyExt;

use super::client::{self, Certificate};
use super::started;

/// One piece, then nothing for ever
pub(super) fn endless() -> impl Stream<Item = Bytes> {
    stream::iter([Bytes::from_static(b"one\n")]).chain(stream::pending())
}

/// One piece, then a failure
pub(super) fn cut() -> impl Stream<Item = io::Result<Bytes>> {
    stream::iter([Ok(Bytes::from_static(b"one\n")), Err(io::ErrorKind::ConnectionReset.into())])
}

#[tokio::test]
async fn pieces_are_not_held_back_and_the_end_is_announced() {
    for http in client::BOTH {
        let served = started().await;
        let mut sender = client::connect(&served, http, Certificate::Admin).await.unwrap();
        let response = sender.send(client::get("/endless")).await.unwrap();
        assert!(!response.headers().contains_key("content-length"));
        let mut body = response.into_body();
        // Would wait for ever if the piece waited for the next.
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(first, "one\n");
        let (rest, ()) = futures::future::join(body.collect(), served.stop()).await;
        assert_eq!(rest.expect("an announced end").to_bytes(), "", "{http:?}");
    }
}

#[tokio::test]
async fn a_cut_is_no_end() {
    let served = started().await;
    for http in client::BOTH {
        let mut sender = client::connect(&served, http, Certificate::Admin).await.unwrap();
        let response = sender.send(client::get("/cut")).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "one\n", "{http:?}");
        body.collect().await.expect_err("no end was announced");
    }
    served.stop().await;
}

#[tokio::test]
async fn the_drop_of_a_front_ends_its_connections() {
    for http in client::BOTH {
        let served = started().await;
        let mut sender = client::connect(&served, http, Certificate::Admin).await.unwrap();
        let response = sender.send(client::get("/endless")).await.unwrap();
        drop(served);
        // How it ends is not said; that it does is what counts.
        let _ended: Result<Bytes, hyper::Error> = client::body(response).await;
    }
}

#[tokio::test]
async fn many_watches_share_a_connection() {
    let served = started().await;
    let mut sender = client::connect(&served, client::Http::Two, Certificate::Admin).await.unwrap();
    let mut watches = Vec::new();
    for _ in 0..200 {
        let mut watch = sender.send(client::get("/endless")).await.unwrap().into_body();
        watch.frame().await.unwrap().unwrap();
        watches.push(watch);
    }
    assert_eq!(sender.ask(client::get("/")).await.0, http::StatusCode::OK);
    served.stop().await;
}
