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

use crate::{Blueprint, BlueprintError, KNOBS, Place};

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
        errors.extend(self.contradictions().into_iter().filter_map(|one| one.certain));
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
