//! The host of an API server: the lock around it, the time it is given, and who is told that something was stored
//!
//! It owns waiting. What is stored and answered is decided in the crate `healing-api-server`, which waits for nothing.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::Stream;
use futures::stream::unfold;
use healing_api_server::{ApiServer, Response, Watch};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;
use crate::fault::{Call, Faults, Turns, Verb, Verdict, expired, refused};
use crate::kubelet::log::LogLine;
use crate::serve::{Answer, Body, NoAnswer, User};
use crate::trace::Trace;

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
    faults: Faults,
    trace: Trace,
}

/// A watch that is being told
struct Telling {
    host: Host,
    call: Call,
    watch: Box<Watch>,
    changes: watch::Receiver<u64>,
    turns: Turns,
    ended: bool,
}

// === impl Host ===

impl Host {
    pub(crate) fn new(seed: u64, clock: Clock) -> Self {
        let now = clock.now();
        let mut server = ApiServer::new(seed, now);
        let due = server.run_controllers(now);
        let revision = watch::Sender::new(server.revision());
        Self(Arc::new(Shared {
            server: Mutex::new(server),
            clock,
            revision,
            due: watch::Sender::new(due),
            faults: Faults::new(),
            trace: Trace::new(now),
        }))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.0.trace
    }

    /// Starts the API server anew: what is stored stays, the history is lost, and open watches break off
    pub(crate) fn forget_history(&self) {
        self.with(|server, _| server.forget_history());
        self.0.faults.restart();
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
        let before = server.revision();
        let due = server.run_controllers(now);
        let revision = server.revision();
        if revision != before {
            server.written_after(before).into_iter().for_each(|written| self.0.trace.written(now, written));
        }
        drop(server);
        self.0.revision.send_if_modified(|known| std::mem::replace(known, revision) != revision);
        self.0.due.send_if_modified(|known| std::mem::replace(known, due) != due);
        done
    }

    /// What keeps the lines of a kubelet as logs of this server
    pub(crate) fn keep_logs(&self) -> impl Fn(&LogLine) + Send + Sync + 'static {
        let host = self.clone();
        move |line| {
            host.with(|server, now| {
                let pod = (&*line.namespace, &*line.pod);
                if line.restarted {
                    server.restart_log(pod, &line.container);
                }
                // of a pod that is gone meanwhile nobody asks
                let _kept = server.append_log(pod, &line.container, &line.text, now);
            });
        }
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
    fn tell(&self, watch: Box<Watch>, call: Call) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (changes, turns) = (self.0.revision.subscribe(), self.0.faults.turns());
        let telling = Telling { host: self.clone(), call: call.begun(), watch, changes, turns, ended: false };
        unfold(telling, |mut telling| async move {
            let piece = telling.next().await?;
            Some((piece, telling))
        })
    }

    /// What becomes of a request, once it is no longer kept, and whether it was
    async fn judge(&self, call: &Call) -> (Verdict, Option<&'static str>) {
        let mut turns = self.0.faults.turns();
        let (mut kept, mut is_delayed) = (None, false);
        loop {
            turns.look();
            let faults = &self.0.faults;
            match if is_delayed { faults.verdict_after_delay(call) } else { faults.verdict(call) } {
                Verdict::Hang if call.verb != Verb::Watch => {
                    kept = Some("kept");
                    turns.changed().await;
                }
                Verdict::Delay(duration) => {
                    self.clock().sleep(duration).await;
                    // much may have become of the way to the server meanwhile
                    (kept, is_delayed) = (Some("delayed"), true);
                }
                verdict => return (verdict, kept),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, ApiServer> {
        self.0.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to_http(&self, response: Response, call: Call) -> http::Response<Body> {
        let mut answer = http::Response::new(Body::empty());
        *answer.status_mut() = response.status;
        let headers = answer.headers_mut();
        let mut add = |name: http::HeaderName, value: &str| {
            // a warning has whatever a name of a field has
            if let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes()) {
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
            Some(watch) => Body::breaking(self.tell(watch, call)),
            None => Body::whole(response.body),
        };
        answer
    }
}

impl Answer for Host {
    async fn answer(&self, request: http::Request<Bytes>, user: User) -> http::Response<Body> {
        let call = Call::parse(&request, &user);
        let (verdict, fault) = self.judge(&call).await;
        let trace = &self.0.trace;
        match verdict {
            Verdict::Refuse { code, retry_after } => {
                let answer = refused(&call, code, retry_after);
                trace.request(self.clock().now(), &call, Some(answer.status().as_u16()), Some("refused"));
                return answer;
            }
            Verdict::DropBefore => {
                trace.request(self.clock().now(), &call, None, Some("dropped"));
                return no_answer();
            }
            _ => {}
        }
        let is_lost = verdict == Verdict::DropApplied;
        let fault = if is_lost { Some("answer lost") } else { fault };
        let request = request.map(|body| body.to_vec());
        let user = healing_api_server::User { name: user.name, groups: user.groups };
        let response = self.with(|server, now| {
            let response = server.handle(&request, &user, now);
            trace.request(now, &call, Some(response.status.as_u16()), fault);
            response
        });
        if is_lost { no_answer() } else { self.to_http(response, call) }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

// === impl Telling ===

impl Telling {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        while !self.ended {
            let is_cut = self.turns.look();
            let verdict = self.host.faults().verdict(&self.call);
            match verdict {
                _ if is_cut => return Some(self.cut()),
                Verdict::Cut => return Some(self.cut()),
                Verdict::Expire => {
                    self.ended = true;
                    return Some(Ok(expired()));
                }
                Verdict::Hang => {
                    self.turns.changed().await;
                    continue;
                }
                Verdict::Lag(duration) => self.host.clock().sleep(duration).await,
                _ => {}
            }
            self.changes.mark_unchanged();
            let now = self.host.clock().now();
            let poll = self.host.lock().poll(&mut self.watch, now);
            self.ended = poll.ended;
            if !poll.frames.is_empty() {
                let frames = if verdict == Verdict::Duplicate { twice(poll.frames) } else { poll.frames };
                return Some(Ok(frames.concat().into()));
            }
            if self.ended {
                break;
            }
            self.wait(poll.again).await?;
        }
        None
    }

    /// Breaks the connection
    fn cut(&mut self) -> io::Result<Bytes> {
        self.ended = true;
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Waits until there may be something to tell; none once the server is gone
    async fn wait(&mut self, again: Option<Timestamp>) -> Option<()> {
        let clock = self.host.clock().clone();
        let wait = async {
            match again {
                Some(again) => clock.sleep_until(again).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = self.changes.changed() => changed.ok(),
            () = self.turns.changed() => Some(()),
            () = wait => Some(()),
        }
    }
}

/// Each change twice; what is no change, such as a bookmark, once
fn twice(frames: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let is_change = |frame: &[u8]| {
        ["ADDED", "MODIFIED", "DELETED"]
            .iter()
            .any(|word| frame.starts_with(format!("{{\"type\":\"{word}\"").as_bytes()))
    };
    let times = |frame: &[u8]| if is_change(frame) { 2 } else { 1 };
    frames.into_iter().flat_map(|frame| vec![frame.clone(); times(&frame)]).collect()
}

/// What tells those who carry answers that this one is lost
fn no_answer() -> http::Response<Body> {
    let mut answer = http::Response::new(Body::empty());
    answer.extensions_mut().insert(NoAnswer);
    answer
}

#[expect(clippy::disallowed_methods, reason = "the handle ends the task when it is dropped")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(task))
}
