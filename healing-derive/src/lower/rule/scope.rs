//! Expressions: each becomes the model's expression, a type as far as tokens tell one, and Rust for rustc to check
//!
//! It owns literals, operators and branches. What a name means is `path`'s, what a method means is `call`'s.

use healing_model::{BinaryOperator, Expression, FieldKind, UnaryOperator, ValueKind};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    BinOp, Expr, ExprBinary, ExprIf, ExprLit, ExprUnary, Ident, Lit, Stmt, UnOp, spanned::Spanned as _,
};

use crate::{accumulator::Errors, expand::Private, lower::field::Named};

/// What a rule may be made of, and what is there for everything else
pub(super) const FORMS: &str = "a rule is made of fields, numbers, text, `true`, `false`, comparisons, `&&`, `||`, `!`, \
                                `+`, `-`, `*`, `/`, `%`, `if`/`else` and the methods of docs/reference/rules.md";
/// The two ways out
pub(super) const ESCAPES: &str = "what a rule cannot say: `cel(\"…\", \"message\")` for the API server alone, `validate = path` for Rust alone";

/// The whole number that every whole number of a rule is
pub(super) const WHOLE: FieldKind = FieldKind::Integer { bits: 64, signed: true };

/// One expression, read
pub(super) struct Typed {
    /// What it is in the model
    pub(super) expression: Expression,
    /// Its type; `Other` where rustc alone knows it
    pub(super) kind: FieldKind,
    /// The same in Rust, on types that have what a rule has
    pub(super) check: TokenStream,
}

/// A name that a closure gives
pub(super) struct Variable {
    /// As written
    pub(super) ident: Ident,
    /// The type of what it stands for
    pub(super) kind: FieldKind,
}

/// What a rule may name
pub(super) struct Scope<'s, 'd, 'i> {
    pub(super) fields: &'s [Named<'d, 'i>],
    pub(super) variables: Vec<Variable>,
    /// What the program alone knows, in Rust that gives its JSON
    pub(super) constants: &'s mut Vec<TokenStream>,
    pub(super) errors: &'s mut Errors,
}

// === impl Scope ===

impl Scope<'_, '_, '_> {
    pub(super) fn expression(&mut self, expression: &Expr) -> Option<Typed> {
        match expression {
            Expr::Paren(paren) => {
                let inner = self.expression(&paren.expr)?;
                let check = &inner.check;
                Some(Typed { check: quote! { (#check) }, ..inner })
            }
            Expr::Group(group) => self.expression(&group.expr),
            // `contains(&x)` is Rust's way to write `contains(x)`.
            Expr::Reference(reference) if reference.mutability.is_none() => self.expression(&reference.expr),
            Expr::Lit(literal) => self.literal(literal, false),
            Expr::Path(path) => self.path(path),
            Expr::Field(field) => self.member(field),
            Expr::Unary(unary) => self.unary(unary),
            Expr::Binary(binary) => self.binary(binary),
            Expr::If(branch) => self.branch(branch),
            Expr::MethodCall(call) => self.method(call),
            Expr::Macro(call) if call.mac.path.is_ident("matches") => self.matches(call),
            other => self.refuse(other, &hint(other)),
        }
    }

    /// An expression that must be true or false
    pub(super) fn condition(&mut self, expression: &Expr, what: &str) -> Option<Typed> {
        let typed = self.expression(expression)?;
        match ValueKind::of(&typed.kind) {
            Some(ValueKind::Boolean) | None => Some(typed),
            Some(ValueKind::Integer | ValueKind::Decimal) => self
                .refuse(expression, &format!("{what} says true or false; compare the number with another")),
            Some(kind) => {
                let kind = kind.describe();
                self.refuse(expression, &format!("{what} says true or false, this is {kind}"))
            }
        }
    }

    pub(super) fn literal(&mut self, literal: &ExprLit, negative: bool) -> Option<Typed> {
        let span = literal.span();
        let private = respanned(Private.into_token_stream(), span);
        match &literal.lit {
            Lit::Bool(value) => Some(Typed {
                expression: Expression::Boolean(value.value),
                kind: FieldKind::Boolean,
                check: literal.to_token_stream(),
            }),
            Lit::Str(text) => Some(Typed {
                expression: Expression::Text(text.value()),
                kind: FieldKind::String,
                check: quote_spanned! { span => #private::rule::value(#text) },
            }),
            Lit::Int(number) if number.suffix().is_empty() => {
                let digits = number.base10_digits();
                let signed = if negative { format!("-{digits}") } else { digits.to_owned() };
                let Ok(whole) = signed.parse::<i64>() else {
                    return self.refuse(literal, "the number does not fit 64 bits");
                };
                Some(Typed {
                    expression: Expression::Integer(whole),
                    kind: WHOLE,
                    check: quote_spanned! { span => #private::rule::WHOLE },
                })
            }
            Lit::Float(number) if number.suffix().is_empty() => {
                let sign = if negative { "-" } else { "" };
                let value = format!("{sign}{}", number.base10_digits()).parse::<f64>().ok();
                let Some(value) = value.and_then(serde_json::Number::from_f64) else {
                    return self.refuse(literal, "the number does not fit 64 bits");
                };
                Some(Typed {
                    expression: Expression::Decimal(value),
                    kind: FieldKind::Number,
                    check: quote_spanned! { span => #private::rule::DECIMAL },
                })
            }
            Lit::Int(_) | Lit::Float(_) => {
                self.refuse(literal, "numbers in a rule are 64 bits wide and have no suffix; drop it")
            }
            Lit::Char(_) => self.refuse(literal, "a rule has no single characters; write text: \"a\""),
            _ => self.refuse(literal, FORMS),
        }
    }

    fn unary(&mut self, unary: &ExprUnary) -> Option<Typed> {
        let operator = match unary.op {
            UnOp::Not(_) => UnaryOperator::Not,
            UnOp::Neg(_) => UnaryOperator::Negate,
            // `|x| *x > 1` is Rust's way to write `|x| x > 1`.
            _ => return self.expression(&unary.expr),
        };
        if let (UnaryOperator::Negate, Expr::Lit(literal)) = (operator, &*unary.expr)
            && matches!(literal.lit, Lit::Int(_) | Lit::Float(_))
        {
            // Read with its sign: the smallest number has no positive twin.
            return self.literal(literal, true);
        }
        let operand = self.expression(&unary.expr)?;
        self.expect(&unary.expr, &operand.kind, operator.takes(), operator.as_str())?;
        let (op, check) = (&unary.op, &operand.check);
        Some(Typed {
            check: quote! { #op #check },
            kind: operand.kind,
            expression: Expression::unary(operator, operand.expression),
        })
    }

    fn binary(&mut self, binary: &ExprBinary) -> Option<Typed> {
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
        let (left, right) = (left?, right?);
        let sound = [
            self.expect(&binary.left, &left.kind, operator.takes(), operator.as_str()),
            self.expect(&binary.right, &right.kind, operator.takes(), operator.as_str()),
        ];
        if sound.iter().any(Option::is_none) {
            return None;
        }
        self.same(&binary.right, (&left.kind, &right.kind), operator.as_str())?;
        let (op, before, after) = (&binary.op, &left.check, &right.check);
        Some(Typed {
            // What is on both sides of an operator binds as tightly as it did in the rule.
            check: quote! { #before #op #after },
            kind: if operator.gives() == ValueKind::Integer { WHOLE } else { FieldKind::Boolean },
            expression: Expression::binary(operator, left.expression, right.expression),
        })
    }

    /// `if condition { then } else { otherwise }`
    fn branch(&mut self, branch: &ExprIf) -> Option<Typed> {
        let condition = self.condition(&branch.cond, "the condition");
        let then = match branch.then_branch.stmts.as_slice() {
            [Stmt::Expr(then, None)] => self.expression(then),
            _ => self.refuse(&branch.then_branch, "a branch in a rule is one expression"),
        };
        let Some((_, otherwise)) = &branch.else_branch else {
            return self
                .refuse(branch, "`if` in a rule needs an `else`; or write `!condition || consequence`");
        };
        let otherwise = match &**otherwise {
            Expr::Block(block) => match block.block.stmts.as_slice() {
                [Stmt::Expr(otherwise, None)] => self.expression(otherwise),
                _ => self.refuse(block, "a branch in a rule is one expression"),
            },
            other => self.expression(other),
        };
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        self.same(branch, (&then.kind, &otherwise.kind), "if")?;
        let (asked, yes, no) = (&condition.check, &then.check, &otherwise.check);
        Some(Typed {
            check: quote! { (if #asked { #yes } else { #no }) },
            kind: then.kind,
            expression: Expression::Conditional {
                condition: Box::new(condition.expression),
                then: Box::new(then.expression),
                otherwise: Box::new(otherwise.expression),
            },
        })
    }

    /// Refuses an operand of a type that the operator does not take
    pub(super) fn expect(
        &mut self,
        at: impl ToTokens,
        found: &FieldKind,
        takes: &[ValueKind],
        operator: &str,
    ) -> Option<()> {
        let Some(kind) = ValueKind::of(found) else { return Some(()) };
        if takes.contains(&kind) {
            return Some(());
        }
        let words: Vec<&str> = takes.iter().map(|kind| kind.describe()).collect();
        self.refuse(
            at,
            &format!("`{operator}` takes {} here, this is {}", words.join(" or "), kind.describe()),
        )
    }

    /// Refuses two operands of different types
    pub(super) fn same(
        &mut self,
        at: impl ToTokens,
        (left, right): (&FieldKind, &FieldKind),
        operator: &str,
    ) -> Option<()> {
        match (ValueKind::of(left), ValueKind::of(right)) {
            (Some(left), Some(right)) if left != right => {
                let (left, right) = (left.describe(), right.describe());
                self.refuse(at, &format!("`{operator}` takes {left} here, this is {right}"))
            }
            _ => Some(()),
        }
    }

    pub(super) fn refuse<T>(&mut self, at: impl ToTokens, message: &str) -> Option<T> {
        self.errors.push(at, message);
        None
    }
}

/// The same tokens as if they were written where `span` is: rustc then points there
pub(super) fn respanned(tokens: TokenStream, span: Span) -> TokenStream {
    let at = |token: TokenTree| {
        let mut token = match token {
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), respanned(group.stream(), span)))
            }
            other => other,
        };
        token.set_span(span);
        token
    };
    tokens.into_iter().map(at).collect()
}

/// The object that a rule is about, in Rust that is checked; no name of the user's can be it
pub(crate) fn this() -> Ident {
    Ident::new("this", Span::mixed_site())
}

/// The object before the change, likewise
pub(crate) fn old() -> Ident {
    Ident::new("old", Span::mixed_site())
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
        Expr::Cast(_) => "numbers in a rule are 64 bits wide already; drop the cast",
        Expr::Call(_) => "a rule calls no functions, only methods of its fields",
        Expr::Macro(_) => "a rule has one macro, `matches!(field, A | B)`",
        Expr::Match(_) => "a rule has no `match`; write `matches!(field, A | B)` or `if`/`else`",
        Expr::Index(_) => {
            "a rule takes no single items; write `list.any(|item| …)` or `map.contains_key(\"…\")`"
        }
        Expr::Closure(_) => "a closure stands in `all(…)`, `any(…)`, `map_or(…)` and their like",
        Expr::Let(_) => "a rule has no `let`; write `field.is_some_and(|value| …)`",
        Expr::Array(_) => "a list of values stands before `.contains(&field)`",
        Expr::Range(_) => "a range stands before `.contains(&field)`",
        Expr::Reference(_) => "a rule changes nothing; drop the `mut`",
        _ => FORMS,
    };
    format!("{text}; {ESCAPES}")
}
