//! What an API server says when the definition is created: the embedded one is asked
//!
//! It owns which rule an answer belongs to and what to do about it. The words are the server's.

use crate::validate::{Checker, Finding, Severity};

use super::{Report, Rule, cost};

/// Asks the server
pub(super) fn check(checker: &mut Checker, report: &mut Report<'_>) {
    let definition = report.subject.definition;
    for answer in checker.check(&definition.to_create()) {
        let path = whole(&answer.field);
        let rule = rule(&path, &answer);
        let is_told = |known: &super::Finding| known.rule == rule && known.path == path;
        // a rule that costs too much is told of again for its part in the total
        if rule == Rule::RuleCost && report.findings.iter().any(is_told) {
            continue;
        }
        let help =
            if rule == Rule::RuleCost { cost::advice(definition, &path) } else { advice(rule).to_owned() };
        report.note(rule, &path, message(&answer), &help);
    }
}

/// The server's words; of a rule in CEL the reason alone, without the whole rule as Go prints it
fn message(answer: &Finding) -> String {
    let reason = answer.message.split_once("}: ").filter(|_| answer.message.contains(r#"{"Rule":"#));
    reason.map_or_else(|| answer.message.clone(), |(_, reason)| format!("Invalid value: {reason}"))
}

/// What is the same in all versions, the server tells as if it stood before them
fn whole(field: &str) -> String {
    match field.strip_prefix("spec.validation.") {
        Some(rest) => format!("spec.versions[0].schema.{rest}"),
        None if field.contains("openAPIV3Schema.properties.") => bracketed(field),
        None => ["additionalPrinterColumns", "subresources", "selectableFields"]
            .into_iter()
            .find_map(|part| {
                let rest = field.strip_prefix("spec.")?.strip_prefix(part)?;
                Some(format!("spec.versions[0].{part}{rest}"))
            })
            .unwrap_or_else(|| field.to_owned()),
    }
}

/// A path of unknown keywords, in which fields stand between dots, as all other paths are written
fn bracketed(path: &str) -> String {
    let mut steps = path.split('.');
    let mut out = steps.next().unwrap_or_default().to_owned();
    while let Some(step) = steps.next() {
        out.push('.');
        out.push_str(step);
        if step == "properties"
            && let Some(name) = steps.next()
        {
            out.extend(["[", name, "]"]);
        }
    }
    out
}

fn rule(path: &str, answer: &Finding) -> Rule {
    let message = answer.message.as_str();
    if answer.severity == Severity::Warning {
        let is_format = message.starts_with("unrecognized format");
        return if is_format { Rule::FormatUnknown } else { Rule::ServerWarning };
    }
    if message.starts_with("strict decoding error") {
        return Rule::KeywordUnknown;
    }
    let is_key =
        message.contains("x-kubernetes-list-map-keys") || path.ends_with("x-kubernetes-list-map-keys");
    let end = path.rsplit('.').next().unwrap_or_default();
    match path {
        _ if message.contains("estimated") && message.contains("cost") => Rule::RuleCost,
        _ if path.contains("x-kubernetes-validations") => Rule::RuleInvalid,
        _ if path.contains("openAPIV3Schema") && is_key => Rule::ListKeyInvalid,
        _ if path.contains("openAPIV3Schema") && end.starts_with("default") => Rule::DefaultInvalid,
        _ if path.contains("openAPIV3Schema") => Rule::SchemaInvalid,
        _ if path.contains("additionalPrinterColumns") => Rule::ColumnInvalid,
        _ if path.contains("subresources.scale") => Rule::ScaleInvalid,
        _ if path.contains("selectableFields") => Rule::SelectableInvalid,
        _ if message.ends_with("is already in use") => Rule::NameTaken,
        _ => Rule::DefinitionInvalid,
    }
}

fn advice(rule: Rule) -> &'static str {
    match rule {
        Rule::SchemaInvalid => {
            "give each value one type; write what only restricts beside it, without types in anyOf, oneOf, allOf and not"
        }
        Rule::DefaultInvalid => "give a default that the schema and its rules take, or none",
        Rule::ListKeyInvalid => {
            "name fields of the elements that are texts, numbers or truth values, and that are required or have a default"
        }
        Rule::RuleInvalid => "correct the rule; fields of `self` are written with their serialized names",
        Rule::ColumnInvalid => "give the column a name, a path that begins with a dot, and one of the types",
        Rule::ScaleInvalid => "let the paths begin with .spec or .status",
        Rule::SelectableInvalid => "name a field of the spec that is a text, a whole number or a truth value",
        Rule::NameTaken => "choose another kind, plural, singular or short name in one of the two",
        Rule::KeywordUnknown => "remove it, or correct its name; API servers drop it",
        Rule::FormatUnknown => "nothing checks it: use a format that API servers know, or a pattern",
        _ => "change it as the message says",
    }
}
