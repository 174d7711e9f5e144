//! The host of an API server: the lock around it, the time it is given, and who is told that something was stored
//!
//! It owns waiting. What is stored and answered is decided in the crate `healing-api-server`, which waits for nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use healing_api_server::{ApiServer, Response, Watch};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;
use crate::serve::{Answer, Body, User};

/// An API server in this process; clones are the same one
#[derive(Clone)]
pub(crate) struct Host(Arc<Shared>);

struct Shared {
    server: Mutex<ApiServer>,
    clock: Clock,
    /// The revision of the newest change
    revision: watch::Sender<u64>,
    /// When the controllers have to run although nothing was stored
    due: watch::Sender<Option<Timestamp>>,
}

/// A watch that is being told
struct Telling {
    host: Host,
    watch: Box<Watch>,
    changes: watch::Receiver<u64>,
    ended: bool,
}

// === impl Host ===

impl Host {
    pub(crate) fn new(seed: u64, clock: Clock) -> Self {
        let now = clock.now();
        let mut server = ApiServer::new(seed, now);
        let due = server.run_controllers(now);
        let revision = watch::Sender::new(server.revision());
        Self(Arc::new(Shared { server: Mutex::new(server), clock, revision, due: watch::Sender::new(due) }))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The revision of the newest change
    pub(crate) fn revision(&self) -> u64 {
        *self.0.revision.borrow()
    }

    /// Looks at the server, or changes it past its requests
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut ApiServer, Timestamp) -> T) -> T {
        let now = self.0.clock.now();
        let mut server = self.lock();
        let done = act(&mut server, now);
        // the controllers answer what was stored before anybody else sees it
        let due = server.run_controllers(now);
        let revision = server.revision();
        drop(server);
        self.0.revision.send_if_modified(|known| std::mem::replace(known, revision) != revision);
        self.0.due.send_if_modified(|known| std::mem::replace(known, due) != due);
        done
    }

    /// Starts the task that runs the controllers when their time has come; it ends with the handle
    pub(crate) fn start_controllers(&self) -> AbortOnDropHandle<()> {
        let host = self.clone();
        let mut due = self.0.due.subscribe();
        spawn(async move {
            loop {
                let next = *due.borrow_and_update();
                let wait = async {
                    match next {
                        Some(next) => host.clock().sleep_until(next).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    changed = due.changed() => if changed.is_err() { return },
                    () = wait => host.with(|_, _| ()),
                }
            }
        })
    }

    /// What a watch tells, piece by piece, for as long as it lasts
    fn tell(&self, watch: Box<Watch>) -> impl Stream<Item = Bytes> + Send + 'static {
        let telling =
            Telling { host: self.clone(), watch, changes: self.0.revision.subscribe(), ended: false };
        unfold(telling, |mut telling| async move {
            let piece = telling.next().await?;
            Some((piece, telling))
        })
    }

    fn lock(&self) -> MutexGuard<'_, ApiServer> {
        self.0.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to_http(&self, response: Response) -> http::Response<Body> {
        let mut answer = http::Response::new(Body::empty());
        *answer.status_mut() = response.status;
        let headers = answer.headers_mut();
        let mut add = |name: http::HeaderName, value: &str| {
            if let Ok(value) = http::HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        };
        if !response.content_type.is_empty() {
            add(http::header::CONTENT_TYPE, &response.content_type);
        }
        for warning in &response.warnings {
            let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
            add(http::header::WARNING, &format!("299 - \"{text}\""));
        }
        for (name, value) in &response.headers {
            if let Ok(name) = name.parse() {
                add(name, value);
            }
        }
        *answer.body_mut() = match response.watch {
            Some(watch) => Body::stream(self.tell(watch)),
            None => Body::whole(response.body),
        };
        answer
    }
}

impl Answer for Host {
    async fn answer(&self, request: http::Request<Bytes>, user: User) -> http::Response<Body> {
        let request = request.map(|body| body.to_vec());
        let user = healing_api_server::User { name: user.name, groups: user.groups };
        let response = self.with(|server, now| server.handle(&request, &user, now));
        self.to_http(response)
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

// === impl Telling ===

impl Telling {
    async fn next(&mut self) -> Option<Bytes> {
        while !self.ended {
            self.changes.mark_unchanged();
            let now = self.host.clock().now();
            let poll = self.host.lock().poll(&mut self.watch, now);
            self.ended = poll.ended;
            if !poll.frames.is_empty() {
                return Some(poll.frames.concat().into());
            }
            if self.ended {
                break;
            }
            let clock = self.host.clock().clone();
            let wait = async {
                match poll.again {
                    Some(again) => clock.sleep_until(again).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                changed = self.changes.changed() => changed.ok()?,
                () = wait => {}
            }
        }
        None
    }
}

#[expect(clippy::disallowed_methods, reason = "the handle ends the task when it is dropped")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(task))
}
