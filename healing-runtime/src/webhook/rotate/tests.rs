//! When a certificate is made anew, whom the API server is told to trust, and whether it has to be told

use super::*;
use crate::webhook::authority;

const HOST: &str = "op-webhook-service.system.svc";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parts() -> Parts {
    let text = str::to_owned;
    Parts {
        namespace: text("system"),
        service: text("op-webhook-service"),
        secret: text("op-webhook-certificate"),
        configuration: text("op-configuration"),
    }
}

fn made() -> Material {
    authority::make(HOST, None, at("2026-01-01T00:00:00Z")).unwrap()
}

fn count(pem: &str) -> usize {
    pem.matches("BEGIN CERTIFICATE").count()
}

#[test]
fn a_certificate_is_kept_until_it_expires_soon_or_is_broken() {
    let other = authority::make(HOST, None, at("2026-01-01T00:00:00Z")).unwrap();
    let cases: [(Material, &str, &str, &str); 8] = [
        (made(), HOST, "2026-01-01T00:00:00Z", ""),
        (made(), HOST, "2026-10-02T00:00:00Z", ""),
        (made(), HOST, "2026-10-03T00:00:01Z", "the one in use expires at 2027-01-01T00:00:00Z"),
        (made(), HOST, "2030-01-01T00:00:00Z", "the one in use expires at 2027-01-01T00:00:00Z"),
        (
            made(),
            "renamed.system.svc",
            "2026-01-01T00:00:00Z",
            "the API server would not trust the one in use",
        ),
        (
            Material { authorities: other.authorities, ..made() },
            HOST,
            "2026-01-01T00:00:00Z",
            "would not trust",
        ),
        (Material { key: other.key, ..made() }, HOST, "2026-01-01T00:00:00Z", "do not go together"),
        (Material { authorities: String::new(), ..made() }, HOST, "2026-01-01T00:00:00Z", "would not trust"),
    ];
    for (material, host, now, why) in cases {
        match step(Some(&material), host, at(now)) {
            Step::Keep(pair) => {
                assert_eq!((why, pair.not_after), ("", at("2027-01-01T00:00:00Z")), "{now}");
            }
            Step::Make(said) => assert!(!why.is_empty() && said.contains(why), "{now} {host}: {said}"),
        }
    }
    assert!(matches!(step(None, HOST, at("2026-01-01T00:00:00Z")), Step::Make(_)));
}

#[test]
fn the_authority_before_is_trusted_while_it_counts_and_no_longer() {
    let first = made();
    let second = authority::make(HOST, Some(&first.authorities), at("2026-10-10T00:00:00Z")).unwrap();
    assert_eq!(count(&second.authorities), 2);
    assert!(second.authorities.ends_with(&first.authorities));
    let old = Material { authorities: second.authorities.clone(), ..first.clone() };
    assert_eq!(verify(&old, HOST, at("2026-10-10T00:00:00Z")), Ok(()), "another replica may still show it");
    let third = authority::make(HOST, Some(&second.authorities), at("2027-07-10T00:00:00Z")).unwrap();
    assert_eq!(count(&third.authorities), 2, "not the one before the last");
    let late = authority::make(HOST, Some(&first.authorities), at("2027-01-01T00:00:01Z")).unwrap();
    assert_eq!(count(&late.authorities), 1);
    let broken = authority::make(HOST, Some("nonsense"), at("2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(count(&broken.authorities), 1);
}

#[test]
fn a_secret_keeps_what_is_not_ours() {
    let found = json!({
        "metadata": { "name": "x", "resourceVersion": "7", "labels": { "a": "b" } },
        "type": "Opaque",
        "data": { "other": "eA==", "tls.crt": "eA==" },
    });
    assert!(Material::of(&found).is_none(), "a part is missing");
    let put = made().put_into(found, &parts());
    assert_eq!(put["metadata"]["resourceVersion"], "7");
    assert_eq!((&put["type"], &put["data"]["other"]), (&json!("Opaque"), &json!("eA==")));
    let new = made().put_into(Value::Null, &parts());
    assert_eq!(
        (&new["metadata"]["name"], &new["type"]),
        (&json!("op-webhook-certificate"), &json!("kubernetes.io/tls"))
    );
    let material = made();
    assert!(Material::of(&material.put_into(Value::Null, &parts())).as_ref() == Some(&material));
}

#[test]
fn only_webhooks_that_ask_us_and_do_not_trust_us_are_patched() {
    let webhook = |name: &str, service: &str, bundle: Value| {
        json!({ "name": name, "clientConfig": {
            "service": { "name": service, "namespace": "system", "path": "/x" }, "caBundle": bundle,
        } })
    };
    let configuration =
        |webhooks: &[Value]| json!({ "metadata": { "resourceVersion": "3" }, "webhooks": webhooks });
    let ours = "op-webhook-service";
    let mixed = configuration(&[
        webhook("a.kb.io", ours, Value::Null),
        webhook("b.kb.io", "somebody-elses", Value::Null),
        webhook("c.kb.io", ours, json!("bmV3")),
        json!({ "name": "d.kb.io", "clientConfig": { "url": "https://x" } }),
    ]);
    assert_eq!(
        trust(&mixed, &parts(), "new"),
        Ok(Some(json!({
            "metadata": { "resourceVersion": "3" },
            "webhooks": [{ "name": "a.kb.io", "clientConfig": { "caBundle": "bmV3" } }],
        })))
    );
    assert_eq!(trust(&configuration(&[webhook("a", ours, json!("bmV3"))]), &parts(), "new"), Ok(None));
    for none in [configuration(&[]), configuration(&[webhook("b", "other", Value::Null)]), Value::Null] {
        let words = trust(&none, &parts(), "new").unwrap_err();
        assert!(words.contains("asks the Service `op-webhook-service` in `system`"), "{words}");
    }
}
