//! A field in terms of the Rust source: the struct that declares it and its name there

use healing_model::{Blueprint, Field, FieldKind};

/// `Struct.field` for the path of a field in an object; what is not declared with us keeps its serialized name
///
/// None for what is in no spec: no struct of the user's declares it.
pub(super) fn place(blueprint: &Blueprint, field: &str) -> Option<String> {
    let rest = field.strip_prefix("spec").filter(|rest| rest.is_empty() || rest.starts_with('.'))?;
    let mut owner = format!("{}Spec", blueprint.identity.kind);
    let mut fields = blueprint.fields.as_slice();
    let mut rest = rest.trim_start_matches('.');
    while !rest.is_empty() {
        let end = rest.find(['.', '[', '{']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(found) = fields.iter().find(|field| field.name == name) else {
            return Some(format!("{owner}.{rest}"));
        };
        let inside = after.trim_start_matches("[]").trim_start_matches("{}");
        let inside = inside.trim_start_matches("[]").trim_start_matches("{}");
        match shape(found) {
            Some(shape) if inside.starts_with('.') => {
                owner.clone_from(&shape.ident);
                fields = &shape.fields;
                rest = &inside[1..];
            }
            _ => return Some(format!("{owner}.{}{after}", found.ident())),
        }
    }
    Some(owner)
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
