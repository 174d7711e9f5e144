//! One registered kind: the bridge from the user's type to everything that is free of generics
//!
//! It owns which caches, queue and workers a kind has. When they start is decided in `run`.

use std::{marker::PhantomData, sync::Arc, sync::atomic::AtomicU64};

use healing_model::{Blueprint, Scope as ResourceScope};
use kube::core::ApiResource;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    SchemaError, Workload,
    cache::ResourceCache,
    change::Router,
    client::{Reader, Writer},
    context::{Context, Hands},
    controller::Controller,
    memory::Memories,
    process::Process,
    queue::{Limit, Queue},
    verdict::Opinion as _,
    watch::{ResourceSink, Scope, Target, WatchStatus},
    webhook::Judge,
};

/// A kind that was registered with `Operator::resource`
pub(crate) trait Registered {
    /// What was declared
    fn blueprint(&self) -> &'static Blueprint;

    /// Whether it judges its pods itself, and so needs them whole
    fn assesses(&self) -> bool;

    /// The structural schema of the whole object
    fn schema(&self) -> Result<Value, SchemaError>;

    /// Who answers the webhook's questions about it
    fn judge(&self) -> Judge;

    /// Makes the kind's cache and queue
    fn prepare(&self, process: &Process) -> Box<dyn Prepared>;
}

/// A kind with cache and queue, not started yet
pub(crate) trait Prepared {
    /// Adds the way from a pod to the kind's queue
    fn route(&self, router: Router) -> Router;

    /// Starts watch and workers; workers begin once the kind's own watches and those of what resources own are in sync
    fn start(self: Box<Self>, process: &Process, shared: &Shared);
}

/// The watches that kinds share
#[derive(Clone)]
pub(crate) struct Shared {
    /// Of what resources own
    pub(crate) owned: Vec<WatchStatus>,
    /// Of nodes, where a kind asks for them
    pub(crate) nodes: Option<WatchStatus>,
}

/// The registration of `R`
pub(crate) struct Kind<R>(PhantomData<fn() -> R>);

struct Ready<R> {
    controller: Arc<Controller<R>>,
}

// === impl Kind ===

impl<R> Kind<R> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R: Workload> Registered for Kind<R> {
    fn blueprint(&self) -> &'static Blueprint {
        R::blueprint()
    }

    fn assesses(&self) -> bool {
        R::Opinion::IS_DECLARED
    }

    fn schema(&self) -> Result<Value, SchemaError> {
        R::try_schema()
    }

    fn judge(&self) -> Judge {
        Judge::of::<R>()
    }

    fn prepare(&self, process: &Process) -> Box<dyn Prepared> {
        let name = R::blueprint().identity.kind.to_lowercase();
        let queue = Queue::new(process.clock.clone(), Limit::default(), process.seed);
        if process.leadership.is_elected() {
            queue.sleep();
        }
        let resources = ResourceCache::<R>::new(process.clock.clone());
        let (written, figures) = (resources.clone(), queue.clone());
        let metrics = process.metrics.controller(&name, Box::new(move || figures.counters()));
        let hands = Hands {
            metrics: Arc::clone(&metrics),
            operator: process.operator.clone(),
            clock: process.clock.clone(),
            reader: Reader::new(process.client.clone()),
            writer: Writer::new(process.client.clone(), &process.operator, process.leadership.clone()),
            pods: process.pods.clone(),
            objects: process.objects.clone(),
            revisions: process.revisions.clone(),
            nodes: R::blueprint().reads_nodes().then(|| process.nodes.clone()),
            owns: R::blueprint().owns.clone(),
            wrote_resource: Box::new(move |uid, what| written.wrote(uid, what)),
            memories: Memories::default(),
            tallies: process.tallies.clone(),
            leadership: process.leadership.clone(),
            part: process.round.part(queue.clone()),
            events: Arc::clone(&process.events),
        };
        Box::new(Ready {
            controller: Arc::new(Controller {
                name,
                cx: Context { hands, resources },
                queue,
                metrics,
                shutdown: process.shutdown.clone(),
                passes: AtomicU64::new(0),
            }),
        })
    }
}

// === impl Ready ===

impl<R: Workload> Prepared for Ready<R> {
    fn route(&self, router: Router) -> Router {
        let identity = &R::blueprint().identity;
        let namespaced = identity.scope == ResourceScope::Namespaced;
        router.with(&identity.group, &identity.kind, namespaced, self.controller.queue.clone())
    }

    fn start(self: Box<Self>, process: &Process, shared: &Shared) {
        let controller = self.controller;
        let scopes = match R::blueprint().identity.scope {
            ResourceScope::Namespaced => process.scopes.clone(),
            ResourceScope::Cluster => vec![Scope::Cluster],
        };
        let mut own = Vec::new();
        for scope in scopes {
            let target =
                Target { resource: ApiResource::erase::<R>(&()), scope: scope.clone(), selector: None };
            let sink = ResourceSink {
                scope,
                cache: controller.cx.resources.clone(),
                queue: controller.queue.clone(),
            };
            own.push(process.watch(target, sink));
        }
        let cache = controller.cx.resources.clone();
        process.count(R::crd_name(), own.clone(), move || (cache.len(), cache.undecodable()));
        let needed: Vec<WatchStatus> = shared.owned.iter().cloned().chain(own).collect();
        let nodes = shared.nodes.clone().filter(|_| R::blueprint().reads_nodes());
        let (begun, go) = (takes_over(process, &controller, needed.clone(), nodes), CancellationToken::new());
        let (shutdown, started) = (process.shutdown.clone(), go.clone());
        process.shutdown.spawn(format!("{}-begin", controller.name), async move {
            tokio::select! {
                () = begun => started.cancel(),
                () = shutdown.begun() => {}
            }
        });
        for worker in 0..process.concurrency {
            let (controller, needed, go) = (Arc::clone(&controller), needed.clone(), go.clone());
            let shutdown = process.shutdown.clone();
            process.shutdown.spawn(format!("{}-worker-{worker}", controller.name), async move {
                tokio::select! {
                    () = go.cancelled() => {}
                    () = shutdown.begun() => return,
                }
                controller.work(needed).await;
            });
        }
        let (queue, shutdown) = (controller.queue.clone(), process.shutdown.clone());
        process.shutdown.spawn(format!("{}-queue", controller.name), async move {
            shutdown.begun().await;
            queue.close();
        });
    }
}

/// Waits until this process may work on a kind: its caches are in sync, and where there is an election, it leads and
/// has listed everything again since
///
/// A standby takes no key in. What a resource needs is seen when it is looked at, and all of them are once it leads.
fn takes_over<R: Workload>(
    process: &Process,
    controller: &Arc<Controller<R>>,
    watches: Vec<WatchStatus>,
    nodes: Option<WatchStatus>,
) -> impl Future<Output = ()> + Send + 'static {
    let (leadership, controller) = (process.leadership.clone(), Arc::clone(controller));
    async move {
        for watch in &watches {
            watch.synced().await;
        }
        // what cannot be read must not stop the rest; before it was tried, pods of lost nodes would look like any others
        if let Some(nodes) = nodes {
            nodes.tried().await;
        }
        if leadership.is_elected() {
            leadership.begun().await;
            futures::future::join_all(watches.iter().map(WatchStatus::list_again)).await;
            controller.queue.wake(|| controller.cx.resources.keys());
        }
        let hands = &controller.cx.hands;
        hands.part.begin(hands.clock.now(), controller.cx.resources.keys());
    }
}
