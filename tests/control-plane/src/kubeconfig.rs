//! Kubeconfig files: JSON, which is YAML too, with everything inline so that a file can be moved
//!
//! It writes them; who may do what is the API server's business.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use k8s_openapi::ByteString;
use serde_json::{Value, json};

use crate::StartError;
use crate::certificate::Identity;

/// Who the file speaks for
pub(crate) enum Credentials<'a> {
    Certificate(&'a Identity),
    Token(&'a str),
    /// Nobody: something in between adds the credentials
    None,
}

/// A kubeconfig's content
pub(crate) fn kubeconfig(server: &str, authority: Option<&str>, credentials: &Credentials<'_>) -> Value {
    let mut cluster = json!({ "server": server });
    if let Some(authority) = authority {
        cluster["certificate-authority-data"] = base64(authority);
    }
    let user = match credentials {
        Credentials::Certificate(identity) => json!({
            "client-certificate-data": base64(&identity.certificate),
            "client-key-data": base64(&identity.key),
        }),
        Credentials::Token(token) => json!({ "token": token }),
        Credentials::None => json!({}),
    };
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "test", "cluster": cluster }],
        "users": [{ "name": "test", "user": user }],
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
        "current-context": "test",
    })
}

/// Writes a file that only this user may read
pub(crate) fn write_private(path: &Path, content: &str) -> Result<(), StartError> {
    let opened = std::fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(content.as_bytes())).map_err(StartError::io("write", path))
}

fn base64(text: &str) -> Value {
    json!(ByteString(text.as_bytes().to_vec()))
}
