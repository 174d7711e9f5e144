//! Garbage: observations that no API server would send, from seeds, in which a plan is still made and removes nothing
//! that it must not
//!
//! Fields are drawn one by one from short lists with extremes in them, so names, UIDs and slots repeat and times
//! contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use healing_model::{Amount, FieldError, Knobs, Policy, Removal, Replacement};
use jiff::{SignedDuration, Timestamp};

use super::{
    chance::Chance,
    cluster::{limits, may_be_healed},
};
use crate::{
    Asked, BreakerStatus, Cause, Condition, ConditionStatus, CreateRefused, DeleteReason, EvictionRefused,
    FailedHeal, FailedRevision, ForceDelete, HealingStatus, Health, Intent, NodeState, ObjectKey, Objects,
    Observation, ObservedPod, ObservedRevision, Plan, PodMemory, RolloutStatus, SeenObject, Status, Step,
    Verdict, WantedObject, Warmup, Wish, classify, decide,
    fixture::{UID, start, world},
    pod::{
        ContainerState, ContainerStatus, InitContainer, Phase, PodCondition, PodSpec, PodStatus, Running,
        Terminated, Waiting,
    },
    remember,
};

const NAMES: [&str; 8] = ["", "a", "b", "c", "d", "e", "web-ggphk", "ü"];
const CONDITIONS: [&str; 8] = [
    "Ready",
    "Ready",
    "ContainersReady",
    "PodScheduled",
    "Initialized",
    "PodReadyToStartContainers",
    "DisruptionTarget",
    "AllContainersRestarting",
];
const REASONS: [&str; 12] = [
    "",
    "Unschedulable",
    "CrashLoopBackOff",
    "ErrImagePull",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ContainerCreating",
    "ContainerStatusUnknown",
    "Evicted",
    "OOMKilled",
    "StartError",
    "Error",
];

// === impl Chance ===

impl Chance {
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")].clone()
    }

    fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| draw(self))
    }

    fn some<T>(&mut self, most: u64, mut draw: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| draw(self)).collect()
    }

    fn time(&mut self) -> Timestamp {
        let near = SignedDuration::from_millis(i64::try_from(self.below(8_000_000)).expect("small"));
        self.one(&[
            start() - near,
            start() - near,
            start() - near,
            start() + near,
            start(),
            Timestamp::MIN,
            Timestamp::MAX,
            Timestamp::UNIX_EPOCH,
        ])
    }

    fn count(&mut self) -> u32 {
        self.one(&[0, 0, 1, 2, 5, 6, u32::MAX])
    }

    fn text(&mut self, of: &[&str]) -> String {
        self.one(of).to_owned()
    }

    fn state(&mut self) -> ContainerState {
        match self.below(4) {
            0 => ContainerState {
                waiting: Some(Waiting { reason: self.maybe(|draw| draw.text(&REASONS)), message: None }),
                ..ContainerState::default()
            },
            1 => ContainerState {
                running: Some(Running { started_at: self.maybe(Self::time) }),
                ..ContainerState::default()
            },
            2 => ContainerState {
                terminated: Some(Terminated {
                    exit_code: self.one(&[0, 1, -1, i32::MAX, i32::MIN]),
                    reason: self.maybe(|draw| draw.text(&REASONS)),
                    started_at: self.maybe(Self::time),
                    finished_at: self.maybe(Self::time),
                }),
                ..ContainerState::default()
            },
            _ => ContainerState::default(),
        }
    }

    fn container(&mut self) -> ContainerStatus {
        ContainerStatus {
            name: self.text(&NAMES),
            ready: self.below(2) == 0,
            started: self.maybe(|draw| draw.below(2) == 0),
            restart_count: self.one(&[0, 0, 1, 6, 6, i32::MAX, i32::MIN, -1]),
            state: self.state(),
            last_state: self.state(),
        }
    }

    fn condition(&mut self) -> PodCondition {
        PodCondition {
            kind: self.text(&CONDITIONS),
            status: self.text(&["True", "False", "False", "Unknown", "?"]),
            reason: self.maybe(|draw| draw.text(&REASONS)),
            message: None,
            last_transition_time: self.maybe(Self::time),
        }
    }

    fn pod(&mut self) -> ObservedPod {
        let name = self.text(&NAMES);
        ObservedPod {
            uid: if self.below(4) > 0 { format!("uid-{name}") } else { self.text(&NAMES) },
            name,
            resource_version: self.text(&["", "1", "2", "x"]),
            created: self.time(),
            deletion: if self.below(5) == 0 { Some(self.time()) } else { None },
            deletion_grace_secs: self.maybe(|draw| draw.one(&[0, 30, -1, i64::MAX, i64::MIN])),
            controller_uid: self
                .one(&[Some(UID), Some(UID), Some(UID), Some("other"), None])
                .map(str::to_owned),
            slot: self.maybe(Self::count),
            revision: self.maybe(|draw| draw.text(&["new", "old"])),
            attempt: self.count(),
            deletion_cost: self.one(&[0, 1, i32::MAX, i32::MIN]),
            skip: self.below(6) == 0,
            remediate_now: self.below(6) == 0,
            verdict: self.maybe(|draw| {
                draw.one(&[Verdict::Healthy, Verdict::Unknown, Verdict::Unhealthy("x".repeat(5000))])
            }),
            finalizers: self.some(1, |draw| draw.text(&NAMES)),
            node: self.maybe(|draw| {
                draw.one(&[NodeState::Ready, NodeState::NotReady, NodeState::Fenced, NodeState::Gone])
            }),
            spec: PodSpec {
                node_name: self.maybe(|draw| draw.text(&NAMES)),
                termination_grace_period_seconds: self.maybe(|draw| draw.one(&[30, -1, i64::MAX])),
                init_containers: self.some(1, |draw| InitContainer {
                    name: draw.text(&NAMES),
                    restart_policy: Some("Always".to_owned()),
                }),
            },
            status: PodStatus {
                phase: self.one(&[
                    Phase::Running,
                    Phase::Running,
                    Phase::Running,
                    Phase::Pending,
                    Phase::Failed,
                    Phase::Succeeded,
                    Phase::Unknown,
                ]),
                reason: self.maybe(|draw| draw.text(&REASONS)),
                message: None,
                conditions: self.some(3, Self::condition),
                init_container_statuses: self.some(1, Self::container),
                container_statuses: self.some(2, Self::container),
            },
        }
    }

    fn memory(&mut self, uid: String) -> (String, PodMemory) {
        let memory = PodMemory {
            cause: self.maybe(|draw| draw.text(&["CrashLoop", "Unready", "SidecarExited", ""])),
            since: self.time(),
            observations: self.count(),
            last_observation: self.time(),
            seen_ready: self.below(2) == 0,
            restart_baseline: BTreeMap::from([("a".to_owned(), self.one(&[0, i32::MAX, i32::MIN]))]),
            asked: Asked {
                skip: self.one(&[Wish::None, Wish::New, Wish::Known]),
                remediate_now: self.one(&[Wish::None, Wish::New, Wish::Known]),
            },
            failing_since: self.maybe(Self::time),
        };
        (uid, memory)
    }

    fn intent(&mut self) -> Intent {
        let name = self.text(&NAMES);
        Intent {
            pod_uid: format!("uid-{name}"),
            pod_name: name,
            slot: self.count(),
            cause: "CrashLoop".to_owned(),
            remedy: "Replace".to_owned(),
            attempt: self.count(),
            avoid_node: None,
            epoch: self.maybe(|draw| draw.one(&[0, 1, i32::MAX])),
            time: self.time(),
        }
    }

    fn status(&mut self) -> Status {
        let most_intents = self.one(&[0, 1, 3, 40]);
        let condition = |draw: &mut Self| Condition {
            kind: draw.text(&["Ready", "Progressing", "Progressing", "Degraded", "Other"]),
            status: draw.one(&[ConditionStatus::True, ConditionStatus::False, ConditionStatus::Unknown]),
            observed_generation: draw.maybe(|draw| i64::from(draw.count())),
            last_transition_time: draw.time(),
            reason: draw.text(&["NewResource", "RollingOut", "ProgressDeadlineExceeded", "SameCause", ""]),
            message: String::new(),
        };
        Status {
            observed_generation: self.maybe(|draw| i64::from(draw.count())),
            last_heal_time: self.maybe(Self::time),
            current_revision: self.maybe(|draw| draw.text(&["new", "old"])),
            update_revision: self.maybe(|draw| draw.text(&["new", "old"])),
            conditions: self.some(4, condition),
            healing: self.maybe(|draw| HealingStatus {
                episode_since: draw.maybe(Self::time),
                recovered_at: draw.maybe(Self::time),
                storm_since: draw.maybe(Self::time),
                storm_over_at: draw.maybe(Self::time),
                failed_heals: draw.maybe(Self::count),
                newest_failure: draw
                    .maybe(|draw| FailedHeal { slot: draw.count(), cause: "CrashLoop".to_owned() }),
                budget_reset_time: draw.maybe(Self::time),
                spec_hash: draw.maybe(|draw| draw.text(&["spec", "other"])),
                reset_token: draw.maybe(|draw| draw.text(&["1", "2"])),
                breaker: draw.maybe(|draw| BreakerStatus {
                    reason: draw.text(&["SameCause", "RetryBudgetExhausted", ""]),
                    cause: None,
                    opened_at: draw.time(),
                    next_trial: draw.maybe(Self::time),
                }),
                rollout: draw.maybe(|draw| RolloutStatus {
                    progressed_at: draw.time(),
                    available: draw.count(),
                    settled: draw.below(2) == 0,
                }),
                failed_revision: draw.maybe(|draw| FailedRevision {
                    revision: draw.text(&["new", "old"]),
                    reason: draw.text(&["ProgressDeadlineExceeded", "SameCause", ""]),
                }),
                intents: draw.some(most_intents, Self::intent),
            }),
            ..Status::default()
        }
    }

    fn amount(&mut self) -> Amount {
        if self.below(2) == 0 { Amount::Count(self.count()) } else { Amount::Percent(self.count()) }
    }

    fn policy(&mut self) -> Policy {
        let usual = self.below(2) == 0;
        let knobs = if usual {
            Knobs::default()
        } else {
            Knobs {
                failure_threshold: self.count(),
                min_ready_secs: self.count(),
                startup_timeout_secs: self.count(),
                unready_for_secs: self.count(),
                restart_threshold: self.count(),
                hold_grace_secs: self.count(),
                stuck_terminating_after_secs: self.count(),
                max_in_flight: self.amount(),
                heal_backoff_secs: self.count(),
                heal_backoff_max_secs: self.count(),
                min_healthy_period_secs: self.count(),
                failed_pod_history: self.count(),
                max_unhealthy: self.maybe(Self::amount),
                storm_pause_secs: self.count(),
                max_unavailable: self.amount(),
                max_surge: self.maybe(Self::amount),
                replacement: self.one(&[Replacement::Terminating, Replacement::Gone]),
                force_delete: self.below(2) == 0,
                progress_deadline_secs: self.count(),
                auto_rollback: self.below(2) == 0,
                ready_removal: self.one(&[Removal::Delete, Removal::Evict]),
                ..Knobs::default()
            }
        };
        Policy {
            replicas: self.one(&[0, 1, 3, 5, 7, u32::MAX]),
            health_threshold: self.maybe(Self::count),
            paused: self.below(8) == 0,
            knobs,
        }
    }

    fn objects(&mut self) -> Objects {
        let key = |name: String| ObjectKey { group: String::new(), kind: "ConfigMap".to_owned(), name };
        let seen = self.some(3, |draw| SeenObject {
            key: key(draw.text(&NAMES)),
            uid: draw.below(1_000_000).to_string(),
            resource_version: "1".to_owned(),
            controller_uid: draw.maybe(|draw| if draw.below(2) == 0 { UID } else { "another" }.to_owned()),
            terminating: draw.below(4) == 0,
            as_wanted: draw.below(2) == 0,
        });
        let wanted = self.some(3, |draw| WantedObject { key: key(draw.text(&NAMES)), hash: String::new() });
        Objects { wanted, seen, ..Objects::default() }
    }

    fn observation(&mut self, knobs: &Knobs, now: Timestamp) -> Observation {
        let mut observation = world("replicas=1").observation;
        observation.pods = self.some(9, Self::pod);
        observation.revisions = self.some(2, |draw| ObservedRevision {
            name: draw.text(&NAMES),
            uid: draw.text(&NAMES),
            resource_version: "1".to_owned(),
            revision: draw.text(&["new", "old"]),
            number: i64::from(draw.count()),
        });
        let resource = &mut observation.resource;
        resource.deletion = if self.below(8) == 0 { Some(self.time()) } else { None };
        resource.finalizer_missing = self.below(8) == 0;
        resource.finalizer_present = self.below(2) == 0;
        resource.generation = i64::from(self.count());
        resource.skip = self.below(8) == 0;
        resource.reset_breaker = self.maybe(|draw| draw.one(&["1", "2", "x"]).repeat(draw.one(&[1, 1, 90])));
        resource.status = self.maybe(Self::status);
        observation.surroundings.cache_fresh = self.below(8) > 0;
        observation.surroundings.cluster_storm = self.below(4) == 0;
        observation.surroundings.warmup =
            self.maybe(|draw| Warmup { began: draw.time(), round_done: draw.below(2) == 0 });
        observation.surroundings.epoch = self.maybe(|draw| draw.one(&[0, 1, i32::MIN]));
        observation.surroundings.lease_confirmed = self.below(2) == 0;
        observation.surroundings.taken_names = self.some(2, |draw| draw.text(&NAMES)).into_iter().collect();
        observation.surroundings.create_refused = if self.below(8) == 0 {
            Some(CreateRefused { message: String::new(), until: self.time(), generation: 1 })
        } else {
            None
        };
        let refused = self.some(2, |draw| {
            let (message, at, until) = ("x".repeat(2000), draw.time(), draw.time());
            (format!("uid-{}", draw.text(&NAMES)), EvictionRefused { message, at, until })
        });
        observation.surroundings.evictions_refused = refused.into_iter().collect();
        observation.objects = self.objects();
        if self.below(8) == 0 {
            observation.invalid = vec![FieldError::invalid("spec.image", "x", "image must be valid")];
        }
        let uids: Vec<String> = observation.pods.iter().map(|pod| pod.uid.clone()).collect();
        let before = uids.into_iter().map(|uid| self.memory(uid)).collect();
        observation.memory = remember(&before, &observation.pods, knobs, now);
        if self.below(4) == 0 {
            // made up by the same process: whatever it remembers, it is no reason to go wrong
            observation.memory = before;
        }
        observation
    }
}

fn is_ours(seen: &SeenObject) -> bool {
    seen.controller_uid.as_deref() == Some(UID)
}

/// The number of live pods stays within its limits
fn check_numbers(policy: &Policy, live: usize, (creates, leaving, rolled): (usize, usize, usize)) {
    let desired = usize::try_from(policy.replicas).expect("fits");
    let (surge, unavailable) = limits(policy);
    let most = desired.saturating_add(surge);
    assert!(creates == 0 || live + creates <= most, "S1: {live} live and {creates} new of {desired}");
    let least = desired.saturating_sub(unavailable);
    assert!(rolled == 0 || live - rolled >= least, "S4: {rolled} of {live} leave for the newest");
    assert!(leaving == 0 || live - leaving >= desired, "S4: {leaving} of {live} leave, {desired} stay");
}

fn check_forced(policy: &Policy, observation: &Observation, now: Timestamp, forced: &ForceDelete) {
    let may = |pod: &ObservedPod| {
        let cause = classify(pod, observation.memory.get(&pod.uid), &policy.knobs, now).cause;
        cause == Some(Cause::StuckTerminating) && pod.node.is_some_and(NodeState::is_off)
    };
    let seen = |pod: &ObservedPod| {
        (&pod.name, &pod.uid, &pod.resource_version) == (&forced.name, &forced.uid, &forced.resource_version)
            && pod.controller_uid.as_deref() == Some(UID)
    };
    assert!(policy.knobs.force_delete, "nobody asked for it");
    assert!(
        observation.pods.iter().any(|pod| seen(pod) && may(pod)),
        "S2: a stuck pod of ours on a node that is off"
    );
}

fn check_revision(observation: &Observation, step: &Step, creates: usize) {
    match step {
        Step::StoreRevision(store) => {
            assert_eq!((&store.revision, creates), (&observation.revision, 0), "the newest, before its pods");
        }
        Step::PruneRevision(prune) => {
            let seen = observation.revisions.iter().find(|seen| seen.uid == prune.stored.uid);
            assert!(seen.is_some_and(|seen| seen.revision != observation.revision), "never the newest");
        }
        _ => {}
    }
}

fn check_object(observation: &Observation, step: &Step) {
    match step {
        Step::Apply(apply) => {
            let seen = observation.objects.seen.iter().find(|seen| seen.key == apply.key);
            assert_eq!(seen.map(|seen| &seen.uid), apply.uid.as_ref(), "what is seen is applied over");
            assert!(seen.is_none_or(is_ours), "never over another's object");
        }
        Step::Prune(prune) => {
            let seen = observation.objects.seen.iter().find(|seen| seen.uid == prune.uid);
            assert!(seen.is_some_and(is_ours), "S2: an object of ours as it was seen");
            assert!(observation.objects.wanted.iter().all(|wanted| wanted.key != prune.key));
        }
        _ => {}
    }
}

fn check(policy: &Policy, observation: &Observation, now: Timestamp, plan: &Plan) {
    assert_eq!(*plan, decide(policy, observation, now), "the same again is the same");
    let ours = || observation.pods.iter().filter(|pod| pod.controller_uid.as_deref() == Some(UID));
    let judge = |pod: &ObservedPod| classify(pod, observation.memory.get(&pod.uid), &policy.knobs, now);
    let mut names: BTreeSet<&str> = observation.pods.iter().map(|pod| pod.name.as_str()).collect();
    let (mut creates, mut leaving, mut rolled, mut heals) = (0, 0, 0, 0);
    for step in &plan.steps {
        match step {
            Step::Create(create) => {
                creates += 1;
                assert!(names.insert(&create.name), "S3: the name {} is taken", create.name);
            }
            Step::Delete(delete) => {
                let seen = |pod: &&ObservedPod| {
                    (&pod.name, &pod.uid, &pod.resource_version)
                        == (&delete.name, &delete.uid, &delete.resource_version)
                };
                // several entries may name one pod
                let found: Vec<&ObservedPod> = ours().filter(seen).collect();
                assert!(!found.is_empty(), "S2: a pod of ours as it was seen");
                match delete.why {
                    DeleteReason::ScaleDown => leaving += 1,
                    DeleteReason::Rollout => rolled += 1,
                    DeleteReason::Finished => {
                        assert!(found.iter().any(|pod| !judge(pod).is_live()), "finished pods only");
                    }
                    DeleteReason::OwnerDeleted => assert!(observation.resource.deletion.is_some()),
                }
            }
            Step::ForceDelete(forced) => check_forced(policy, observation, now, forced),
            Step::Heal(heal) => {
                heals += 1;
                let intent = &heal.intent;
                let seen = |pod: &&ObservedPod| {
                    (&pod.name, &pod.uid, &pod.resource_version)
                        == (&intent.pod_name, &intent.pod_uid, &heal.resource_version)
                        && may_be_healed(observation, pod, &judge(pod))
                };
                assert!(ours().any(|pod| seen(&pod)), "S3: a due candidate of ours as it was seen");
                let known = plan.status.healing.as_ref().is_some_and(|known| known.intents.contains(intent));
                assert!(known, "S7: the intent is written first");
            }
            Step::Apply(_) | Step::Prune(_) => {
                check_object(observation, step);
                let first = matches!(step, Step::Prune(_)) || creates + leaving + heals == 0;
                assert!(first, "objects come first");
            }
            Step::StoreRevision(_) | Step::PruneRevision(_) => check_revision(observation, step, creates),
            Step::AddFinalizer => assert_eq!(plan.steps.len(), 1),
            Step::RemoveFinalizer => assert_eq!(ours().count(), 0, "S6"),
        }
    }
    let live = ours().filter(|pod| judge(pod).is_live()).count();
    check_numbers(policy, live, (creates, leaving, rolled));
    if policy.knobs.replacement == Replacement::Gone && creates > 0 {
        let left = ours().filter(|pod| judge(pod).health == Health::Terminating).count();
        check_numbers(policy, live + left, (creates, 0, 0));
    }
    assert!(rolled == 0 || (heals == 0 && leaving == 0), "a plan heals, scales down or rolls out");
    assert!(heals == 0 || creates + leaving == 0, "a plan heals or scales");
    assert!(heals <= 32 && creates <= 500 && leaving <= 500);
    let standstill = !observation.surroundings.cache_fresh;
    assert!(!standstill || plan.steps.is_empty(), "nothing is done on a cache that is behind");
    let stopped = observation.resource.deletion.is_some() || !observation.invalid.is_empty();
    assert!(!stopped || heals == 0, "no heals for what is deleted or invalid");
    let next = plan.next.as_ref().map(|next| next.until);
    assert!(next.is_none_or(|next| next > now || next == Timestamp::MAX), "a plan looks ahead");
    let size = serde_json::to_vec(&plan.status).expect("plain data").len();
    assert!(standstill || size < 20_000, "{size} bytes of status");
}

#[test]
fn garbage_makes_no_panic_and_no_wrong_removal() {
    for seed in 0..1_000 {
        let outcome = std::panic::catch_unwind(|| {
            let mut chance = Chance(seed);
            let policy = chance.policy();
            let now = if chance.below(4) == 0 { chance.time() } else { start() };
            let observation = chance.observation(&policy.knobs, now);
            check(&policy, &observation, now, &decide(&policy, &observation, now));
        });
        assert!(outcome.is_ok(), "the observation of seed {seed} breaks an invariant, see above");
    }
}
