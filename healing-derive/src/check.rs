//! The model's rules about declarations, mapped back to tokens
//!
//! No rule is written here: an error of the model names a place, and this file knows which tokens stand there.

use healing_model::{BlueprintError, Place};
use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::{
    accumulator::Errors,
    draft::{Draft, FieldDraft},
    lower::Lowered,
    spanned::Spanned,
};

/// Reports every rule about declarations that the blueprint breaks
pub(crate) fn check(draft: &Draft<'_>, lowered: &Lowered, errors: &mut Errors) {
    for BlueprintError { place, message } in lowered.blueprint.check() {
        // Without fields all that could be said about them follows from the shape, which has its error.
        if draft.fields.is_none() && matches!(place, Place::Whole | Place::ColumnPath(_)) {
            continue;
        }
        let tokens = Site { draft, lowered }.tokens(&place).filter(|tokens| !tokens.is_empty());
        errors.push(tokens.unwrap_or_else(|| draft.item.ident.to_token_stream()), message);
    }
    let spec = draft.item.ident.to_string();
    if let Some(kind) = draft.container.kind.as_ref().filter(|kind| kind.value == spec) {
        let hint = match spec.strip_suffix("Spec") {
            Some(rest) if !rest.is_empty() => format!("write `kind = \"{rest}\"`"),
            _ => format!("rename the struct to `{spec}Spec`"),
        };
        errors.push(kind, format!("the generated type needs a name of its own; {hint}"));
    }
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
            Place::Finalizer => value(container.finalizer.as_ref()),
            Place::Knob(name) => value(container.knobs.iter().find(|knob| knob.value.spec.name == *name)),
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

    /// The fields with this serialized name; more than one is an error with a place of its own
    fn fields<'s>(&'s self, name: &'s str) -> impl DoubleEndedIterator<Item = &'s FieldDraft<'s>> {
        let drafts = self.draft.fields.as_deref().unwrap_or_default();
        let fields = self.lowered.blueprint.fields.iter().zip(&self.lowered.fields);
        fields.filter(move |(field, _)| field.name == name).filter_map(|(_, at)| drafts.get(*at))
    }
}

fn value<T>(written: Option<&Spanned<T>>) -> Option<TokenStream> {
    written.map(ToTokens::to_token_stream)
}
