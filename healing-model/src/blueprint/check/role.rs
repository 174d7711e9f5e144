//! Rules about roles: who plays one, with which type, and within which range

use serde_json::Value;

use crate::{Blueprint, BlueprintError, Field, FieldKind, Place, Role};

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
