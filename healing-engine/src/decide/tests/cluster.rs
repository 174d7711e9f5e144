//! A small cluster in virtual time: plans are carried out, pods live and fail as told, invariants hold at each step
//!
//! It knows no API server; its pods change as the kubelet would change them.

use std::collections::{BTreeMap, BTreeSet};

use healing_model::{Policy, Removal, Replacement};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::kubelet::{Fate, status};
use crate::fixture::decode::from_api;
use crate::{
    Action, Condition, Create, DeleteReason, EvictionRefused, HealingStatus, Health, Intent, Judgement,
    Observation, ObservedPod, ObservedRevision, Plan, Status, Step, StoreRevision, Warmup, classify, decide,
    fixture::{UID, World, start, stored, world},
    remember,
};

#[derive(Clone)]
struct Life {
    pod: Value,
    born: Timestamp,
    fate: Fate,
    /// When this fate began
    since: Timestamp,
    gone_at: Option<Timestamp>,
    version: u64,
}

pub(crate) struct Cluster {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) fate: Box<dyn FnMut(&Create) -> Fate>,
    pub(crate) grace_secs: i64,
    /// Whether the process dies before it sends the next heal's DELETE
    pub(crate) crash_before_heal: bool,
    /// Whether a disruption budget refuses every eviction
    pub(crate) budget_spent: bool,
    /// How far the API server's clock is behind ours
    pub(crate) skew_secs: i64,
    /// What happened, one line each
    pub(crate) log: Vec<String>,
    lives: BTreeMap<String, Life>,
    serial: u64,
    last_heal: BTreeMap<u32, Timestamp>,
    last_trial: Option<Timestamp>,
}

/// Pods beyond the desired number, and missing ones, while a template is rolled out
pub(crate) fn limits(policy: &Policy) -> (usize, usize) {
    let whole = |number: u32| usize::try_from(number).expect("fits");
    let (surge, unavailable) =
        (policy.knobs.surge().ceil(policy.replicas), policy.knobs.max_unavailable.floor(policy.replicas));
    (whole(surge), whole(if surge == 0 { unavailable.max(1) } else { unavailable }))
}

/// Whether the pod is due, or a person asks for it, and nobody keeps it
pub(crate) fn may_be_healed(observation: &Observation, pod: &ObservedPod, judgement: &Judgement) -> bool {
    let due = judgement.is_candidate() && judgement.due;
    let asked = pod.remediate_now && judgement.is_live() && judgement.action != Action::Hold;
    (due || asked) && !pod.skip && !observation.resource.skip
}

// === impl Cluster ===

impl Cluster {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            world: world(text),
            now: start(),
            fate: Box::new(|_| Fate::Well),
            grace_secs: 2,
            crash_before_heal: false,
            budget_spent: false,
            skew_secs: 0,
            log: Vec::new(),
            lives: BTreeMap::new(),
            serial: 0,
            last_heal: BTreeMap::new(),
            last_trial: None,
        }
    }

    pub(crate) fn status(&self) -> &Status {
        self.world.observation.resource.status.as_ref().expect("a status was written")
    }

    pub(crate) fn healing(&self) -> HealingStatus {
        self.world
            .observation
            .resource
            .status
            .as_ref()
            .and_then(|status| status.healing.clone())
            .unwrap_or_default()
    }

    pub(crate) fn condition(&self, kind: &str) -> String {
        let condition = Condition::find(&self.status().conditions, kind).expect("the condition");
        format!("{:?} {}", condition.status, condition.reason)
    }

    pub(crate) fn pods(&self) -> Vec<String> {
        self.lives.keys().cloned().collect()
    }

    pub(crate) fn doom(&mut self, name: &str, fate: Fate) {
        if let Some(life) = self.lives.get_mut(name) {
            life.fate = fate;
            life.since = self.now;
        }
    }

    /// Name of the pod of this slot that is not terminating
    pub(crate) fn pod_of_slot(&self, slot: u32) -> String {
        let label = json!(slot.to_string());
        let of_slot = |pod: &Value| pod["metadata"]["labels"]["healing.dev/slot"] == label;
        let live = self.lives.iter().find(|(_, life)| life.gone_at.is_none() && of_slot(&life.pod));
        live.expect("a pod of the slot").0.clone()
    }

    /// A person annotates a pod
    pub(crate) fn annotate(&mut self, name: &str, annotation: &str, value: &str) {
        if let Some(life) = self.lives.get_mut(name) {
            life.pod["metadata"]["annotations"][annotation] = json!(value);
            life.version += 1;
        }
    }

    /// Somebody else deletes a pod
    pub(crate) fn kill(&mut self, name: &str) {
        self.delete(name);
    }

    /// A pod that is being deleted does not go
    pub(crate) fn hold(&mut self, name: &str) {
        if let Some(life) = self.lives.get_mut(name) {
            life.gone_at = Some(Timestamp::MAX);
        }
    }

    /// Another template is asked for
    pub(crate) fn new_template(&mut self, revision: &str) {
        revision.clone_into(&mut self.world.observation.revision);
        self.world.observation.resource.spec_hash = format!("spec of {revision}");
        self.new_generation();
    }

    /// A live pod of this template
    pub(crate) fn pod_of(&self, revision: &str) -> String {
        let label = json!(revision);
        let of = |life: &Life| life.pod["metadata"]["labels"]["healing.dev/revision"] == label;
        let found = self.lives.iter().find(|(_, life)| life.gone_at.is_none() && of(life));
        found.expect("a pod of the template").0.clone()
    }

    /// Live pods of this template
    pub(crate) fn live_of(&self, revision: &str) -> usize {
        let label = json!(revision);
        let of = |life: &&Life| life.pod["metadata"]["labels"]["healing.dev/revision"] == label;
        self.lives.values().filter(|life| life.gone_at.is_none()).filter(of).count()
    }

    pub(crate) fn new_generation(&mut self) {
        self.world.observation.resource.generation += 1;
    }

    /// Another process takes over: what only the old one knew is lost
    pub(crate) fn restart(&mut self) {
        self.world.observation.memory.clear();
        self.world.observation.surroundings.evictions_refused.clear();
        self.world.observation.surroundings.warmup = Some(Warmup { began: self.now, round_done: false });
    }

    pub(crate) fn elapsed_secs(&self) -> i64 {
        self.now.duration_since(start()).as_secs()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.log.iter().filter(|line| line.contains(what)).count()
    }

    /// Passes until `secs` have gone by
    pub(crate) fn run(&mut self, secs: i64) {
        let end = self.now + SignedDuration::from_secs(secs);
        while self.now < end {
            let plan = self.pass();
            let change = if plan.steps.is_empty() { 7 } else { 1 };
            let next = plan.next.map_or(end, |wait| wait.until);
            // changes of pods bring passes too, at no exact time
            assert!(next > self.now, "a plan looks ahead");
            self.now = next.min(self.now + SignedDuration::from_secs(change)).min(end);
        }
    }

    /// Passes once a second until it is so
    pub(crate) fn run_until(&mut self, so: impl Fn(&Self) -> bool) {
        let end = self.now + SignedDuration::from_secs(4 * 3600);
        while !so(self) {
            assert!(self.now < end, "never so: {:#?}", self.log);
            self.pass();
            self.now += SignedDuration::from_secs(1);
        }
    }

    /// Observes, decides, checks and carries out
    pub(crate) fn pass(&mut self) -> Plan {
        self.observe();
        let plan = decide(&self.world.policy, &self.world.observation, self.now);
        self.check(&plan);
        self.world.observation.resource.status = Some(plan.status.clone());
        for event in &plan.events {
            self.note(&format!("!{}", event.reason));
        }
        if plan.steps.is_empty() {
            self.check_quiet(&plan);
        }
        if let Some(warmup) = &mut self.world.observation.surroundings.warmup {
            warmup.round_done = true;
        }
        for step in plan.steps.clone() {
            if self.crash_before_heal && matches!(step, Step::Heal(_)) {
                self.crash_before_heal = false;
                self.restart();
                break;
            }
            self.carry_out(&step);
        }
        plan
    }

    fn observe(&mut self) {
        let now = self.now;
        self.lives.retain(|_, life| life.gone_at.is_none_or(|gone| gone > now));
        for life in self.lives.values_mut() {
            life.refresh(now);
        }
        let observation = &mut self.world.observation;
        observation.pods = self.lives.values().map(|life| from_api(&life.pod).expect("a pod")).collect();
        observation.memory = remember(&observation.memory, &observation.pods, &self.world.policy.knobs, now);
    }

    fn carry_out(&mut self, step: &Step) {
        match step {
            Step::Create(create) => self.create(create),
            Step::Delete(delete) => self.remove(delete.how, (&delete.name, &delete.uid), "delete"),
            Step::Heal(heal) => {
                let Intent { slot, cause, pod_name, pod_uid, .. } = &heal.intent;
                self.remove(heal.how, (pod_name, pod_uid), &format!("heal {slot} {cause}"));
            }
            Step::ForceDelete(delete) => {
                self.note(&format!("force {} on {}", delete.name, delete.node));
                self.lives.remove(&delete.name);
            }
            Step::StoreRevision(store) => self.store(store),
            Step::PruneRevision(prune) => {
                self.note(&format!("prune {}", prune.name));
                self.world.observation.revisions.retain(|stored| stored.uid != prune.stored.uid);
            }
            Step::Apply(_) | Step::Prune(_) => {}
            Step::AddFinalizer => {
                self.world.observation.resource.finalizer_missing = false;
                self.world.observation.resource.finalizer_present = true;
            }
            Step::RemoveFinalizer => self.world.observation.resource.finalizer_present = false,
        }
    }

    /// Stores a template, or gives the stored one its new number
    fn store(&mut self, store: &StoreRevision) {
        self.note(&format!("store {} as {}", store.revision, store.number));
        let revisions = &mut self.world.observation.revisions;
        if let Some(known) = revisions.iter_mut().find(|stored| stored.name == store.name) {
            assert_eq!(store.stored.as_ref().map(|stored| &stored.uid), Some(&known.uid), "over that one");
            known.number = store.number;
        } else {
            let name = store.name.clone();
            revisions.push(ObservedRevision { name, ..stored(&store.revision, store.number) });
        }
    }

    /// Templates are stored before pods are made from them, and stay as long as there are such pods
    fn check_revisions(&self, plan: &Plan) {
        let observation = &self.world.observation;
        let pods: BTreeSet<_> = observation.pods.iter().filter_map(|pod| pod.revision.as_ref()).collect();
        let mut there = observation.revisions.clone();
        for step in &plan.steps {
            match step {
                Step::StoreRevision(store) => {
                    assert_eq!(store.revision, observation.revision, "the newest alone");
                    assert!(there.iter().all(|known| known.number < store.number), "{store:?} of {there:?}");
                    there.push(stored(&store.revision, store.number));
                }
                Step::PruneRevision(prune) => {
                    let gone = there.iter().position(|known| known.uid == prune.stored.uid);
                    let gone = there.remove(gone.expect("a stored one"));
                    assert!(!pods.contains(&gone.revision), "there are pods of {gone:?}");
                    assert_ne!(plan.status.current_revision, Some(gone.revision), "the last that worked");
                }
                Step::Create(create) => {
                    let known = there.iter().any(|known| known.revision == create.revision);
                    assert!(known, "{create:?} of {there:?}");
                }
                _ => {}
            }
        }
    }

    /// Deletes or evicts a pod, as the budget has it
    fn remove(&mut self, how: Removal, (name, uid): (&str, &str), what: &str) {
        let refused = &mut self.world.observation.surroundings.evictions_refused;
        if how == Removal::Evict && self.budget_spent {
            let until = self.now + SignedDuration::from_secs(300);
            let message = "none may go".to_owned();
            refused.insert(uid.to_owned(), EvictionRefused { message, at: self.now, until });
            return self.note(&format!("refused {name}"));
        }
        refused.remove(uid);
        self.note(&format!("{what} {name}"));
        self.delete(name);
    }

    fn note(&mut self, line: &str) {
        let at = self.now.duration_since(start()).as_secs();
        self.log.push(format!("{at} {line}"));
    }

    fn create(&mut self, create: &Create) {
        self.note(&format!("create {} attempt {} of {}", create.slot, create.attempt, create.revision));
        assert!(!self.lives.contains_key(&create.name), "the name {} is taken", create.name);
        self.serial += 1;
        let fate = (self.fate)(create);
        let pod = json!({
            "metadata": {
                "name": create.name, "uid": format!("uid-{}", self.serial), "resourceVersion": "1",
                "creationTimestamp": self.now - SignedDuration::from_secs(self.skew_secs),
                "labels": {"healing.dev/slot": create.slot.to_string(), "healing.dev/revision": create.revision},
                "annotations": {"healing.dev/attempt": create.attempt.to_string()},
                "ownerReferences": [{"uid": UID, "controller": true}],
            },
            "spec": {"nodeName": format!("node-{}", self.serial % 3), "terminationGracePeriodSeconds": 2},
        });
        let life = Life { pod, born: self.now, fate, since: self.now, gone_at: None, version: 1 };
        self.lives.insert(create.name.clone(), life);
    }

    fn delete(&mut self, name: &str) {
        let gone_at = self.now + SignedDuration::from_secs(self.grace_secs);
        if let Some(life) = self.lives.get_mut(name).filter(|life| life.gone_at.is_none()) {
            life.gone_at = Some(gone_at);
            life.pod["metadata"]["deletionTimestamp"] = json!(gone_at);
            life.version += 1;
        }
    }

    /// The invariants that hold for every single plan
    fn check(&mut self, plan: &Plan) {
        let observation = &self.world.observation;
        assert_eq!(*plan, decide(&self.world.policy, observation, self.now), "the same again is the same");
        let desired = usize::try_from(self.world.policy.replicas).expect("fits");
        let judge = |pod: &ObservedPod| {
            classify(pod, observation.memory.get(&pod.uid), &self.world.policy.knobs, self.now)
        };
        let owned = || observation.pods.iter().filter(|pod| pod.controller_uid.as_deref() == Some(UID));
        let live = owned().filter(|pod| judge(pod).is_live()).count();
        let healthy = owned().filter(|pod| judge(pod).health == Health::Healthy).count();
        let creates = plan.steps.iter().filter(|step| matches!(step, Step::Create(_))).count();
        let mut leaving = 0;
        let mut heals = Vec::new();
        for step in &plan.steps {
            let (uid, version, how, asks) = match step {
                Step::Delete(delete) => {
                    leaving += usize::from(delete.why == DeleteReason::ScaleDown);
                    let asked = matches!(delete.why, DeleteReason::ScaleDown | DeleteReason::Rollout);
                    let asks = asked && self.world.policy.knobs.ready_removal == Removal::Evict;
                    (&delete.uid, &delete.resource_version, delete.how, asks)
                }
                Step::Heal(heal) => {
                    heals.push(heal.clone());
                    (&heal.intent.pod_uid, &heal.resource_version, heal.how, true)
                }
                _ => continue,
            };
            let pod = owned().find(|pod| pod.uid == *uid).expect("S2: a pod of ours");
            assert_eq!(pod.resource_version, *version, "S2: as it was seen");
            let ready = pod.status.condition("Ready").is_some_and(|ready| ready.status == "True");
            assert_eq!(how == Removal::Evict, asks && ready, "S4: budgets of Ready pods are asked: {step:?}");
        }
        let removes = plan.steps.iter().any(|step| matches!(step, Step::Delete(_) | Step::Heal(_)));
        let is_new = observation.surroundings.warmup.is_some_and(|warmup| {
            let secs = self.world.policy.knobs.leader_warmup_secs;
            !warmup.round_done || self.now < warmup.began + SignedDuration::from_secs(secs.into())
        });
        assert!(!removes || !is_new || observation.resource.deletion.is_some(), "S3: a new process removes");
        assert!(leaving == 0 || live - leaving >= desired, "S4: {leaving} of {live} leave, {desired} stay");
        self.check_rollout(plan, creates);
        self.check_revisions(plan);
        if observation.resource.deletion.is_none() && observation.invalid.is_empty() {
            assert_eq!(plan.status.observed_generation, Some(observation.resource.generation), "S7");
            assert_eq!(plan.status.replicas, i32::try_from(live).ok(), "S7");
            assert_eq!(plan.status.healthy_replicas, i32::try_from(healthy).ok(), "S7");
        }
        assert!(serde_json::to_vec(&plan.status).expect("plain data").len() < 20_000);
        let not_due: Vec<bool> = heals
            .iter()
            .map(|heal| {
                let pod = owned().find(|pod| pod.uid == heal.intent.pod_uid).expect("S2");
                !may_be_healed(observation, pod, &judge(pod))
            })
            .collect();
        assert!(!not_due.contains(&true), "S3: only pods that are due or asked for: {heals:?}");
        assert!(heals.is_empty() || (creates == 0 && leaving == 0), "a plan heals or scales");
        let intents = plan.status.healing.as_ref().map(|healing| healing.intents.clone()).unwrap_or_default();
        let in_flight =
            usize::try_from(self.world.policy.knobs.max_in_flight.floor(self.world.policy.replicas).max(1))
                .expect("fits");
        assert!(intents.len() <= in_flight, "S3: {} open heals of {in_flight}", intents.len());
        for heal in heals {
            assert!(intents.contains(&heal.intent), "S7: the intent is in the status that is written first");
            self.check_pace(plan, &heal.intent);
        }
    }

    /// Live pods stay within the limits of a rollout, and enough of them go on serving
    fn check_rollout(&self, plan: &Plan, creates: usize) {
        let (policy, observation) = (&self.world.policy, &self.world.observation);
        let desired = usize::try_from(policy.replicas).expect("fits");
        let health =
            |pod: &ObservedPod| classify(pod, observation.memory.get(&pod.uid), &policy.knobs, self.now);
        let live: Vec<_> = observation.pods.iter().filter(|pod| health(pod).is_live()).collect();
        let failed = plan.status.healing.as_ref().and_then(|healing| healing.failed_revision.as_ref());
        let target = failed.and(plan.status.current_revision.as_ref()).unwrap_or(&observation.revision);
        let is_new = |pod: &ObservedPod| pod.revision.as_ref() == Some(target);
        let (surge, unavailable) = limits(policy);
        let progressing = Condition::find(&plan.status.conditions, "Progressing");
        let halted = progressing.is_some_and(|now| now.reason == "ProgressDeadlineExceeded");
        let most = if live.iter().all(|pod| is_new(pod)) && !halted { desired } else { desired + surge };
        let count = live.len();
        assert!(creates == 0 || count + creates <= most, "S1: {count} live and {creates} new of {desired}");
        self.check_slots(plan, (count, creates, most));
        let leaves = |pod: &&&ObservedPod| {
            plan.steps.iter().any(|step| {
                matches!(step, Step::Delete(delete) if delete.why == DeleteReason::Rollout && delete.uid == pod.uid)
            })
        };
        let leaving: Vec<_> = live.iter().filter(leaves).collect();
        assert!(!leaving.iter().any(|pod| is_new(pod)), "S4: pods of other templates alone leave");
        let least = desired.saturating_sub(unavailable);
        assert!(leaving.is_empty() || count - leaving.len() >= least, "S4: {leaving:?} of {count} leave");
        let healthy = |pod: &&&&ObservedPod| health(pod).health == Health::Healthy;
        let lost = leaving.iter().copied().filter(|pod| healthy(&pod)).count();
        let serving = live.iter().filter(|pod| healthy(&pod)).count() - lost;
        assert!(lost == 0 || serving >= least, "S4: {serving} go on serving, {lost} leave");
    }

    /// Where a slot gets its next pod only when the old one is gone, it never has two
    fn check_slots(&self, plan: &Plan, (live, creates, most): (usize, usize, usize)) {
        if self.world.policy.knobs.replacement != Replacement::Gone || creates == 0 {
            return;
        }
        let leaving: Vec<_> = self.lives.values().filter(|life| life.gone_at.is_some()).collect();
        let left = leaving.len();
        assert!(live + left + creates <= most, "S1: {live} live, {left} leaving and {creates} new of {most}");
        for step in &plan.steps {
            let Step::Create(create) = step else { continue };
            let slot = json!(create.slot.to_string());
            let taken = leaving.iter().any(|life| life.pod["metadata"]["labels"]["healing.dev/slot"] == slot);
            assert!(!taken, "S1: the old pod of slot {slot} is still there");
        }
    }

    /// Heals of a slot keep their distance, and trials theirs
    fn check_pace(&mut self, plan: &Plan, intent: &Intent) {
        let knobs = &self.world.policy.knobs;
        let gap = |last: Timestamp, now: Timestamp| now.duration_since(last).as_secs();
        if let Some(last) = self.last_heal.insert(intent.slot, self.now).filter(|_| intent.attempt > 1) {
            assert!(gap(last, self.now) >= i64::from(knobs.heal_backoff_secs), "S3: slot {}", intent.slot);
        }
        let failed = plan.status.healing.as_ref().and_then(|healing| healing.failed_heals).unwrap_or(0);
        let is_trial = failed >= knobs.failure_threshold || intent.attempt > knobs.failure_threshold;
        let earlier = if is_trial { self.last_trial.replace(self.now) } else { None };
        let apart = i64::from(knobs.heal_backoff_max_secs) * 3;
        assert!(earlier.is_none_or(|last| gap(last, self.now) >= apart), "S3: trials");
    }

    /// Nothing to do stays nothing to do: the status just written brings the same status and no event
    fn check_quiet(&self, plan: &Plan) {
        let mut observation = self.world.observation.clone();
        observation.memory =
            remember(&observation.memory, &observation.pods, &self.world.policy.knobs, self.now);
        let again = decide(&self.world.policy, &observation, self.now);
        assert_eq!(again.status, plan.status, "L2: the status settles in one pass");
        assert_eq!((again.steps.len(), again.events.len()), (0, 0), "L2: {:?}", again.events);
    }
}

// === impl Life ===

impl Life {
    fn refresh(&mut self, now: Timestamp) {
        let status = status(self.fate, self.born, self.since, now);
        if self.pod.get("status") != Some(&status) {
            self.version += 1;
            self.pod["status"] = status;
        }
        self.pod["metadata"]["resourceVersion"] = json!(self.version.to_string());
    }
}
