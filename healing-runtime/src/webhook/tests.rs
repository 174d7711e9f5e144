//! The server over real sockets: hostile requests, the certificate's change, and the end

use std::{fs, net::Ipv4Addr, path::Path, time::Duration};

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{review::Verdict, *};
use crate::{
    clock::Clock,
    fixture::Web,
    metrics::{Format, Metrics},
    serve::health::CheckState,
    shutdown::{Drain, Shutdown},
};

const NAME: &str = "operator-webhook-service.operator-system.svc";
const PATH: &str = "/validate-x-io-v1-web";

/// A webhook that answers on loopback
struct Site {
    folder: TempDir,
    files: Files,
    served: Served,
    metrics: Metrics,
    shutdown: Shutdown,
    address: SocketAddr,
    authority: CertifiedIssuer<'static, KeyPair>,
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate of the authority and its key, PEM
fn issue(authority: &CertifiedIssuer<'_, KeyPair>) -> [String; 2] {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([NAME.to_owned()]).unwrap();
    [params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem()]
}

fn write(folder: &Path, [certificate, key]: &[String; 2]) {
    fs::write(folder.join("tls.crt"), certificate).unwrap();
    fs::write(folder.join("tls.key"), key).unwrap();
}

impl Site {
    async fn open() -> Self {
        Self::with(usize::MAX >> 4).await
    }

    /// One that takes so many connections at once
    async fn with(connections: usize) -> Self {
        let (folder, metrics, shutdown) = (TempDir::new().unwrap(), Metrics::default(), Shutdown::default());
        let served = Served::none("the certificate has not been read yet");
        let mut files = Files::new(folder.path().to_owned(), served.clone(), metrics.certificate());
        let authority = authority();
        write(folder.path(), &issue(&authority));
        files.look();
        let failing = Judge { path: "/fails".to_owned(), judge: |_| panic!("a rule of {}", "the user") };
        let judges = [Judge::of::<Web>(), failing];
        let judges = judges.map(|judge| (judge.clone(), metrics.webhook(&judge.path)));
        let door = Door {
            tls: TlsAcceptor::from(Arc::new(served.tls().unwrap())),
            front: Arc::new(Front::new(judges, metrics.webhook_panics(), shutdown.clone())),
            clock: Clock::wall(),
            shutdown: shutdown.clone(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut listening = Listening::new(listener, door);
        listening.free = Arc::new(Semaphore::new(connections));
        shutdown.spawn("webhook", listening.run());
        Self { folder, files, served, metrics, shutdown, address, authority }
    }

    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(self.address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).unwrap(), stream).await
    }

    /// Sends text on a connection of its own: code, and what follows the headers
    async fn send(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.connect().await.unwrap();
        let head =
            format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        // Who is refused early may be cut off before all was sent.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let code = answer.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_default();
        (code, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// The response to a review
    async fn review(&self, path: &str, review: &Value) -> Value {
        let head = format!("POST {path}?timeout=10s HTTP/1.1\r\ncontent-type: application/json");
        let (code, answer) = self.send(&head, review.to_string().as_bytes()).await;
        assert_eq!(code, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            (&answer["apiVersion"], &answer["kind"]),
            (&json!("admission.k8s.io/v1"), &json!("AdmissionReview"))
        );
        answer["response"].clone()
    }
}

fn review(replicas: i32) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": { "group": "x.io", "version": "v1", "kind": "Web" },
            "name": "shop",
            "operation": "CREATE",
            "dryRun": true,
            "object": { "metadata": { "name": "shop" }, "spec": { "replicas": replicas } },
            "oldObject": null,
        },
    })
}

#[tokio::test]
async fn an_object_is_judged_and_counted() {
    let site = Site::open().await;
    let allowed = site.review(PATH, &review(1)).await;
    assert_eq!(allowed, json!({ "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "allowed": true }));
    let denied = site.review(PATH, &review(102)).await;
    assert_eq!((&denied["allowed"], &denied["status"]["code"]), (&json!(false), &json!(403)));
    let failed = site.review("/fails", &review(1)).await;
    assert_eq!(
        (&failed["allowed"], &failed["status"]["code"], &failed["status"]["message"]),
        (&json!(false), &json!(500), &json!("panic: a rule of the user [recovered]"))
    );
    let page = site.metrics.expose(Format::Classic);
    for line in [
        "controller_runtime_webhook_requests_total{webhook=\"/validate-x-io-v1-web\",code=\"200\"} 2\n",
        "controller_runtime_webhook_requests_total{webhook=\"/validate-x-io-v1-web\",code=\"500\"} 0\n",
        "controller_runtime_webhook_requests_in_flight{webhook=\"/validate-x-io-v1-web\"} 0\n",
        "controller_runtime_webhook_latency_seconds_count{webhook=\"/validate-x-io-v1-web\"} 2\n",
        "controller_runtime_webhook_panics_total 1\n",
        "certwatcher_read_certificate_total 1\n",
        "certwatcher_read_certificate_errors_total 0\n",
    ] {
        assert!(page.contains(line), "{line}{page}");
    }
    assert_eq!(site.shutdown.drain(Duration::from_secs(10)).await, Drain::Drained);
}

#[tokio::test]
async fn what_is_no_question_is_refused_in_words() {
    let site = Site::open().await;
    let whole = review(1).to_string();
    let json = "content-type: application/json";
    for (head, body, code, words) in [
        (
            format!("POST /validate HTTP/1.1\r\n{json}"),
            whole.as_str(),
            404,
            "there is /fails, /validate-x-io-v1-web",
        ),
        (format!("GET {PATH} HTTP/1.1\r\n{json}"), "", 405, "only POST is answered here"),
        (format!("PUT {PATH} HTTP/1.1\r\n{json}"), &whole, 405, "only POST is answered here"),
        (format!("POST {PATH} HTTP/1.1"), &whole, 415, "the content type must be application/json"),
        (format!("POST {PATH} HTTP/1.1\r\ncontent-type: text/json"), &whole, 415, "must be application/json"),
        (format!("POST {PATH} HTTP/1.1\r\n{json}"), "", 400, "the body is no AdmissionReview"),
        (format!("POST {PATH} HTTP/1.1\r\n{json}"), "{\"kind\": 7}", 400, "without apiVersion and kind"),
        (format!("POST {PATH} HTTP/1.1\r\n{json}"), &whole[..whole.len() - 1], 400, "EOF while parsing"),
        (
            format!("POST {PATH} HTTP/1.1\r\ncontent-type: Application/JSON ; charset=utf-8"),
            &whole,
            200,
            "allowed",
        ),
        (format!("nonsense\r\n{json}"), "", 400, ""),
    ] {
        let (answered, said) = site.send(&head, body.as_bytes()).await;
        assert_eq!(answered, code, "{head}: {said}");
        assert!(said.contains(words), "{head}: {said}");
    }
    assert!(site.review(PATH, &review(1)).await["allowed"] == true, "it goes on");
}

#[tokio::test]
async fn a_body_has_its_limit_announced_or_not() {
    let site = Site::open().await;
    let head = format!("POST {PATH} HTTP/1.1\r\ncontent-type: application/json");
    let mut stream = site.connect().await.unwrap();
    let announced = format!("{head}\r\nhost: x\r\ncontent-length: {}\r\n\r\n", Front::BODY_MAX + 1);
    stream.write_all(announced.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "it is refused before it is sent: {answer}");
    assert!(answer.ends_with("the body is larger than 8388608 bytes\n"), "{answer}");

    let mut stream = site.connect().await.unwrap();
    stream
        .write_all(format!("{head}\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 0x10_0000], b"\r\n"].concat();
    for _ in 0..9 {
        if stream.write_all(&chunk).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");

    // As large as an API server may send it.
    let mut large = review(1);
    large["request"]["object"]["metadata"]["annotations"] = json!({ "a": "x".repeat(3 << 20) });
    large["request"]["oldObject"] = large["request"]["object"].clone();
    assert!(site.review(PATH, &large).await["allowed"] == true);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let site = Site::open().await;
    let mut stream = site.connect().await.unwrap();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n["
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    // Another connection is answered meanwhile: by then the first has been read.
    site.review(PATH, &review(1)).await;
    tokio::time::pause();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_connection_too_many_waits_until_another_ends() {
    let site = Site::with(1).await;
    let first = site.connect().await.unwrap();
    let mut second = TcpStream::connect(site.address).await.unwrap();
    second.write_all(b"no handshake, which ends it\r\n\r\n").await.unwrap();
    let mut said = [0; 64];
    // On paused time a wait is over once nothing moves any more.
    tokio::time::pause();
    let early = tokio::time::timeout(Duration::from_millis(1), second.read(&mut said));
    assert!(early.await.is_err(), "not while the first is open");
    tokio::time::resume();
    drop(first);
    let _ends: std::io::Result<usize> = second.read(&mut said).await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_and_open_connections_stay() {
    let mut site = Site::open().await;
    let mut open = site.connect().await.unwrap();
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let first = shown(&open);
    site.files.look();
    assert_eq!(shown(&site.connect().await.unwrap()), first, "nothing changed");
    let next = issue(&site.authority);
    fs::write(site.folder.path().join("tls.crt"), &next[0]).unwrap();
    site.files.look();
    assert_eq!(shown(&site.connect().await.unwrap()), first, "the key is still the old one");
    assert_eq!(site.served.check(Clock::wall().now()), CheckState::Ok, "what is shown is good");
    write(site.folder.path(), &next);
    site.files.look();
    assert_ne!(shown(&site.connect().await.unwrap()), first);
    let body = review(1).to_string();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    open.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let page = site.metrics.expose(Format::Classic);
    assert!(page.contains("certwatcher_read_certificate_total 3\n"), "{page}");
    assert!(page.contains("certwatcher_read_certificate_errors_total 1\n"), "{page}");
}

#[tokio::test]
async fn without_a_certificate_readiness_says_why() {
    let folder = TempDir::new().unwrap();
    let [certificate, key] = issue(&authority());
    let [other, _] = issue(&authority());
    let (served, now) = (Served::none("not yet"), Clock::wall().now());
    let mut files = Files::new(folder.path().to_owned(), served.clone(), Metrics::default().certificate());
    let place = folder.path().display();
    let broken = |said: &str| format!("{place}/tls.crt and tls.key cannot be used: {said}");
    for (found, expected) in [
        ([None, None], format!("cannot read {place}/tls.crt: No such file or directory (os error 2)")),
        (
            [Some(&certificate), None],
            format!("cannot read {place}/tls.key: No such file or directory (os error 2)"),
        ),
        ([Some(&certificate), Some(&"key".to_owned())], broken("the private key is no PEM: no items found")),
        ([Some(&String::new()), Some(&key)], broken("the certificate is no PEM: there is none in it")),
        (
            [Some(&other), Some(&key)],
            broken("certificate and private key do not go together: keys may not be consistent: KeyMismatch"),
        ),
    ] {
        for (name, content) in ["tls.crt", "tls.key"].into_iter().zip(found) {
            if let Some(content) = content {
                fs::write(folder.path().join(name), content).unwrap();
            }
        }
        files.look();
        files.look();
        assert_eq!(served.check(now), CheckState::NotReady(expected));
    }
    write(folder.path(), &[certificate, key]);
    files.look();
    assert_eq!(served.check(now), CheckState::Ok);
    let later = served.not_after().unwrap();
    assert_eq!(served.check(later), CheckState::NotReady(format!("the certificate expired at {later}")));
}

#[tokio::test]
async fn the_end_waits_for_answers_and_for_nobody_who_says_nothing() {
    let site = Site::open().await;
    let mut asking = site.connect().await.unwrap();
    let silent = TcpStream::connect(site.address).await.unwrap();
    let idle = site.connect().await.unwrap();
    let body = review(1).to_string();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    asking.write_all((head + &body[..1]).as_bytes()).await.unwrap();
    asking.flush().await.unwrap();
    // Connections are taken in order: once this one has its answer, the others were taken.
    site.review(PATH, &review(1)).await;
    let answered = async {
        site.shutdown.begun().await;
        asking.write_all(&body.as_bytes()[1..]).await.unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let (drained, answer) = futures::join!(site.shutdown.drain(Duration::from_secs(20)), answered);
    assert_eq!(drained, Drain::Drained);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    drop((silent, idle));
    assert!(TcpStream::connect(site.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn without_address_it_is_off() {
    assert!(Webhook::bind(&WebhookArgs::default()).await.unwrap().is_none());
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let bind_address = BindAddress::One { ip: Ipv4Addr::LOCALHOST.into(), port };
    let error = Webhook::bind(&WebhookArgs { bind_address, ..WebhookArgs::default() }).await.unwrap_err();
    assert!(error.to_string().contains("(--webhook-bind-address)"), "{error}");
}

#[test]
fn its_parts_are_called_as_crd_gen_calls_them() {
    let parts = WebhookArgs::default().parts("shop-operator", "shop");
    let expected = Parts {
        namespace: "shop".to_owned(),
        service: "shop-operator-webhook-service".to_owned(),
        secret: "shop-operator-webhook-certificate".to_owned(),
        configuration: "shop-operator-validating-webhook-configuration".to_owned(),
    };
    assert_eq!(parts, expected);
    assert_eq!(parts.host(), "shop-operator-webhook-service.shop.svc");
    let said = WebhookArgs { secret: Some("own".to_owned()), ..WebhookArgs::default() };
    assert_eq!(said.parts("shop-operator", "shop"), Parts { secret: "own".to_owned(), ..expected });
}

/// A verdict is asked for without side effects, so the same question has the same answer
#[test]
fn the_same_question_has_the_same_answer() {
    let question = review::read(review(101).to_string().as_bytes()).unwrap();
    let first: Verdict = Judge::of::<Web>().judge(&question);
    assert_eq!(Judge::of::<Web>().judge(&question), first);
}
