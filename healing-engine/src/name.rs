//! Names of a resource's pods and stored templates, and the selector of its pods
//!
//! A name is a function of the resource's UID and of what it names: a create whose answer was lost can be
//! sent again and hits the object it made. Which incarnation is free is decided where creates are planned.

use std::collections::BTreeSet;

use crate::{
    pod::{APP_LABEL, OWNER_UID_LABEL},
    revision::{Hash, REVISION_CHARS},
};

/// Longest part of the resource's name that a pod's name keeps: 63, a label value, less the suffix
const NAME_CHARS: usize = 57;
/// Length of the suffix, as Kubernetes' own `generateName` has it
const SUFFIX_CHARS: usize = 5;

/// Name of the pod that fills `slot` for the `incarnation`-th time: the resource's name and five characters
pub fn pod_name(resource_name: &str, uid: &str, slot: u32, incarnation: u32) -> String {
    let mut hash = Hash::new();
    hash.str(uid);
    hash.number(slot.into());
    hash.number(incarnation.into());
    with_suffix(resource_name, &hash.text(SUFFIX_CHARS))
}

/// Name of the object that stores the template with this hash: the resource's name and ten characters
pub fn revision_name(resource_name: &str, uid: &str, revision: &str, incarnation: u32) -> String {
    let mut hash = Hash::new();
    hash.str(uid);
    hash.str(revision);
    hash.number(incarnation.into());
    with_suffix(resource_name, &hash.text(REVISION_CHARS))
}

fn with_suffix(resource_name: &str, suffix: &str) -> String {
    let kept: String = resource_name.chars().take(NAME_CHARS).collect();
    format!("{}-{suffix}", kept.trim_end_matches(['-', '.']))
}

/// The lowest incarnation whose name nobody is known to have
pub(crate) fn free_incarnation(taken: &BTreeSet<String>, name: impl Fn(u32) -> String) -> u32 {
    // more incarnations than names are taken: one of them is free, but for a hash of no use at all
    let mut some = (0..).take(taken.len().saturating_add(1));
    some.find(|incarnation| !taken.contains(&name(*incarnation))).unwrap_or(u32::MAX)
}

/// Selector of a resource's pods, for the scale subresource
pub(crate) fn selector(resource_name: &str, uid: &str) -> String {
    format!("{APP_LABEL}={resource_name},{OWNER_UID_LABEL}={uid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_cut_and_ends_in_five_characters() {
        let long = format!("{}-.tail", "a".repeat(56));
        let name = pod_name(&long, "u", 0, 0);
        assert_eq!(&name[..57], format!("{}-", "a".repeat(56)), "{name}");
        assert_eq!(name.len(), 56 + 1 + 5);
        assert!(pod_name(&"b".repeat(63), "u", 0, 0).len() == 63);
    }

    #[test]
    fn each_of_its_parts_counts() {
        let names: BTreeSet<String> = [("u", 0, 0), ("u", 0, 1), ("u", 1, 0), ("v", 0, 0)]
            .into_iter()
            .map(|(uid, slot, incarnation)| pod_name("web", uid, slot, incarnation))
            .collect();
        assert_eq!(names.len(), 4, "{names:?}");
    }

    #[test]
    fn collides_no_more_often_than_chance() {
        let names: BTreeSet<String> = (0..1000).map(|slot| pod_name("web", "uid", slot, 0)).collect();
        assert!(names.len() >= 998, "{}", names.len());
    }
}
