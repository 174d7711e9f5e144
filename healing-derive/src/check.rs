//! The model's rules about declarations, mapped back to tokens
//!
//! No rule is written here: an error of the model names a place, and this file knows which tokens stand there.

use healing_model::{BlueprintError, Place};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use regex::Regex;

use crate::{
    accumulator::Errors,
    draft::{Draft, FieldDraft, PairDraft, Target},
    lower::Lowered,
    parse::unfit,
    spanned::Spanned,
};

/// Reports every rule about declarations that the blueprint breaks
pub(crate) fn check(draft: &Draft<'_>, lowered: &Lowered, errors: &mut Errors) {
    let broken = match draft.target {
        Target::Resource => lowered.blueprint.check_with(&matches),
        Target::Nested => lowered.blueprint.check_shape(&matches),
    };
    for BlueprintError { place, message } in broken {
        // Without fields all that could be said about them follows from the shape, which has its error.
        if draft.fields.is_none() && matches!(place, Place::Whole | Place::ColumnPath(_)) {
            continue;
        }
        let tokens = Site { draft, lowered }.tokens(&place).filter(|tokens| !tokens.is_empty());
        errors.push(tokens.unwrap_or_else(|| draft.item.ident.to_token_stream()), message);
    }
    let spec = draft.item.ident.to_string();
    recursion(draft, errors);
    if let Some(kind) = draft.container.kind.as_ref().filter(|kind| kind.value == spec) {
        let hint = match spec.strip_suffix("Spec") {
            Some(rest) if !rest.is_empty() => format!("write `kind = \"{rest}\"`"),
            _ => format!("rename the struct to `{spec}Spec`"),
        };
        errors.push(kind, format!("the generated type needs a name of its own; {hint}"));
    }
}

/// Whether text matches a pattern; the engine's own complaint is many lines, the last of which says what is wrong
pub(crate) fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    let regex = Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    })?;
    Ok(regex.is_match(text))
}

/// A struct that holds itself has no end; a schema must have one.
fn recursion(draft: &Draft<'_>, errors: &mut Errors) {
    let closed = |field: &&FieldDraft<'_>| !field.serde.skip && !unfit::is_open(field.field);
    for field in draft.fields.iter().flatten().filter(closed) {
        if names(&field.field.ty, &draft.item.ident) {
            errors.push(
                &field.field.ty,
                format!(
                    "`{}` holds itself; the schema of a resource has an end: flatten it to a list, or take the part as \
                     JSON with `#[healing(preserve_unknown_fields)]`",
                    draft.item.ident
                ),
            );
        }
    }
}

/// Whether a type has this name in it
fn names(ty: &impl ToTokens, name: &syn::Ident) -> bool {
    fn within(tokens: TokenStream, name: &syn::Ident) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == *name,
            TokenTree::Group(group) => within(group.stream(), name),
            _ => false,
        })
    }
    within(ty.to_token_stream(), name)
}

/// Where to look
struct Site<'s, 'i> {
    draft: &'s Draft<'i>,
    lowered: &'s Lowered,
}

// === impl Site ===

impl Site<'_, '_> {
    /// The tokens at `place`; `None` where nothing was written
    fn tokens(&self, place: &Place) -> Option<TokenStream> {
        let container = &self.draft.container;
        match place {
            Place::Whole => None,
            Place::Group => value(container.group.as_ref()),
            Place::Version => value(container.version.as_ref()),
            Place::Kind => value(container.kind.as_ref()),
            Place::Plural => value(container.plural.as_ref()),
            Place::Singular => value(container.singular.as_ref()),
            Place::ShortName(at) => value(container.short_names.get(*at)),
            Place::Category(at) => value(container.categories.get(*at)),
            Place::Scope => value(container.scope.as_ref()),
            Place::PodNamespace => value(container.pod_namespace.as_ref()),
            Place::Finalizer => value(container.finalizer.as_ref()),
            Place::Knob(name) => value(container.knobs.iter().find(|knob| knob.value.spec.name == *name)),
            Place::Constraint { field, items, word } => self.constraint(field, *items, word),
            Place::Items(name) => {
                self.fields(name).find_map(|field| Some(field.items.as_ref()?.key.to_token_stream()))
            }
            Place::Selectable(name) => value(self.fields(name).find_map(|field| field.selectable.as_ref())),
            Place::Served => value(container.served.as_ref()),
            Place::Storage => value(container.storage.as_ref()),
            Place::Deprecated => value(container.deprecated.as_ref()),
            Place::CrdAnnotation(key) => pair(&container.crd_annotations, key),
            Place::CrdLabel(key) => pair(&container.crd_labels, key),
            Place::Rbac(at) => Some(container.rbac.get(*at)?.rule.to_token_stream()),
            Place::Owned(at) => Some(container.owns.get(*at)?.to_token_stream()),
            Place::WebhookTimeout => value(container.webhook.as_ref()?.value.timeout_seconds.as_ref()),
            Place::ColumnName(at) => Some(self.lowered.columns.get(*at)?.name.clone()),
            Place::ColumnPath(at) => Some(self.lowered.columns.get(*at)?.path.clone()),
            Place::ColumnPriority(at) => Some(self.lowered.columns.get(*at)?.priority.clone()),
            Place::RuleMessage(at) => self.lowered.rule_messages.get(*at).cloned(),
            Place::Role(role, field) => {
                let mut roles = self
                    .fields(field)
                    .flat_map(|field| &field.roles)
                    .filter(|written| written.value == *role);
                value(roles.next_back())
            }
            Place::FieldType(name) => Some(self.fields(name).next()?.type_tokens()),
            Place::FieldName(name) => {
                let field = self.fields(name).next_back()?;
                value(field.serde.rename.as_ref()).or_else(|| Some(field.ident.to_token_stream()))
            }
            Place::Default(name) => value(self.fields(name).find_map(|field| field.default.as_ref())),
            Place::Minimum(name) => value(self.fields(name).find_map(|field| field.minimum.as_ref())),
            Place::Maximum(name) => value(self.fields(name).find_map(|field| field.maximum.as_ref())),
        }
    }

    /// The value of a constraint, or the type of the field where it comes from that
    fn constraint(&self, name: &str, items: bool, word: &str) -> Option<TokenStream> {
        let field = self.fields(name).next()?;
        let written = if items { &field.items.as_ref()?.constraints } else { &field.constraints };
        let found = written.iter().find(|draft| draft.value.constraint.word == word);
        let bound = match word {
            "minimum" => field.minimum.as_ref(),
            "maximum" => field.maximum.as_ref(),
            _ => None,
        };
        value(found).or_else(|| value(bound))
    }

    /// The fields with this serialized name; more than one is an error with a place of its own
    fn fields<'s>(&'s self, name: &'s str) -> impl DoubleEndedIterator<Item = &'s FieldDraft<'s>> {
        let drafts = self.draft.fields.as_deref().unwrap_or_default();
        let fields = self.lowered.blueprint.fields.iter().zip(&self.lowered.fields);
        fields.filter(move |(field, _)| field.name == name).filter_map(|(_, at)| drafts.get(*at))
    }
}

fn pair(pairs: &[PairDraft], key: &str) -> Option<TokenStream> {
    value(pairs.iter().find(|pair| pair.key.value == *key).map(|pair| &pair.key))
}

fn value<T>(written: Option<&Spanned<T>>) -> Option<TokenStream> {
    written.map(ToTokens::to_token_stream)
}
