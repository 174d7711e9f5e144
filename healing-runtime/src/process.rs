//! What all kinds of one process share: its clients, caches, watches, metrics and checks
//!
//! It owns how these are put together, the same in a program as in a test. In which order things begin and end is the
//! business of `run` and `in_process`.

use std::sync::Arc;

use healing_engine::pod::MANAGED_BY_LABEL;
use kube::core::ApiResource;

use crate::{
    cache::{NodeCache, ObjectCache, PodCache},
    clock::Clock,
    election::{Announce, Election, Identity, Leadership, Settings},
    events::{EventQueue, Reporter},
    metrics::{Metrics, WatchedFigures},
    serve::health::{CheckState, Health},
    shutdown::Shutdown,
    storm::Tallies,
    warmup::Round,
    watch::{Scope, Sink, Target, Watch, WatchState, WatchStatus},
};

/// What all kinds of one process share
pub(crate) struct Process {
    pub(crate) operator: String,
    pub(crate) clock: Clock,
    pub(crate) client: kube::Client,
    pub(crate) shutdown: Shutdown,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) health: Arc<Health>,
    pub(crate) pods: PodCache,
    pub(crate) objects: ObjectCache,
    /// Templates that are stored
    pub(crate) revisions: ObjectCache,
    /// Filled where a kind asks for nodes
    pub(crate) nodes: NodeCache,
    pub(crate) tallies: Tallies,
    /// The first look at all that is there
    pub(crate) round: Round,
    pub(crate) events: Arc<EventQueue>,
    /// Whether this process may write
    pub(crate) leadership: Leadership,
    /// Where resources and their pods are watched
    pub(crate) scopes: Vec<Scope>,
    /// Workers per kind
    pub(crate) concurrency: usize,
    pub(crate) seed: u64,
}

/// What makes one process differ from another
pub(crate) struct Setup<'a> {
    pub(crate) operator: &'a str,
    /// Who reports events: the pod's name, where there is one
    pub(crate) instance: &'a str,
    pub(crate) client: kube::Client,
    pub(crate) clock: Clock,
    /// Where resources are looked after; none: everywhere
    pub(crate) namespaces: Vec<String>,
    pub(crate) concurrency: usize,
    pub(crate) seed: u64,
    /// The election it takes part in
    pub(crate) election: Option<Candidacy<'a>>,
}

/// How a process takes part in an election
pub(crate) struct Candidacy<'a> {
    pub(crate) client: kube::Client,
    pub(crate) settings: &'a Settings,
    pub(crate) identity: Identity,
}

// === impl Process ===

impl Process {
    /// A process that has not begun, and its election where it takes part in one
    pub(crate) fn new(setup: Setup<'_>) -> (Self, Option<Election>) {
        let Setup { operator, instance, client, clock, namespaces, concurrency, seed, election } = setup;
        let scopes: Vec<Scope> = if namespaces.is_empty() {
            vec![Scope::Cluster]
        } else {
            namespaces.into_iter().map(Scope::Namespace).collect()
        };
        let metrics = Arc::new(Metrics::default());
        let reporter = Reporter { controller: operator.to_owned(), instance: instance.to_owned() };
        let events = Arc::new(EventQueue::new(reporter, metrics.events()));
        let (election, leadership) = match election {
            Some(Candidacy { client, settings, identity }) => {
                let announce = announce_leader(&events, &clock);
                let (election, leadership) =
                    Election::new(client, clock.clone(), settings, &identity, announce);
                (Some(election), leadership)
            }
            None => (None, Leadership::always()),
        };
        let process = Self {
            operator: operator.to_owned(),
            leadership,
            client,
            shutdown: Shutdown::default(),
            health: Arc::new(Health::default()),
            pods: PodCache::new(clock.clone(), scopes.iter().cloned()),
            objects: ObjectCache::default(),
            revisions: ObjectCache::default(),
            nodes: NodeCache::default(),
            tallies: Tallies::default(),
            round: Round::default(),
            events,
            metrics,
            scopes,
            concurrency,
            seed,
            clock,
        };
        (process, election)
    }

    /// Makes probes and metrics ask the election, if there is one
    pub(crate) fn watch_election(&self) {
        if !self.leadership.is_elected() {
            return;
        }
        let say = |found: Option<String>| found.map_or(CheckState::Ok, CheckState::NotReady);
        let asked = self.leadership.clone();
        self.health.live.register("leader-election", move || say(asked.fault()));
        let asked = self.leadership.clone();
        self.health.ready.register("leader-election", move || say(asked.problem()));
        self.metrics.elected(self.leadership.clone());
    }

    /// What resources own of one kind, in one scope
    pub(crate) fn owned(&self, resource: ApiResource, scope: &Scope) -> Target {
        let selector = Some(format!("{MANAGED_BY_LABEL}={}", self.operator));
        Target { resource, scope: scope.clone(), selector }
    }

    /// Starts a watch, and makes readiness ask it
    pub(crate) fn watch<S: Sink>(&self, target: Target, sink: S) -> WatchStatus {
        let name = match &target.scope {
            Scope::Cluster => format!("watch-{}", target.resource.plural),
            Scope::Namespace(namespace) => format!("watch-{}-{namespace}", target.resource.plural),
        };
        // Each watch has its own jitter, or all of them would come back at the same moment.
        let seed = name.bytes().fold(self.seed, |seed, byte| seed.rotate_left(5) ^ u64::from(byte));
        let watch = Watch::new(self.client.clone(), self.clock.clone(), target, sink, seed);
        let status = watch.status();
        let asked = status.clone();
        self.health.ready.register(&name, move || readiness(&asked));
        self.shutdown.spawn(name, watch.run(self.shutdown.clone()));
        status
    }

    /// Makes metrics ask a cache, for its objects and those of them that cannot be decoded, and the watches that fill it
    pub(crate) fn count(
        &self,
        resource: &str,
        watches: Vec<WatchStatus>,
        cached: impl Fn() -> (usize, usize) + Send + Sync + 'static,
    ) {
        let read = move || {
            let (objects, undecodable) = cached();
            let failures = watches.iter().map(WatchStatus::failures).sum();
            WatchedFigures { objects, undecodable, failures }
        };
        self.metrics.watched(resource, Box::new(read));
    }
}

/// Tells the event that this process leads to whoever sends events
fn announce_leader(events: &Arc<EventQueue>, clock: &Clock) -> Announce {
    let (events, clock) = (Arc::clone(events), clock.clone());
    Box::new(move |lease, event| events.publish(lease, event, clock.now()))
}

/// A failing watch is not ready even if it was in sync before: what it shows is old
fn readiness(watch: &WatchStatus) -> CheckState {
    match watch.state() {
        WatchState::Synced { .. } => CheckState::Ok,
        WatchState::Syncing { .. } => CheckState::NotReady(format!("{}: not in sync yet", watch.name())),
        WatchState::Failing { message, .. } => CheckState::NotReady(message),
    }
}
