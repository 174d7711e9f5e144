//! Rollouts: pods of an older template are replaced by those of the newest, a few at a time
//!
//! It says how far the newest spec has come, which template new pods are made from, and which old pod leaves next.
//! Unhealthy pods of the newest template are `heal`'s business, and the number of pods alone is `scale`'s.

use jiff::Timestamp;

use super::{
    BATCH, breaker,
    draft::Draft,
    remove, scale,
    view::{Seen, View},
};
use crate::{
    Condition, DeleteReason, FailedRevision, RolloutStatus,
    deadline::{wait_over, whole_seconds},
    reason::Reason,
};

/// How far the newest spec has come
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing is being carried out
    #[default]
    Complete,
    /// No pod is created or removed
    Paused,
    /// The first pods are being made
    NewResource,
    /// The number of pods changes
    Scaling,
    /// Pods of older templates are being replaced
    RollingOut,
    /// It has not come forward for `progress_deadline`: old pods stay until it does
    Exceeded,
    /// The newest template was given up for the last good one
    RolledBack(FailedRevision),
}

/// How pods of older templates are replaced
#[derive(Debug, Default)]
pub(crate) struct Rollout {
    pub(crate) phase: Phase,
    /// Template that pods shall have: the newest, or the last good one where the newest was given up
    pub(crate) target: String,
    /// Template that was carried out last, if it is another one and is stored
    last_good: Option<String>,
    /// What the status remembers of it
    pub(crate) memory: Option<RolloutStatus>,
    /// Whether all that is asked for is there
    is_complete: bool,
    rolls_back_now: bool,
    pods: Pods,
    limits: Limits,
}

/// Live pods by template
#[derive(Clone, Copy, Debug, Default)]
struct Pods {
    /// Of another template than the target
    old: usize,
    /// Of the target
    new: usize,
    /// Of the target and not available
    unavailable: usize,
    /// Whether one of the target has settled
    settled: bool,
}

/// How far the number of pods may go while they are replaced
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    desired: usize,
    /// Live pods, at least
    least: usize,
    /// Live pods, at most
    most: usize,
    live: usize,
    /// Pods that are not live and keep their slots
    kept: usize,
}

/// Removes pods of other templates than the target, those that serve nobody first
///
/// What is left serves at least as much as `max_unavailable` allows, new pods that are not available yet not counted.
pub(crate) fn replace(view: &View<'_>, draft: &mut Draft) {
    let goes_on = matches!(draft.rollout.phase, Phase::RollingOut | Phase::RolledBack(_));
    if !goes_on || draft.is_scaling_down() || !draft.healing.intents.is_empty() {
        return;
    }
    let Rollout { target, pods, limits, .. } = &draft.rollout;
    let room = limits.live.saturating_sub(limits.least.saturating_add(pods.unavailable)).min(BATCH);
    let spare = view.counts.available.saturating_sub(limits.least);
    let old = scale::in_order(view, draft, |seen| !seen.is_of(target));
    let (serving, idle): (Vec<_>, Vec<_>) = old.into_iter().partition(|seen| view.is_available(seen));
    let leaving: Vec<_> = idle.into_iter().chain(serving.into_iter().take(spare)).take(room).collect();
    remove::all(view, draft, &leaving, DeleteReason::Rollout);
}

// === impl Rollout ===

impl Rollout {
    /// Compares what is there with what is asked for, and with what the last status said about it
    pub(crate) fn assess(view: &View<'_>) -> Self {
        if view.observation.resource.deletion.is_some() {
            return Self { target: view.observation.revision.clone(), ..Self::default() };
        }
        let change = Change::of(view);
        let mut rollout = Self::towards(view, change.given_up(view));
        rollout.follow(view, &change);
        rollout
    }

    fn towards(view: &View<'_>, given_up: Option<FailedRevision>) -> Self {
        let newest = &view.observation.revision;
        let last_good = last_good(view);
        let target = match &last_good {
            // what an invalid spec says is not trusted
            Some(last_good) if given_up.is_some() || view.is_invalid() => last_good,
            _ => newest,
        };
        let phase = given_up.filter(|_| last_good.is_some()).map_or(Phase::Complete, Phase::RolledBack);
        let pods = Pods::count(view, target);
        let limits = Limits::of(view, pods.old > 0);
        Self { phase, target: target.clone(), last_good, pods, limits, ..Self::default() }
    }

    /// Finds the phase, and gives up where that is asked for
    fn follow(&mut self, view: &View<'_>, change: &Change) {
        let counts = &view.counts;
        let there = counts.live == view.desired && counts.starting == 0 && view.is_served();
        self.is_complete = there && self.pods.old == 0 && !view.is_invalid() && !view.policy.paused;
        if view.policy.paused {
            self.phase = Phase::Paused;
            return;
        }
        if matches!(self.phase, Phase::RolledBack(_)) {
            return;
        }
        if view.is_invalid() {
            let goes_on = change.is_new || change.was_progressing;
            self.phase = if there || !goes_on { Phase::Complete } else { change.scaling() };
            return;
        }
        let stands_out = self.pods.old > 0 || counts.live > view.desired;
        if self.is_complete || !(change.is_new || change.was_progressing || change.was_stalled || stands_out)
        {
            self.phase = Phase::Complete;
            return;
        }
        let memory = self.remember(view, change);
        // time in which a budget keeps the old pods is not lost by the new ones
        let since = view.evictions_refused().map(|refused| refused.until).max();
        let since = since.map_or(memory.progressed_at, |until| until.max(memory.progressed_at));
        let exceeded = wait_over(since, view.policy.knobs.progress_deadline_secs) <= view.now;
        self.memory = Some(memory);
        self.phase = if exceeded { Phase::Exceeded } else { self.moving(view, change) };
        if exceeded && self.last_good.is_some() {
            // one pod more also where no old one is left: what should have replaced them is no good
            self.limits = Limits::of(view, true);
        }
        self.give_up(view);
    }

    fn moving(&self, view: &View<'_>, change: &Change) -> Phase {
        // without old pods it is not complete before the new ones serve
        let current = view.old_status().and_then(|status| status.current_revision.as_ref());
        let rolls = self.pods.old > 0 || current.is_some_and(|current| *current != self.target);
        if rolls { Phase::RollingOut } else { change.scaling() }
    }

    /// How far it has come, and when it came so far
    fn remember(&self, view: &View<'_>, change: &Change) -> RolloutStatus {
        let available = u32::try_from(self.pods.new - self.pods.unavailable).unwrap_or(u32::MAX);
        let known = view.old_status().and_then(|status| status.healing.as_ref()?.rollout.clone());
        let settled =
            self.pods.settled || (!change.new_template && known.as_ref().is_some_and(|known| known.settled));
        // another number of pods alone, such as an autoscaler's, is no new try of a template that stalls
        let stalls = change.was_stalled && (self.pods.old > 0 || self.last_good.is_some());
        let again = change.new_template || change.new_spec || (change.new_generation && !stalls);
        let refused_at = view.evictions_refused().map(|refused| whole_seconds(refused.at)).max();
        match known.filter(|_| !again) {
            Some(known) if available <= known.available => {
                let progressed_at = refused_at.map_or(known.progressed_at, |at| at.max(known.progressed_at));
                RolloutStatus { progressed_at, settled, ..known }
            }
            _ => RolloutStatus { progressed_at: view.now, available, settled },
        }
    }

    /// Goes back to the last good template, if that is wanted and the newest one is no good
    fn give_up(&mut self, view: &View<'_>) {
        if !view.policy.knobs.auto_rollback || self.last_good.is_none() {
            return;
        }
        let newest = &view.observation.revision;
        let alike =
            !self.memory.as_ref().is_some_and(|memory| memory.settled) && breaker::fails_alike(view, newest);
        let reason = match self.phase {
            Phase::Exceeded => Reason::ProgressDeadlineExceeded,
            Phase::RollingOut if alike => Reason::SameCause,
            _ => return,
        };
        let failed = FailedRevision { revision: newest.clone(), reason: reason.as_str().to_owned() };
        *self = Self { rolls_back_now: true, ..Self::towards(view, Some(failed)) };
    }

    /// Whether the newest template is given up in this decision
    pub(crate) fn rolls_back_now(&self) -> bool {
        self.rolls_back_now
    }

    /// The template that was given up
    pub(crate) fn failed_revision(&self) -> Option<FailedRevision> {
        match &self.phase {
            Phase::RolledBack(failed) => Some(failed.clone()),
            _ => None,
        }
    }

    /// When it is given up, unless it comes forward
    pub(crate) fn deadline(&self, view: &View<'_>) -> Option<Timestamp> {
        let memory = self.memory.as_ref()?;
        Some(wait_over(memory.progressed_at, view.policy.knobs.progress_deadline_secs))
    }

    /// The template that was carried out last
    pub(crate) fn current(&self, view: &View<'_>) -> Option<String> {
        let known = view.old_status().and_then(|status| status.current_revision.clone());
        if self.is_complete { Some(self.target.clone()) } else { known }
    }

    /// How many pods to make
    pub(crate) fn creates(&self) -> usize {
        self.creates_beside(self.limits.kept)
    }

    /// How many pods to make once none is left that keeps its slot without being live
    pub(crate) fn owes(&self) -> usize {
        self.creates_beside(0)
    }

    fn creates_beside(&self, kept: usize) -> usize {
        let Limits { desired, most, live, .. } = self.limits;
        let missing = desired.saturating_sub(live.saturating_add(kept));
        let beyond = most.saturating_sub(live.saturating_add(kept));
        match self.phase {
            Phase::RollingOut | Phase::RolledBack(_) => beyond.min(desired.saturating_sub(self.pods.new)),
            Phase::Exceeded => {
                let good = live.saturating_sub(self.pods.unavailable);
                // pods that are no good do not count: what they should replace is kept complete
                let restored = if self.last_good.is_some() { desired.saturating_sub(good) } else { 0 };
                restored.max(usize::from(self.is_trial())).min(beyond).max(missing)
            }
            _ => missing,
        }
    }

    /// Whether one pod of the newest template is made all the same: none is there that could come forward
    fn is_trial(&self) -> bool {
        self.phase == Phase::Exceeded && self.pods.unavailable == 0 && self.pods.new < self.limits.desired
    }

    /// The template of a new pod that follows `predecessor`
    pub(crate) fn revision_for(&self, predecessor: Option<&Seen<'_>>, is_first: bool) -> &str {
        let follows_new = predecessor.is_some_and(|predecessor| predecessor.is_of(&self.target));
        let of_newest = follows_new || (is_first && self.is_trial());
        match &self.last_good {
            Some(last_good) if self.phase == Phase::Exceeded && !of_newest => last_good,
            _ => &self.target,
        }
    }

    /// Live pods above the number that may be there
    pub(crate) fn surplus(&self, view: &View<'_>) -> usize {
        view.counts.live.saturating_sub(self.limits.most)
    }

    /// Why the pod is not healed: it is replaced by the rollout, or a new pod would be no better
    pub(crate) fn refuses(&self, seen: &Seen<'_>) -> Option<Reason> {
        let is_new = seen.is_of(&self.target);
        match &self.phase {
            Phase::RollingOut => (self.pods.old > 0).then_some(Reason::RolloutInProgress),
            Phase::RolledBack(_) => (!is_new).then_some(Reason::RolloutInProgress),
            Phase::Exceeded if self.pods.old > 0 && is_new => {
                let settled = self.memory.as_ref().is_some_and(|memory| memory.settled);
                (!settled).then_some(Reason::Hold)
            }
            Phase::Exceeded if !is_new => {
                let again = self.last_good.as_ref().is_some_and(|last_good| seen.is_of(last_good));
                (!again).then_some(Reason::RolloutInProgress)
            }
            _ => None,
        }
    }
}

fn last_good(view: &View<'_>) -> Option<String> {
    let current = view.old_status()?.current_revision.as_ref()?;
    let stored = view.observation.revisions.iter().any(|stored| stored.revision == *current);
    (stored && *current != view.observation.revision).then(|| current.clone())
}

// === impl Pods ===

impl Pods {
    fn count(view: &View<'_>, target: &str) -> Self {
        let mut pods = Self::default();
        for seen in view.live() {
            if !seen.is_of(target) {
                pods.old += 1;
                continue;
            }
            pods.new += 1;
            pods.unavailable += usize::from(!view.is_available(seen));
            pods.settled |= view.is_settled(seen);
        }
        pods
    }
}

// === impl Limits ===

impl Limits {
    fn of(view: &View<'_>, rolls: bool) -> Self {
        let (desired, live) = (view.desired, view.counts.live);
        let (knobs, replicas) = (&view.policy.knobs, view.policy.replicas);
        let whole = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let surge = whole(knobs.surge().ceil(replicas));
        let unavailable = match whole(knobs.max_unavailable.floor(replicas)) {
            // rounded down to nothing: one at a time, or nothing would ever move
            0 if surge == 0 => 1,
            unavailable => unavailable,
        };
        let most = if rolls && desired > 0 { desired.saturating_add(surge) } else { desired };
        Self { desired, least: desired.saturating_sub(unavailable), most, live, kept: view.kept().count() }
    }
}

/// What has changed since the last status
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent observation")]
struct Change {
    new_template: bool,
    new_spec: bool,
    new_generation: bool,
    /// Whether the object or its spec was never looked at before
    is_new: bool,
    was_progressing: bool,
    was_stalled: bool,
    is_first: bool,
}

// === impl Change ===

impl Change {
    fn of(view: &View<'_>) -> Self {
        let resource = &view.observation.resource;
        let old = view.old_status();
        let progressing = old.and_then(|old| Condition::find(&old.conditions, "Progressing"));
        let said = |reason: Reason| progressing.is_some_and(|old| old.reason == reason.as_str());
        let new_generation =
            progressing.is_none() || old.and_then(|old| old.observed_generation) != Some(resource.generation);
        let new_template = view.has_new_template();
        let was_progressing = progressing.is_some_and(Condition::is_true);
        Self {
            new_template,
            new_spec: view.has_new_spec(),
            new_generation,
            is_new: new_generation || new_template,
            was_progressing,
            was_stalled: said(Reason::ProgressDeadlineExceeded),
            is_first: progressing.is_none() || (was_progressing && said(Reason::NewResource)),
        }
    }

    /// The template that was given up before, unless the spec has changed
    fn given_up(&self, view: &View<'_>) -> Option<FailedRevision> {
        let known = view.old_status()?.healing.as_ref()?.failed_revision.as_ref()?;
        let stands = !self.new_template && !self.new_spec && known.revision == view.observation.revision;
        stands.then(|| known.clone())
    }

    fn scaling(&self) -> Phase {
        if self.is_first { Phase::NewResource } else { Phase::Scaling }
    }
}
