//! Rules: a Rust expression over the fields becomes the model's expression, typed on the way
//!
//! Which operator takes what is the model's table; this file finds the token that does not fit.

use healing_model::{BinaryOperator, Expression, Rule, UnaryOperator, ValueKind, attribute::suggest};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{BinOp, Expr, ExprBinary, ExprLit, ExprPath, ExprUnary, Ident, Lit, UnOp, ext::IdentExt as _};

use super::{Lowered, field::Named};
use crate::{
    accumulator::Errors,
    draft::{BoundDraft, RuleDraft},
    spanned::Spanned,
};

const FORMS: &str = "a rule is made of whole numbers, `true`, `false`, field names, comparisons, `&&`, `||`, `!`, `+`, \
                     `-`, `*`, `/`, `%` and parentheses";

/// Adds the rules of all fields, in the order of fields: bounds with a message first
pub(crate) fn rules(named: &[Named<'_, '_>], lowered: &mut Lowered, errors: &mut Errors) {
    for one in named {
        bound(one, one.draft.minimum.as_ref(), BinaryOperator::GreaterOrEqual, lowered);
        bound(one, one.draft.maximum.as_ref(), BinaryOperator::LessOrEqual, lowered);
        for draft in &one.draft.rules {
            if let Some(expression) = rule(draft, named, errors) {
                let (field, message) = (one.field.name.clone(), draft.message.value.clone());
                lowered.blueprint.rules.push(Rule { field, expression, message });
                lowered.rule_messages.push(draft.message.at.clone());
            }
        }
    }
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
        lowered.blueprint.rules.push(Rule::bound(&named.field.name, operator, *value, &message.value));
        lowered.rule_messages.push(message.at.clone());
    }
}

fn rule(draft: &RuleDraft, fields: &[Named<'_, '_>], errors: &mut Errors) -> Option<Expression> {
    let mut scope = Scope { fields, errors };
    let (expression, kind) = scope.expression(&draft.expression)?;
    if kind != ValueKind::Boolean {
        scope.errors.push(&draft.expression, "a rule says true or false; compare the number with another");
        return None;
    }
    Some(expression)
}

/// The fields that a rule may name
struct Scope<'s, 'd, 'i> {
    fields: &'s [Named<'d, 'i>],
    errors: &'s mut Errors,
}

// === impl Scope ===

type Typed = Option<(Expression, ValueKind)>;

impl Scope<'_, '_, '_> {
    fn expression(&mut self, expression: &Expr) -> Typed {
        match expression {
            Expr::Paren(paren) => self.expression(&paren.expr),
            Expr::Group(group) => self.expression(&group.expr),
            Expr::Lit(literal) => self.literal(literal, false),
            Expr::Path(path) => self.field(path),
            Expr::Unary(unary) => self.unary(unary),
            Expr::Binary(binary) => self.binary(binary),
            other => self.refuse(other, &hint(other)),
        }
    }

    fn literal(&mut self, literal: &ExprLit, negative: bool) -> Typed {
        let number = match &literal.lit {
            Lit::Bool(value) => return Some((Expression::Boolean(value.value), ValueKind::Boolean)),
            Lit::Int(number) => number,
            Lit::Float(_) => return self.refuse(literal, "a rule has whole numbers only"),
            Lit::Str(_) => return self.refuse(literal, "a rule cannot compare text"),
            _ => return self.refuse(literal, FORMS),
        };
        if !number.suffix().is_empty() {
            return self.refuse(literal, "numbers in a rule are 64 bits wide and have no suffix; drop it");
        }
        let digits = number.base10_digits();
        let signed = if negative { format!("-{digits}") } else { digits.to_owned() };
        match signed.parse::<i64>() {
            Ok(number) => Some((Expression::Integer(number), ValueKind::Integer)),
            Err(_) => self.refuse(literal, "the number does not fit 64 bits"),
        }
    }

    fn field(&mut self, path: &ExprPath) -> Typed {
        let Some(ident) = path.path.get_ident() else {
            return self.refuse(path, "a rule names fields of the struct alone, without a path");
        };
        let found = self.fields.iter().find(|named| named.draft.ident == ident);
        let Some(named) = found else { return self.unknown(ident) };
        let Some(kind) = ValueKind::of(&named.field.kind) else {
            let what = named.field.kind.describe();
            return self
                .refuse(ident, &format!("`{ident}` is {what}; a rule takes whole numbers and bool fields"));
        };
        Some((Expression::Field(named.field.name.clone()), kind))
    }

    fn unknown(&mut self, ident: &Ident) -> Typed {
        let word = ident.to_string();
        let names: Vec<String> =
            self.fields.iter().map(|named| named.draft.ident.unraw().to_string()).collect();
        let serialized = self.fields.iter().find(|named| named.field.name == word);
        let near = match serialized {
            Some(named) => Some(named.draft.ident.to_string()),
            None => suggest(&word, names.iter().map(String::as_str)).map(str::to_owned),
        };
        let hint = near.map_or_else(
            || format!("its fields are {}", names.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.refuse(ident, &format!("the struct has no field `{word}`; {hint}"))
    }

    fn unary(&mut self, unary: &ExprUnary) -> Typed {
        let operator = match unary.op {
            UnOp::Not(_) => UnaryOperator::Not,
            UnOp::Neg(_) => UnaryOperator::Negate,
            _ => return self.refuse(unary, "fields in a rule are values; drop the `*`"),
        };
        if let (UnaryOperator::Negate, Expr::Lit(literal)) = (operator, &*unary.expr)
            && matches!(literal.lit, Lit::Int(_))
        {
            // Read with its sign: the smallest number has no positive twin.
            return self.literal(literal, true);
        }
        let (operand, kind) = self.expression(&unary.expr)?;
        self.expect(&unary.expr, kind, operator.takes(), operator.as_str())?;
        Some((Expression::unary(operator, operand), kind))
    }

    fn binary(&mut self, binary: &ExprBinary) -> Typed {
        let Some(operator) = operator(&binary.op) else {
            let hint = match binary.op {
                BinOp::BitAnd(_) => "`&` is not for rules; did you mean `&&`?",
                BinOp::BitOr(_) => "`|` is not for rules; did you mean `||`?",
                _ => FORMS,
            };
            return self.refuse(binary.op, hint);
        };
        // Both sides are read before giving up, so that a mistake on each is seen at once.
        let left = self.expression(&binary.left);
        let right = self.expression(&binary.right);
        let ((left, left_kind), (right, right_kind)) = (left?, right?);
        let takes = operator.takes().unwrap_or(left_kind);
        let sound = [
            self.expect(&binary.left, left_kind, takes, operator.as_str()),
            self.expect(&binary.right, right_kind, takes, operator.as_str()),
        ];
        sound
            .iter()
            .all(Option::is_some)
            .then(|| (Expression::binary(operator, left, right), operator.gives()))
    }

    fn expect(&mut self, at: &Expr, found: ValueKind, takes: ValueKind, operator: &str) -> Option<()> {
        if found == takes {
            return Some(());
        }
        let (takes, found) = (takes.describe(), found.describe());
        self.errors.push(at, format!("`{operator}` takes {takes} here, this is {found}"));
        None
    }

    fn refuse(&mut self, at: impl ToTokens, message: &str) -> Typed {
        self.errors.push(at, message);
        None
    }
}

fn operator(op: &BinOp) -> Option<BinaryOperator> {
    Some(match op {
        BinOp::Or(_) => BinaryOperator::Or,
        BinOp::And(_) => BinaryOperator::And,
        BinOp::Eq(_) => BinaryOperator::Equal,
        BinOp::Ne(_) => BinaryOperator::NotEqual,
        BinOp::Lt(_) => BinaryOperator::Less,
        BinOp::Le(_) => BinaryOperator::LessOrEqual,
        BinOp::Gt(_) => BinaryOperator::Greater,
        BinOp::Ge(_) => BinaryOperator::GreaterOrEqual,
        BinOp::Add(_) => BinaryOperator::Add,
        BinOp::Sub(_) => BinaryOperator::Subtract,
        BinOp::Mul(_) => BinaryOperator::Multiply,
        BinOp::Div(_) => BinaryOperator::Divide,
        BinOp::Rem(_) => BinaryOperator::Remainder,
        _ => return None,
    })
}

/// What to write instead of an expression that a rule cannot have
fn hint(expression: &Expr) -> String {
    let text = match expression {
        Expr::Assign(_) => "`=` is not for rules; did you mean `==`?",
        Expr::Field(field) => return field_hint(field),
        Expr::Cast(_) => "numbers in a rule are 64 bits wide already; drop the cast",
        Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) => {
            "a rule calls nothing; write comparisons of fields"
        }
        Expr::If(_) | Expr::Match(_) => "a rule has no branches; write `!condition || consequence`",
        _ => FORMS,
    };
    text.to_owned()
}

fn field_hint(field: &syn::ExprField) -> String {
    let member: TokenStream = field.member.to_token_stream();
    match &*field.base {
        Expr::Path(base) if base.path.is_ident("self") => {
            format!("fields in a rule stand alone; write `{member}`")
        }
        Expr::Path(base) if base.path.is_ident("old") => {
            "rules about the old object (`old.`) are not supported; a rule is about the new one alone"
                .to_owned()
        }
        _ => "a rule takes the fields of this struct, not fields of fields".to_owned(),
    }
}
