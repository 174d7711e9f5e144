//! Who asks, and as whom

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::client::{self, Certificate, Http};
use super::started;
use crate::serve::User;
use crate::serve::impersonate::{Target, impersonate};
use crate::serve::refusal::Refusal;

/// Asks with these credentials
async fn asked(certificate: Certificate, authorization: Option<&str>, http: Http) -> (StatusCode, Value) {
    let served = started().await;
    let mut request = Request::get("https://localhost/").header("host", "localhost");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let mut sender = client::connect(&served, http, certificate).await.unwrap();
    sender.ask(request.body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn a_certificate_or_a_known_token_is_needed() {
    let admin = Some(("sandbox-admin", vec!["system:masters", "system:authenticated"]));
    let cart = Some(("cart", vec!["shop", "system:authenticated"]));
    let cases = [
        (Certificate::Admin, None, admin.clone()),
        (Certificate::Admin, Some("Bearer known"), admin.clone()),
        (Certificate::Admin, Some("Bearer unknown"), admin),
        (Certificate::None, Some("Bearer known"), cart.clone()),
        (Certificate::None, Some("bearer  known "), cart),
        (Certificate::None, Some("Bearer unknown"), None),
        (Certificate::None, Some("Bearer"), None),
        (Certificate::None, Some("Basic known"), None),
        (Certificate::None, None, None),
    ];
    for http in client::BOTH {
        for (certificate, authorization, expected) in cases.clone() {
            let (status, said) = asked(certificate, authorization, http).await;
            if let Some((name, groups)) = expected {
                assert_eq!(
                    (status, &said["user"], &said["groups"]),
                    (StatusCode::OK, &json!(name), &json!(groups))
                );
            } else {
                let unauthorized = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": "Unauthorized", "reason": "Unauthorized", "code": 401});
                assert_eq!((status, said), (StatusCode::UNAUTHORIZED, unauthorized), "{authorization:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_certificate_of_another_authority_opens_nothing() {
    let served = started().await;
    for http in client::BOTH {
        // TLS 1.3 lets a client believe that it is in until it reads.
        if let Ok(mut sender) = client::connect(&served, http, Certificate::Stranger).await {
            sender.send(client::get("/")).await.unwrap_err();
        }
    }
    served.stop().await;
}

const TARGET: Target<'static> = Target { method: &Method::GET, path: "/api" };

type Headers<'a> = &'a [(&'a str, &'a str)];

fn headers(pairs: Headers<'_>) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
    };
    let mut headers = HeaderMap::new();
    for (name, value) in pairs.iter().map(pair) {
        headers.append(name, value);
    }
    headers
}

#[test]
fn a_master_may_ask_as_anybody() {
    let cases: [(Headers<'_>, (&str, &[&str])); 7] = [
        (&[("accept", "x")], ("sandbox-admin", &["system:masters", "system:authenticated"])),
        (&[("impersonate-user", "jane")], ("jane", &["system:authenticated"])),
        (
            &[("impersonate-user", "jane"), ("impersonate-group", "a"), ("impersonate-group", "b")],
            ("jane", &["a", "b", "system:authenticated"]),
        ),
        (
            &[("impersonate-user", "jane"), ("impersonate-group", "system:authenticated")],
            ("jane", &["system:authenticated"]),
        ),
        (
            &[("impersonate-user", "system:serviceaccount:shop:cart")],
            (
                "system:serviceaccount:shop:cart",
                &["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
            ),
        ),
        (&[("impersonate-user", "system:anonymous")], ("system:anonymous", &["system:unauthenticated"])),
        (
            &[("impersonate-user", "jane"), ("impersonate-group", "system:unauthenticated")],
            ("jane", &["system:unauthenticated"]),
        ),
    ];
    for (asked, (name, groups)) in cases {
        let mut headers = headers(asked);
        let user = impersonate(&mut headers, User::admin(), &TARGET).unwrap();
        assert_eq!(
            user,
            User { name: name.to_owned(), groups: groups.iter().map(|&g| g.to_owned()).collect() }
        );
        assert!(headers.keys().all(|name| name == "accept"), "{headers:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_impersonated_is_refused() {
    let cart = User { name: "cart".to_owned(), groups: vec!["system:authenticated".to_owned()] };
    let refused = impersonate(&mut headers(&[("impersonate-user", "jane")]), cart, &TARGET).unwrap_err();
    assert_eq!(refused, Refusal::may_not_impersonate("cart", &TARGET));
    for (asked, code, part) in [
        (
            ("impersonate-group", "a"),
            400,
            "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"a\"}, \
             Extra:map[string][]string(nil)} without impersonating a user name",
        ),
        (("impersonate-uid", "1"), 501, "impersonate-uid"),
        (("impersonate-extra-scopes", "view"), 501, "impersonate-extra-scopes"),
        (("impersonate-user", "\u{e9}"), 400, "impersonate-user is not text"),
    ] {
        let refused =
            impersonate(&mut headers(&[asked]), User::admin(), &TARGET).unwrap_err().into_response();
        assert_eq!(refused.status().as_u16(), code, "{asked:?}");
        let body = refused.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert!(body["message"].as_str().unwrap().contains(part), "{body}");
    }
}
