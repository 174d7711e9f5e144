//! The blueprint: everything that one `#[derive(HealingResource)]` declared, as plain data
//!
//! It owns the shape only. How tokens become a blueprint is the derive's business; what follows from one is the
//! engine's, the runtime's and crd-gen's.

pub(crate) mod identity;
pub(crate) mod definition;
pub(crate) mod role;
pub(crate) mod column;
pub(crate) mod field;
pub(crate) mod access;
pub(crate) mod owned;
pub(crate) mod webhook;
pub(crate) mod contradiction;
pub(crate) mod check;

use serde::{Deserialize, Serialize};

use crate::{
    CelRule, Column, Declared, Definition, Field, FieldKind, Identity, KnobValue, Knobs, OwnedKind, Policy,
    PolicyRule, Replacement, Role, RoleBinding, Rule, Webhook,
};

/// One declared resource
///
/// A blueprint is computed once, when the derive runs, and travels unchanged from there: into the operator, through
/// `describe` into crd-gen, into every manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Blueprint {
    /// What the API server calls the resource
    pub identity: Identity,
    /// What the definition says besides that
    #[serde(default, skip_serializing_if = "Definition::is_plain")]
    pub definition: Definition,
    /// Where the pods of a cluster-scoped resource are, and what it owns besides
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_namespace: Option<String>,
    /// The finalizer that protects clean-up; set before the first pod is created. Absent: none is used
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalizer: Option<String>,
    /// Which spec field plays which role, at most one field per role
    pub roles: Vec<RoleBinding>,
    /// All knobs, as fixed by `policy(...)` or by their defaults
    pub knobs: Knobs,
    /// Printer columns in the order in which they are shown, `Age` included
    pub columns: Vec<Column>,
    /// The fields of the spec, in the order of their declaration
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Rules about the spec, in the order in which they are checked
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Extra rules of the operator's role
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rbac: Vec<PolicyRule>,
    /// Kinds of objects beside the pods, of which `objects()` gives some
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owns: Vec<OwnedKind>,
    /// The validating webhook, where something is said about it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Rules about the spec for the API server alone
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cel: Vec<CelRule>,
    /// Whether the status is a type of the user's, with fields beside healing's
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_status: bool,
}

// === impl Blueprint ===

impl Blueprint {
    /// The field bound to `role`, if one is
    pub fn role(&self, role: Role) -> Option<&RoleBinding> {
        self.roles.iter().find(|binding| binding.role == role)
    }

    /// The spec field with this serialized name, if it is declared
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Gives the field of each knob the knob's range, where it has no bounds of its own, and adds a rule where two
    /// knobs could contradict each other
    ///
    /// To be called once a blueprint was checked: an error about a bound is about one that was written.
    pub fn bound_roles(&mut self) {
        let rules: Vec<Rule> = self.contradictions().into_iter().filter_map(|one| one.rule).collect();
        self.rules.extend(rules);
        for RoleBinding { role, field } in &self.roles {
            let Some(knob) = role.knob() else { continue };
            let Some(field) = self.fields.iter_mut().find(|other| other.name == *field) else { continue };
            let bounded = ["minimum", "maximum"].iter().any(|word| field.constraints.contains_key(*word));
            match role.words() {
                Some(words) if field.kind == FieldKind::String => {
                    field.constraints.entry("enum").or_insert_with(|| words.into());
                }
                None if field.kind == FieldKind::Boolean => {}
                None if field.minimum.is_none() && field.maximum.is_none() && !bounded => {
                    field.minimum = Some(knob.min.into());
                    field.maximum = (knob.max != Knobs::UNBOUNDED).then_some(knob.max.into());
                    if let (Some(pattern), FieldKind::Other) = (knob.pattern(), &field.kind) {
                        field.constraints.entry("pattern").or_insert_with(|| pattern.into());
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether what is decided may depend on nodes: they are read and granted only then
    pub fn reads_nodes(&self) -> bool {
        let knobs = &self.knobs;
        let played = [Role::Replacement, Role::ForceDelete].iter().any(|role| self.role(*role).is_some());
        played || knobs.replacement == Replacement::Gone || knobs.force_delete
    }

    /// JSON paths of the fields that clients can select objects by, such as `.spec.region`
    pub fn selectable(&self) -> Vec<String> {
        let mut paths = Vec::new();
        selectable(&self.fields, ".spec", &mut paths);
        paths
    }

    /// The policy for one object: the knobs, overruled by what its fields say
    ///
    /// Values out of range, which validation refuses but an object that bypassed it may carry, count as the nearest in
    /// it. A `failure_threshold` may be above its knob's range where the field's own bounds allow it.
    pub fn policy(&self, declared: Declared) -> Policy {
        let mut knobs = self.knobs.clone();
        for role in Role::ALL {
            let (Some(spec), Some(value)) = (role.knob(), declared.value(*role)) else { continue };
            let value = match value {
                KnobValue::Number(number) if *role == Role::FailureThreshold => {
                    KnobValue::Number(number.max(spec.min))
                }
                value => spec.clamp(value),
            };
            spec.set(&mut knobs, &value);
        }
        Policy {
            replicas: u32::try_from(declared.replicas).unwrap_or(0),
            health_threshold: declared.health_threshold.map(|value| u32::try_from(value).unwrap_or(0)),
            paused: declared.paused.unwrap_or(false),
            knobs,
        }
    }
}

fn selectable(fields: &[Field], root: &str, paths: &mut Vec<String>) {
    for field in fields {
        let path = format!("{root}.{}", field.name);
        match &field.kind {
            FieldKind::Object(shape) => selectable(&shape.fields, &path, paths),
            _ if field.selectable => paths.push(path),
            _ => {}
        }
    }
}
