//! A small world for tests of the spine: one kind of resource, an API server that keeps what it is sent, and the
//! caches, which show it only when a test says so
//!
//! The derive is another crate's; the resource here is written by hand. Only tests use it.

mod server;
mod web;

use std::sync::{Arc, atomic::AtomicU64};

use healing_engine::pod::MANAGED_BY_LABEL;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) use self::{
    server::Server,
    web::{FINALIZER, Web},
};

use crate::{
    HealingResource as _,
    cache::{ObjectCache, PodCache, ResourceCache, WholePod},
    change::Key,
    client::{
        Reader, Writer,
        script::{Answer, Asked, Record, scripted},
    },
    clock::Clock,
    container,
    context::{Context, Hands},
    controller::Controller,
    election::Leadership,
    error::ReconcileError,
    events::{EventQueue, Outgoing, Reporter},
    history,
    memory::Memories,
    metrics::Metrics,
    pod_template,
    queue::{Limit, Queue},
    reconcile::reconcile,
    requeue::Requeue,
    shutdown::Shutdown,
    warmup::Part,
    watch::{Scope, Watched},
};

/// UID of the resource, unless a test says otherwise
pub(crate) const UID: &str = "uid-web";

/// The resource `ns/web` under control
pub(crate) struct World {
    pub(crate) controller: Arc<Controller<Web>>,
    pub(crate) server: Server,
    pub(crate) record: Record,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Clock,
}

pub(crate) fn start() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn key() -> Key {
    Key::new("ns", "web")
}

/// A resource that has its finalizer and wants this many pods
pub(crate) fn web(replicas: i32) -> Value {
    json!({
        "apiVersion": "x.io/v1", "kind": "Web",
        "metadata": {
            "name": "web", "namespace": "ns", "uid": UID, "resourceVersion": "1", "generation": 1,
            "finalizers": [FINALIZER],
        },
        "spec": { "replicas": replicas },
    })
}

/// The hash of the template that the resource asks for
fn template_hash() -> String {
    let template = pod_template([container("app", "nginx:latest")]);
    healing_engine::revision(&serde_json::to_value(template).expect("a template is plain data"))
}

/// The template that the resource asks for, stored
pub(crate) fn stored(image: &str, number: i64) -> Value {
    let name = format!("web-{}", image.replace(':', "-"));
    json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": name, "namespace": "ns", "uid": format!("uid-{name}"), "resourceVersion": "4",
            "labels": { "app.kubernetes.io/managed-by": "op", "healing.dev/owner-uid": UID },
            "ownerReferences": [
                { "apiVersion": "x.io/v1", "kind": "Web", "name": "web", "uid": UID, "controller": true },
            ],
        },
        "data": pod_template([container("app", image)]),
        "revision": number,
    })
}

/// A pod of the resource that is Ready
pub(crate) fn ready(name: &str, slot: u32) -> Value {
    let since = start() - SignedDuration::from_secs(500);
    json!({
        "metadata": {
            "name": name, "namespace": "ns", "uid": format!("uid-{name}"), "resourceVersion": "5",
            "creationTimestamp": since,
            "labels": {
                "app.kubernetes.io/managed-by": "op", "healing.dev/owner-uid": UID,
                "healing.dev/slot": slot.to_string(), "healing.dev/revision": template_hash(),
            },
            "ownerReferences": [
                { "apiVersion": "x.io/v1", "kind": "Web", "name": "web", "uid": UID, "controller": true },
            ],
        },
        "spec": { "nodeName": "n1" },
        "status": {
            "phase": "Running",
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": since }],
            "containerStatuses": [{ "name": "app", "ready": true, "state": { "running": { "startedAt": since } } }],
        },
    })
}

/// A pod of the resource that is in a crash loop
pub(crate) fn crashing(name: &str, slot: u32) -> Value {
    let (began, ended) = (start() - SignedDuration::from_secs(70), start() - SignedDuration::from_secs(60));
    let mut pod = ready(name, slot);
    pod["status"]["conditions"][0]["status"] = json!("False");
    pod["status"]["containerStatuses"][0] = json!({
        "name": "app", "ready": false, "restartCount": 6,
        "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        "lastState": { "terminated": { "exitCode": 1, "startedAt": began, "finishedAt": ended } },
    });
    pod
}

/// A world with these objects; `fault` answers in place of the API server where it gives an answer
pub(crate) fn world(
    objects: impl IntoIterator<Item = Value>,
    fault: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> World {
    let server = Server::with(objects);
    // most tests are about what follows
    server.put(stored("nginx:latest", 1));
    let answering = server.clone();
    let (client, record) = scripted(move |asked, _| fault(asked).unwrap_or_else(|| answering.answer(asked)));
    let clock = Clock::tokio(start());
    let metrics = Metrics::default();
    let resources = ResourceCache::new(clock.clone());
    let written = resources.clone();
    let reporter = Reporter { controller: "op".into(), instance: "op-1".into() };
    let queue = Queue::new(clock.clone(), Limit::default(), 1);
    let figures = queue.clone();
    let counted = metrics.controller("web", Box::new(move || figures.counters()));
    let hands = Hands {
        metrics: Arc::clone(&counted),
        operator: "op".into(),
        clock: clock.clone(),
        reader: Reader::new(client.clone()),
        writer: Writer::new(client, "op", Leadership::always()),
        pods: PodCache::new(clock.clone(), [Scope::Cluster]),
        objects: ObjectCache::default(),
        revisions: ObjectCache::default(),
        nodes: None,
        owns: Web::blueprint().owns.clone(),
        wrote_resource: Box::new(move |uid, what| written.wrote(uid, what)),
        memories: Memories::default(),
        tallies: crate::storm::Tallies::default(),
        leadership: Leadership::always(),
        part: Part::default(),
        events: Arc::new(EventQueue::new(reporter, metrics.events())),
    };
    let controller = Controller {
        name: "web".into(),
        cx: Context { hands, resources },
        metrics: counted,
        queue,
        shutdown: Shutdown::default(),
        passes: AtomicU64::new(0),
    };
    let world = World { controller: Arc::new(controller), server, record, metrics, clock };
    world.show();
    world
}

/// No fault
pub(crate) fn well(_: &Asked) -> Option<Answer> {
    None
}

// === impl World ===

impl World {
    /// Lets the watches show what the API server has
    pub(crate) fn show(&self) {
        let (pods, version) = (self.server.pods(), self.server.version());
        let cache = &self.controller.cx.hands.pods;
        let keys = pods.iter().map(|pod| Watched::<Value>::decode(pod.clone()).key()).collect();
        for pod in pods {
            let Watched { metadata, content } = Watched::<WholePod>::decode(pod);
            cache.apply_listed(Watched { metadata, content: content.map(Into::into) });
        }
        cache.listed(&Scope::Cluster, &keys, Some(version));
        let maps: Vec<Watched<Value>> = self.server.maps().into_iter().map(Watched::decode).collect();
        let keys = maps.iter().map(Watched::key).collect();
        let (objects, kind) = (&self.controller.cx.hands.objects, (String::new(), "ConfigMap".to_owned()));
        for mut map in maps {
            // as the items of a list are
            if let Ok(Value::Object(fields)) = &mut map.content {
                fields.retain(|name, _| name != "apiVersion" && name != "kind");
            }
            // as the watch selects them
            let labels = map.metadata.labels.iter().flatten();
            if labels.into_iter().any(|(key, value)| key == MANAGED_BY_LABEL && value == "op") {
                objects.apply(&kind, map);
            }
        }
        objects.listed(&kind, &Scope::Cluster, (&keys, Some(version)));
        let stored: Vec<Watched<Value>> = self.server.revisions().into_iter().map(Watched::decode).collect();
        let (revisions, kind) = (&self.controller.cx.hands.revisions, history::kind());
        let keys = stored.iter().map(Watched::key).collect();
        for one in stored {
            revisions.apply(&kind, one);
        }
        revisions.listed(&kind, &Scope::Cluster, (&keys, Some(version)));
        self.show_resource();
    }

    /// Lets only the watch of the resource show what the API server has
    pub(crate) fn show_resource(&self) {
        match self.server.resource() {
            Some(resource) => drop(self.controller.cx.resources.apply(Watched::decode(resource))),
            None => drop(self.controller.cx.resources.remove(&key())),
        }
    }

    /// One pass over the resource
    pub(crate) async fn pass(&self) -> Result<Requeue, ReconcileError> {
        reconcile(&self.controller.cx, &key()).await
    }

    /// Passes, a second and a look of the watches apart, until one sends a request for which `wanted` holds
    pub(crate) async fn pass_until(&self, wanted: impl Fn(&Asked) -> bool) {
        for _ in 0..20 {
            let before = self.record.all().len();
            let _ended = self.pass().await;
            if self.record.all()[before..].iter().any(&wanted) {
                return;
            }
            self.clock.sleep(std::time::Duration::from_secs(10)).await;
            self.show();
        }
        panic!("never sent: {:?}", self.record.all());
    }

    /// What was written so far, as `METHOD path`
    pub(crate) fn writes(&self) -> Vec<String> {
        let writes = self.record.all().into_iter().filter(|asked| asked.method != "GET");
        writes.map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    /// The reasons of the events that wait to be sent
    pub(crate) fn events(&self) -> Vec<String> {
        let events = &self.controller.cx.hands.events;
        let taken = std::iter::from_fn(|| events.take());
        taken.map(|outgoing: Outgoing| outgoing.event().reason.clone().unwrap_or_default()).collect()
    }
}
