//! `rule(...)`, `cel(...)`, `validate = path` and the groups of fields of which one is set

use healing_model::{
    CelRule,
    attribute::{Attribute, CEL, CONTAINER, find, suggest},
};
use quote::ToTokens as _;
use syn::{
    Expr, Ident, LitStr, Token,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
};

use super::{
    entry,
    entry::{Entry, Written},
};
use crate::{
    accumulator::Errors,
    draft::{OneOfDraft, RuleDraft},
    spanned::Spanned,
};

/// `rule(expression, "message")`
pub(super) fn rule(entry: &Entry, table: &[Attribute], errors: &mut Errors) -> Option<RuleDraft> {
    let Written::List(tokens) = &entry.written else {
        return entry.misread(table, errors);
    };
    let parts = |input: ParseStream<'_>| {
        let expression: Expr = input.parse()?;
        if input.is_empty() {
            let text = "a rule needs a message for whoever breaks it: `rule(expression, \"message\")`";
            return Err(syn::Error::new_spanned(&expression, text));
        }
        input.parse::<Token![,]>()?;
        let message: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok((expression, message))
    };
    if tokens.is_empty() {
        return entry.misread(table, errors);
    }
    let (expression, message) = errors.take(parts.parse2(tokens.clone()))?;
    Some(RuleDraft { expression, message: Spanned::new(message.value(), &entry.key, message) })
}

/// `exactly_one_of(a, b)` and `at_most_one_of(a, b)`
pub(super) fn one_of(entry: &Entry, errors: &mut Errors) -> Option<OneOfDraft> {
    let Written::List(tokens) = &entry.written else {
        return entry.misread(CONTAINER, errors);
    };
    let parsed = Punctuated::<Ident, Token![,]>::parse_terminated.parse2(tokens.clone());
    let fields = errors.take(parsed)?.into_iter().collect();
    Some(OneOfDraft { key: entry.key.clone(), exactly: entry.key == "exactly_one_of", fields })
}

/// `validate = path`
pub(super) fn validate(
    entry: &Entry,
    table: &[Attribute],
    errors: &mut Errors,
) -> Option<Spanned<syn::Path>> {
    let Written::Assigned(tokens) = &entry.written else {
        return entry.misread(table, errors);
    };
    match syn::parse2::<syn::Path>(tokens.clone()) {
        Ok(path) => Some(Spanned::new(path.clone(), &entry.key, path)),
        Err(_) => entry.misread(table, errors),
    }
}

/// `cel("rule", "message", reason = "…", …)`
pub(super) fn cel(entry: &Entry, table: &[Attribute], errors: &mut Errors) -> Option<CelRule> {
    let Written::List(tokens) = &entry.written else {
        return entry.misread(table, errors);
    };
    let parts = |input: ParseStream<'_>| {
        let rule: LitStr = input.parse()?;
        input.parse::<Token![,]>()?;
        let message: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok((rule, message, input.parse::<proc_macro2::TokenStream>()?))
    };
    let Ok((rule, message, rest)) = parts.parse2(tokens.clone()) else {
        return entry.misread(table, errors);
    };
    for (text, what) in [(&rule, "rule"), (&message, "message")] {
        if text.value().trim().is_empty() {
            errors.push(text, format!("the {what} must say something"));
        }
    }
    if message.value().contains(['\n', '\r']) {
        errors.push(&message, "the message of a rule must be one line");
    }
    let mut cel = CelRule { rule: rule.value(), message: message.value(), ..CelRule::default() };
    for option in entry::of_tokens(rest, errors) {
        one(&mut cel, &option, errors);
    }
    Some(cel)
}

fn one(cel: &mut CelRule, option: &Entry, errors: &mut Errors) {
    let word = option.key.to_string();
    let text = |errors: &mut Errors| option.text(CEL, errors);
    match word.as_str() {
        "message_expression" => cel.message_expression = text(errors).map(|text| text.value),
        "field_path" => cel.field_path = text(errors).map(|text| text.value),
        "optional_old_self" => cel.optional_old_self = option.flag(CEL, errors).is_some(),
        "reason" => {
            let Some(reason) = text(errors) else { return };
            if CelRule::REASONS.contains(&reason.value.as_str()) {
                cel.reason = Some(reason.value);
                return;
            }
            let hint = suggest(&reason.value, CelRule::REASONS.iter().copied()).map_or_else(
                || format!("expected one of {}", CelRule::REASONS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            errors.push(reason.at.to_token_stream(), format!("unknown reason `{}`; {hint}", reason.value));
        }
        _ if find(CEL, &word).is_none() => entry::unknown(&option.key, CEL, "in `cel(...)`", errors),
        _ => {}
    }
}
