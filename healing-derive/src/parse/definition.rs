//! What the struct says about the definition, the operator's role and the webhook

use healing_model::{
    FailurePolicy, PolicyRule,
    attribute::{CONTAINER, RBAC, WEBHOOK},
};
use syn::{Expr, ExprPath, LitStr, Token, parse::Parser as _, punctuated::Punctuated};

use super::{
    entry,
    entry::{Entry, Written, once},
};
use crate::{
    accumulator::Errors,
    draft::{PairDraft, RbacDraft, WebhookDraft},
    spanned::Spanned,
};

/// `deprecated` or `deprecated = "text"`
pub(crate) fn deprecated(entry: &Entry, errors: &mut Errors) -> Option<Spanned<Option<String>>> {
    if matches!(entry.written, Written::Flag) {
        return Some(Spanned::new(None, &entry.key, &entry.key));
    }
    let text = entry.text(CONTAINER, errors)?;
    Some(Spanned { value: Some(text.value), key: text.key, at: text.at })
}

/// `crd_annotation("key", "value")` or `crd_label("key", "value")`
pub(crate) fn pair(entry: &Entry, errors: &mut Errors) -> Option<PairDraft> {
    let Written::List(tokens) = &entry.written else { return entry.misread(CONTAINER, errors) };
    let parsed = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(tokens.clone());
    let texts: Vec<LitStr> = parsed.into_iter().flatten().collect();
    let [key, value] = texts.as_slice() else { return entry.misread(CONTAINER, errors) };
    Some(PairDraft {
        key: Spanned::new(key.value(), &entry.key, key),
        value: Spanned::new(value.value(), &entry.key, value),
    })
}

/// `rbac(groups(...), resources(...), verbs(...))`
pub(crate) fn rbac(entry: &Entry, errors: &mut Errors) -> Option<RbacDraft> {
    let Written::List(tokens) = &entry.written else { return entry.misread(CONTAINER, errors) };
    let mut rule = PolicyRule::default();
    let mut seen: Vec<String> = Vec::new();
    for part in entry::of_tokens(tokens.clone(), errors) {
        let word = part.key.to_string();
        let place = match word.as_str() {
            "groups" => &mut rule.api_groups,
            "resources" => &mut rule.resources,
            "names" => &mut rule.resource_names,
            "verbs" => &mut rule.verbs,
            _ => {
                entry::unknown(&part.key, RBAC, "in `rbac(...)`", errors);
                continue;
            }
        };
        place.extend(part.texts(RBAC, errors).into_iter().map(|text| text.value));
        seen.push(word);
    }
    let missing: Vec<&str> = ["groups", "resources", "verbs"]
        .into_iter()
        .filter(|word| !seen.iter().any(|seen| seen == word))
        .collect();
    if !missing.is_empty() {
        errors.push(&entry.key, format!("the rule has no `{}`", missing.join("` and no `")));
        return None;
    }
    Some(RbacDraft { rule: Spanned::new(rule, &entry.key, tokens) })
}

/// `owns(ConfigMap, Service)`
pub(crate) fn owns(entry: &Entry, errors: &mut Errors) -> Vec<syn::Path> {
    let Written::List(tokens) = &entry.written else {
        return entry.misread::<Vec<_>>(CONTAINER, errors).unwrap_or_default();
    };
    if tokens.is_empty() {
        return entry.misread::<Vec<_>>(CONTAINER, errors).unwrap_or_default();
    }
    let parsed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone());
    let kinds = errors.take(parsed).unwrap_or_default();
    let path = |kind: Expr| match kind {
        Expr::Path(ExprPath { path, qself: None, .. }) => Some(path),
        other => {
            errors.push(&other, "expected the path of a type of k8s-openapi, such as `ConfigMap`");
            None
        }
    };
    kinds.into_iter().filter_map(path).collect()
}

/// `webhook(failure_policy = "Fail", timeout_seconds = 10)`
pub(crate) fn webhook(entry: &Entry, errors: &mut Errors) -> Option<Spanned<WebhookDraft>> {
    let Written::List(tokens) = &entry.written else { return entry.misread(CONTAINER, errors) };
    let mut draft = WebhookDraft::default();
    for part in entry::of_tokens(tokens.clone(), errors) {
        match part.key.to_string().as_str() {
            "failure_policy" => once(&mut draft.failure_policy, failure_policy(&part, errors), errors),
            "timeout_seconds" => once(&mut draft.timeout_seconds, part.integer(WEBHOOK, errors), errors),
            _ => entry::unknown(&part.key, WEBHOOK, "in `webhook(...)`", errors),
        }
    }
    Some(Spanned::new(draft, &entry.key, &entry.key))
}

fn failure_policy(entry: &Entry, errors: &mut Errors) -> Option<Spanned<FailurePolicy>> {
    let text = entry.text(WEBHOOK, errors)?;
    let Some(policy) = FailurePolicy::ALL.iter().copied().find(|policy| policy.as_str() == text.value) else {
        errors.push(&text, format!("unknown failure policy `{}`; expected `Fail` or `Ignore`", text.value));
        return None;
    };
    Some(Spanned { value: policy, key: text.key, at: text.at })
}
