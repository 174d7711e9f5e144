//! A client for the tests: HTTP/1.1 or HTTP/2, with the kubeconfig's certificate, a stranger's, or none

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use k8s_openapi::ByteString;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::task::AbortOnDropHandle;

use crate::serve::Served;
use crate::serve::certificate::Certificates;

pub(super) const BOTH: [Http; 2] = [Http::One, Http::Two];

#[derive(Clone, Copy, Debug)]
pub(super) enum Http {
    One,
    Two,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Certificate {
    /// That of the kubeconfig
    Admin,
    /// Of the same name, and of another authority
    Stranger,
    None,
}

/// One connection
pub(super) struct Sender {
    way: Way,
    _task: AbortOnDropHandle<()>,
}

enum Way {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

pub(super) fn get(path: &str) -> Request<Bytes> {
    let request = Request::get(format!("https://localhost{path}")).header("host", "localhost");
    request.body(Bytes::new()).unwrap()
}

/// The encrypted connection, before any HTTP
pub(super) async fn tls(
    served: &Served,
    http: Http,
    certificate: Certificate,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(served.address).await?;
    let connector = TlsConnector::from(Arc::new(config(served, http, certificate)));
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

pub(super) async fn connect(served: &Served, http: Http, certificate: Certificate) -> io::Result<Sender> {
    let stream = tls(served, http, certificate).await?;
    let expected: &[u8] = match http {
        Http::One => b"http/1.1",
        Http::Two => b"h2",
    };
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(expected));
    let io = TokioIo::new(stream);
    Ok(match http {
        Http::One => {
            let (sender, connection) = http1::handshake(io).await.map_err(io::Error::other)?;
            Sender { way: Way::One(sender), _task: spawn(connection) }
        }
        Http::Two => {
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), io).await.map_err(io::Error::other)?;
            Sender { way: Way::Two(sender), _task: spawn(connection) }
        }
    })
}

/// One request on a connection of its own, as the admin
pub(super) async fn ask(served: &Served, http: Http, request: Request<Bytes>) -> (StatusCode, Value) {
    connect(served, http, Certificate::Admin).await.unwrap().ask(request).await
}

/// The whole body, if it ends as it should
pub(super) async fn body(response: Response<Incoming>) -> Result<Bytes, hyper::Error> {
    Ok(response.into_body().collect().await?.to_bytes())
}

impl Sender {
    pub(super) async fn send(&mut self, request: Request<Bytes>) -> Result<Response<Incoming>, hyper::Error> {
        let request = request.map(Full::new);
        match &mut self.way {
            Way::One(sender) => {
                sender.ready().await?;
                let (mut parts, body) = request.into_parts();
                parts.uri = parts.uri.path_and_query().unwrap().clone().into();
                sender.send_request(Request::from_parts(parts, body)).await
            }
            Way::Two(sender) => {
                sender.ready().await?;
                let (mut parts, body) = request.into_parts();
                parts.headers.remove("host");
                sender.send_request(Request::from_parts(parts, body)).await
            }
        }
    }

    pub(super) async fn ask(&mut self, request: Request<Bytes>) -> (StatusCode, Value) {
        let response = self.send(request).await.unwrap();
        let status = response.status();
        let body = body(response).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

fn config(served: &Served, http: Http, certificate: Certificate) -> ClientConfig {
    let file: Value = serde_json::from_slice(&std::fs::read(&served.kubeconfig).unwrap()).unwrap();
    let pem = |value: &Value| serde_json::from_value::<ByteString>(value.clone()).unwrap().0;
    let mut roots = RootCertStore::empty();
    let authority = pem(&file["clusters"][0]["cluster"]["certificate-authority-data"]);
    roots.add(CertificateDer::from_pem_slice(&authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let user = &file["users"][0]["user"];
    let (chain, key) = match certificate {
        Certificate::Admin => (pem(&user["client-certificate-data"]), pem(&user["client-key-data"])),
        Certificate::Stranger => {
            let strange = Certificates::make().unwrap().admin;
            (strange.certificate().into_bytes(), strange.key().into_bytes())
        }
        Certificate::None => (Vec::new(), Vec::new()),
    };
    let mut config = match certificate {
        Certificate::None => builder.with_no_client_auth(),
        Certificate::Admin | Certificate::Stranger => {
            let chain = vec![CertificateDer::from_pem_slice(&chain).unwrap()];
            builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(&key).unwrap()).unwrap()
        }
    };
    config.alpn_protocols = match http {
        Http::One => vec![b"http/1.1".to_vec()],
        Http::Two => vec![b"h2".to_vec()],
    };
    config
}

#[expect(clippy::disallowed_methods, reason = "ends with the test")]
fn spawn(
    connection: impl Future<Output = Result<(), hyper::Error>> + Send + 'static,
) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        // What went wrong is seen by the requests.
        let _ = connection.await;
    }))
}
