//! Methods in a rule: of text, lists, maps and optional values, with closures where Rust has them
//!
//! It owns which methods there are and what most of them become; `choice` has those that choose among values. Which types take them is the model's table.

use healing_model::{Expression, FieldKind, Function, Part, Quantifier, attribute::suggest};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, ExprClosure, ExprMethodCall, Ident, Lit, Pat, ext::IdentExt as _, spanned::Spanned as _};

use super::scope::{ESCAPES, Scope, Typed, Variable, WHOLE};
use crate::expand::Private;

/// Every method, in the order of the reference
const METHODS: &[&str] = &[
    "len",
    "is_empty",
    "starts_with",
    "ends_with",
    "contains",
    "matches",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "all",
    "any",
    "contains_key",
    "keys",
    "values",
    "iter",
    "is_some",
    "is_none",
    "is_some_and",
    "is_none_or",
    "map_or",
    "unwrap_or",
];

// === impl Scope ===

impl Scope<'_, '_, '_> {
    pub(super) fn method(&mut self, call: &ExprMethodCall) -> Option<Typed> {
        let word = call.method.to_string();
        match word.as_str() {
            "len" => self.function(call, Function::Len),
            "is_empty" => self.function(call, Function::IsEmpty),
            "starts_with" => self.function(call, Function::StartsWith),
            "ends_with" => self.function(call, Function::EndsWith),
            "matches" => self.pattern(call),
            "to_ascii_lowercase" => self.function(call, Function::ToAsciiLowercase),
            "to_ascii_uppercase" => self.function(call, Function::ToAsciiUppercase),
            "contains_key" => self.function(call, Function::ContainsKey),
            "contains" => self.contains(call),
            "all" => self.each(call, Quantifier::All),
            "any" => self.each(call, Quantifier::Any),
            "is_some" => self.asked(call, Function::IsSome),
            "is_none" => self.asked(call, Function::IsNone),
            "is_some_and" | "is_none_or" | "map_or" | "unwrap_or" => self.map_or(call),
            // A text is a text: what Rust needs to own one says nothing.
            "as_str" | "to_owned" | "clone" | "to_string" if call.args.is_empty() => {
                self.expression(&call.receiver)
            }
            "iter" | "keys" | "values" => {
                self.refuse(&call.method, &format!("`{word}()` stands before `all(…)` or `any(…)`"))
            }
            _ => self.unknown_method(&call.method),
        }
    }

    fn unknown_method<T>(&mut self, method: &Ident) -> Option<T> {
        let word = method.to_string();
        let known = match word.as_str() {
            "count" | "size" => Some("len"),
            "exists" => Some("any"),
            "unwrap" | "expect" => Some("is_some_and"),
            "is_match" => Some("matches"),
            "to_lowercase" | "to_uppercase" => Some("to_ascii_lowercase"),
            _ => suggest(&word, METHODS.iter().copied()),
        };
        let hint = known.map_or_else(
            || format!("it has {}", METHODS.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        self.refuse(method, &format!("a rule has no method `{word}`; {hint}; {ESCAPES}"))
    }

    /// A method that is a function of its receiver
    pub(super) fn function(&mut self, call: &ExprMethodCall, function: Function) -> Option<Typed> {
        let method = &call.method;
        let wanted = usize::from(matches!(
            function,
            Function::StartsWith
                | Function::EndsWith
                | Function::ContainsKey
                | Function::Contains
                | Function::Matches
        ));
        if call.args.len() != wanted {
            let form = if wanted == 0 { "()" } else { "(one value)" };
            return self.refuse(call, &format!("write `{method}{form}`"));
        }
        let receiver = self.expression(&call.receiver);
        let arguments: Vec<Option<Typed>> =
            call.args.iter().map(|argument| self.expression(argument)).collect();
        let (receiver, arguments) = (receiver?, arguments.into_iter().collect::<Option<Vec<_>>>()?);
        self.expect(&call.receiver, &receiver.kind, function.takes(), &method.to_string())?;
        let takes = match &receiver.kind {
            FieldKind::List(item) => item,
            // A text or a list: rustc knows.
            FieldKind::Other if function == Function::Contains => &FieldKind::Other,
            _ => &FieldKind::String,
        };
        if let (Some(argument), Some(written)) = (arguments.first(), call.args.first()) {
            self.same(written, (takes, &argument.kind), &method.to_string())?;
        }
        let (of, checks) = (&receiver.check, arguments.iter().map(|argument| &argument.check));
        let span = method.span();
        Some(Typed {
            check: quote_spanned! { span => #of.#method(#(#checks),*) },
            kind: match function.gives() {
                healing_model::ValueKind::Integer => WHOLE,
                healing_model::ValueKind::Text => FieldKind::String,
                _ => FieldKind::Boolean,
            },
            expression: Expression::call(
                function,
                receiver.expression,
                arguments.into_iter().map(|argument| argument.expression).collect(),
            ),
        })
    }

    /// `text.matches("^[a-z]+$")`
    fn pattern(&mut self, call: &ExprMethodCall) -> Option<Typed> {
        let written = call.args.first().map(|argument| match argument {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(pattern) => Some(pattern),
                _ => None,
            },
            _ => None,
        });
        let Some(Some(pattern)) = written else {
            return self
                .refuse(call, "`matches` takes a regular expression as it stands: `matches(\"^[a-z]+$\")`");
        };
        if let Some(problem) = crate::lower::pattern_problem(&pattern.value()) {
            return self.refuse(pattern, &problem);
        }
        self.function(call, Function::Matches)
    }

    /// `list.all(|item| …)`, `map.values().any(|value| …)`
    fn each(&mut self, call: &ExprMethodCall, quantifier: Quantifier) -> Option<Typed> {
        let (over, part) = match &*call.receiver {
            Expr::MethodCall(inner) if inner.args.is_empty() && inner.method == "iter" => {
                (&inner.receiver, Part::Items)
            }
            Expr::MethodCall(inner) if inner.args.is_empty() && inner.method == "keys" => {
                (&inner.receiver, Part::Keys)
            }
            Expr::MethodCall(inner) if inner.args.is_empty() && inner.method == "values" => {
                (&inner.receiver, Part::Values)
            }
            _ => (&call.receiver, Part::Items),
        };
        let (ident, closure) = self.closure(call, call.args.first().filter(|_| call.args.len() == 1))?;
        let over_typed = self.expression(over)?;
        let kind = match (&over_typed.kind, part) {
            (FieldKind::List(item), Part::Items) | (FieldKind::Map(item), Part::Values) => (**item).clone(),
            (FieldKind::Map(_), Part::Keys) => FieldKind::String,
            (FieldKind::Other, _) => FieldKind::Other,
            (FieldKind::Map(_), Part::Items) => {
                return self.refuse(&call.method, "say of which: `keys().all(…)` or `values().all(…)`");
            }
            (other, _) => {
                let (method, kind) = (&call.method, other.describe());
                return self.refuse(over, &format!("`{method}` takes a list or a map here, this is {kind}"));
            }
        };
        let body = self.under(&ident, kind, |scope| scope.condition(&closure.body, "a closure"))?;
        let (method, of, check) = (&call.method, &over_typed.check, &body.check);
        let part_of = match part {
            Part::Items => TokenStream::new(),
            Part::Keys => quote! { .keys() },
            Part::Values => quote! { .values() },
        };
        let span = method.span();
        Some(Typed {
            check: quote_spanned! { span => #of #part_of.#method(|#ident| #check) },
            kind: FieldKind::Boolean,
            expression: Expression::Each {
                quantifier,
                over: Box::new(over_typed.expression),
                part,
                variable: ident.unraw().to_string(),
                body: Box::new(body.expression),
            },
        })
    }

    /// `field.is_some()`, `field.is_none()`
    fn asked(&mut self, call: &ExprMethodCall, function: Function) -> Option<Typed> {
        if !call.args.is_empty() {
            return self.refuse(call, &format!("write `{}()`", call.method));
        }
        let (found, check) = self.option(call)?;
        let (method, span) = (&call.method, call.method.span());
        Some(Typed {
            check: quote_spanned! { span => #check.#method() },
            kind: FieldKind::Boolean,
            expression: Expression::call(function, Expression::Path(found.path), Vec::new()),
        })
    }

    /// The receiver of a method of `Option`
    fn option(&mut self, call: &ExprMethodCall) -> Option<(super::path::Found, TokenStream)> {
        let found = self.place(&call.receiver)?;
        if !found.optional && found.kind != FieldKind::Other {
            let method = &call.method;
            return self.refuse(
                &call.receiver,
                &format!("`{method}` is for an `Option`; this field always has a value"),
            );
        }
        if found.path.steps.is_empty() {
            return self.refuse(&call.receiver, "items of a collection are always there");
        }
        let (private, borrowed, span) = (Private, &found.borrowed, call.receiver.span());
        let check = quote_spanned! { span => #private::rule::optional(#borrowed) };
        Some((found, check))
    }

    /// `is_some_and(|x| …)`, `is_none_or(|x| …)`, `map_or(otherwise, |x| …)`, `unwrap_or(otherwise)`
    fn map_or(&mut self, call: &ExprMethodCall) -> Option<Typed> {
        let (method, span) = (&call.method, call.method.span());
        let word = method.to_string();
        let (found, of) = self.option(call)?;
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let (otherwise, closure) = match (word.as_str(), arguments.as_slice()) {
            ("is_some_and" | "is_none_or", [closure]) => (None, Some(*closure)),
            ("map_or", [otherwise, closure]) => (Some(*otherwise), Some(*closure)),
            ("unwrap_or", [otherwise]) => (Some(*otherwise), None),
            ("map_or", _) => return self.refuse(call, "write `map_or(otherwise, |value| …)`"),
            ("unwrap_or", _) => return self.refuse(call, "write `unwrap_or(otherwise)`"),
            _ => return self.refuse(call, &format!("write `{method}(|value| …)`")),
        };
        let otherwise = match otherwise {
            Some(written) => Some(self.expression(written)?),
            None => None,
        };
        let Some(closure) = closure else {
            let otherwise = otherwise?;
            let check = &otherwise.check;
            let value = Expression::Path(healing_model::Path {
                origin: healing_model::Origin::Variable("value".to_owned()),
                steps: Vec::new(),
            });
            return Some(Typed {
                check: quote_spanned! { span => #of.#method(#check) },
                kind: found.kind.clone(),
                expression: Expression::MapOr {
                    over: found.path,
                    otherwise: Box::new(otherwise.expression),
                    variable: "value".to_owned(),
                    body: Box::new(value),
                },
            });
        };
        let (ident, closure) = self.closure(call, Some(closure))?;
        let body = self.under(&ident, found.kind.clone(), |scope| match word.as_str() {
            "map_or" => scope.expression(&closure.body),
            _ => scope.condition(&closure.body, "a closure"),
        })?;
        let check = &body.check;
        let before = otherwise.as_ref().map(|otherwise| {
            let check = &otherwise.check;
            quote! { #check, }
        });
        Some(Typed {
            check: quote_spanned! { span => #of.#method(#before |#ident| #check) },
            kind: body.kind,
            expression: Expression::MapOr {
                over: found.path,
                otherwise: Box::new(
                    otherwise
                        .map_or(Expression::Boolean(word == "is_none_or"), |otherwise| otherwise.expression),
                ),
                variable: ident.unraw().to_string(),
                body: Box::new(body.expression),
            },
        })
    }

    /// A closure with one name
    fn closure<'c>(
        &mut self,
        call: &ExprMethodCall,
        written: Option<&'c Expr>,
    ) -> Option<(Ident, &'c ExprClosure)> {
        let form = format!("write `{}(|item| …)`", call.method);
        let Some(Expr::Closure(closure)) = written else {
            return match written {
                Some(other) => self.refuse(other, &form),
                None => self.refuse(call, &form),
            };
        };
        let mut names = closure.inputs.iter();
        let name = names.next().map(|mut pattern| {
            while let Pat::Reference(reference) = pattern {
                pattern = &reference.pat;
            }
            pattern
        });
        match (name, names.next()) {
            (Some(Pat::Ident(name)), None) if name.subpat.is_none() => Some((name.ident.clone(), closure)),
            _ => self.refuse(closure, &form),
        }
    }

    fn under<T>(&mut self, ident: &Ident, kind: FieldKind, read: impl FnOnce(&mut Self) -> T) -> T {
        self.variables.push(Variable { ident: ident.clone(), kind });
        let value = read(self);
        self.variables.pop();
        value
    }
}
