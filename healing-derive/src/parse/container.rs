//! Attributes on the struct

use healing_model::{
    Scope,
    attribute::{CONTAINER, FIELD, NESTED, find},
};

use super::{
    column, definition, entry,
    entry::{Entry, Written, once},
    naming, policy, rule,
};
use crate::{
    accumulator::Errors,
    draft::{ContainerDraft, Target},
    spanned::Spanned,
};

/// Everything that `#[healing(...)]` and serde say on the struct
pub(crate) fn container(
    attributes: &[syn::Attribute],
    target: Target,
    errors: &mut Errors,
) -> ContainerDraft {
    let mut draft =
        ContainerDraft { rename_all: naming::rename_all(attributes, errors), ..ContainerDraft::default() };
    for entry in entry::of_attributes(attributes, "healing", errors) {
        draft.seen.push(entry.key.to_string());
        let word = entry.key.to_string();
        if target == Target::Nested && find(CONTAINER, &word).is_some() && !NESTED.contains(&word.as_str()) {
            errors.push(
                &entry.key,
                format!("`{word}` belongs on the struct of the spec, the one that derives `HealingResource`"),
            );
            continue;
        }
        one(&mut draft, &entry, errors);
    }
    draft
}

fn one(draft: &mut ContainerDraft, entry: &Entry, errors: &mut Errors) {
    let word = entry.key.to_string();
    match word.as_str() {
        "group" => once(&mut draft.group, entry.text(CONTAINER, errors), errors),
        "version" => once(&mut draft.version, entry.text(CONTAINER, errors), errors),
        "kind" => once(&mut draft.kind, entry.text(CONTAINER, errors), errors),
        "plural" => once(&mut draft.plural, entry.text(CONTAINER, errors), errors),
        "singular" => once(&mut draft.singular, entry.text(CONTAINER, errors), errors),
        "pod_namespace" => once(&mut draft.pod_namespace, entry.text(CONTAINER, errors), errors),
        "finalizer" => once(&mut draft.finalizer, entry.text(CONTAINER, errors), errors),
        "short_name" => draft.short_names.extend(entry.text(CONTAINER, errors)),
        "short_names" => draft.short_names.extend(entry.texts(CONTAINER, errors)),
        "category" => draft.categories.extend(entry.text(CONTAINER, errors)),
        "categories" => draft.categories.extend(entry.texts(CONTAINER, errors)),
        "scope" => once(&mut draft.scope, scope(entry, errors), errors),
        "status" => once(&mut draft.status, status(entry, errors), errors),
        "age_column" => once(&mut draft.age_column, entry.boolean(CONTAINER, errors), errors),
        "column" => draft.columns.extend(column::column(entry, errors)),
        "rule" => draft.rules.extend(rule::rule(entry, CONTAINER, errors)),
        "exactly_one_of" | "at_most_one_of" => draft.one_of.extend(rule::one_of(entry, errors)),
        "cel" => draft.cel.extend(rule::cel(entry, CONTAINER, errors)),
        "validate" => once(&mut draft.validate, rule::validate(entry, CONTAINER, errors), errors),
        "policy" => policy::policy(entry, &mut draft.knobs, errors),
        "served" => once(&mut draft.served, entry.boolean(CONTAINER, errors), errors),
        "storage" => once(&mut draft.storage, entry.boolean(CONTAINER, errors), errors),
        "deprecated" => once(&mut draft.deprecated, definition::deprecated(entry, errors), errors),
        "crd_annotation" => draft.crd_annotations.extend(definition::pair(entry, errors)),
        "crd_label" => draft.crd_labels.extend(definition::pair(entry, errors)),
        "rbac" => draft.rbac.extend(definition::rbac(entry, errors)),
        "owns" => draft.owns.extend(definition::owns(entry, errors)),
        "assess" => {
            let flag = entry.flag(CONTAINER, errors);
            once(&mut draft.assess, flag.map(|()| Spanned::new((), &entry.key, &entry.key)), errors);
        }
        "webhook" => once(&mut draft.webhook, definition::webhook(entry, errors), errors),
        _ if find(FIELD, &word).is_some() => {
            errors.push(&entry.key, format!("`{word}` belongs on a field of the struct, not on the struct"));
        }
        _ => entry::unknown(&entry.key, CONTAINER, "on a struct", errors),
    }
}

/// `status = MyStatus`
fn status(entry: &Entry, errors: &mut Errors) -> Option<Spanned<syn::Path>> {
    let Written::Assigned(tokens) = &entry.written else { return entry.misread(CONTAINER, errors) };
    let Ok(path) = syn::parse2::<syn::Path>(tokens.clone()) else {
        return entry.misread(CONTAINER, errors);
    };
    Some(Spanned::new(path.clone(), &entry.key, path))
}

fn scope(entry: &Entry, errors: &mut Errors) -> Option<Spanned<Scope>> {
    let text = entry.text(CONTAINER, errors)?;
    let Some(scope) = Scope::ALL.iter().copied().find(|scope| scope.as_str() == text.value) else {
        errors.push(&text, format!("unknown scope `{}`; expected `Namespaced` or `Cluster`", text.value));
        return None;
    };
    Some(Spanned { value: scope, key: text.key, at: text.at })
}
