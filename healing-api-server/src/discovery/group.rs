//! Groups and their versions, in the order in which clients are to prefer them
//!
//! It owns the order. What is told of them is the business of others.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use crate::kind::{Kind, Kinds};

/// A group of kinds; that of the core has no name
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) name: &'a str,
    /// The preferred one first
    pub(crate) versions: Vec<Version<'a>>,
}

/// One version of a group
#[derive(Debug)]
pub(crate) struct Version<'a> {
    pub(crate) name: &'a str,
    /// By plural
    pub(crate) kinds: Vec<&'a Arc<Kind>>,
}

/// The groups of Kubernetes, as a real server orders them; all others follow by name
const ORDER: &[&str] = &[
    "",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
];

/// All groups that are served
pub(crate) fn groups(kinds: &Kinds) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    // they come by group, version and plural
    for kind in kinds.iter() {
        if groups.last().is_none_or(|group| group.name != kind.group()) {
            groups.push(Group { name: kind.group(), versions: Vec::new() });
        }
        let Some(group) = groups.last_mut() else { continue };
        if group.versions.last().is_none_or(|version| version.name != kind.version) {
            group.versions.push(Version { name: &kind.version, kinds: Vec::new() });
        }
        if let Some(version) = group.versions.last_mut() {
            version.kinds.push(kind);
        }
    }
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    groups.sort_by_key(|group| (place(group.name), group.name));
    for group in &mut groups {
        group.versions.sort_by(|one, other| order(one.name, other.name));
    }
    groups
}

/// The order of versions: stable ones before beta before alpha, newer before older, and then all other words
pub(crate) fn order(one: &str, other: &str) -> Ordering {
    let rank = |version: &str| numbers(version).map_or((1, None), |numbers| (0, Some(Reverse(numbers))));
    rank(one).cmp(&rank(other)).then_with(|| one.cmp(other))
}

/// Stability, major and minor number of a version such as `v1`, `v1beta2`
fn numbers(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (major, rest) = rest.split_at(end);
    let (stability, minor) = match rest {
        "" => (2, "0"),
        rest => {
            let beta = rest.strip_prefix("beta").map(|minor| (1, minor));
            beta.or_else(|| rest.strip_prefix("alpha").map(|minor| (0, minor)))?
        }
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(major) && is_number(minor)).then_some(())?;
    Some((stability, major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_stability_and_then_by_age() {
        let mut versions =
            ["foo10", "v1", "v3beta1", "v10", "v2", "v12alpha1", "foo1", "v11beta2", "v10beta3"];
        versions.sort_by(|one, other| order(one, other));
        assert_eq!(
            versions,
            ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "foo1", "foo10"]
        );
    }
}
