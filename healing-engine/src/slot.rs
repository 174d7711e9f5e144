//! Slots: the numbers under which a resource keeps its pods
//!
//! Which pod belongs to which slot, and which are free. Numbers are reused, holes are normal.

use std::collections::BTreeSet;

use crate::ObservedPod;

/// Slot of each live pod, in the order given; pods without a valid slot take the lowest free ones
pub(crate) fn assign(live: &[&ObservedPod]) -> Vec<u32> {
    let mut taken: BTreeSet<u32> = live.iter().filter_map(|pod| pod.slot).collect();
    live.iter().map(|pod| pod.slot.unwrap_or_else(|| take_lowest_free(&mut taken))).collect()
}

/// Slots to fill, at most `wanted`: those that are owed a successor first, then the lowest free numbers
///
/// A slot that was healed or has lost its pod goes first, or its attempts and its open heal would be left behind.
pub(crate) fn to_fill(live: &BTreeSet<u32>, owed: &BTreeSet<u32>, wanted: usize) -> Vec<u32> {
    let mut slots: Vec<u32> = owed.difference(live).copied().take(wanted).collect();
    let mut taken: BTreeSet<u32> = live.union(owed).copied().collect();
    while slots.len() < wanted {
        slots.push(take_lowest_free(&mut taken));
    }
    slots
}

fn take_lowest_free(taken: &mut BTreeSet<u32>) -> u32 {
    let mut lowest = 0;
    for slot in &*taken {
        if *slot != lowest {
            break;
        }
        lowest = slot.saturating_add(1);
    }
    taken.insert(lowest);
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owed_slots_go_first_then_the_lowest_free() {
        let (live, owed) = (BTreeSet::from([0, 2]), BTreeSet::from([2, 5]));
        assert_eq!(to_fill(&live, &owed, 4), [5, 1, 3, 4]);
        assert_eq!(to_fill(&live, &owed, 0), [0; 0]);
    }
}
