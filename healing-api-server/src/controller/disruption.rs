//! How many pods of an application may go: the status of a `PodDisruptionBudget`
//!
//! It owns the counting. Who asks a budget, and spends of it, is the eviction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Place;
use crate::delete::set_condition;
use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::scale::wanted_replicas;
use crate::select::selects;
use crate::server::ApiServer;
use crate::store::Change;
use crate::subresource::{has_condition, set_pod_condition};

/// Seconds after which an evicted pod that is still there counts again, and its condition is taken back
const STALE_SECS: i64 = 120;

/// What the disruption controller remembers
#[derive(Debug, Default)]
pub(super) struct Disruption {
    /// Budgets that have to be counted again
    queue: BTreeSet<Place>,
    /// When a budget has to be counted again although nothing happened
    due: BTreeMap<Place, Timestamp>,
    /// When the condition of a pod that was to go and did not is taken back
    stale: BTreeMap<Place, Timestamp>,
}

/// What a budget's pods come to
#[derive(Debug, Default)]
struct Count {
    expected: i64,
    desired: i64,
    healthy: i64,
    /// Pods that were evicted and are still there, with the time
    disrupted: BTreeMap<String, Value>,
}

/// Where budgets are kept
pub(crate) fn budgets() -> ResourceKey {
    ResourceKey::new("policy", "poddisruptionbudgets")
}

/// Sets the condition of a budget that tells whether it allows a disruption
pub(crate) fn budget_condition(budget: &mut Value, now: Timestamp) {
    let allowed = budget["status"]["disruptionsAllowed"].as_i64().is_some_and(|allowed| allowed > 0);
    let (status, reason) = if allowed { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let condition = json!({
        "type": "DisruptionAllowed", "status": status, "reason": reason, "message": "",
        "observedGeneration": budget["status"]["observedGeneration"],
    });
    set_condition(budget, &condition, now);
}

// === impl Disruption ===

impl Disruption {
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.values().chain(self.stale.values()).min().copied()
    }
}

// === impl ApiServer ===

impl ApiServer {
    /// Finds the budgets that a change is about
    pub(super) fn watch_budgets(&mut self, resource: &ResourceKey, change: &Change, now: Timestamp) {
        let object = &change.object;
        let key = (object.namespace().to_owned(), object.name().to_owned());
        match (&*resource.group, &*resource.plural) {
            ("policy", "poddisruptionbudgets") if !change.deleted => {
                self.controllers.disruption.queue.insert((resource.clone(), key));
            }
            ("", "pods") => {
                let budgets = budgets();
                for (budget, wanted) in self.store.list(&budgets, object.namespace()) {
                    let selector = &wanted["spec"]["selector"];
                    let before = change.previous.as_deref().is_some_and(|before| selects(selector, before));
                    if before || selects(selector, object) {
                        self.controllers.disruption.queue.insert((budgets.clone(), budget.clone()));
                    }
                }
                let place = (resource.clone(), key);
                match stale_at(object, now).filter(|_| !change.deleted) {
                    Some(when) => self.controllers.disruption.stale.insert(place, when),
                    None => self.controllers.disruption.stale.remove(&place),
                };
            }
            _ => {}
        }
    }

    /// Counts the budgets that changes were about, and those whose time has come
    pub(super) fn count_budgets(&mut self, now: Timestamp) {
        let disruption = &mut self.controllers.disruption;
        let mut queue = std::mem::take(&mut disruption.queue);
        queue.extend(take_due(&mut disruption.due, now));
        let stale = take_due(&mut disruption.stale, now);
        for place in queue {
            self.count_budget(&place, now);
        }
        for place in stale {
            self.take_back_condition(&place, now);
        }
    }

    fn count_budget(&mut self, place: &Place, now: Timestamp) {
        self.controllers.disruption.due.remove(place);
        let Some(budget) = self.store.get(&place.0, &place.1).cloned() else { return };
        let mut changed = Value::clone(&budget);
        match self.count(&budget, now) {
            Ok(count) => {
                let times = count.disrupted.values().filter_map(expiry);
                if let Some(when) = times.min() {
                    self.controllers.disruption.due.insert(place.clone(), when);
                }
                tell(&mut changed, &count, now);
            }
            Err(why) => {
                changed["status"]["disruptionsAllowed"] = 0.into();
                let condition = json!({
                    "type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": why,
                    "observedGeneration": changed["status"]["observedGeneration"].as_i64().unwrap_or(0),
                });
                set_condition(&mut changed, &condition, now);
            }
        }
        self.write_status(place, changed, super::MANAGER, now);
    }

    fn count(&self, budget: &Value, now: Timestamp) -> Result<Count, String> {
        let pods = ResourceKey::new("", "pods");
        let selector = &budget["spec"]["selector"];
        let all = self.store.list(&pods, budget.namespace());
        let pods: Vec<&Arc<Value>> = all.map(|(_, pod)| pod).filter(|pod| selects(selector, pod)).collect();
        let mut count = Count::default();
        let (least, most) = (&budget["spec"]["minAvailable"], &budget["spec"]["maxUnavailable"]);
        if !most.is_null() {
            count.expected = self.expected_pods(&pods)?;
            count.desired = (count.expected - scaled(most, count.expected)?).max(0);
        } else if let Some(least) = least.as_i64() {
            count.expected = i64::try_from(pods.len()).unwrap_or(i64::MAX);
            count.desired = least;
        } else if !least.is_null() {
            count.expected = self.expected_pods(&pods)?;
            count.desired = scaled(least, count.expected)?;
        }
        for pod in pods.into_iter().filter(|pod| !pod.is_terminating()) {
            let evicted = &budget["status"]["disruptedPods"][pod.name()];
            match expiry(evicted) {
                Some(when) if when > now => {
                    count.disrupted.insert(pod.name().to_owned(), evicted.clone());
                }
                _ if has_condition(pod, "Ready") => count.healthy += 1,
                _ => {}
            }
        }
        Ok(count)
    }

    /// The pods that the controllers of these pods want, each controller once
    fn expected_pods(&self, pods: &[&Arc<Value>]) -> Result<i64, String> {
        let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
        for pod in pods {
            let owner = pod.owners().iter().find(|owner| owner["controller"] == true);
            // a pod of nobody is not counted, and the budget stays as tight as the others make it
            let Some(owner) = owner else { continue };
            if wanted.contains_key(owner["uid"].as_str().unwrap_or_default()) {
                continue;
            }
            let Some((uid, replicas)) = self.scale_of(owner, pod.namespace())? else {
                return Err(format!("found no controllers for pod \"{}\"", pod.name()));
            };
            wanted.insert(uid, replicas);
        }
        Ok(wanted.values().sum())
    }

    /// The UID and the wanted replicas of a controller; of a `ReplicaSet` that has a controller, those of that one
    fn scale_of(&self, owner: &Value, namespace: &str) -> Result<Option<(String, i64)>, String> {
        let text = |field: &str| owner[field].as_str().unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let Some(kind) = self.kinds.of_object(version, kind) else {
            return Err(format!("no matches for kind \"{kind}\" in version \"{version}\""));
        };
        let namespace = if kind.namespaced { namespace } else { "" };
        let key = (namespace.to_owned(), text("name").to_owned());
        let found = self.store.get(&kind.key, &key).filter(|found| found.uid() == text("uid"));
        let above = found.and_then(|found| found.owners().iter().find(|owner| owner["controller"] == true));
        if kind.plural() == "replicasets"
            && let Some(above) = above.filter(|above| above["kind"] == "Deployment")
        {
            return self.scale_of(above, namespace);
        }
        if !kind.has_subresource("scale") {
            let name = kind.subject("").qualified();
            return Err(format!("{name} does not implement the scale subresource"));
        }
        Ok(found.map(|found| (found.uid().to_owned(), wanted_replicas(kind, found))))
    }

    /// A pod that was to go and did not is told so
    fn take_back_condition(&mut self, place: &Place, now: Timestamp) {
        let Some(pod) = self.store.get(&place.0, &place.1) else { return };
        let mut changed = Value::clone(pod);
        let condition = json!({
            "type": "DisruptionTarget", "status": "False",
            "observedGeneration": pod["metadata"]["generation"],
        });
        set_pod_condition(&mut changed, &condition, now);
        self.write_status(place, changed, super::MANAGER, now);
    }
}

fn tell(budget: &mut Value, count: &Count, now: Timestamp) {
    let left = count.healthy - count.desired;
    let allowed = if count.expected <= 0 { 0 } else { left.max(0) };
    let mut status = json!({
        "observedGeneration": budget["metadata"]["generation"], "disruptionsAllowed": allowed,
        "currentHealthy": count.healthy, "desiredHealthy": count.desired, "expectedPods": count.expected,
        "conditions": budget["status"]["conditions"],
    });
    if !count.disrupted.is_empty() {
        status["disruptedPods"] = json!(count.disrupted);
    }
    budget["status"] = status;
    budget_condition(budget, now);
}

/// A number, or a percentage of one, rounded up
fn scaled(value: &Value, whole: i64) -> Result<i64, String> {
    if let Some(number) = value.as_i64() {
        return Ok(number);
    }
    let percent =
        value.as_str().and_then(|text| text.strip_suffix('%')).and_then(|text| text.parse::<i64>().ok());
    match percent {
        Some(percent) => Ok((percent * whole + 99).div_euclid(100)),
        None => Err("invalid value for IntOrString: invalid type: string is not a percentage".to_owned()),
    }
}

/// When an evicted pod counts again
fn expiry(time: &Value) -> Option<Timestamp> {
    let time: Timestamp = time.as_str()?.parse().ok()?;
    time.checked_add(SignedDuration::from_secs(STALE_SECS)).ok()
}

/// When the condition of a pod that does not go is to be taken back
fn stale_at(pod: &Value, now: Timestamp) -> Option<Timestamp> {
    let conditions = pod["status"]["conditions"].as_array()?;
    let condition = conditions.iter().find(|condition| condition["type"] == "DisruptionTarget")?;
    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let is_stale = condition["status"] == "True" && condition["reason"] != "TerminationByKubelet";
    if pod.is_terminating() || ended || !is_stale {
        return None;
    }
    Some(expiry(&condition["lastTransitionTime"]).unwrap_or(now))
}

/// What is due by now, taken out
fn take_due(due: &mut BTreeMap<Place, Timestamp>, now: Timestamp) -> Vec<Place> {
    let places: Vec<Place> =
        due.iter().filter(|(_, when)| **when <= now).map(|(place, _)| place.clone()).collect();
    for place in &places {
        due.remove(place);
    }
    places
}
