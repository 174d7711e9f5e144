//! Whether a value is one of some: `[1, 2].contains(&x)`, `(1..=5).contains(&x)`, `matches!(x, A | B)`, and lists
//!
//! It owns these forms and what they become. Methods with one meaning are `call`'s.

use healing_model::{BinaryOperator, Expression, FieldKind, Function};
use quote::{quote, quote_spanned};
use syn::{Expr, ExprMacro, ExprMethodCall, ExprRange, Pat, RangeLimits, Token, spanned::Spanned as _};

use super::scope::{Scope, Typed};
use crate::expand::Private;

// === impl Scope ===

impl Scope<'_, '_, '_> {
    /// `text.contains("x")`, `list.contains(&x)`, `[1, 2].contains(&x)`, `(1..=5).contains(&x)`
    pub(super) fn contains(&mut self, call: &ExprMethodCall) -> Option<Typed> {
        let mut receiver = &*call.receiver;
        while let Expr::Paren(paren) = receiver {
            receiver = &paren.expr;
        }
        match (receiver, call.args.first()) {
            (Expr::Array(array), Some(element)) if call.args.len() == 1 => {
                let element = self.expression(element);
                let values: Vec<Option<Typed>> =
                    array.elems.iter().map(|value| self.expression(value)).collect();
                let (element, values) = (element?, values.into_iter().collect::<Option<Vec<_>>>()?);
                for (value, written) in values.iter().zip(&array.elems) {
                    self.same(written, (&element.kind, &value.kind), "contains")?;
                }
                Some(one_of(element, values, call.method.span()))
            }
            (Expr::Range(range), Some(element)) if call.args.len() == 1 => {
                let element = self.expression(element)?;
                self.within(range, &element)
            }
            // Of a list it becomes another function, when the program knows the types.
            _ => self.function(call, Function::Contains),
        }
    }

    /// `element` between the ends of a range
    fn within(&mut self, range: &ExprRange, element: &Typed) -> Option<Typed> {
        let upper = match range.limits {
            RangeLimits::HalfOpen(_) => BinaryOperator::Less,
            RangeLimits::Closed(_) => BinaryOperator::LessOrEqual,
        };
        let mut parts = Vec::new();
        let ends = [(range.start.as_deref(), BinaryOperator::GreaterOrEqual), (range.end.as_deref(), upper)];
        for (end, operator) in ends {
            let Some(written) = end else { continue };
            let end = self.expression(written)?;
            self.expect(written, &end.kind, operator.takes(), "contains")?;
            self.same(written, (&element.kind, &end.kind), "contains")?;
            let (before, after) = (&element.check, &end.check);
            let check = match operator {
                BinaryOperator::GreaterOrEqual => quote! { #before >= #after },
                BinaryOperator::Less => quote! { #before < #after },
                _ => quote! { #before <= #after },
            };
            parts.push((Expression::binary(operator, element.expression.clone(), end.expression), check));
        }
        let mut parts = parts.into_iter();
        let Some((expression, check)) = parts.next() else {
            return self.refuse(range, "the range has no ends");
        };
        let (expression, check) = parts.fold((expression, check), |(all, checks), (one, check)| {
            (Expression::binary(BinaryOperator::And, all, one), quote! { #checks && #check })
        });
        Some(Typed { expression, kind: FieldKind::Boolean, check: quote! { (#check) } })
    }

    /// `matches!(field, A | B)`
    pub(super) fn matches(&mut self, call: &ExprMacro) -> Option<Typed> {
        let parts = |input: syn::parse::ParseStream<'_>| {
            let value: Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Option<Token![,]>>()?;
            Ok((value, pattern))
        };
        let Ok((value, pattern)) = call.mac.parse_body_with(parts) else {
            return self.refuse(call, "write `matches!(field, A | B)`");
        };
        let value = self.expression(&value)?;
        let cases: Vec<&Pat> = match &pattern {
            Pat::Or(or) => or.cases.iter().collect(),
            one => vec![one],
        };
        let (mut values, mut ranges) = (Vec::new(), Vec::new());
        for case in cases {
            match case {
                Pat::Lit(literal) => values.push(self.expression(&Expr::Lit(literal.clone()))?),
                Pat::Path(path) => values.push(self.path(path)?),
                Pat::Ident(ident) if ident.subpat.is_none() && ident.by_ref.is_none() => {
                    let name = &ident.ident;
                    values.push(self.path(&syn::parse_quote!(#name))?);
                }
                Pat::Range(range) => ranges.push(self.within(range, &value)?),
                other => {
                    return self
                        .refuse(other, "a rule matches literals, ranges, constants and values of enums");
                }
            }
        }
        let one = (!values.is_empty()).then(|| {
            let element = Typed {
                expression: value.expression.clone(),
                kind: value.kind.clone(),
                check: value.check.clone(),
            };
            one_of(element, values, call.span())
        });
        ranges.into_iter().chain(one).reduce(|all, next| {
            let (before, after) = (&all.check, &next.check);
            Typed {
                check: quote! { #before || #after },
                kind: FieldKind::Boolean,
                expression: Expression::binary(BinaryOperator::Or, all.expression, next.expression),
            }
        })
    }
}

fn one_of(element: Typed, values: Vec<Typed>, span: proc_macro2::Span) -> Typed {
    let (private, check) = (Private, &element.check);
    let checks = values.iter().map(|value| &value.check);
    Typed {
        check: quote_spanned! { span => #private::rule::one_of(#check, &[#(#checks),*]) },
        kind: FieldKind::Boolean,
        expression: Expression::OneOf {
            element: Box::new(element.expression),
            values: values.into_iter().map(|value| value.expression).collect(),
        },
    }
}
