//! The rules about declarations: what a blueprint must be for the API server to take it and for healing to work
//!
//! One function per subject, each rule in the comment above it. It owns no tokens: an error names a [`Place`].

mod bound;
mod constraint;
mod definition;
mod name;
mod owned;
mod path;
mod role;

pub use constraint::TEXT_FORMATS;

use crate::{Blueprint, BlueprintError, KNOBS, Place, Replacement};

/// Whether text matches a pattern, both for Rust's `regex`; an error where the pattern is none
pub type Engine<'e> = &'e dyn Fn(&str, &str) -> Result<bool, String>;

impl Blueprint {
    /// All rules about declarations that this blueprint breaks, in the order of their subjects; empty when it is sound
    ///
    /// Without an engine for patterns, of which only the dialect is checked.
    pub fn check(&self) -> Vec<BlueprintError> {
        self.check_with(&|_, _| Ok(true))
    }

    /// As [`Blueprint::check`], with patterns compiled and defaults matched against them
    pub fn check_with(&self, engine: Engine<'_>) -> Vec<BlueprintError> {
        let mut errors = Vec::new();
        name::identity(&self.identity, &mut errors);
        name::pod_namespace(self, &mut errors);
        name::finalizer(self.finalizer.as_deref(), &mut errors);
        role::roles(self, &mut errors);
        self.check_field_names(&mut errors);
        bound::bounds(&self.fields, &mut errors);
        constraint::constraints(&self.fields, engine, &mut errors);
        definition::definition(self, &mut errors);
        definition::rbac(&self.rbac, &mut errors);
        errors.extend(self.check_owned());
        definition::webhook(self, &mut errors);
        path::columns(self, &mut errors);
        self.check_knobs(&mut errors);
        self.check_messages(&mut errors);
        errors
    }

    /// The rules about declarations that its fields and rules break, as those of a struct in the spec
    pub fn check_shape(&self, engine: Engine<'_>) -> Vec<BlueprintError> {
        let mut errors = Vec::new();
        self.check_field_names(&mut errors);
        bound::bounds(&self.fields, &mut errors);
        constraint::constraints(&self.fields, engine, &mut errors);
        self.check_messages(&mut errors);
        errors
    }

    /// No two fields have the same serialized name.
    fn check_field_names(&self, errors: &mut Vec<BlueprintError>) {
        for (at, field) in self.fields.iter().enumerate() {
            if self.fields[..at].iter().any(|other| other.name == field.name) {
                errors.push(BlueprintError::new(
                    Place::FieldName(field.name.clone()),
                    format!("another field is serialized as `{}` too; rename one of them", field.name),
                ));
            }
        }
    }

    /// Every knob is within its range, and none contradicts another.
    fn check_knobs(&self, errors: &mut Vec<BlueprintError>) {
        for spec in KNOBS {
            let Some(value) = spec.value(&self.knobs) else { continue };
            if spec.clamp(value.clone()) != value {
                errors.push(BlueprintError::new(
                    Place::Knob(spec.name),
                    format!("`{}` ({value}) must be {}", spec.name, spec.range()),
                ));
            }
        }
        let (wait, most) = (self.knobs.heal_backoff_secs, self.knobs.heal_backoff_max_secs);
        if wait > most {
            errors.push(BlueprintError::new(
                Place::Knob("heal_backoff"),
                format!(
                    "`heal_backoff` ({wait} s) must not exceed `heal_backoff_max` ({most} s); raise `heal_backoff_max` \
                     or lower `heal_backoff`"
                ),
            ));
        }
        let (ready, deadline) = (self.knobs.min_ready_secs, self.knobs.progress_deadline_secs);
        if ready >= deadline {
            errors.push(BlueprintError::new(
                Place::Knob("min_ready_seconds"),
                format!(
                    "`min_ready_seconds` ({ready} s) must be less than `progress_deadline` ({deadline} s): no pod would \
                     become available in time; raise `progress_deadline` or lower `min_ready_seconds`"
                ),
            ));
        }
        self.check_surge(errors);
    }

    /// A rollout can move, and where a slot never has two pods it makes none beyond the desired number.
    fn check_surge(&self, errors: &mut Vec<BlueprintError>) {
        let knobs = &self.knobs;
        let is_gone = knobs.replacement == Replacement::Gone;
        let (place, message) = match (knobs.max_surge, knobs.max_unavailable.is_none()) {
            (Some(surge), _) if is_gone && !surge.is_none() => (
                Place::Knob("max_surge"),
                format!(
                    "`max_surge` ({surge}) must be 0 with `replacement = \"gone\"`: a pod is replaced only when it is \
                     gone; drop `max_surge`"
                ),
            ),
            (_, true) if is_gone => (
                Place::Knob("max_unavailable"),
                "`max_unavailable` must not be 0 with `replacement = \"gone\"`: no pod could ever be replaced; raise it"
                    .to_owned(),
            ),
            (Some(surge), true) if surge.is_none() => (
                Place::Knob("max_surge"),
                "`max_surge` and `max_unavailable` must not both be 0: no pod could ever be replaced; raise one of them"
                    .to_owned(),
            ),
            _ => return,
        };
        errors.push(BlueprintError::new(place, message));
    }

    /// The message of a rule is one line with something on it; the API server refuses others.
    fn check_messages(&self, errors: &mut Vec<BlueprintError>) {
        for (at, rule) in self.rules.iter().enumerate() {
            let problem = if rule.message.trim().is_empty() {
                "the message of a rule must say something"
            } else if rule.message.contains(['\n', '\r']) {
                "the message of a rule must be one line"
            } else {
                continue;
            };
            errors.push(BlueprintError::new(Place::RuleMessage(at), problem));
        }
    }
}

#[cfg(test)]
mod tests;
