//! Which rules of a schema an API server accepts
//!
//! It owns the walk through the schema and the server's words. What is wrong with an expression is told by `parser`,
//! `checker` and `literals`, what it costs by `cost`.

use serde_json::Value;

use crate::field_error::{FieldError, Reason};
use crate::go_text;
use crate::place::{child, index, property};
use crate::schema::{Additional, ListType, Rule, Schema, Type};

use super::checker::{self, Checked};
use super::declared::{Declared, REQUEST_BYTES_MAX};
use super::issue::render;
use super::kind::Ty;
use super::program::Cached;
use super::syntax::Tree;
use super::{cost, field_path, literals};

use std::sync::Arc;

/// What one rule may cost, as estimated
const RULE_COST_MAX: u64 = 10_000_000;
/// What all rules of a schema may cost
const TOTAL_COST_MAX: u64 = 100_000_000;
/// How many of the most expensive rules are named
const NAMED_MAX: usize = 4;
/// The reasons that a rule may give
const REASONS: [&str; 4] =
    ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// Where the walk is
#[derive(Clone, Copy)]
struct Place<'a> {
    schema: &'a Schema,
    path: &'a str,
    /// Whether a resource stands here
    resource: bool,
    /// How often this place can be in an object; none if there is no limit
    count_max: Option<u64>,
    /// The place whose elements cannot be told apart, so that there is no old value below it
    uncorrelated: Option<&'a str>,
}

/// What was found so far
#[derive(Default)]
struct Found {
    /// What is wrong with the form of rules
    form: Vec<FieldError>,
    /// What is wrong with their expressions
    expressions: Vec<FieldError>,
    total_cost: u64,
    /// Those that matter, the most expensive first
    expensive: Vec<(u64, String)>,
}

/// All that is wrong with the rules of a schema that stands at `place`
pub(super) fn schema(schema: &Schema, place: &str) -> Vec<FieldError> {
    let mut found = Found::default();
    let root = Place { schema, path: place, resource: true, count_max: Some(1), uncorrelated: None };
    found.place(&root);
    let mut errors = found.form;
    errors.append(&mut found.expressions);
    if found.total_cost > TOTAL_COST_MAX {
        let detail =
            "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
        errors.extend(
            found.expensive.into_iter().map(|(_, path)| FieldError::new(Reason::Forbidden, path, detail)),
        );
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        let detail = too_expensive(what, found.total_cost, TOTAL_COST_MAX);
        errors.push(FieldError::new(Reason::Forbidden, place, detail));
    }
    errors
}

// === impl Found ===

impl Found {
    fn place(&mut self, place: &Place<'_>) {
        let schema = place.schema;
        let form_before = self.form.len();
        if let Additional::Schema(values) = &schema.additional {
            self.below(place, values, &child(place.path, "additionalProperties"), place.uncorrelated);
        }
        for (name, field) in &schema.properties {
            self.below(place, field, &property(place.path, name), place.uncorrelated);
        }
        if let Some(items) = &schema.items {
            let keyed = schema.list_type == ListType::Map;
            let uncorrelated = place.uncorrelated.or((!keyed).then_some(place.path));
            self.below(place, items, &child(place.path, "items"), uncorrelated);
        }
        if schema.rules.is_empty() {
            return;
        }
        for (number, rule) in schema.rules.iter().enumerate() {
            self.form(schema, rule, &index(&child(place.path, "x-kubernetes-validations"), number));
        }
        // while the schema is not sound nothing is said of expressions, which stand on it
        if self.form.len() == form_before {
            self.expressions(place);
        }
    }

    fn below(&mut self, above: &Place<'_>, schema: &Schema, path: &str, uncorrelated: Option<&str>) {
        let count_max =
            elements_max(above.schema).and_then(|most| Some(above.count_max?.saturating_mul(most)));
        self.place(&Place { schema, path, resource: schema.embedded, count_max, uncorrelated });
    }

    /// What is wrong with the texts beside an expression
    fn form(&mut self, schema: &Schema, rule: &Rule, path: &str) {
        let at = |name: &str| child(path, name);
        let invalid = |name: &str, value: &str, detail: &str| {
            FieldError::of_value(Reason::Invalid, at(name), &Value::from(value), detail)
        };
        let required = |name: &str, detail: &str| FieldError::new(Reason::Required, at(name), detail);
        let has_lines = |text: &str| text.contains(['\n', '\r']);
        let (text, message) = (rule.rule.trim(), rule.message.trim());
        if text.is_empty() {
            self.form.push(required("rule", "rule is not specified"));
        } else if !rule.message.is_empty() && message.is_empty() {
            self.form.push(invalid("message", &rule.message, "must be non-empty if specified"));
        } else if has_lines(message) {
            self.form.push(invalid("message", &rule.message, "must not contain line breaks"));
        } else if has_lines(text) && message.is_empty() {
            self.form.push(required("message", "message must be specified if rule contains line breaks"));
        }
        if !rule.message_expression.is_empty() && rule.message_expression.trim().is_empty() {
            self.form.push(required("messageExpression", "messageExpression must be non-empty if specified"));
        }
        if !rule.reason.is_empty() && !REASONS.contains(&rule.reason.as_str()) {
            self.form.push(FieldError::not_supported(
                at("reason"),
                &Value::from(rule.reason.as_str()),
                &REASONS,
            ));
        }
        if rule.field_path.is_empty() {
            return;
        }
        if rule.field_path.trim().is_empty() {
            self.form.push(invalid("fieldPath", &rule.field_path, "must be non-empty if specified"));
        }
        if has_lines(&rule.field_path) {
            self.form.push(invalid("fieldPath", &rule.field_path, "must not contain line breaks"));
        }
        if field_path::resolve(&rule.field_path, schema).is_none() {
            self.form.push(invalid("fieldPath", &rule.field_path, "must be a valid path"));
        }
    }

    fn expressions(&mut self, place: &Place<'_>) {
        let path = child(place.path, "x-kubernetes-validations");
        let Some(declared) = Declared::of(place.schema, place.resource, "selfType") else {
            let detail = "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations";
            self.expressions.push(FieldError::new(Reason::Internal, path, detail));
            return;
        };
        let count_max = place.count_max.unwrap_or(REQUEST_BYTES_MAX / (declared.bytes_min + 1));
        for (number, rule) in place.schema.rules.iter().enumerate() {
            self.expression(place, rule, &declared, (count_max, &index(&path, number)));
        }
    }

    fn expression(&mut self, place: &Place<'_>, rule: &Rule, declared: &Arc<Declared>, at: (u64, &str)) {
        let (count_max, path) = at;
        let program = Cached::of(rule);
        let rule_path = child(path, "rule");
        let wrong = match understand(&program.rule, rule, declared, &Ty::Bool) {
            Ok((tree, checked)) => {
                let most = cost::most(tree, &checked, declared).saturating_mul(count_max);
                self.observe(most, "estimated rule cost", &rule_path);
                None
            }
            Err(Wrong::Text(issues)) => Some(format!("compilation failed: {issues}")),
            Err(Wrong::Result) => Some("cel expression must evaluate to a bool".to_owned()),
            Err(Wrong::Constant(fault)) => Some(format!("program instantiation failed: {fault}")),
        };
        // a rule that is not understood is not known to look at the old value
        let is_transition =
            program.is_transition && !matches!(&wrong, Some(wrong) if !wrong.starts_with("program"));
        let understood = wrong.is_none();
        if let Some(wrong) = wrong {
            self.expressions.push(invalid_rule(rule_path.clone(), rule, wrong));
        }
        if let (Some(message), true) = (&program.message, understood) {
            self.message(message, rule, declared, &child(path, "messageExpression"));
        }
        if is_transition && let Some(uncorrelated) = place.uncorrelated {
            let detail = format!(
                "oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelated}"
            );
            self.expressions.push(FieldError::of_value(
                Reason::Invalid,
                rule_path,
                &Value::from(rule.rule.as_str()),
                detail,
            ));
        } else if !is_transition && rule.optional_old_self {
            let detail = "may not be set if oldSelf is not used in rule";
            let path = child(path, "optionalOldSelf");
            self.expressions.push(FieldError::of_value(Reason::Invalid, path, &Value::from(true), detail));
        }
    }

    fn message(&mut self, message: &Result<Tree, String>, rule: &Rule, declared: &Arc<Declared>, path: &str) {
        let wrong = match understand(message, rule, declared, &Ty::String) {
            Ok((tree, checked)) => {
                let most = cost::most(tree, &checked, declared);
                self.observe(most, "estimated messageExpression cost", path);
                return;
            }
            Err(Wrong::Text(issues)) => format!("messageExpression compilation failed: {issues}"),
            Err(Wrong::Result) => "messageExpression must evaluate to a string".to_owned(),
            Err(Wrong::Constant(fault)) => format!("messageExpression instantiation failed: {fault}"),
        };
        self.expressions.push(invalid_rule(path.to_owned(), rule, wrong));
    }

    fn observe(&mut self, most: u64, what: &str, path: &str) {
        if most > RULE_COST_MAX {
            let detail = too_expensive(what, most, RULE_COST_MAX);
            self.expressions.push(FieldError::new(Reason::Forbidden, path, detail));
        }
        self.total_cost = self.total_cost.saturating_add(most);
        if most >= TOTAL_COST_MAX / 100 {
            self.expensive.push((most, path.to_owned()));
            self.expensive.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
            self.expensive.truncate(NAMED_MAX);
        }
    }
}

/// Why an expression is not accepted
enum Wrong {
    /// Its text, as the server prints what is wrong with it
    Text(String),
    /// It makes something else than it must
    Result,
    /// A conversion in it fails whatever the object
    Constant(String),
}

/// The types of an expression, if it is one and makes what it must
fn understand<'t>(
    read: &'t Result<Tree, String>,
    rule: &Rule,
    declared: &Arc<Declared>,
    wanted: &Ty,
) -> Result<(&'t Tree, Checked), Wrong> {
    let tree = read.as_ref().map_err(|issues| Wrong::Text(issues.clone()))?;
    let is_message = *wanted == Ty::String;
    let source = if is_message { &rule.message_expression } else { &rule.rule };
    let own = declared.ty();
    let old = if rule.optional_old_self { Ty::optional(own.clone()) } else { own.clone() };
    let (checked, mut issues) = checker::check(tree, vec![("self", own), ("oldSelf", old)]);
    if issues.is_empty() {
        issues = literals::check(&tree.root, &checked);
    }
    if !issues.is_empty() {
        return Err(Wrong::Text(render(source, &issues)));
    }
    if checked.ty(&tree.root) != wanted {
        return Err(Wrong::Result);
    }
    match literals::failing_conversion(&tree.root) {
        Some(fault) => Err(Wrong::Constant(fault)),
        None => Ok((tree, checked)),
    }
}

/// How many elements a place has for each of itself; none if there is no limit
fn elements_max(schema: &Schema) -> Option<u64> {
    let limit = |key: &str| {
        schema.checks.get(key).and_then(Value::as_i64).map(|limit| u64::try_from(limit).unwrap_or(0))
    };
    match (schema.kind, &schema.additional) {
        (Type::Array, _) => limit("maxItems"),
        (Type::Object, Additional::Schema(_) | Additional::Any) => limit("maxProperties"),
        _ => Some(1),
    }
}

/// An error that shows the whole rule
fn invalid_rule(path: String, rule: &Rule, detail: String) -> FieldError {
    let text = |text: &str| go_text::json(&Value::from(text));
    let reason = if rule.reason.is_empty() { "null".to_owned() } else { text(&rule.reason) };
    let optional = if rule.optional_old_self { "true" } else { "null" };
    let value = format!(
        r#"{{"Rule":{},"Message":{},"MessageExpression":{},"Reason":{reason},"FieldPath":{},"OptionalOldSelf":{optional}}}"#,
        text(&rule.rule),
        text(&rule.message),
        text(&rule.message_expression),
        text(&rule.field_path),
    );
    FieldError { reason: Reason::Invalid, field: path, value: Some(value), detail }
}

fn too_expensive(what: &str, cost: u64, limit: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "it is only shown, in few digits")]
    let factor = cost as f64 / limit as f64;
    let factor = if factor > 100.0 {
        "more than 100x".to_owned()
    } else if factor < 1.5 {
        format!("{factor:.6}x")
    } else {
        format!("{factor:.1}x")
    };
    format!(
        "{what} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
    )
}
