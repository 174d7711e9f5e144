//! Rules about bounds and defaults: a default is a value that the schema would take

use crate::{BlueprintError, Field, FieldKind, Place};

pub(super) fn bounds(fields: &[Field], errors: &mut Vec<BlueprintError>) {
    for field in fields {
        // One complaint a field: what follows from a wrong type or a crossed range is noise.
        errors.extend(check(field));
    }
}

fn check(field: &Field) -> Option<BlueprintError> {
    bounded_type(field)
        .or_else(|| crossed(field))
        .or_else(|| default_type(field))
        .or_else(|| default_range(field))
}

/// Bounds are for whole numbers, and within what the field's type can hold.
fn bounded_type(field: &Field) -> Option<BlueprintError> {
    let bounds = [
        ("minimum", field.minimum, Place::Minimum as fn(String) -> Place),
        ("maximum", field.maximum, Place::Maximum),
    ];
    bounds.into_iter().find_map(|(word, bound, place)| {
        let bound = bound?;
        let message = match &field.kind {
            FieldKind::Integer { .. } if field.kind.admits(&bound.into()) => return None,
            FieldKind::Integer { .. } => {
                format!("`{word}` ({bound}) does not fit the type of `{}`", field.name)
            }
            other => format!("`{word}` is for whole numbers; `{}` is {}", field.name, other.describe()),
        };
        Some(BlueprintError::new(place(field.name.clone()), message))
    })
}

/// The smallest value allowed is not above the largest.
fn crossed(field: &Field) -> Option<BlueprintError> {
    let (minimum, maximum) = (field.minimum?, field.maximum?);
    (minimum > maximum).then(|| {
        BlueprintError::new(
            Place::Minimum(field.name.clone()),
            format!(
                "`minimum` ({minimum}) must not exceed `maximum` ({maximum}); raise `maximum` or lower `minimum`"
            ),
        )
    })
}

/// A default is a value of the field's type.
fn default_type(field: &Field) -> Option<BlueprintError> {
    let default = field.default.as_ref().filter(|default| !default.is_null())?;
    (!field.kind.admits(default)).then(|| {
        let hint = match field.kind {
            FieldKind::Object(_) | FieldKind::Other | FieldKind::Flattened => {
                "; write an expression of its type"
            }
            _ => "",
        };
        BlueprintError::new(
            Place::Default(field.name.clone()),
            format!(
                "`default` ({default}) does not fit `{}`, which is {}{hint}",
                field.name,
                field.kind.describe()
            ),
        )
    })
}

/// A default is within the bounds; the API server refuses the CRD otherwise.
fn default_range(field: &Field) -> Option<BlueprintError> {
    let default = field.default.as_ref()?.as_i64()?;
    let (word, bound) = match (field.minimum, field.maximum) {
        (Some(minimum), _) if default < minimum => ("minimum", minimum),
        (_, Some(maximum)) if default > maximum => ("maximum", maximum),
        _ => return None,
    };
    let relation = if word == "minimum" { "below" } else { "above" };
    Some(BlueprintError::new(
        Place::Default(field.name.clone()),
        format!("`default` ({default}) is {relation} `{word}` ({bound})"),
    ))
}
