//! Attributes on a field

use healing_model::{
    Role,
    attribute::{CONTAINER, Constraint, FIELD, SPEC_FIELD, find},
};
use serde_json::Value;
use syn::{
    Expr, LitStr, Token,
    parse::{ParseStream, Parser as _},
};

use super::{
    constraint, entry,
    entry::{Entry, Written, once},
    naming, rule,
};
use crate::{
    accumulator::Errors,
    draft::{BoundDraft, FieldDraft, Target},
    spanned::Spanned,
};

/// Everything that `#[healing(...)]` and serde say on a field
pub(crate) fn field<'i>(
    field: &'i syn::Field,
    target: Target,
    errors: &mut Errors,
) -> Option<FieldDraft<'i>> {
    let mut draft = FieldDraft {
        field,
        ident: field.ident.as_ref()?,
        roles: Vec::new(),
        default: None,
        minimum: None,
        maximum: None,
        constraints: Vec::new(),
        items: None,
        selectable: None,
        column: None,
        rules: Vec::new(),
        cel: Vec::new(),
        immutable: None,
        validate: None,
        serde: naming::field(&field.attrs, errors),
    };
    for entry in entry::of_attributes(&field.attrs, "healing", errors) {
        let word = entry.key.to_string();
        let of_spec =
            Role::ALL.iter().any(|role| role.as_str() == word) || SPEC_FIELD.contains(&word.as_str());
        if target == Target::Nested && of_spec {
            errors.push(
                &entry.key,
                format!("`{word}` belongs on a field of the spec itself, the struct that derives `HealingResource`"),
            );
            continue;
        }
        one(&mut draft, &entry, errors);
    }
    Some(draft)
}

fn one(draft: &mut FieldDraft<'_>, entry: &Entry, errors: &mut Errors) {
    let word = entry.key.to_string();
    if let Some(role) = Role::ALL.iter().copied().find(|role| role.as_str() == word) {
        if entry.flag(FIELD, errors).is_some() {
            draft.roles.push(Spanned::new(role, &entry.key, &entry.key));
        }
        return;
    }
    match word.as_str() {
        "default" => once(&mut draft.default, default(entry, errors), errors),
        "minimum" | "maximum" if is_fraction(entry) => constrain(draft, entry, errors),
        "minimum" => once(&mut draft.minimum, bound(entry, errors), errors),
        "maximum" => once(&mut draft.maximum, bound(entry, errors), errors),
        "items" | "values" => constraint::items(entry, &mut draft.items, errors),
        "selectable" => {
            let flag = entry.flag(FIELD, errors).map(|()| Spanned::new((), &entry.key, &entry.key));
            once(&mut draft.selectable, flag, errors);
        }
        _ if Constraint::find(&word).is_some() => constrain(draft, entry, errors),
        "column" => once(&mut draft.column, entry.text(FIELD, errors), errors),
        "rule" => draft.rules.extend(rule::rule(entry, FIELD, errors)),
        "cel" => draft.cel.extend(rule::cel(entry, FIELD, errors)),
        "immutable" if entry.flag(FIELD, errors).is_some() => draft.immutable = Some(entry.key.clone()),
        "immutable" => {}
        "validate" => once(&mut draft.validate, rule::validate(entry, FIELD, errors), errors),
        _ if find(CONTAINER, &word).is_some() => {
            errors.push(&entry.key, format!("`{word}` belongs on the struct, not on a field"));
        }
        _ => entry::unknown(&entry.key, FIELD, "on a field", errors),
    }
}

/// `default = expression`
fn default(entry: &Entry, errors: &mut Errors) -> Option<Spanned<Option<Value>>> {
    let Written::Assigned(tokens) = &entry.written else { return entry.misread(FIELD, errors) };
    let Ok(expression) = syn::parse2::<Expr>(tokens.clone()) else {
        errors.push(tokens, "expected an expression that gives the field's type");
        return None;
    };
    Some(Spanned::new(entry::json(&expression), &entry.key, expression))
}

fn constrain(draft: &mut FieldDraft<'_>, entry: &Entry, errors: &mut Errors) {
    if let Some(known) = Constraint::find(&entry.key.to_string()) {
        draft.constraints.extend(constraint::constraint(known, entry, errors));
    }
}

/// Whether a bound is written with a fraction, such as `0.5`
fn is_fraction(entry: &Entry) -> bool {
    entry.literal().is_some_and(|(value, _)| value.is_f64())
}

/// `minimum = 1` or `minimum(1, "message")`
fn bound(entry: &Entry, errors: &mut Errors) -> Option<Spanned<BoundDraft>> {
    let Written::List(tokens) = &entry.written else {
        let number = entry.integer(FIELD, errors)?;
        let draft = BoundDraft { value: number.value, message: None };
        return Some(Spanned { value: draft, key: number.key, at: number.at });
    };
    let parts = |input: ParseStream<'_>| {
        let number: Expr = input.parse()?;
        input.parse::<Token![,]>()?;
        let message: LitStr = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok((number, message))
    };
    let Ok((number, message)) = parts.parse2(tokens.clone()) else {
        return entry.misread(FIELD, errors);
    };
    let Some(value) = entry::json(&number).and_then(|value| value.as_i64()) else {
        errors.push(&number, format!("expected a whole number: `{}(1, \"message\")`", entry.key));
        return None;
    };
    let message = Spanned::new(message.value(), &entry.key, message);
    Some(Spanned::new(BoundDraft { value, message: Some(message) }, &entry.key, number))
}
