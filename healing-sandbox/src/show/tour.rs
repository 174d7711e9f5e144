//! The tour: what a healing operator does, step by step, on whatever resource it has
//!
//! It owns the script. Each step waits for what it announces; the tour fails where that does not come.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

use crate::FAIL_ANNOTATION;
use crate::clock::Clock;

/// Longest time that a step waits for what it announces
const STEP_MAX: Duration = Duration::from_mins(3);
/// Time between two looks
const LOOK: Duration = Duration::from_millis(250);
/// Time for reading between two steps
const PAUSE: Duration = Duration::from_secs(4);

/// Why a tour does not come to its end
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TourError {
    /// Not retried: there is nothing to show anything on
    #[error("there is no sample with a number of replicas to show anything on")]
    NoSample,
    /// Not retried: what was announced did not come
    #[error("the tour waited {STEP_MAX:?} in vain: {0}")]
    InVain(String),
    /// Not retried: a request failed
    #[error("a request of the tour failed: {0}")]
    Request(#[from] Box<kube::Error>),
}

/// The sample, its pods, and where the lines go
struct Tour<F> {
    sample: Api<DynamicObject>,
    name: String,
    uid: String,
    pods: Api<Pod>,
    clock: Clock,
    say: F,
}

/// Goes through the tour on the first of `objects` that is no definition; `say` gets each step before it is made
///
/// # Errors
/// [`TourError`]
pub async fn tour(
    client: Client,
    clock: Clock,
    objects: &[Value],
    say: impl FnMut(&str) + Send,
) -> Result<(), TourError> {
    let sample = objects.iter().find(|object| object["kind"] != "CustomResourceDefinition");
    let sample = sample.ok_or(TourError::NoSample)?;
    let (api, name) = super::api(&client, sample).map_err(|_| TourError::NoSample)?;
    let object = api.get(&name).await.map_err(Box::new)?;
    let uid = object.uid().unwrap_or_default();
    let pods = Api::namespaced(client, &object.namespace().unwrap_or_else(|| "default".to_owned()));
    let mut tour = Tour { sample: api, name, uid, pods, clock, say };
    let replicas = tour.replicas().await?;
    tour.start(replicas).await?;
    tour.scale(replicas).await?;
    tour.delete(replicas).await?;
    tour.evict(replicas).await?;
    tour.crash_one(replicas).await?;
    tour.crash_most(replicas).await?;
    (tour.say)(
        "That was the tour. Without --demo it goes on until Ctrl-C, and it is your turn to break things.",
    );
    Ok(())
}

// === impl Tour ===

impl<F: FnMut(&str) + Send> Tour<F> {
    async fn start(&mut self, replicas: usize) -> Result<(), TourError> {
        (self.say)(&format!("The sample asks for {replicas} pods. The operator makes them."));
        self.until_ready(replicas).await
    }

    async fn scale(&mut self, replicas: usize) -> Result<(), TourError> {
        let more = replicas + 2;
        (self.say)(&format!("kubectl scale --replicas={more}: two more."));
        self.set_replicas(more).await?;
        self.until_ready(more).await?;
        (self.say)(&format!("kubectl scale --replicas={replicas}: and back again."));
        self.set_replicas(replicas).await?;
        self.until_ready(replicas).await
    }

    async fn delete(&mut self, replicas: usize) -> Result<(), TourError> {
        let pod = self.first_ready().await?;
        (self.say)(&format!("kubectl delete pod {pod}: somebody deletes a pod. It is replaced at once."));
        self.pods.delete(&pod, &DeleteParams::default()).await.map_err(Box::new)?;
        self.until_gone_and_ready(&pod, replicas).await
    }

    async fn evict(&mut self, replicas: usize) -> Result<(), TourError> {
        let pod = self.first_ready().await?;
        (self.say)(&format!("A node runs out of memory and ends {pod}, for good. It is replaced too."));
        self.break_pod(&pod, "evicted").await?;
        self.until_gone_and_ready(&pod, replicas).await
    }

    async fn crash_one(&mut self, replicas: usize) -> Result<(), TourError> {
        let pod = self.first_ready().await?;
        (self.say)(&format!(
            "{pod} begins to crash. The others are enough, and a crash loop often ends by itself: it is left alone."
        ));
        self.break_pod(&pod, "crash-loop").await?;
        self.until("a pod that crashes", |pods| pods.iter().any(|pod| restarts(pod) >= 3)).await?;
        (self.say)("It is mended, and recovers at its next restart: nothing was deleted.");
        self.mend_pod(&pod).await?;
        self.until_ready(replicas).await
    }

    async fn crash_most(&mut self, replicas: usize) -> Result<(), TourError> {
        let victims: Vec<String> =
            self.owned().await?.iter().take(replicas / 2 + 1).map(ResourceExt::name_any).collect();
        (self.say)(&format!(
            "Now {} of {replicas} crash. That is too few: the operator heals, one pod at a time, and waits after each.",
            victims.len()
        ));
        for pod in &victims {
            self.break_pod(pod, "crash-loop").await?;
        }
        let replaces = |pod: &Pod| {
            let replaced = pod.annotations().get("healing.dev/replaces");
            replaced.is_some_and(|name| victims.contains(name))
        };
        let is_replaced = |pods: &[Pod]| pods.iter().any(replaces);
        self.until("a pod that replaces a broken one", is_replaced).await?;
        (self.say)(
            "The first is replaced. The bad release is rolled back meanwhile: the others recover by themselves.",
        );
        for pod in &victims {
            self.mend_pod(pod).await?;
        }
        self.until_ready(replicas).await
    }

    // --- what the steps are made of

    async fn replicas(&self) -> Result<usize, TourError> {
        let scale = self.sample.get_scale(&self.name).await.map_err(Box::new)?;
        let replicas = scale.spec.and_then(|spec| spec.replicas).ok_or(TourError::NoSample)?;
        usize::try_from(replicas).map_err(|_| TourError::NoSample)
    }

    async fn set_replicas(&self, replicas: usize) -> Result<(), TourError> {
        let patch = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
        self.sample.patch_scale(&self.name, &PatchParams::default(), &patch).await.map_err(Box::new)?;
        Ok(())
    }

    async fn break_pod(&self, name: &str, failure: &str) -> Result<(), TourError> {
        self.annotate(name, json!(failure)).await
    }

    /// A pod that was replaced meanwhile needs no mending
    async fn mend_pod(&self, name: &str) -> Result<(), TourError> {
        match self.annotate(name, Value::Null).await {
            Err(TourError::Request(error)) if matches!(&*error, kube::Error::Api(status) if status.code == 404) => {
                Ok(())
            }
            other => other,
        }
    }

    async fn annotate(&self, name: &str, failure: Value) -> Result<(), TourError> {
        let patch = Patch::Merge(json!({ "metadata": { "annotations": { FAIL_ANNOTATION: failure } } }));
        self.pods.patch(name, &PatchParams::default(), &patch).await.map_err(Box::new)?;
        Ok(())
    }

    /// The pods of the sample that have not ended, by name
    async fn owned(&self) -> Result<Vec<Pod>, TourError> {
        let mut pods = self.pods.list(&ListParams::default()).await.map_err(Box::new)?.items;
        pods.retain(|pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            let is_owned = pod.owner_references().iter().any(|owner| owner.uid == self.uid);
            is_owned && !matches!(phase, Some("Failed" | "Succeeded"))
        });
        Ok(pods)
    }

    async fn first_ready(&self) -> Result<String, TourError> {
        let pods = self.owned().await?;
        let first = pods.iter().find(|pod| is_ready(pod));
        first.map(ResourceExt::name_any).ok_or_else(|| TourError::InVain("a pod that is Ready".to_owned()))
    }

    async fn until_ready(&self, replicas: usize) -> Result<(), TourError> {
        let what = format!("{replicas} pods that are Ready");
        self.until(&what, |pods| pods.len() == replicas && pods.iter().all(is_ready)).await
    }

    async fn until_gone_and_ready(&self, name: &str, replicas: usize) -> Result<(), TourError> {
        let what = format!("{replicas} pods that are Ready without {name}");
        let holds = |pods: &[Pod]| {
            pods.len() == replicas && pods.iter().all(|pod| is_ready(pod) && pod.name_any() != name)
        };
        self.until(&what, holds).await
    }

    /// Waits until the pods of the sample are so, and then for whoever reads
    async fn until(&self, what: &str, holds: impl Fn(&[Pod]) -> bool) -> Result<(), TourError> {
        let start = self.clock.now();
        while !holds(&self.owned().await?) {
            let passed = Duration::try_from(self.clock.now().duration_since(start)).unwrap_or_default();
            if passed > STEP_MAX {
                return Err(TourError::InVain(what.to_owned()));
            }
            self.clock.sleep(LOOK).await;
        }
        self.clock.sleep(PAUSE).await;
        Ok(())
    }
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref()).into_iter().flatten();
    let ready =
        conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}

fn restarts(pod: &Pod) -> i32 {
    let containers = pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
    containers.into_iter().flatten().map(|container| container.restart_count).max().unwrap_or(0)
}
