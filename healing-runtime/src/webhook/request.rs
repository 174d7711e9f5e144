//! One HTTP request: is it a question, and the answer to it
//!
//! It owns methods, paths, sizes and codes, and what one request may cost. Nothing here writes to the cluster, so a dry
//! run is judged like any other.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Incoming},
    header::{self, HeaderMap, HeaderValue},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use super::{
    judge::Judge,
    review::{self, Denial, Verdict},
};
use crate::{
    metrics::{WebhookMetrics, WebhookPanics},
    shutdown::{Panic, Shutdown},
};

/// What all connections share
pub(super) struct Front {
    paths: BTreeMap<String, Path>,
    panics: WebhookPanics,
    large: Semaphore,
    shutdown: Shutdown,
}

struct Path {
    judge: Judge,
    metrics: Arc<WebhookMetrics>,
}

/// Why a request is answered without a verdict
struct Refusal {
    code: StatusCode,
    words: String,
}

type Answer = Response<Full<Bytes>>;

// === impl Front ===

impl Front {
    /// Object and old object in one body: an API server takes objects of up to 3 MiB, and etcd less
    pub(super) const BODY_MAX: usize = 8 * 1024 * 1024;
    /// A body above this waits until few others of its size are being answered, so that they cannot fill the memory
    const LARGE: u64 = 256 * 1024;
    /// How many of these are answered at once
    const LARGE_AT_ONCE: usize = 4;
    /// How long a body may take to come in, the wait for its turn included
    const BODY_TIME: Duration = Duration::from_secs(10);

    pub(super) fn new(
        judges: impl IntoIterator<Item = (Judge, Arc<WebhookMetrics>)>,
        panics: WebhookPanics,
        shutdown: Shutdown,
    ) -> Self {
        let paths = judges.into_iter().map(|(judge, metrics)| (judge.path.clone(), Path { judge, metrics }));
        Self { paths: paths.collect(), panics, large: Semaphore::new(Self::LARGE_AT_ONCE), shutdown }
    }

    /// Answers one request; what is sent to a path of ours is counted
    pub(super) async fn respond(&self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        let Some(path) = self.paths.get(request.uri().path()) else {
            let words = format!("nothing is served at this path; there is {}", self.known());
            return Ok(Refusal::new(StatusCode::NOT_FOUND, words).into());
        };
        let started = Instant::now();
        let under_way = path.metrics.begun();
        let answer = self.answer(path, request).await.unwrap_or_else(Answer::from);
        drop(under_way);
        path.metrics.answered(answer.status().as_u16(), started.elapsed());
        Ok(answer)
    }

    async fn answer(&self, path: &Path, request: Request<Incoming>) -> Result<Answer, Refusal> {
        if request.method() != Method::POST {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "only POST is answered here"));
        }
        if !is_json(request.headers()) {
            let words = "the content type must be application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
        }
        let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
        // The permit is kept until the answer is made: the parsed object is larger than its text.
        let (body, _permit) =
            timeout(Self::BODY_TIME, self.body(request.into_body())).await.map_err(late)??;
        let question =
            review::read(&body).map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        drop(body);
        let judging = async { path.judge.judge(&question) };
        let verdict = self.shutdown.catch(&path.judge.path, judging).await.unwrap_or_else(
            |Panic { message, .. }| {
                self.panics.count();
                Verdict::Denied(Denial::internal(format!("panic: {message} [recovered]")))
            },
        );
        if let Verdict::Denied(denial) = &verdict {
            tracing::debug!(
                path = path.judge.path,
                name = question.name,
                message = denial.message(),
                "denied"
            );
        }
        let body = review::answer(&question.uid, &verdict).to_string();
        Ok(with_body(StatusCode::OK, "application/json", body))
    }

    /// The whole body; a large one waits for its turn before it is read
    async fn body(&self, body: Incoming) -> Result<(Bytes, Option<SemaphorePermit<'_>>), Refusal> {
        let too_large = || {
            let words = format!("the body is larger than {} bytes", Self::BODY_MAX);
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, words)
        };
        let announced = body.size_hint();
        if announced.lower() > Self::BODY_MAX as u64 {
            return Err(too_large());
        }
        let permit = if announced.upper().is_none_or(|size| size > Self::LARGE) {
            Some(self.large.acquire().await.expect("the semaphore is never closed"))
        } else {
            None
        };
        match Limited::new(body, Self::BODY_MAX).collect().await {
            Ok(read) => Ok((read.to_bytes(), permit)),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(error) => {
                Err(Refusal::new(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}")))
            }
        }
    }

    fn known(&self) -> String {
        self.paths.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

// === impl Refusal ===

impl Refusal {
    fn new(code: StatusCode, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

impl From<Refusal> for Answer {
    fn from(Refusal { code, words }: Refusal) -> Self {
        let mut answer = with_body(code, "text/plain; charset=utf-8", words + "\n");
        if code == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        // What is left of a body that was not read would be taken for the next request.
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        answer
    }
}

fn with_body(code: StatusCode, content_type: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = code;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// Whether the body is said to be JSON; parameters, such as a charset, change nothing
fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"))
}
