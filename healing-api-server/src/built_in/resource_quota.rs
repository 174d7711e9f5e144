//! `ResourceQuota`: how many objects a namespace may have
//!
//! It owns what is particular about the kind, and what a limit counts. Counting is a controller's business, refusing
//! that of the write. Limits of what pods ask for, such as `requests.cpu`, and scopes are not kept here, and refused.

use serde_json::Value;
use structural_schema::FieldError;

use super::cell::text;
use super::check::Errors;
use super::edit::{fill, keep};
use super::quantity::{self, NANO};
use super::{BuiltIn, Column, age};
use crate::Refusal;
use crate::kind::ResourceKey;
use crate::meta::label_key;

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "ResourceQuota",
    plural: "resourcequotas",
    singular: "resourcequota",
    short_names: &["quota"],
    schema: "io.k8s.api.core.v1.ResourceQuota",
    subresources: &["status"],
    delete_shows_object: true,
    default: |object| fill(object, "ResourceQuota", |_| {}),
    prepare_create: |object, _| {
        object.as_object_mut().map(|object| object.remove("status"));
        check_kept(object)
    },
    share: |object, _| check_kept(object),
    prepare_update: |new, old| keep(new, old, "status"),
    prepare_status: |new, old| keep(new, old, "spec"),
    validate: |new, _| validate(new, "spec"),
    validate_status: |new, _| validate(new, "status"),
    columns: &[
        Column::NAME,
        Column::shown(
            "Request",
            "string",
            "Request represents a minimum amount of cpu/memory that a container may consume.",
        ),
        Column::shown(
            "Limit",
            "string",
            "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.",
        ),
        Column::AGE,
    ],
    cells: |object, now| {
        let used = |name: &str| object["status"]["used"][name].as_str().unwrap_or("0").to_owned();
        let hard = object["status"]["hard"].as_object().into_iter().flatten();
        let (limits, requests): (Vec<_>, Vec<_>) =
            hard.map(|(name, hard)| (name, text(hard))).partition(|(name, _)| name.starts_with("limits."));
        let shown = |all: Vec<(&String, &str)>| {
            let all = all.into_iter().map(|(name, hard)| format!("{name}: {}/{hard}", used(name)));
            all.collect::<Vec<_>>().join(", ")
        };
        vec![
            object["metadata"]["name"].clone(),
            shown(requests).into(),
            shown(limits).into(),
            age(object, now),
        ]
    },
    ..BuiltIn::PLAIN
};

/// Limits that count all objects of a resource of the core group
const OBJECTS: &[&str] = &["configmaps", "persistentvolumeclaims", "resourcequotas", "secrets", "services"];
/// Other limits that a real server knows
const OTHERS: &[&str] = &[
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "services.loadbalancers",
    "services.nodeports",
];

/// What a limit counts
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) resource: ResourceKey,
    /// Pods that have ended do not count
    pub(crate) but_ended: bool,
}

/// What a limit of this name counts; none for one that is not kept here
pub(crate) fn counted(limit: &str) -> Option<Counted> {
    if limit == "pods" {
        return Some(Counted { resource: ResourceKey::new("", "pods"), but_ended: true });
    }
    if OBJECTS.contains(&limit) {
        return Some(Counted { resource: ResourceKey::new("", limit), but_ended: false });
    }
    let counted = limit.strip_prefix("count/")?;
    let (plural, group) = counted.split_once('.').unwrap_or((counted, ""));
    Some(Counted { resource: ResourceKey::new(group, plural), but_ended: false })
}

/// The number that a limit or a use is
pub(crate) fn number(quantity: &Value) -> i128 {
    quantity.as_str().and_then(quantity::parse).unwrap_or(0) / NANO
}

// === impl Counted ===

impl Counted {
    /// Whether an object of the resource counts
    pub(crate) fn counts(&self, object: &Value) -> bool {
        !self.but_ended || !matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
    }
}

/// Refuses what this server would not keep to
fn check_kept(object: &Value) -> Result<(), Refusal> {
    let spec = &object["spec"];
    let others = spec["hard"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    if let Some(other) = others.into_iter().find(|name| OTHERS.contains(name) || name.contains('/'))
        && counted(other).is_none()
    {
        let what = format!("the limit `{other}` of a ResourceQuota");
        return Err(Refusal::not_implemented(
            &what,
            "it counts objects: use `pods` or `count/RESOURCE.GROUP`",
        ));
    }
    for field in ["scopes", "scopeSelector"] {
        if !spec[field].is_null() {
            let what = format!("`spec.{field}` of a ResourceQuota");
            return Err(Refusal::not_implemented(&what, "leave it out: the limits then count all objects"));
        }
    }
    Ok(())
}

fn validate(new: &Value, part: &str) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for field in ["hard", "used"] {
        for (name, amount) in new[part][field].as_object().into_iter().flatten() {
            let place = format!("{part}.{field}[{name}]");
            errors.problems(&place, name, label_key(name));
            let is_known = counted(name).is_some() || OTHERS.contains(&name.as_str());
            if !is_known && !name.contains('/') {
                if label_key(name).is_empty() {
                    errors.problems(
                        &place,
                        name,
                        vec!["must be a standard resource type or fully qualified".into()],
                    );
                }
                errors.problems(&place, name, vec!["must be a standard resource for quota".into()]);
            }
            let nanos = quantity::parse(text(amount)).unwrap_or(0);
            if nanos < 0 {
                errors.invalid(&*place, amount, "must be greater than or equal to 0");
            }
            if counted(name).is_some() && nanos % NANO != 0 {
                errors.invalid(&*place, amount, "must be an integer");
            }
        }
    }
    errors.0
}
