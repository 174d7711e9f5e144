//! Scale-down: which pods leave when there are more than desired
//!
//! The order is the one of Kubernetes' own controllers, with doubled slots first. An unhealthy pod that leaves here
//! is not healed and not charged.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BTreeSet},
};

use healing_model::ScaleDown;
use jiff::Timestamp;

use super::{
    BATCH,
    draft::Draft,
    remove,
    view::{Seen, View},
};
use crate::{DeleteReason, Health, deadline::secs_between, pod::Phase};

/// Removes the surplus, in order
pub(crate) fn remove_surplus(view: &View<'_>, draft: &mut Draft) {
    let surplus = draft.rollout.surplus(view);
    if surplus == 0 {
        return;
    }
    let mut leaving = in_order(view, draft, |_| true);
    let doubled = doubled(&leaving);
    // stable: inside the two groups the order stays
    leaving.sort_by_key(|seen| !doubled.contains(seen.pod.uid.as_str()));
    leaving.truncate(surplus.min(BATCH));
    remove::all(view, draft, &leaving, DeleteReason::ScaleDown);
}

/// Live pods that `wanted` accepts, the first to leave first
pub(crate) fn in_order<'v>(
    view: &'v View<'v>,
    draft: &Draft,
    wanted: impl Fn(&Seen<'_>) -> bool,
) -> Vec<&'v Seen<'v>> {
    let order = Order::new(view, &draft.rollout.target);
    let mut leaving: Vec<&Seen<'_>> = view.live().filter(|seen| wanted(seen)).collect();
    leaving.sort_by(|a, b| order.compare(a, b));
    leaving
}

/// All but the last to leave of each slot that has several live pods
fn doubled<'a>(leaving: &[&'a Seen<'_>]) -> BTreeSet<&'a str> {
    let mut kept = BTreeSet::new();
    let extra = leaving.iter().rev().filter(|seen| !kept.insert(seen.slot));
    extra.map(|seen| seen.pod.uid.as_str()).collect()
}

/// The order in which pods leave, first one first
struct Order<'a> {
    kind: ScaleDown,
    now: Timestamp,
    /// Among pods in the same state, those of other templates go first
    revision: &'a str,
    /// Ready pods by node
    ready_siblings: BTreeMap<&'a str, usize>,
}

// === impl Order ===

impl<'a> Order<'a> {
    fn new(view: &View<'a>, revision: &'a str) -> Self {
        let mut ready_siblings = BTreeMap::new();
        for seen in view.live().filter(|seen| seen.is_ready()) {
            if let Some(node) = seen.pod.spec.node_name.as_deref() {
                *ready_siblings.entry(node).or_insert(0) += 1;
            }
        }
        Self { kind: view.policy.knobs.scale_down, now: view.now, revision, ready_siblings }
    }

    fn compare(&self, a: &Seen<'_>, b: &Seen<'_>) -> Ordering {
        let last_resort = || a.pod.uid.cmp(&b.pod.uid);
        let usefulness = usefulness(a).cmp(&usefulness(b));
        let template = || a.is_of(self.revision).cmp(&b.is_of(self.revision));
        let cost = || a.pod.deletion_cost.cmp(&b.pod.deletion_cost);
        let age = || match self.kind {
            ScaleDown::NewestFirst => self.youth(a).cmp(&self.youth(b)),
            ScaleDown::OldestFirst => a.pod.created.cmp(&b.pod.created),
        };
        usefulness.then_with(template).then_with(cost).then_with(age).then_with(last_resort)
    }

    /// More Ready siblings on its node, Ready for less time, more restarts, newer
    fn youth(&self, seen: &Seen<'_>) -> impl Ord + use<> {
        let node = seen.pod.spec.node_name.as_deref();
        let siblings = node.and_then(|node| self.ready_siblings.get(node)).copied().unwrap_or(0);
        let restarts = seen.pod.status.all_containers().map(|status| status.restart_count).max().unwrap_or(0);
        (Reverse(siblings), self.ready_for(seen), Reverse(restarts), Reverse(seen.pod.created))
    }

    /// How long the pod has been Ready, as a power of two: small differences do not count
    fn ready_for(&self, seen: &Seen<'_>) -> u32 {
        let ready = seen.pod.status.condition("Ready").filter(|ready| ready.status == "True");
        let since = ready.and_then(|ready| ready.last_transition_time);
        let secs = since.map_or(0, |since| secs_between(since, self.now)).max(0);
        i64::BITS - secs.leading_zeros()
    }
}

/// How little is lost with the pod: unassigned, Pending, Unknown, Running; unhealthy; not Ready
fn usefulness(seen: &Seen<'_>) -> impl Ord + use<> {
    let phase = match seen.pod.status.phase {
        Phase::Pending => 0,
        Phase::Unknown => 1,
        Phase::Running | Phase::Succeeded | Phase::Failed => 2,
    };
    let unhealthy_first = seen.judgement.health != Health::Unhealthy;
    (seen.pod.spec.node_name.is_some(), phase, unhealthy_first, seen.is_ready())
}
