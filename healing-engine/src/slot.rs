//! Slots: the numbers under which a resource keeps its pods
//!
//! Which pod belongs to which slot, and which are free. Numbers are reused, holes are normal.

use std::collections::BTreeSet;

use crate::ObservedPod;

/// Slot of each live pod, in the order given; pods without a valid slot take the lowest free ones
pub(crate) fn assign(live: &[&ObservedPod]) -> Vec<u32> {
    let taken: BTreeSet<u32> = live.iter().filter_map(|pod| pod.slot).collect();
    let mut free = free(&taken);
    live.iter().map(|pod| pod.slot.or_else(|| free.next()).unwrap_or(u32::MAX)).collect()
}

/// Slots to fill, at most `wanted`: those that are owed a successor first, then the lowest free numbers
///
/// A slot that was healed or has lost its pod goes first, or its attempts and its open heal would be left behind.
pub(crate) fn to_fill(taken: &BTreeSet<u32>, owed: &BTreeSet<u32>, wanted: usize) -> Vec<u32> {
    let all: BTreeSet<u32> = taken.union(owed).copied().collect();
    owed.difference(taken).copied().chain(free(&all)).take(wanted).collect()
}

/// Numbers that are not taken, lowest first
fn free(taken: &BTreeSet<u32>) -> impl Iterator<Item = u32> {
    (0..=u32::MAX).filter(|slot| !taken.contains(slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owed_slots_go_first_then_the_lowest_free() {
        let (taken, owed) = (BTreeSet::from([0, 2]), BTreeSet::from([2, 5]));
        assert_eq!(to_fill(&taken, &owed, 4), [5, 1, 3, 4]);
        assert_eq!(to_fill(&taken, &owed, 0), [0; 0]);
    }

    #[test]
    fn pods_without_a_slot_take_the_lowest_free_ones() {
        let of = |slot: Option<u32>| ObservedPod { slot, ..crate::fixture::pod("a", 0, "ready") };
        let pods = [of(None), of(Some(1)), of(None), of(Some(u32::MAX)), of(Some(1))];
        assert_eq!(assign(&pods.iter().collect::<Vec<_>>()), [0, 1, 2, u32::MAX, 1]);
    }
}
