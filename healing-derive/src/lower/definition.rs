//! The definition and the webhook: defaults, and keys that are there once

use std::collections::BTreeMap;

use healing_model::{Definition, OwnedKind, Webhook};
use quote::ToTokens as _;

use crate::{
    accumulator::Errors,
    draft::{ContainerDraft, PairDraft, WebhookDraft},
};

/// What the struct says about the definition
pub(crate) fn definition(container: &ContainerDraft, errors: &mut Errors) -> Definition {
    let plain = Definition::default();
    Definition {
        served: container.served.as_ref().map_or(plain.served, |served| served.value),
        storage: container.storage.as_ref().map_or(plain.storage, |storage| storage.value),
        deprecated: container.deprecated.is_some(),
        deprecation_warning: container.deprecated.as_ref().and_then(|text| text.value.clone()),
        annotations: pairs(&container.crd_annotations, errors),
        labels: pairs(&container.crd_labels, errors),
    }
}

/// What `webhook(...)` says
pub(crate) fn webhook(draft: &WebhookDraft) -> Webhook {
    let plain = Webhook::default();
    Webhook {
        failure_policy: draft.failure_policy.as_ref().map_or(plain.failure_policy, |policy| policy.value),
        timeout_seconds: draft.timeout_seconds.as_ref().map_or(plain.timeout_seconds, |seconds| {
            // 0 is out of range, as is all that does not fit; the model says so.
            u32::try_from(seconds.value).unwrap_or(0)
        }),
    }
}

/// A kind beside the pods, by its path without spaces
pub(crate) fn owned(path: &syn::Path) -> OwnedKind {
    OwnedKind::written(path.to_token_stream().to_string().replace(' ', ""))
}

fn pairs(drafts: &[PairDraft], errors: &mut Errors) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for PairDraft { key, value } in drafts {
        if pairs.insert(key.value.clone(), value.value.clone()).is_some() {
            errors.push(key, format!("duplicate key `{}`; give it once", key.value));
        }
    }
    pairs
}
