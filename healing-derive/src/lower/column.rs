//! Columns: those of fields first, then those of the struct, then `Age`

use healing_model::{Column, ColumnType};

use super::{ColumnSite, Lowered, field::Named};
use crate::{
    accumulator::Errors,
    draft::{ColumnDraft, ContainerDraft},
};

/// Adds all columns to the blueprint
pub(crate) fn columns(
    container: &ContainerDraft,
    named: &[Named<'_, '_>],
    lowered: &mut Lowered,
    errors: &mut Errors,
) {
    for named in named {
        of_field(named, lowered, errors);
    }
    for draft in &container.columns {
        of_struct(draft, lowered, errors);
    }
    // A column of the user's with this name takes its place.
    let wanted = container.age_column.as_ref().is_none_or(|wanted| wanted.value);
    let age = Column::age();
    if wanted && lowered.blueprint.columns.iter().all(|column| column.name != age.name) {
        lowered.blueprint.columns.push(age);
        lowered.columns.push(ColumnSite::default());
    }
}

fn of_field(named: &Named<'_, '_>, lowered: &mut Lowered, errors: &mut Errors) {
    let Some(heading) = &named.draft.column else { return };
    let Some(kind) = ColumnType::of_field(&named.field.kind) else {
        let what = named.field.kind.describe();
        errors.push(&heading.key, format!("a column shows one value; `{}` is {what}", named.draft.ident));
        return;
    };
    let name = heading.value.clone();
    let path = format!(".spec.{}", named.field.name);
    lowered.blueprint.columns.push(Column { name, kind, path, description: None, priority: 0 });
    lowered.columns.push(ColumnSite { name: heading.at.clone(), ..ColumnSite::default() });
}

fn of_struct(draft: &ColumnDraft, lowered: &mut Lowered, errors: &mut Errors) {
    let missing: Vec<&str> = [("name", draft.name.is_none()), ("path", draft.path.is_none())]
        .into_iter()
        .filter_map(|(word, missing)| missing.then_some(word))
        .collect();
    let (Some(name), Some(path)) = (&draft.name, &draft.path) else {
        if !draft.broken {
            errors.push(&draft.key, format!("the column has no `{}`", missing.join("` and no `")));
        }
        return;
    };
    let derived = ColumnType::of_path(&lowered.blueprint, &path.value);
    let kind = draft.kind.as_ref().map(|kind| kind.value).or(derived);
    if kind.is_none() && !draft.broken && lowered.blueprint.resolve(&path.value).is_ok() {
        errors.push(&draft.key, "the column needs a `type`, which does not follow from its path");
    }
    lowered.blueprint.columns.push(Column {
        name: name.value.clone(),
        // A hole: no CRD comes of it, its error is reported here or at the path.
        kind: kind.unwrap_or(ColumnType::String),
        path: path.value.clone(),
        description: draft.description.as_ref().map(|description| description.value.clone()),
        priority: draft.priority.as_ref().map_or(0, |priority| priority.value),
    });
    let at = |tokens: Option<&proc_macro2::TokenStream>| tokens.cloned().unwrap_or_default();
    lowered.columns.push(ColumnSite {
        name: name.at.clone(),
        path: path.at.clone(),
        priority: at(draft.priority.as_ref().map(|priority| &priority.at)),
    });
}
