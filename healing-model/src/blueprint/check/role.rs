//! Rules about roles: who plays one, with which type, and within which range

use serde_json::Value;

use crate::{Blueprint, BlueprintError, Field, FieldKind, Place, Replacement, Role};

pub(super) fn roles(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    for (at, binding) in blueprint.roles.iter().enumerate() {
        let (role, word) = (binding.role, binding.role.as_str());
        if let Some(first) = blueprint.roles[..at].iter().find(|other| other.role == role) {
            errors.push(BlueprintError::new(
                Place::Role(role, binding.field.clone()),
                format!("`{word}` is already played by `{}`; one field can play a role", first.field),
            ));
        }
        let Some(field) = blueprint.field(&binding.field) else { continue };
        if role.admits(&field.kind) {
            errors.extend(range(role, field));
        } else {
            errors.push(BlueprintError::new(
                Place::FieldType(binding.field.clone()),
                format!("the field of the role `{word}` must be {}", role.types()),
            ));
        }
    }
    if blueprint.role(Role::Replicas).is_none() {
        errors.push(BlueprintError::new(
            Place::Whole,
            "no field has the role `replicas`; put `#[healing(replicas)]` on the `i32` field with the number of pods",
        ));
    }
    contradictions(blueprint, errors);
    surge(blueprint, errors);
}

/// Bounds and default of the field of a knob are within the knob's range.
fn range(role: Role, field: &Field) -> Option<BlueprintError> {
    let knob = role.knob()?;
    if let Some(words) = role.words() {
        let default = field.default.as_ref()?.as_str()?;
        return (!words.contains(&default)).then(|| {
            BlueprintError::new(
                Place::Default(field.name.clone()),
                format!(
                    "`default` (\"{default}\") of the role `{}` must be one of {}",
                    knob.name,
                    words.join(", ")
                ),
            )
        });
    }
    if field.kind == FieldKind::Boolean {
        return None;
    }
    let (min, max) = (i64::from(knob.min), i64::from(knob.max));
    let name = || field.name.clone();
    let default = field.default.as_ref().and_then(Value::as_i64);
    let written = [
        ("minimum", field.minimum, Place::Minimum(name())),
        ("maximum", field.maximum, Place::Maximum(name())),
        ("default", default, Place::Default(name())),
    ];
    written.into_iter().find_map(|(word, value, place)| {
        let value = value.filter(|value| !(min..=max).contains(value))?;
        let message = format!("`{word}` ({value}) of the role `{}` must be {}", knob.name, knob.range());
        Some(BlueprintError::new(place, message))
    })
}

/// What is known when the operator is compiled does not contradict itself: a wait is not above its own upper bound.
fn contradictions(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    let player = |role| blueprint.role(role).and_then(|binding| blueprint.field(&binding.field));
    let (wait, most) = (player(Role::HealBackoff), player(Role::HealBackoffMax));
    if wait.is_none() && most.is_none() {
        // Both are knobs, whose rules are elsewhere.
        return;
    }
    let literal = |field: Option<&Field>, knob: u32| match field {
        Some(field) => field.default.as_ref().and_then(Value::as_i64),
        None => Some(i64::from(knob)),
    };
    let knobs = &blueprint.knobs;
    let (Some(low), Some(high)) =
        (literal(wait, knobs.heal_backoff_secs), literal(most, knobs.heal_backoff_max_secs))
    else {
        return;
    };
    if low > high {
        let place = wait.or(most).map_or(Place::Whole, |field| Place::Default(field.name.clone()));
        errors.push(BlueprintError::new(
            place,
            format!("`heal_backoff` ({low} s) must not exceed `heal_backoff_max` ({high} s)"),
        ));
    }
}

/// No default makes pods beyond the desired number where another says that a slot never has two.
fn surge(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    let player = |role| blueprint.role(role).and_then(|binding| blueprint.field(&binding.field));
    let (when, surge) = (player(Role::Replacement), player(Role::MaxSurge));
    let Some(field) = when.or(surge) else {
        // Both are knobs, whose rules are elsewhere.
        return;
    };
    let gone = match when {
        Some(field) => field.default.as_ref().and_then(Value::as_str) == Some(Replacement::Gone.as_str()),
        None => blueprint.knobs.replacement == Replacement::Gone,
    };
    let some = match surge {
        Some(field) => {
            field.default.as_ref().is_some_and(|amount| *amount != 0 && *amount != "0%" && !amount.is_null())
        }
        None => blueprint.knobs.max_surge.is_some_and(|surge| !surge.is_none()),
    };
    if gone && some {
        errors.push(BlueprintError::new(
            Place::Default(field.name.clone()),
            "`max_surge` must be 0 where `replacement` is \"gone\": a pod is replaced only when it is gone",
        ));
    }
}
