//! `run`: from flags to a working operator, and to its end
//!
//! It owns the order: sockets first, then the cluster, then watches, then workers; and at the end the reverse, within
//! a limit. What each part does is its module's business.

use std::{collections::BTreeMap, fmt::Debug, io, sync::Arc, time::Duration};

use crd_gen::Description;
use futures::{FutureExt, future::BoxFuture};
use healing_model::OwnedKind;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::core::ApiResource;
use serde::de::DeserializeOwned;
use tracing::{info, warn};

use crate::{
    args::RunArgs,
    cache::{GroupKind, ObjectCache, PodDocument, WholePod},
    change::Router,
    client::{self, ConnectError, ConnectOptions, Connection, Writer},
    clock::Clock,
    election::{Election, Identity, LeaseLost, Release},
    history,
    kind::{Registered, Shared},
    owned,
    process::{Candidacy, Process, Setup},
    record::send,
    serve::{BindError, Servers},
    shutdown::Drain,
    stage::{Stage, StageFailure},
    watch::{NodeSink, ObjectSink, PodSink, Scope, Target, WatchStatus},
    webhook::Webhook,
};

/// Work that is under way at a SIGTERM may take this long; the Deployment's grace period is longer
const DRAIN: Duration = Duration::from_secs(25);

/// Why the operator does not run, or did not end well
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// Not retried: what was declared cannot be run
    #[error("{0}")]
    Configuration(String),
    /// Not retried: no usable cluster is configured
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Not retried: the sandbox was asked for, and this program has none
    #[error("this operator has no sandbox; its author adds one with `.sandbox(healing_sandbox::embedded)`")]
    NoSandbox,
    /// Not retried: the sandbox does not start, or its tour did not go as it should
    #[error("the sandbox failed: {0}")]
    Sandbox(StageFailure),
    /// Not retried: an address cannot be listened on
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Not retried: without signals the process could not be ended properly
    #[error("cannot listen to signals: {0}")]
    Signals(#[source] io::Error),
    /// Not retried: the drain hit its limit
    #[error("{0}; ending anyway")]
    NotDrained(Drain),
    /// Not retried: this process may not write any more
    #[error(transparent)]
    LeaseLost(#[from] LeaseLost),
    /// Not retried: a second signal asked for an end at once
    #[error("ended by a second signal before work under way was finished")]
    SecondSignal,
}

// === impl RunError ===

impl RunError {
    /// Exit code of a configuration that cannot be followed
    pub(crate) const CONFIGURATION: u8 = 2;

    /// What the process ends with
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Configuration(_) | Self::Connect(_) | Self::NoSandbox | Self::Bind(_) => {
                Self::CONFIGURATION
            }
            Self::Sandbox(_)
            | Self::Signals(_)
            | Self::NotDrained(_)
            | Self::LeaseLost(_)
            | Self::SecondSignal => 1,
        }
    }
}

/// Where to run: a cluster, or the sandbox with what ends when it has nothing more to show
pub(crate) struct Place {
    connection: Connection,
    show: Option<BoxFuture<'static, Result<(), StageFailure>>>,
}

/// Finds the cluster; without one, or if it is asked for, starts the sandbox
///
/// # Errors
/// [`RunError`]; a cluster that is configured and cannot be used is no reason for the sandbox.
pub(crate) async fn find(
    operator: &str,
    args: &RunArgs,
    stage: Option<&Stage>,
    description: &Description,
) -> Result<Place, RunError> {
    let options = ConnectOptions {
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
        operator: operator.to_owned(),
    };
    if !args.sandbox {
        match client::connect(&options).await {
            Err(ConnectError::NotConfigured) if stage.is_some() => {}
            found => return Ok(Place { connection: found?, show: None }),
        }
    }
    let stage = stage.ok_or(RunError::NoSandbox)?;
    let (config, show) = stage.start(description, args.demo).await.map_err(RunError::Sandbox)?;
    Ok(Place { connection: client::client(config, "sandbox", operator)?, show: Some(show) })
}

// === impl Place ===

impl Place {
    pub(crate) fn is_sandbox(&self) -> bool {
        self.show.is_some()
    }
}

/// Runs until a signal ends it
///
/// # Flow
/// 1. bind 2. start servers, the webhook among them 3. start watches 4. start workers, each kind as soon as its caches are in sync
/// 5. wait for a signal, or the loss of the lease 6. drain 7. give the lease back
/// # Errors
/// [`RunError`].
pub(crate) async fn run(
    operator: &str,
    kinds: &[Box<dyn Registered>],
    args: RunArgs,
    place: Place,
) -> Result<(), RunError> {
    for variable in &args.kube_overrides {
        warn!(variable, "set and ignored: this operator does not obey kube's debug variables");
    }
    let [metrics, health] = args.addresses(place.is_sandbox());
    let Place { connection, show } = place;
    let servers = Servers::bind(metrics, health).await?;
    let webhook = Webhook::bind(&args.webhook).await?;
    let (process, election) = process(operator, &connection, &args);
    announce(&connection, &servers, webhook.as_ref(), operator);

    let shutdown = process.shutdown.clone();
    let (metrics, health) = (Arc::clone(&process.metrics), Arc::clone(&process.health));
    let stop = shutdown.clone();
    shutdown.spawn("servers", servers.run(metrics, health, async move { stop.begun().await }));
    if let Some(webhook) = webhook {
        webhook.start(&process, kinds.iter().map(|kind| kind.judge()).collect())?;
    }
    start(&process, kinds);

    let ended = shutdown.clone();
    let release = election.as_ref().map(Election::release);
    let mut electing = std::pin::pin!(elect(election));
    let mut show = show.unwrap_or_else(|| std::future::pending().boxed());
    let signals = shutdown.clone();
    let second = async move { signals.on_signal().await };
    tokio::select! {
        ended = second => {
            ended.map_err(RunError::Signals)?;
            Err(RunError::SecondSignal)
        }
        lost = &mut electing => {
            // What is under way stops where it is: somebody else may be at work already.
            shutdown.abort();
            Err(lost.into())
        }
        drained = async {
            let shown = tokio::select! {
                () = shutdown.begun() => Ok(()),
                shown = &mut show => shown,
            };
            ended.begin();
            (shutdown.drain(DRAIN).await, shown)
        } => match drained {
            (_, Err(error)) => Err(RunError::Sandbox(error)),
            (Drain::Drained, Ok(())) => {
                give_back(release, electing.as_mut()).await;
                info!(panics = shutdown.panics().len(), "{}", Drain::Drained);
                Ok(())
            }
            (drained @ Drain::NotDrained(_), Ok(())) => Err(RunError::NotDrained(drained)),
        }
    }
}

/// Takes part in the election; ends with the loss of the lease alone
async fn elect(election: Option<Election>) -> LeaseLost {
    if let Some(election) = election
        && let Err(lost) = election.run().await
    {
        return lost;
    }
    std::future::pending().await
}

/// Lets somebody else lead at once; everything that writes has ended
async fn give_back(release: Option<Release>, electing: impl Future<Output = LeaseLost>) {
    let Some(release) = release else { return };
    release.ask();
    tokio::select! {
        _lost = electing => {}
        given = tokio::time::timeout(Release::LIMIT, release.done()) => {
            if given.is_err() {
                warn!("the lease was not given back in time; it ends by itself");
            }
        }
    }
}

/// The process as its flags and the cluster have it
fn process(operator: &str, connection: &Connection, args: &RunArgs) -> (Process, Option<Election>) {
    let clock = Clock::wall();
    let instance = args.instance.as_deref().unwrap_or(operator);
    Process::new(Setup {
        operator,
        instance,
        client: connection.client.clone(),
        namespaces: args.namespaces.iter().cloned().collect(),
        concurrency: args.concurrency,
        // Jitter has to differ between replicas, and nothing else depends on it.
        seed: u64::from(std::process::id()) ^ clock.now().as_microsecond().unsigned_abs(),
        election: args.election.as_ref().map(|settings| Candidacy {
            client: connection.election.clone(),
            settings,
            identity: Identity::of_process(instance),
        }),
        clock,
    })
}

fn announce(connection: &Connection, servers: &Servers, webhook: Option<&Webhook>, operator: &str) {
    info!(
        operator,
        version = env!("CARGO_PKG_VERSION"),
        server = connection.server,
        configured_by = connection.source,
        metrics = servers.metrics_address().map(|address| address.to_string()),
        probes = servers.health_address().map(|address| address.to_string()),
        webhook = webhook.and_then(Webhook::address).map(|address| address.to_string()),
        "starting"
    );
}

/// Starts the watches and the workers of all kinds, and what they share
pub(crate) fn start(process: &Process, kinds: &[Box<dyn Registered>]) {
    process.watch_election();
    let (mut router, mut of_nodes) = (Router::default(), None);
    let mut started = Vec::new();
    for kind in kinds {
        let prepared = kind.prepare(process);
        router = prepared.route(router);
        if kind.blueprint().reads_nodes() {
            of_nodes = Some(prepared.route(of_nodes.unwrap_or_default()));
        }
        started.push(prepared);
    }
    let nodes = of_nodes.map(|router| watch_nodes(process, router));
    let assesses = kinds.iter().any(|kind| kind.assesses());
    let pods: Vec<WatchStatus> = process
        .scopes
        .iter()
        .map(|scope| {
            if assesses {
                watch_pods::<WholePod>(process, scope, &router)
            } else {
                watch_pods::<PodDocument>(process, scope, &router)
            }
        })
        .collect();
    let cache = process.pods.clone();
    process.count("pods", pods.clone(), move || (cache.len(), cache.undecodable()));
    let stored = watch_objects(process, &process.revisions, (history::kind(), history::api()), &router);
    let owned = pods.into_iter().chain(stored).chain(watch_owned(process, kinds, &router)).collect();
    let shared = Shared { owned, nodes };
    for kind in started {
        kind.start(process, &shared);
    }
    let writer = Writer::new(process.client.clone(), &process.operator, process.leadership.clone());
    let sending =
        send::send(writer, Arc::clone(&process.events), process.metrics.events(), process.shutdown.clone());
    process.shutdown.spawn("events", sending);
}

/// Starts the watch of pods in a scope
fn watch_pods<D>(process: &Process, scope: &Scope, router: &Router) -> WatchStatus
where
    D: DeserializeOwned + Into<PodDocument> + Clone + Debug + Send + Sync + 'static,
{
    let target = process.owned(ApiResource::erase::<Pod>(&()), scope);
    process.watch(target, PodSink::<D>::new(scope.clone(), process.pods.clone(), router.clone()))
}

/// Starts the watch of nodes, for the kinds in `router`
fn watch_nodes(process: &Process, router: Router) -> WatchStatus {
    let target = Target { resource: ApiResource::erase::<Node>(&()), scope: Scope::Cluster, selector: None };
    let cache = process.nodes.clone();
    let watch = process.watch(target, NodeSink { cache: cache.clone(), pods: process.pods.clone(), router });
    cache.filled_by(watch.clone());
    process.count("nodes", vec![watch.clone()], move || (cache.len(), 0));
    watch
}

/// Starts a watch for each kind of objects beside pods that a resource declares
fn watch_owned(process: &Process, kinds: &[Box<dyn Registered>], router: &Router) -> Vec<WatchStatus> {
    let declared = kinds.iter().flat_map(|kind| &kind.blueprint().owns);
    let declared: BTreeMap<GroupKind, &OwnedKind> =
        declared.map(|kind| ((kind.group.clone(), kind.kind.clone()), kind)).collect();
    let mut watches = Vec::new();
    for (kind, owned) in declared {
        watches.extend(watch_objects(process, &process.objects, (kind, owned::api(owned)), router));
    }
    watches
}

/// Starts a watch of one kind of objects that are labelled as the operator's
fn watch_objects(
    process: &Process,
    cache: &ObjectCache,
    (kind, resource): (GroupKind, ApiResource),
    router: &Router,
) -> Vec<WatchStatus> {
    let started: Vec<WatchStatus> = process
        .scopes
        .iter()
        .map(|scope| {
            let target = process.owned(resource.clone(), scope);
            let (scope, kind, router) = (scope.clone(), kind.clone(), router.clone());
            process.watch(target, ObjectSink { kind, scope, cache: cache.clone(), router })
        })
        .collect();
    let (name, cache) = (format!("{}.{}", resource.plural, resource.group), cache.clone());
    process.count(name.trim_end_matches('.'), started.clone(), move || (cache.len(&kind), 0));
    started
}
