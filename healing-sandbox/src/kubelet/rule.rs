//! Which pods fail, and how: rules that tests add and end
//!
//! It owns the rules and the guards that end them. What a failure does to a pod is `failure`'s business.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::Pod;
use tokio::sync::Notify;

use super::failure::Failure;

/// A choice of pods; every further method narrows it
///
/// Labels, names and images are looked at again whenever the pod changes, so a choice also covers pods that come
/// later, such as the replacements of a slot: `Pods::all().label("healing.dev/slot", "2")`.
#[derive(Clone, Default)]
pub struct Pods {
    tests: Vec<Test>,
    created_from_now: bool,
}

#[derive(Clone)]
enum Test {
    Namespace(String),
    Name(String),
    Label(String, String),
    Image(String),
    Matching(Arc<dyn Fn(&Pod) -> bool + Send + Sync>),
}

/// Keeps a failure alive: it ends when the guard is dropped, and the pods that it struck recover
///
/// Pods that ended (`Failed`, `Succeeded`) stay ended, as in any cluster.
#[must_use = "the failure ends as soon as its guard is dropped"]
#[derive(Debug)]
pub struct FailureGuard {
    rules: Arc<Rules>,
    id: u64,
}

/// The rules of one kubelet
#[derive(Debug, Default)]
pub(crate) struct Rules {
    by_id: Mutex<BTreeMap<u64, Rule>>,
    next_id: AtomicU64,
    pods_seen: AtomicU64,
    changed: Notify,
}

#[derive(Clone, Debug)]
struct Rule {
    pods: Pods,
    failure: Failure,
    /// Pods with a lower number were there before the rule
    from: u64,
}

// === impl Pods ===

impl Pods {
    /// Every pod
    pub fn all() -> Self {
        Self::default()
    }

    /// Only pods of this name; add [`Pods::namespace`] where the name alone is not enough
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        self.and(Test::Name(name.into()))
    }

    /// Only pods of this namespace
    #[must_use]
    pub fn namespace(self, namespace: impl Into<String>) -> Self {
        self.and(Test::Namespace(namespace.into()))
    }

    /// Only pods with this label
    #[must_use]
    pub fn label(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.and(Test::Label(key.into(), value.into()))
    }

    /// Only pods of which a container has exactly this image
    #[must_use]
    pub fn image(self, image: impl Into<String>) -> Self {
        self.and(Test::Image(image.into()))
    }

    /// Only pods that `test` accepts; it is called often, on the kubelet's task, and must neither block nor panic
    #[must_use]
    pub fn matching(self, test: impl Fn(&Pod) -> bool + Send + Sync + 'static) -> Self {
        self.and(Test::Matching(Arc::new(test)))
    }

    /// Only pods that the kubelet has not seen when the failure is added
    #[must_use]
    pub fn created_from_now(mut self) -> Self {
        self.created_from_now = true;
        self
    }

    fn and(mut self, test: Test) -> Self {
        self.tests.push(test);
        self
    }

    fn contains(&self, pod: &Pod) -> bool {
        self.tests.iter().all(|test| test.accepts(pod))
    }
}

impl fmt::Debug for Pods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tests: Vec<String> = self.tests.iter().map(ToString::to_string).collect();
        f.debug_struct("Pods")
            .field("tests", &tests)
            .field("created_from_now", &self.created_from_now)
            .finish()
    }
}

// === impl Test ===

impl Test {
    fn accepts(&self, pod: &Pod) -> bool {
        let meta = &pod.metadata;
        match self {
            Self::Namespace(namespace) => meta.namespace.as_ref() == Some(namespace),
            Self::Name(name) => meta.name.as_ref() == Some(name),
            Self::Label(key, value) => {
                meta.labels.as_ref().is_some_and(|labels| labels.get(key) == Some(value))
            }
            Self::Image(image) => {
                let containers = pod.spec.as_ref().map_or(&[][..], |spec| &spec.containers);
                containers.iter().any(|container| container.image.as_ref() == Some(image))
            }
            Self::Matching(test) => test(pod),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(namespace) => write!(f, "namespace={namespace}"),
            Self::Name(name) => write!(f, "name={name}"),
            Self::Label(key, value) => write!(f, "label {key}={value}"),
            Self::Image(image) => write!(f, "image={image}"),
            Self::Matching(_) => f.write_str("a predicate"),
        }
    }
}

// === impl Rules ===

impl Rules {
    pub(crate) fn add(self: &Arc<Self>, pods: Pods, failure: Failure) -> FailureGuard {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let from = if pods.created_from_now { self.pods_seen.load(Ordering::Acquire) } else { 0 };
        self.lock().insert(id, Rule { pods, failure, from });
        self.changed.notify_one();
        FailureGuard { rules: Arc::clone(self), id }
    }

    /// The failure of a pod, by the newest rule that covers it
    pub(crate) fn failure(&self, pod: &Pod, number: u64) -> Option<Failure> {
        let rules = self.lock();
        let mut newest_first = rules.values().rev();
        newest_first
            .find(|rule| number >= rule.from && rule.pods.contains(pod))
            .map(|rule| rule.failure.clone())
    }

    /// Counts a pod that was not seen before, and gives it its number
    pub(crate) fn number_new_pod(&self) -> u64 {
        self.pods_seen.fetch_add(1, Ordering::AcqRel)
    }

    /// Waits until rules were added or ended since the last call
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Makes [`Rules::changed`] return
    pub(crate) fn notify(&self) {
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Rule>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl FailureGuard ===

impl FailureGuard {
    /// Lets the failure last as long as the kubelet
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for FailureGuard {
    fn drop(&mut self) {
        self.rules.lock().remove(&self.id);
        self.rules.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str) -> Pod {
        let pod = json!({
            "metadata": { "name": name, "namespace": "ns", "labels": { "healing.dev/slot": "2" } },
            "spec": { "containers": [{ "name": "app", "image": "nginx:latest" }] },
        });
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn a_choice_is_as_narrow_as_all_that_was_asked() {
        let all = Pods::all().namespace("ns").named("a").label("healing.dev/slot", "2").image("nginx:latest");
        assert!(all.contains(&pod("a")));
        assert!(!all.contains(&pod("b")));
        assert!(!all.clone().image("nginx").contains(&pod("a")));
        assert!(!all.matching(|pod| pod.metadata.uid.is_some()).contains(&pod("a")));
    }

    #[test]
    fn the_newest_failure_wins_until_its_guard_is_dropped() {
        let rules = Arc::new(Rules::default());
        let older = rules.add(Pods::all(), Failure::CrashLoop);
        let newer = rules.add(Pods::all().named("a"), Failure::Evicted);
        assert_eq!(rules.failure(&pod("a"), 0), Some(Failure::Evicted));
        assert_eq!(rules.failure(&pod("b"), 0), Some(Failure::CrashLoop));
        drop(newer);
        assert_eq!(rules.failure(&pod("a"), 0), Some(Failure::CrashLoop));
        older.keep();
        assert_eq!(rules.failure(&pod("a"), 0), Some(Failure::CrashLoop));
    }

    #[test]
    fn pods_from_now_on_are_those_that_were_not_seen_before() {
        let rules = Arc::new(Rules::default());
        let old = rules.number_new_pod();
        let _guard = rules.add(Pods::all().created_from_now(), Failure::ImagePull);
        let new = rules.number_new_pod();
        assert_eq!(rules.failure(&pod("a"), old), None);
        assert_eq!(rules.failure(&pod("a"), new), Some(Failure::ImagePull));
    }
}
