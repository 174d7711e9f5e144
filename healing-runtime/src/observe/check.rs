//! Whether a resource that is already in the cluster may be acted on
//!
//! The API server and the webhook refuse invalid objects; this is the last line, for objects that came past them: an
//! older object under a stricter rule, or a bypassed admission.

use healing_model::{Blueprint, FieldError, Role};
use serde_json::Value;

use crate::HealingResource;

/// The rules that `resource` breaks
///
/// A health threshold above the number of replicas is no reason to stand still if that is all that is wrong: it is
/// clamped when decisions are made, as the documented operator's intent demands.
pub(crate) fn invalid<R: HealingResource>(resource: &R) -> Vec<FieldError> {
    let errors = resource.validate(None);
    if errors.is_empty() {
        return errors;
    }
    match clamped(R::blueprint(), resource) {
        Some(clamped) if clamped.validate(None).is_empty() => Vec::new(),
        _ => errors,
    }
}

/// The same resource with the threshold brought down to the number of replicas; `None` if it is not above it
fn clamped<R: HealingResource>(blueprint: &Blueprint, resource: &R) -> Option<R> {
    let declared = resource.declared();
    if declared.health_threshold? <= declared.replicas {
        return None;
    }
    let field = &blueprint.role(Role::HealthThreshold)?.field;
    let mut object = serde_json::to_value(resource).ok()?;
    *object.get_mut("spec")?.get_mut(field)? = Value::from(declared.replicas);
    serde_json::from_value(object).ok()
}
