//! A field in terms of the Rust source: the struct that declares it and its name there

use healing_model::{Blueprint, Field, FieldKind};

/// The field of a struct that a path leads to, or the last on the way to it that is declared with us
struct Place<'b> {
    /// The struct
    owner: &'b str,
    /// The field, where the struct has it
    field: Option<&'b Field>,
    /// What is left of the path
    rest: String,
}

/// `Struct.field` for the path of a field in an object; what is not declared with us keeps its serialized name
///
/// None for what is in no spec: no struct of the user's declares it.
pub(super) fn place(blueprint: &Blueprint, field: &str) -> Option<String> {
    let spec = format!("{}Spec", blueprint.identity.kind);
    let Place { owner, field, rest } = find(blueprint, field, &spec)?;
    Some(match field {
        Some(field) => format!("{owner}.{}{rest}", field.ident()),
        None if rest.is_empty() => owner.to_owned(),
        None => format!("{owner}.{rest}"),
    })
}

/// Whether the type at this path is somebody else's, such as a pod template
pub(super) fn is_foreign(blueprint: &Blueprint, field: &str) -> bool {
    let found = find(blueprint, field, "").and_then(|place| place.field);
    found.is_some_and(|field| shape(field).is_none())
}

fn find<'b>(blueprint: &'b Blueprint, path: &str, spec: &'b str) -> Option<Place<'b>> {
    let rest = path.strip_prefix("spec").filter(|rest| rest.is_empty() || rest.starts_with('.'))?;
    let (mut owner, mut fields) = (spec, blueprint.fields.as_slice());
    let mut rest = rest.trim_start_matches('.');
    while !rest.is_empty() {
        let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(found) = fields.iter().find(|field| field.name == name) else { break };
        let inside = after.trim_start_matches("[]").trim_start_matches("{}");
        let inside = inside.trim_start_matches("[]").trim_start_matches("{}");
        match shape(found) {
            Some(shape) if inside.starts_with('.') => {
                (owner, fields, rest) = (&shape.ident, &shape.fields, &inside[1..]);
            }
            _ => return Some(Place { owner, field: Some(found), rest: after.to_owned() }),
        }
    }
    Some(Place { owner, field: None, rest: rest.to_owned() })
}

/// The struct that a field is, has elements of, or has values of
fn shape(field: &Field) -> Option<&healing_model::Shape> {
    let mut kind = &field.kind;
    loop {
        match kind {
            FieldKind::List(inner) | FieldKind::Map(inner) => kind = inner,
            FieldKind::Object(shape) => return Some(shape),
            _ => return None,
        }
    }
}
