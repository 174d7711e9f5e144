//! The loop against a lease that is kept in memory: who leads, what may be written, and how it ends

use std::sync::{Mutex, PoisonError};

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::*;
use crate::{
    client::{
        CallError, Writer,
        script::{Answer as Scripted, Asked, Record, failure, scripted},
    },
    shutdown::Shutdown,
};

/// One lease at an API server that may also be silent
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lease: Option<Value>,
    version: u64,
    is_silent: bool,
}

impl Server {
    fn answer(&self, asked: &Asked) -> Scripted {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_silent {
            return Scripted::Hang;
        }
        let newest = state.lease.as_ref().map(|lease| lease["metadata"]["resourceVersion"].clone());
        match (asked.method.as_str(), newest) {
            ("GET", None) => failure(404, "NotFound", "no such lease"),
            ("GET", Some(_)) => Scripted::Json(200, state.lease.clone().unwrap()),
            ("POST", Some(_)) => failure(409, "AlreadyExists", "it is there"),
            ("PUT", newest) if newest.as_ref() != Some(&asked.body["metadata"]["resourceVersion"]) => {
                failure(409, "Conflict", "it changed")
            }
            _ => {
                state.version += 1;
                let mut lease = asked.body.clone();
                lease["metadata"]["resourceVersion"] = json!(state.version.to_string());
                lease["metadata"]["uid"] = json!("u1");
                state.lease = Some(lease.clone());
                Scripted::Json(200, lease)
            }
        }
    }

    fn set_silent(&self, is_silent: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_silent = is_silent;
    }

    fn spec(&self) -> Value {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.lease.as_ref().map(|lease| lease["spec"].clone()).unwrap_or_default()
    }
}

struct Candidate {
    leadership: Leadership,
    release: Release,
    record: Record,
    writer: Writer,
    told: Arc<Mutex<Vec<String>>>,
    task: Shutdown,
    ended: Arc<Mutex<Option<Result<(), LeaseLost>>>>,
}

fn candidate(server: &Server, clock: &Clock) -> Candidate {
    let answering = server.clone();
    let (client, record) = scripted(move |asked, _| answering.answer(asked));
    let settings = Settings { namespace: "ns".into(), name: "op.x.io".into(), timing: Timing::default() };
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let announce: Announce = Box::new(move |lease, event| {
        heard.lock().unwrap().push(format!("{} {}: {}", lease.uid, event.reason, event.note));
    });
    let identity = Identity::in_test("op");
    let (election, leadership) = Election::new(client, clock.clone(), &settings, &identity, announce);
    let (release, task, ended) = (election.release(), Shutdown::default(), Arc::new(Mutex::new(None)));
    let end = Arc::clone(&ended);
    task.spawn("election", async move {
        let outcome = election.run().await;
        *end.lock().unwrap() = Some(outcome);
    });
    let (client, _) = scripted(|_, _| Scripted::Json(200, json!({ "metadata": { "name": "a" } })));
    let writer = Writer::new(client, "op", leadership.clone());
    Candidate { leadership, release, record, writer, told, task, ended }
}

impl Candidate {
    async fn writes(&self) -> Result<(), CallError> {
        self.writer.create_pod("ns", &Pod::default()).await.map(drop)
    }
}

fn clock() -> Clock {
    Clock::tokio("2026-01-01T12:00:00Z".parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn only_the_one_who_leads_may_write_and_a_release_lets_the_other_one() {
    let (server, clock) = (Server::default(), clock());
    let first = candidate(&server, &clock);
    assert_eq!(first.writes().await, Err(CallError::NotLeading));
    clock.sleep(Duration::from_secs(16)).await;
    let second = candidate(&server, &clock);
    clock.sleep(Duration::from_mins(1)).await;
    assert_eq!((first.writes().await, second.writes().await), (Ok(()), Err(CallError::NotLeading)));
    assert_eq!(first.leadership.figures(), Some(("op.x.io", true)));
    assert_eq!(second.leadership.figures(), Some(("op.x.io", false)));
    let holder = server.spec()["holderIdentity"].clone();
    assert_eq!(
        *first.told.lock().unwrap(),
        [format!("u1 LeaderElection: {} became leader", holder.as_str().unwrap())]
    );

    first.release.ask();
    tokio::time::timeout(Release::LIMIT, first.release.done()).await.unwrap();
    assert_eq!(server.spec()["holderIdentity"], "");
    assert_eq!(first.writes().await, Err(CallError::NotLeading));
    assert_eq!(*first.ended.lock().unwrap(), Some(Ok(())));
    tokio::time::timeout(Duration::from_millis(2_500), second.leadership.begun()).await.unwrap();
    assert_eq!(second.writes().await, Ok(()));
    assert_eq!(server.spec()["leaseTransitions"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_server_is_silent_stops_writing_and_ends() {
    let (server, clock) = (Server::default(), clock());
    let only = candidate(&server, &clock);
    clock.sleep(Duration::from_mins(1)).await;
    assert_eq!(only.writes().await, Ok(()));
    server.set_silent(true);
    clock.sleep(Duration::from_millis(7_500)).await;
    assert_eq!(only.writes().await, Err(CallError::NotLeading), "what is left is less than a write may take");
    assert_eq!(only.leadership.fault(), None);
    let end = only.task.drain(Duration::from_secs(5)).await;
    assert_eq!(end, crate::shutdown::Drain::Drained, "by twelve seconds and a half");
    let said = only.ended.lock().unwrap().clone().unwrap().unwrap_err().to_string();
    assert_eq!(
        said,
        "lost the lease `ns/op.x.io`: it could not be renewed in time; ending, so that nothing is written twice"
    );
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_does_not_run_is_no_sign_of_life() {
    let (server, clock) = (Server::default(), clock());
    let stuck = candidate(&server, &clock);
    clock.sleep(Duration::from_mins(1)).await;
    assert_eq!(stuck.leadership.fault(), None);
    stuck.task.abort();
    clock.sleep(Duration::from_secs(12)).await;
    assert_eq!(stuck.leadership.fault(), None);
    clock.sleep(Duration::from_secs(6)).await;
    let fault = stuck.leadership.fault().unwrap();
    assert_eq!(fault, "the lease `ns/op.x.io` has expired and this process has not ended");
    assert_eq!(stuck.writes().await, Err(CallError::NotLeading));

    let standby = candidate(&server, &clock);
    clock.sleep(Duration::from_secs(3)).await;
    standby.task.abort();
    clock.sleep(Duration::from_secs(16)).await;
    let fault = standby.leadership.fault().unwrap();
    assert!(fault.starts_with("the loop that renews the lease `ns/op.x.io` has been stuck for 1"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn what_a_role_lacks_is_told_by_readiness() {
    let clock = clock();
    let (client, _) = scripted(|_, _| failure(403, "Forbidden", "leases is forbidden"));
    let settings = Settings { namespace: "ns".into(), name: "op.x.io".into(), timing: Timing::default() };
    let identity = Identity::in_test("op");
    let (election, leadership) =
        Election::new(client, clock.clone(), &settings, &identity, Box::new(|_, _| {}));
    let task = Shutdown::default();
    task.spawn("election", async move { drop(election.run().await) });
    clock.sleep(Duration::from_secs(30)).await;
    let said = leadership.problem().unwrap();
    assert_eq!(said, "cannot get lease ns/op.x.io: forbidden: leases is forbidden");
    assert_eq!(leadership.fault(), None);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn requests_are_few_and_each_is_sent_once() {
    let (server, clock) = (Server::default(), clock());
    let leader = candidate(&server, &clock);
    clock.sleep(Duration::from_secs(20)).await;
    let before = leader.record.all().len();
    clock.sleep(Duration::from_mins(1)).await;
    let renewals = leader.record.all().split_off(before);
    assert!((25..=30).contains(&renewals.len()), "{}", renewals.len());
    assert!(renewals.iter().all(|asked| asked.method == "PUT"), "{renewals:?}");
}
