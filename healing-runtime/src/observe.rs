//! Observe: put together everything that a decision about one resource depends on, as one plain value
//!
//! It judges nothing; it only refuses to look with a cache that is behind what this process wrote. Whether the spec
//! is valid is asked in `observe::check`.

mod assess;
pub(crate) mod check;

use std::{collections::BTreeMap, sync::Arc};

use healing_engine::{
    Objects, Observation, ObservedPod, ObservedResource, Surroundings,
    pod::{RESET_BREAKER_ANNOTATION, SKIP_ANNOTATION, is_asked},
    remember, revision, spec_hash,
};
use healing_model::{Policy, Role, STATUS_FIELDS};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use kube::{ResourceExt, core::ApiResource};
use serde_json::{Map, Value};
use tracing::debug;

use crate::{
    Workload,
    cache::{Cached, Freshness, Lookup, NodeCache},
    change::Key,
    clock,
    context::Context,
    error::ReconcileError,
    events::Regarding,
    history::History,
    live,
    owned::{self, Desired},
    requeue::SOON,
    subject::Subject,
    verdict::Opinion as _,
    warmup,
};

/// What a pass sees
pub(crate) enum Seen {
    /// All of it
    Whole(Box<Whole>),
    /// There is no such resource any more
    Gone,
    /// The resource or one of its pods does not decode: nothing is done about any of them until that changes
    Blocked(Box<Blocked>),
    /// The cache does not show yet what this process wrote: to be looked at again at the latest at this time
    Behind(Timestamp),
}

/// Something that cannot be read, and what is wrong with it
pub(crate) struct Blocked {
    pub(crate) regarding: Regarding,
    pub(crate) message: String,
}

/// A resource with all that is seen of it
pub(crate) struct Whole {
    pub(crate) subject: Subject,
    pub(crate) policy: Policy,
    pub(crate) observation: Observation,
}

/// Looks at the resource under `key`
///
/// # Guarantees
/// The pods are one snapshot of the cache, and the cache shows every answered write of this process to the resource
/// and its pods. After an unanswered one it has been compared with a live list.
/// # Errors
/// [`ReconcileError::Observe`] if that live list fails, or a look at an object that no watch shows.
pub(crate) async fn observe<R: Workload>(cx: &Context<R>, key: &Key) -> Result<Seen, ReconcileError> {
    let Some(Lookup { cached, freshness }) = cx.resources.get(key) else {
        return Ok(Seen::Gone);
    };
    let resource = match cached {
        Cached::Undecodable { uid, message, .. } => return Ok(blocked::<R>(key, uid, message)),
        Cached::Valid(resource) => resource,
    };
    cx.keep_only(key, resource.meta().uid.as_deref());
    let subject = subject(cx, &resource);
    let resource_freshness = match freshness {
        Freshness::NeedsLiveRead => confirm_resource(cx, &subject).await?,
        known => known,
    };
    if let Some(until) = behind(cx, &resource_freshness) {
        return Ok(Seen::Behind(until));
    }
    let mut snapshot = cx.hands.pods.owned_by(&subject.uid);
    if snapshot.freshness == Freshness::NeedsLiveRead {
        confirm_pods(cx, &subject).await?;
        snapshot = cx.hands.pods.owned_by(&subject.uid);
    }
    if let Freshness::Undecodable { pod, message } = snapshot.freshness {
        return Ok(blocked::<R>(key, subject.uid, format!("pod `{}`: {message}", pod.name)));
    }
    if let Some(until) = behind(cx, &snapshot.freshness) {
        return Ok(Seen::Behind(until));
    }
    let pods = snapshot.pods.iter().map(|pod| pod.as_ref().clone()).collect();
    let mut pods = match &cx.hands.nodes {
        Some(nodes) => nodes.placed(pods),
        None => pods,
    };
    if R::Opinion::IS_DECLARED && resource.meta().deletion_timestamp.is_none() {
        assess::ask(resource.as_ref(), &mut pods, &snapshot.whole, &cx.hands.metrics);
    }
    // Nothing is applied for a resource that is being deleted; the garbage collector removes what it owns.
    let objects = match resource.meta().deletion_timestamp {
        None => owned::look(&cx.hands, &subject).await?,
        Some(_) => Objects::default(),
    };
    let confirmed = warmup::confirm_lease(&cx.hands, &subject, resource.healing_status()).await?;
    Ok(Seen::Whole(Box::new(whole(cx, &resource, subject, (pods, objects), confirmed))))
}

/// Until when to wait for a watch that does not show our own writes yet; `None`: it does
fn behind<R>(cx: &Context<R>, freshness: &Freshness) -> Option<Timestamp> {
    match freshness {
        Freshness::Fresh => None,
        Freshness::Behind { until } => {
            debug!(%until, "the watch has not shown our own writes yet");
            Some(*until)
        }
        Freshness::NeedsLiveRead | Freshness::Undecodable { .. } => {
            Some(clock::add(cx.hands.clock.now(), SOON))
        }
    }
}

/// Compares the resource in the cache with the one that the API server has now
async fn confirm_resource<R: Workload>(
    cx: &Context<R>,
    subject: &Subject,
) -> Result<Freshness, ReconcileError> {
    let key = &subject.key;
    let agrees = match cx.hands.reader.get::<Value>(&subject.api, &key.namespace, &key.name).await {
        Ok(live) => {
            let version = live.metadata.resource_version.unwrap_or_default();
            cx.resources.confirm(key, &live.metadata.uid.unwrap_or_default(), &version)
        }
        Err(error) if error.is_not_found() => false,
        Err(error) => return Err(ReconcileError::Observe(error)),
    };
    Ok(if agrees { Freshness::Fresh } else { Freshness::NeedsLiveRead })
}

/// Compares the pods in the cache with those that the API server has now
async fn confirm_pods<R: Workload>(cx: &Context<R>, subject: &Subject) -> Result<bool, ReconcileError> {
    let hands = &cx.hands;
    let live = live::owned_pods(&hands.reader, subject, Some(&hands.operator)).await;
    let live = live.map_err(ReconcileError::Observe)?;
    let live: Vec<_> = live.iter().map(|pod| (pod.uid.as_str(), pod.resource_version.as_str())).collect();
    Ok(cx.hands.pods.confirm(&subject.uid, &live))
}

fn blocked<R: Workload>(key: &Key, uid: String, message: String) -> Seen {
    let identity = &R::blueprint().identity;
    Seen::Blocked(Box::new(Blocked {
        regarding: Regarding {
            api_version: identity.api_version(),
            kind: identity.kind.clone(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            uid,
            resource_version: String::new(),
        },
        message,
    }))
}

fn subject<R: Workload>(cx: &Context<R>, resource: &Arc<R>) -> Subject {
    let meta = resource.meta();
    let mut subject = Subject {
        key: Key::new(resource.namespace().unwrap_or_default(), resource.name_any()),
        namespace: resource.namespace().or_else(|| R::blueprint().pod_namespace.clone()).unwrap_or_default(),
        api: ApiResource::erase::<R>(&()),
        uid: meta.uid.clone().unwrap_or_default(),
        resource_version: meta.resource_version.clone().unwrap_or_default(),
        generation: meta.generation.unwrap_or_default(),
        finalizers: meta.finalizers.clone().unwrap_or_default(),
        finalizer: R::blueprint().finalizer.clone(),
        // No pod is made for a resource that is being deleted, so a bug in the user's `pod` must not hold it.
        stored: BTreeMap::new(),
        template: if meta.deletion_timestamp.is_none() { resource.pod() } else { PodTemplateSpec::default() },
        objects: Desired::default(),
        foreign_status: Map::new(),
    };
    if meta.deletion_timestamp.is_none() {
        let hands = &cx.hands;
        subject.objects = Desired::new(&subject, &hands.operator, &hands.owns, resource.objects());
    }
    subject
}

/// The fields of the object's status that are not healing's
fn foreign_status(object: &mut Value) -> Map<String, Value> {
    let Some(Value::Object(mut status)) = object.get_mut("status").map(Value::take) else {
        return Map::new();
    };
    status.retain(|name, _| STATUS_FIELDS.iter().all(|(ours, _)| ours != name));
    status
}

fn whole<R: Workload>(
    cx: &Context<R>,
    resource: &Arc<R>,
    mut subject: Subject,
    (pods, objects): (Vec<ObservedPod>, Objects),
    lease_confirmed: bool,
) -> Whole {
    let (hands, blueprint) = (&cx.hands, R::blueprint());
    let now = hands.clock.now();
    let policy = blueprint.policy(resource.declared());
    let mut object = serde_json::to_value(resource.as_ref()).unwrap_or_default();
    let spec = object.get_mut("spec").map(Value::take).unwrap_or_default();
    subject.foreign_status = foreign_status(&mut object);
    let replicas_field = blueprint.role(Role::Replicas).map_or("", |binding| binding.field.as_str());
    let deletion = resource.meta().deletion_timestamp.as_ref().map(|time| time.0);
    let status = resource.healing_status().cloned();
    let known = status.as_ref().and_then(|status| status.update_revision.clone());
    let revision = known
        .filter(|_| deletion.is_some())
        .unwrap_or_else(|| revision(&serde_json::to_value(&subject.template).unwrap_or_default()));
    let history = History::of(&hands.revisions, &subject.uid, &revision);
    subject.stored = history.templates;
    let cluster_storm = hands.tallies.is_storm();
    let nodes_unreadable = hands.nodes.as_ref().is_some_and(NodeCache::is_forbidden);
    let (memory, surroundings) = hands.memories.with(&subject.key, &subject.uid, |memory| {
        memory.blocked = None;
        memory.pods = remember(&memory.pods, &pods, &policy.knobs, now);
        let surroundings = Surroundings {
            cache_fresh: true,
            create_refused: memory.create_refused.clone(),
            evictions_refused: memory.evictions_refused(|uid| pods.iter().any(|pod| pod.uid == uid)),
            taken_names: memory.taken_names.clone(),
            cluster_storm,
            nodes_unreadable,
            warmup: hands.part.warmup(),
            epoch: hands.leadership.epoch(),
            lease_confirmed,
        };
        (memory.pods.clone(), surroundings)
    });
    let annotation = |name: &str| resource.annotations().get(name).map(String::as_str);
    let observed = ObservedResource {
        name: subject.key.name.clone(),
        namespace: subject.key.namespace.clone(),
        uid: subject.uid.clone(),
        generation: subject.generation,
        deletion,
        orphaning: subject.is_orphaning(),
        finalizer_missing: subject.finalizer.is_some() && !subject.has_finalizer(),
        finalizer_present: subject.has_finalizer(),
        skip: is_asked(annotation(SKIP_ANNOTATION)),
        reset_breaker: annotation(RESET_BREAKER_ANNOTATION).map(str::to_owned),
        spec_hash: spec_hash(&spec, replicas_field),
        status,
    };
    let observation = Observation {
        resource: observed,
        invalid: check::invalid(resource.as_ref()),
        pods,
        memory,
        objects,
        revision,
        revisions: history.revisions,
        surroundings,
    };
    Whole { subject, policy, observation }
}
