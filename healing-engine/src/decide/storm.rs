//! Storms: too many pods are unhealthy at once for it to be the pods' fault
//!
//! A storm stops heals for at most `storm_pause`, then slows them to one at a time; it never stops creates. Whether one
//! stands is compared anew each time, of this resource here and of all resources of the process from their counts.

use jiff::Timestamp;

use super::{draft::Draft, view::View};
use crate::{Action, Health, Tally, deadline::wait_over, reason::Reason};

/// Unhealthy pods that a storm across resources has at least
const CLUSTER_PODS: u64 = 10;
/// Resources that these pods are of, at least
const CLUSTER_RESOURCES: usize = 3;
/// Percentage of all pods that a storm across resources is above
const CLUSTER_PERCENT: u64 = 40;

/// What the storm gate says
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Storm {
    /// As many pods are healthy as is usual
    #[default]
    Calm,
    /// No heals until then
    Pauses(Reason, Timestamp),
    /// The pause is over and the storm is not: one heal at a time
    Outlasts(Reason),
}

/// Whether pods across many resources are unhealthy at once: a node pool or a network, not the pods themselves
///
/// `tallies` are the newest counts of every resource of the process.
pub fn is_cluster_storm(tallies: impl IntoIterator<Item = Tally>) -> bool {
    let (mut unhealthy, mut live, mut resources) = (0_u64, 0_u64, 0_usize);
    for tally in tallies {
        unhealthy = unhealthy.saturating_add(u64::from(tally.unhealthy));
        live = live.saturating_add(u64::from(tally.live));
        resources += usize::from(tally.unhealthy > 0);
    }
    let many = unhealthy.saturating_mul(100) > live.saturating_mul(CLUSTER_PERCENT);
    unhealthy >= CLUSTER_PODS && many && resources >= CLUSTER_RESOURCES
}

/// Compares, and keeps in the status since when a storm stands and when it was over
pub(crate) fn compare(view: &View<'_>, draft: &mut Draft) {
    let pause = view.policy.knobs.storm_pause_secs;
    let healing = &mut draft.healing;
    // one that comes back within the pause is the same: many short storms must not add up to no heals at all
    if let Some(forgotten_at) = healing.storm_over_at.map(|over| wait_over(over, pause)) {
        if forgotten_at <= view.now {
            (healing.storm_since, healing.storm_over_at) = (None, None);
        } else {
            draft.deadlines.add(forgotten_at, "a storm to be forgotten");
        }
    }
    let Some(reason) = reason(view) else {
        if healing.storm_since.is_some() && healing.storm_over_at.is_none() {
            healing.storm_over_at = Some(view.now);
            draft.deadlines.add(wait_over(view.now, pause), "a storm to be forgotten");
        }
        return;
    };
    healing.storm_over_at = None;
    let until = wait_over(*healing.storm_since.get_or_insert(view.now), pause);
    draft.deadlines.add(until, reason.as_str());
    draft.storm = if until > view.now { Storm::Pauses(reason, until) } else { Storm::Outlasts(reason) };
}

/// How many pods count for storms across resources
pub(crate) fn tally(view: &View<'_>) -> Tally {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Tally { unhealthy: count(failing(view)), live: count(view.counts.live) }
}

/// Most pods of the resource that may be unhealthy at once: at least one, or one replica would never heal or always
pub(crate) fn allowed(view: &View<'_>) -> u32 {
    view.policy.max_unhealthy().floor(view.policy.replicas).max(1)
}

fn reason(view: &View<'_>) -> Option<Reason> {
    let failing = failing(view);
    let allowed = usize::try_from(allowed(view)).unwrap_or(usize::MAX);
    if failing == 0 || view.desired == 0 {
        None
    } else if failing > allowed {
        Some(Reason::TooManyUnhealthy)
    } else {
        view.observation.surroundings.cluster_storm.then_some(Reason::ClusterStorm)
    }
}

/// Live pods that are unhealthy, between two crashes included; those that no new pod would help are not counted
fn failing(view: &View<'_>) -> usize {
    let fails = view.live().filter(|seen| {
        let judgement = &seen.judgement;
        let unhealthy = judgement.health == Health::Unhealthy && judgement.action != Action::Hold;
        unhealthy || view.is_looping(seen)
    });
    fails.count()
}

// === impl Storm ===

impl Storm {
    /// Why no heal may begin, and until when
    pub(crate) fn stops(self) -> Option<(Reason, Option<Timestamp>)> {
        match self {
            Self::Pauses(reason, until) => Some((reason, Some(until))),
            Self::Calm | Self::Outlasts(_) => None,
        }
    }

    /// Whether it stands longer than its pause
    pub(crate) fn is_outlasting(self) -> bool {
        matches!(self, Self::Outlasts(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_across_resources_is_of_many_pods_and_of_many_resources() {
        for (what, tallies, storm) in [
            ("nothing", vec![], false),
            ("three resources", vec![(4, 8), (4, 8), (4, 8)], true),
            ("two resources", vec![(8, 10), (8, 10), (0, 1)], false),
            ("nine pods", vec![(3, 3), (3, 3), (3, 3)], false),
            ("40 percent", vec![(4, 10), (4, 10), (4, 10)], false),
            ("above 40 percent", vec![(4, 9), (4, 10), (4, 10)], true),
            ("one of many", vec![(5, 5), (5, 5), (1, 5), (0, 1000)], false),
        ] {
            let tallies = tallies.into_iter().map(|(unhealthy, live)| Tally { unhealthy, live });
            assert_eq!(is_cluster_storm(tallies), storm, "{what}");
        }
    }
}
