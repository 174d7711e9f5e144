//! One of the two API servers, and plain requests to it: no retries, nothing is added but a host and credentials

use std::collections::BTreeMap;

use axum::body::BodyDataStream;
use futures::StreamExt;
use kube::Client;
use kube::client::Body;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Sent where a step names no other; its part before the slash is the field manager
const USER_AGENT: &str = "differ/1.0";
/// Headers that clients act on; the rest is about transport and flow control
const HEADERS: [&str; 3] = ["content-type", "retry-after", "warning"];

/// An API server
#[derive(Clone)]
pub(crate) struct Arm {
    /// Prefix of its namespaces; two arms on one control plane have two
    pub(crate) prefix: &'static str,
    client: Client,
}

/// What an API server answered
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// 0 for events of a watch
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    /// Text that is not JSON is a string
    pub(crate) body: Value,
}

/// The events of a watch as they come
pub(crate) struct Stream {
    data: BodyDataStream,
    pending: Vec<u8>,
}

/// A request that is complete
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

// === impl Arm ===

impl Arm {
    pub(crate) fn new(prefix: &'static str, client: Client) -> Self {
        Self { prefix, client }
    }

    /// Sends a request and waits for the whole answer
    pub(crate) async fn send(&self, request: &Ready) -> Result<Answer, String> {
        let (mut answer, body) = self.start(request).await?;
        let bytes = body.collect_bytes().await.map_err(|error| format!("the answer broke off: {error}"))?;
        let media = answer.headers.get("content-type").and_then(|values| values.first());
        let is_yaml = media.is_some_and(|media| media.starts_with("application/yaml"));
        answer.body = if is_yaml { from_yaml(&bytes) } else { json_or_text(&bytes) };
        Ok(answer)
    }

    /// Sends a request whose answer, if it is a good one, has no end
    pub(crate) async fn watch(&self, request: &Ready) -> Result<(Answer, Option<Stream>), String> {
        let (mut answer, body) = self.start(request).await?;
        if answer.status == 200 {
            let data = axum::body::Body::new(body).into_data_stream();
            return Ok((answer, Some(Stream { data, pending: Vec::new() })));
        }
        let bytes = body.collect_bytes().await.map_err(|error| format!("the answer broke off: {error}"))?;
        answer.body = json_or_text(&bytes);
        Ok((answer, None))
    }

    async fn start(&self, request: &Ready) -> Result<(Answer, Body), String> {
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.path);
        let has = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !has("user-agent") {
            builder = builder.header("User-Agent", USER_AGENT);
        }
        if !has("accept") {
            builder = builder.header("Accept", "application/json");
        }
        if !has("content-type") && !request.body.is_empty() {
            builder = builder.header("Content-Type", "application/json");
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let request = builder.body(Body::from(request.body.clone())).map_err(|error| error.to_string())?;
        let response = self.client.send(request).await.map_err(|error| format!("no answer: {error:?}"))?;
        let (parts, body) = response.into_parts();
        let values = |name: &str| -> Vec<String> {
            let values = parts.headers.get_all(name).iter();
            values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
        };
        let headers = HEADERS
            .iter()
            .map(|name| ((*name).to_owned(), values(name)))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        Ok((Answer { status: parts.status.as_u16(), headers, body: Value::Null }, body))
    }
}

// === impl Stream ===

impl Stream {
    /// The next event; nothing at the end of the stream
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, String> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                return Ok(Some(json_or_text(&line)));
            }
            match self.data.next().await {
                Some(Ok(bytes)) => self.pending.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(format!("the watch broke off: {error}")),
                None if self.pending.is_empty() => return Ok(None),
                None => return Ok(Some(json_or_text(&std::mem::take(&mut self.pending)))),
            }
        }
    }
}

fn json_or_text(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

fn from_yaml(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    serde_saphyr::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
}
