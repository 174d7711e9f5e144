//! What is left in a namespace that ends, and the conditions that tell it
//!
//! It owns the words. What is deleted when is the controller's business.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::FINALIZERS_SECS;
use crate::delete::set_condition;
use crate::kind::ResourceKey;
use crate::meta::Meta;

/// What is left after everything was deleted
#[derive(Debug, Default)]
pub(super) struct Remains {
    /// Seconds until it is thought to be gone
    pub(super) estimate_secs: i64,
    /// How many objects of a resource are left, by `plural.group`
    resources: BTreeMap<String, usize>,
    /// How many objects a finalizer holds
    finalizers: BTreeMap<String, usize>,
    failures: Vec<String>,
}

/// Condition, reason and message when all is well
const WELL: &[[&str; 3]] = &[
    ["NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"],
    [
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ],
    [
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ],
    ["NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"],
    ["NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"],
];

// === impl Remains ===

impl Remains {
    /// Counts what is left of a resource
    pub(super) fn add(
        &mut self,
        resource: &ResourceKey,
        (version, namespace): (&str, &str),
        left: &[Arc<Value>],
        estimate_secs: i64,
    ) {
        if left.is_empty() {
            return;
        }
        let (group, plural) = (&resource.group, &resource.plural);
        self.resources.insert(format!("{plural}.{group}"), left.len());
        let mut held = false;
        for finalizer in left.iter().flat_map(|object| object.finalizers()) {
            held = true;
            *self.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
        let estimate_secs = match estimate_secs {
            0 if held => FINALIZERS_SECS,
            0 => {
                self.failures.push(format!(
                    "unexpected items still remain in namespace: {namespace} for gvr: {group}/{version}, Resource={plural}"
                ));
                0
            }
            estimate => estimate,
        };
        self.estimate_secs = self.estimate_secs.max(estimate_secs);
    }

    pub(super) fn found_any(&self) -> bool {
        !self.resources.is_empty()
    }

    pub(super) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// While pods remain, the real controller counts nothing
    pub(super) fn forget_counts(&mut self) {
        self.resources.clear();
        self.finalizers.clear();
    }

    /// Sets the conditions of the namespace
    pub(super) fn tell(&self, namespace: &mut Value, now: Timestamp) {
        let told = |counts: &BTreeMap<String, usize>, what: &str| {
            let mut told: Vec<String> = counts
                .iter()
                .map(|(name, count)| format!("{name} {what} {count} resource instances"))
                .collect();
            told.sort();
            told.join(", ")
        };
        let mut failures = self.failures.clone();
        failures.sort();
        let remaining = [
            None,
            None,
            self.has_failed().then(|| {
                let message = format!(
                    "Failed to delete all resource types, {} remaining: {}",
                    failures.len(),
                    failures.join(", ")
                );
                ("ContentDeletionFailed", message)
            }),
            self.found_any().then(|| {
                let message = format!("Some resources are remaining: {}", told(&self.resources, "has"));
                ("SomeResourcesRemain", message)
            }),
            (!self.finalizers.is_empty()).then(|| {
                let told = told(&self.finalizers, "in");
                let message = format!("Some content in the namespace has finalizers remaining: {told}");
                ("SomeFinalizersRemain", message)
            }),
        ];
        for ([kind, reason, message], trouble) in WELL.iter().zip(remaining) {
            let (status, reason, message) = match &trouble {
                Some((reason, message)) => ("True", *reason, message.as_str()),
                None => ("False", *reason, *message),
            };
            let condition = json!({ "type": kind, "status": status, "reason": reason, "message": message });
            set_condition(namespace, &condition, now);
        }
    }
}
