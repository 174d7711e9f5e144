//! Rules: a Rust expression over the fields becomes the model's expression, typed on the way
//!
//! It owns which rules a struct has and in which order. Which operator takes what is the model's table; the files below
//! find the token that does not fit, and write Rust that lets rustc find those that they cannot see.

mod call;
mod choice;
mod message;
mod path;
mod scope;

use healing_model::{BinaryOperator, Expression, Function, Origin, Path, Rule, ValueKind};
use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;

use super::{Lowered, field::Named};
use crate::{
    accumulator::Errors,
    draft::{BoundDraft, ContainerDraft, OneOfDraft, RuleDraft},
    spanned::Spanned,
};
pub(crate) use scope::{old, this};

/// Adds the rules of all fields, in the order of fields, bounds with a message first; then those of the struct
pub(crate) fn rules(
    container: &ContainerDraft,
    named: &[Named<'_, '_>],
    lowered: &mut Lowered,
    errors: &mut Errors,
) {
    for one in named {
        bound(one, one.draft.minimum.as_ref(), BinaryOperator::GreaterOrEqual, lowered);
        bound(one, one.draft.maximum.as_ref(), BinaryOperator::LessOrEqual, lowered);
        for draft in &one.draft.rules {
            rule(draft, Some(&one.field.name), named, lowered, errors);
        }
        if let Some(word) = &one.draft.immutable {
            let expression = immutable(one);
            let message = format!("{} is immutable", one.field.name);
            push(Rule::new(Some(&one.field.name), expression, &message), word.clone(), lowered);
        }
    }
    for draft in &container.rules {
        rule(draft, None, named, lowered, errors);
    }
    for group in &container.one_of {
        one_of(group, named, lowered, errors);
    }
}

fn push(rule: Rule, at: impl quote::ToTokens, lowered: &mut Lowered) {
    lowered.blueprint.rules.push(rule);
    lowered.rule_messages.push(at.to_token_stream());
}

fn bound(
    named: &Named<'_, '_>,
    draft: Option<&Spanned<BoundDraft>>,
    operator: BinaryOperator,
    lowered: &mut Lowered,
) {
    let Some(BoundDraft { value, message: Some(message) }) = draft.map(|draft| &draft.value) else { return };
    // On a field that is no whole number the bound itself is an error; a rule about it would only repeat that.
    if ValueKind::of(&named.field.kind) == Some(ValueKind::Integer) {
        let ident = named.draft.ident.unraw().to_string();
        let expression = Expression::binary(operator, Expression::field(&ident), Expression::Integer(*value));
        push(Rule::new(Some(&named.field.name), expression, &message.value), &message.at, lowered);
    }
}

fn rule(
    draft: &RuleDraft,
    field: Option<&str>,
    fields: &[Named<'_, '_>],
    lowered: &mut Lowered,
    errors: &mut Errors,
) {
    let mut scope = scope::Scope { fields, variables: Vec::new(), constants: &mut lowered.constants, errors };
    let typed = scope.condition(&draft.expression, "a rule");
    let message = scope.message(&draft.message);
    let (Some(typed), Some(message)) = (typed, message) else { return };
    lowered.checks.push(typed.check);
    lowered.checks.extend(message.checks);
    let rule = Rule {
        field: field.map(str::to_owned),
        expression: typed.expression,
        message: message.text,
        parts: message.parts,
    };
    push(rule, &draft.message.at, lowered);
}

/// The field as it was; for a field that may be missing, also missing as it was
fn immutable(named: &Named<'_, '_>) -> Expression {
    let path = |origin| Path { origin, steps: vec![named.draft.ident.unraw().to_string()] };
    let (new, old) = (path(Origin::This), path(Origin::Old));
    if !named.field.may_be_missing() {
        return Expression::binary(BinaryOperator::Equal, Expression::Path(new), Expression::Path(old));
    }
    let there = |path: &Path| Expression::call(Function::IsSome, Expression::Path(path.clone()), Vec::new());
    let variable =
        |name: &str| Expression::Path(Path { origin: Origin::Variable(name.to_owned()), steps: Vec::new() });
    let under = |over: &Path, name: &str, body| Expression::MapOr {
        over: over.clone(),
        otherwise: Box::new(Expression::Boolean(true)),
        variable: name.to_owned(),
        body: Box::new(body),
    };
    let equal = Expression::binary(BinaryOperator::Equal, variable("now"), variable("before"));
    Expression::binary(
        BinaryOperator::And,
        Expression::binary(BinaryOperator::Equal, there(&new), there(&old)),
        under(&new, "now", under(&old, "before", equal)),
    )
}

fn one_of(group: &OneOfDraft, named: &[Named<'_, '_>], lowered: &mut Lowered, errors: &mut Errors) {
    let mut names = Vec::new();
    let mut there = Vec::new();
    for ident in &group.fields {
        let Some(found) = named.iter().find(|named| named.draft.ident == ident) else {
            errors.push(ident, format!("the struct has no field `{ident}`"));
            return;
        };
        if !found.field.may_be_missing() {
            errors.push(
                ident,
                format!("`{ident}` always has a value; only fields that are an `Option` can be absent"),
            );
            return;
        }
        names.push(found.field.name.clone());
        let path = Expression::field(&ident.unraw().to_string());
        there.push(Expression::call(Function::IsSome, path, Vec::new()));
    }
    let any =
        |all: Vec<Expression>, operator| all.into_iter().reduce(|a, b| Expression::binary(operator, a, b));
    let mut pairs = Vec::new();
    for (at, one) in there.iter().enumerate() {
        for other in &there[at + 1..] {
            let both = Expression::binary(BinaryOperator::And, one.clone(), other.clone());
            pairs.push(Expression::unary(healing_model::UnaryOperator::Not, both));
        }
    }
    let Some(mut expression) = any(pairs, BinaryOperator::And) else {
        errors.push(&group.key, format!("`{}` takes two fields or more", group.key));
        return;
    };
    if let Some(some) = any(there, BinaryOperator::Or).filter(|_| group.exactly) {
        expression = Expression::binary(BinaryOperator::And, some, expression);
    }
    let how = if group.exactly { "exactly" } else { "at most" };
    let message = format!("{how} one of {} must be set", names.join(", "));
    push(Rule::new(None, expression, &message), TokenStream::new(), lowered);
}
