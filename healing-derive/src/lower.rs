//! Draft to blueprint: what was written becomes what it means
//!
//! The only file tree with a default in it. Holes are filled with something sound, so that later checks still speak;
//! what is unsound is reported by the model's own checks.

mod case;
mod field;
mod constraint;
mod definition;
mod column;
mod rule;

use healing_model::{Blueprint, CelRule, Field, Identity, Knobs, RoleBinding, Scope, plural_of};
use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;

use crate::{
    accumulator::Errors,
    draft::{ContainerDraft, Draft, FieldDraft, KnobDraft, Target},
    spanned::Spanned,
};

pub(crate) use field::optional;
pub(crate) use rule::{old, this};

/// What is wrong with a regular expression; nothing where it is right
pub(crate) fn pattern_problem(pattern: &str) -> Option<String> {
    let reason = crate::check::matches(pattern, "").err()?;
    Some(format!("the regular expression cannot be read: {reason}; the API server reads those of RE2"))
}

/// A blueprint, and where the parts of its lists were written
pub(crate) struct Lowered {
    /// What was declared
    pub(crate) blueprint: Blueprint,
    /// For each column of the blueprint its tokens; `Age` has none
    pub(crate) columns: Vec<ColumnSite>,
    /// For each rule of the blueprint the tokens of its message
    pub(crate) rule_messages: Vec<TokenStream>,
    /// Rust that is true or false and has rustc check the rules; never run
    pub(crate) checks: Vec<TokenStream>,
    /// Rust that gives the JSON of each constant in the rules
    pub(crate) constants: Vec<TokenStream>,
    /// For each field of the blueprint its place in the draft
    pub(crate) fields: Vec<usize>,
}

// === impl Lowered ===

impl Lowered {
    /// The field of the blueprint that was written as `draft`; none if it is skipped
    pub(crate) fn field_of(&self, all: &[FieldDraft<'_>], draft: &FieldDraft<'_>) -> Option<&Field> {
        let mut fields = self.blueprint.fields.iter().zip(&self.fields);
        fields
            .find(|(_, at)| all.get(**at).is_some_and(|other| other.ident == draft.ident))
            .map(|(field, _)| field)
    }
}

/// The tokens of one column
#[derive(Default)]
pub(crate) struct ColumnSite {
    pub(crate) name: TokenStream,
    pub(crate) path: TokenStream,
    pub(crate) priority: TokenStream,
}

/// The blueprint of `draft`
pub(crate) fn lower(draft: &Draft<'_>, errors: &mut Errors) -> Lowered {
    let drafts: &[FieldDraft<'_>] = draft.fields.as_deref().unwrap_or_default();
    let named = field::named(drafts, draft.container.rename_all.as_ref(), errors);
    let blueprint = Blueprint {
        identity: match draft.target {
            Target::Resource => identity(draft, errors),
            // A nested struct has no names of its own; none of them travels.
            Target::Nested => names(&draft.container, [const { String::new() }; 3]),
        },
        definition: definition::definition(&draft.container, errors),
        pod_namespace: draft.container.pod_namespace.as_ref().map(|namespace| namespace.value.clone()),
        finalizer: draft.container.finalizer.as_ref().map(|finalizer| finalizer.value.clone()),
        roles: roles(&named, &draft.container.knobs, errors),
        knobs: knobs(&draft.container.knobs),
        columns: Vec::new(),
        fields: named.iter().map(|named| named.field.clone()).collect(),
        rules: Vec::new(),
        rbac: draft.container.rbac.iter().map(|rbac| rbac.rule.value.clone()).collect(),
        owns: draft.container.owns.iter().map(definition::owned).collect(),
        webhook: draft.container.webhook.as_ref().map(|webhook| definition::webhook(&webhook.value)),
        cel: cel(draft, &named),
        own_status: draft.container.status.is_some(),
    };
    let mut lowered = Lowered {
        blueprint,
        columns: Vec::new(),
        rule_messages: Vec::new(),
        checks: Vec::new(),
        constants: Vec::new(),
        fields: field::places(&named),
    };
    rule::rules(&draft.container, &named, &mut lowered, errors);
    column::columns(&draft.container, &named, &mut lowered, errors);
    lowered
}

/// The names of the resource; what is missing is reported and replaced
fn identity(draft: &Draft<'_>, errors: &mut Errors) -> Identity {
    let container = &draft.container;
    let mut required = |written: Option<&Spanned<String>>, word: &str, hole: &str| {
        if let Some(text) = written {
            return text.value.clone();
        }
        // What was there but could not be read has its error already.
        if !container.seen.iter().any(|seen| seen == word) {
            let message = format!("`{word}` is missing; add `#[healing({word} = \"{hole}\")]`");
            errors.push(&draft.item.ident, message);
        }
        hole.to_owned()
    };
    let group = required(container.group.as_ref(), "group", "example.com");
    let version = required(container.version.as_ref(), "version", "v1");
    let kind = required(container.kind.as_ref(), "kind", &kind_of(draft));
    names(container, [group, version, kind])
}

fn names(container: &ContainerDraft, [group, version, kind]: [String; 3]) -> Identity {
    let all = |written: &[Spanned<String>]| written.iter().map(|text| text.value.clone()).collect();
    let or = |written: &Option<Spanned<String>>, default: String| {
        written.as_ref().map_or(default, |text| text.value.clone())
    };
    let singular = or(&container.singular, kind.to_ascii_lowercase());
    Identity {
        plural: or(&container.plural, plural_of(&kind.to_ascii_lowercase())),
        singular,
        short_names: all(&container.short_names),
        categories: all(&container.categories),
        scope: container.scope.as_ref().map_or(Scope::Namespaced, |scope| scope.value),
        group,
        version,
        kind,
    }
}

/// A kind to suggest: the struct's name without `Spec`
pub(crate) fn kind_of(draft: &Draft<'_>) -> String {
    let name = draft.item.ident.unraw().to_string();
    match name.strip_suffix("Spec") {
        Some(kind) if !kind.is_empty() => kind.to_owned(),
        _ => format!("{name}Resource"),
    }
}

/// Rules in CEL: of the fields, then of the struct
fn cel(draft: &Draft<'_>, named: &[field::Named<'_, '_>]) -> Vec<CelRule> {
    let of = |named: &field::Named<'_, '_>| {
        let field = Some(named.field.name.clone());
        let rules = named.draft.cel.iter().cloned();
        rules.map(|rule| CelRule { field: field.clone(), ..rule }).collect::<Vec<_>>()
    };
    named.iter().flat_map(of).chain(draft.container.cel.iter().cloned()).collect()
}

/// Who plays which role; what is fixed for every object cannot be a field of each
fn roles(
    named: &[field::Named<'_, '_>],
    knobs: &[Spanned<KnobDraft>],
    errors: &mut Errors,
) -> Vec<RoleBinding> {
    let mut roles = Vec::new();
    for named in named {
        for role in &named.draft.roles {
            let word = role.value.as_str();
            if knobs.iter().any(|knob| knob.value.spec.name == word) {
                errors.push(role, format!("`{word}` is fixed in `policy(...)` too; keep one of the two"));
            }
            roles.push(RoleBinding { role: role.value, field: named.field.name.clone() });
        }
    }
    roles
}

fn knobs(drafts: &[Spanned<KnobDraft>]) -> Knobs {
    let mut knobs = Knobs::default();
    for KnobDraft { spec, value } in drafts.iter().map(|draft| &draft.value) {
        spec.set(&mut knobs, value);
    }
    knobs
}
