//! What is wrong with the constants of an expression, once its types fit
//!
//! It owns what the server looks for beyond types: spans, times, patterns and formats that cannot be read, lists and maps
//! of mixed types, and conversions that fail whatever the object.

use super::checker::Checked;
use super::convert;
use super::format::{Clause, Part, parts};
use super::issue::Issue;
use super::kind::Ty;
use super::syntax::{Expr, Kind, Literal};
use super::value::{Fault, Val};

/// What is wrong, in the order of the server's checks
pub(super) fn check(root: &Expr, checked: &Checked) -> Vec<Issue> {
    let mut issues = Vec::new();
    visit(root, checked, false, &mut issues);
    issues
}

/// The first conversion of a constant or pattern that fails, in the words of the fault
pub(super) fn failing_conversion(expr: &Expr) -> Option<String> {
    let mut found = None;
    expr.children(&mut |child| {
        if found.is_none() {
            found = failing_conversion(child);
        }
    });
    let (Kind::Call { function, target, args }, None) = (&expr.kind, &found) else { return found };
    let pattern = match (function.as_str(), target, args.as_slice()) {
        ("find" | "findAll", Some(_), [pattern, ..]) | ("matches", None, [_, pattern]) => Some(&pattern.kind),
        _ => None,
    };
    if let Some(Kind::Literal(Literal::String(pattern))) = pattern {
        return crate::pattern::compile(pattern).err();
    }
    let ([Expr { kind: Kind::Literal(literal), .. }], None) = (args.as_slice(), target) else { return None };
    match convert::convert(function, &Val::constant(literal))? {
        Err(Fault::Failed(message)) => Some(message),
        _ => None,
    }
}

fn visit(expr: &Expr, checked: &Checked, in_format: bool, issues: &mut Vec<Issue>) {
    let mut exempt = in_format;
    match &expr.kind {
        Kind::Call { function, target, args } => {
            exempt = in_format || function == "format";
            call((expr, function), target.as_deref(), args, checked, issues);
        }
        Kind::List(elements) if !in_format => {
            let types = elements.iter().map(|element| (&element.value, element.optional));
            mixed(types, checked, issues);
        }
        Kind::Map(entries) if !in_format => {
            mixed(entries.iter().map(|entry| (&entry.key, false)), checked, issues);
            mixed(entries.iter().map(|entry| (&entry.value, entry.optional)), checked, issues);
        }
        _ => {}
    }
    expr.children(&mut |child| visit(child, checked, exempt, issues));
}

/// Lists and maps hold values of one type, unless they are for `format`
fn mixed<'e>(values: impl Iterator<Item = (&'e Expr, bool)>, checked: &Checked, issues: &mut Vec<Issue>) {
    let mut first: Option<Ty> = None;
    for (value, optional) in values {
        let ty = match checked.ty(value) {
            Ty::Optional(inner) if optional => (**inner).clone(),
            ty => ty.clone(),
        };
        match &first {
            None => first = Some(ty),
            Some(first) if *first != ty => {
                issues.push(Issue::new(value.at, format!("expected type '{first}' but found '{ty}'")));
                return;
            }
            Some(_) => {}
        }
    }
}

fn call(
    (expr, function): (&Expr, &str),
    target: Option<&Expr>,
    args: &[Expr],
    checked: &Checked,
    issues: &mut Vec<Issue>,
) {
    if function == "format"
        && let (
            Some(Expr { kind: Kind::Literal(Literal::String(text)), .. }),
            [Expr { kind: Kind::List(values), .. }],
        ) = (target, args)
    {
        let values: Vec<_> = values.iter().map(|element| &element.value).collect();
        return format(expr, text, &values, checked, issues);
    }
    let place = match function {
        "duration" | "timestamp" => args.first(),
        "matches" if target.is_some() => args.first(),
        _ => None,
    };
    let Some(Expr { at, kind: Kind::Literal(literal), .. }) = place else { return };
    let bad = match (function, literal) {
        ("matches", Literal::String(pattern)) => crate::pattern::compile(pattern).is_err(),
        ("matches", _) => false,
        _ => convert::convert(function, &Val::constant(literal)).is_some_and(|made| made.is_err()),
    };
    if bad {
        issues.push(Issue::new(*at, format!("invalid {function} argument")));
    }
}

fn format(expr: &Expr, text: &str, values: &[&Expr], checked: &Checked, issues: &mut Vec<Issue>) {
    let (parts, wrong) = parts(text);
    let mut asked = 0;
    for part in parts {
        let Part::Clause(clause) = part else { continue };
        let Some(value) = values.get(asked) else {
            issues.push(Issue::new(expr.at, format!("index {asked} out of range")));
            return;
        };
        asked += 1;
        if let Some(bad) = not_taken(clause, value, checked) {
            let given = checked.ty(bad).value_name();
            issues.push(Issue::new(
                bad.at,
                format!("error during formatting: {}, was given {given}", clause.takes()),
            ));
            return;
        }
    }
    if let Some(wrong) = wrong {
        let message = if values.len() > asked { wrong } else { format!("index {asked} out of range") };
        issues.push(Issue::new(expr.at, message));
    } else if values.len() > asked {
        let message =
            format!("too many arguments supplied to string.format (expected {asked}, got {})", values.len());
        issues.push(Issue::new(expr.at, message));
    }
}

/// The value, or the part of it, that a clause does not take
fn not_taken<'e>(clause: Clause, value: &'e Expr, checked: &Checked) -> Option<&'e Expr> {
    let ty = checked.ty(value);
    let taken = match clause {
        _ if *ty == Ty::Dyn => true,
        Clause::Text => !matches!(ty, Ty::Optional(_) | Ty::Object(_) | Ty::Library(_)),
        Clause::Decimal | Clause::Octal => matches!(ty, Ty::Int | Ty::Uint),
        Clause::Fixed(_) | Clause::Scientific(_) => matches!(ty, Ty::Double | Ty::String),
        Clause::Binary => matches!(ty, Ty::Int | Ty::Uint | Ty::Bool),
        Clause::Hex { .. } => matches!(ty, Ty::Int | Ty::Uint | Ty::String | Ty::Bytes),
    };
    if !taken {
        return Some(value);
    }
    if clause != Clause::Text || !matches!(value.kind, Kind::List(_) | Kind::Map(_)) {
        return None;
    }
    let mut found = None;
    value.children(&mut |child| {
        if found.is_none() {
            found = not_taken(clause, child, checked);
        }
    });
    found
}
