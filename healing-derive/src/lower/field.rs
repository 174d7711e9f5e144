//! Spec fields: serialized name, type, presence, default and bounds

use healing_model::{Field, FieldKind};
use syn::{GenericArgument, PathArguments, Type, ext::IdentExt as _};

use super::{case, constraint};
use crate::{accumulator::Errors, draft::FieldDraft, spanned::Spanned};

/// A field of the blueprint with its draft
pub(crate) struct Named<'d, 'i> {
    /// Its place in the draft
    pub(crate) at: usize,
    /// As written
    pub(crate) draft: &'d FieldDraft<'i>,
    /// As declared
    pub(crate) field: Field,
}

/// The fields that are serialized, with their names
pub(crate) fn named<'d, 'i>(
    drafts: &'d [FieldDraft<'i>],
    rename_all: Option<&Spanned<String>>,
    errors: &mut Errors,
) -> Vec<Named<'d, 'i>> {
    let case = rename_all.filter(|case| case::CASES.contains(&case.value.as_str()));
    if let (Some(written), None) = (rename_all, case) {
        errors
            .push(written, format!("unknown case `{}`; serde has {}", written.value, case::CASES.join(", ")));
    }
    let of = |(at, draft): (usize, &'d FieldDraft<'i>)| {
        misplaced(draft, errors);
        (!draft.serde.skip).then(|| {
            let mut field = field(draft, case);
            constraint::constraints(draft, &mut field, errors);
            Named { at, draft, field }
        })
    };
    drafts.iter().enumerate().filter_map(of).collect()
}

/// The places in the draft of all fields
pub(crate) fn places(named: &[Named<'_, '_>]) -> Vec<usize> {
    named.iter().map(|named| named.at).collect()
}

fn field(draft: &FieldDraft<'_>, case: Option<&Spanned<String>>) -> Field {
    let rust = draft.ident.unraw().to_string();
    let cased = case.and_then(|case| case::rename(&rust, &case.value));
    let renamed = draft.serde.rename.as_ref().map(|name| name.value.clone());
    let name = renamed.or(cased).unwrap_or_else(|| rust.clone());
    Field {
        ident: (rust != name).then_some(rust),
        name,
        kind: if draft.serde.flatten { FieldKind::Flattened } else { kind(&draft.field.ty) },
        optional: optional(&draft.field.ty).is_some(),
        // A null stands for what is known when the program runs.
        default: draft.default.as_ref().map(|default| default.value.clone().unwrap_or_default()),
        minimum: draft.minimum.as_ref().map(|bound| bound.value.value),
        maximum: draft.maximum.as_ref().map(|bound| bound.value.value),
        ..Field::default()
    }
}

/// What serde's attributes rule out: a second default, and anything of ours on a field that is not in the API.
fn misplaced(draft: &FieldDraft<'_>, errors: &mut Errors) {
    if let (Some(ours), Some(_)) = (&draft.default, &draft.serde.default) {
        errors.push(&ours.key, "the field has two defaults; drop this one or `#[serde(default)]`");
    }
    if draft.serde.skip
        && let Some(attribute) =
            draft.field.attrs.iter().find(|attribute| attribute.path().is_ident("healing"))
    {
        errors.push(
            attribute,
            "the field is skipped by serde, so it is not in the API; drop this or `#[serde(skip)]`",
        );
    }
}

/// The type in an `Option`
pub(crate) fn optional(ty: &Type) -> Option<&Type> {
    let (ident, arguments) = last(ty)?;
    let [inner] = arguments.as_slice() else { return None };
    (ident == "Option").then_some(*inner)
}

/// The last word of a type's path, with the types in its angle brackets
fn last(ty: &Type) -> Option<(String, Vec<&Type>)> {
    let Type::Path(path) = ungrouped(ty) else { return None };
    let last = path.path.segments.last()?;
    let arguments = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            let types = arguments.args.iter().map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            });
            types.collect::<Option<Vec<&Type>>>()?
        }
        PathArguments::None => Vec::new(),
        PathArguments::Parenthesized(_) => return None,
    };
    Some((last.ident.to_string(), arguments))
}

fn kind(ty: &Type) -> FieldKind {
    let Some((ident, arguments)) = last(optional(ty).unwrap_or(ty)) else { return FieldKind::Other };
    match (ident.as_str(), arguments.as_slice()) {
        ("i8", []) => FieldKind::Integer { bits: 8, signed: true },
        ("i16", []) => FieldKind::Integer { bits: 16, signed: true },
        ("i32", []) => FieldKind::Integer { bits: 32, signed: true },
        ("i64" | "isize", []) => FieldKind::Integer { bits: 64, signed: true },
        ("u8", []) => FieldKind::Integer { bits: 8, signed: false },
        ("u16", []) => FieldKind::Integer { bits: 16, signed: false },
        ("u32", []) => FieldKind::Integer { bits: 32, signed: false },
        ("u64" | "usize", []) => FieldKind::Integer { bits: 64, signed: false },
        ("bool", []) => FieldKind::Boolean,
        ("f32" | "f64", []) => FieldKind::Number,
        ("String", []) => FieldKind::String,
        ("Box", [inner]) => kind(inner),
        ("Vec" | "VecDeque" | "BTreeSet" | "HashSet", [item]) => FieldKind::List(Box::new(kind(item))),
        ("BTreeMap" | "HashMap", [_, value]) => FieldKind::Map(Box::new(kind(value))),
        _ => FieldKind::Other,
    }
}

fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}
