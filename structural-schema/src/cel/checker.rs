//! Finds the types of an expression, and what does not fit
//!
//! It owns the rules of cel-go's type checker and its words. What only literals show is `literals`' business, what an
//! expression costs `cost`'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declared::Declared;
use super::escape::RESERVED;
use super::issue::{ISSUES_MAX, Issue};
use super::kind::Ty;
use super::signature::{Overload, overloads};
use super::syntax::{Element, Entry, Expr, Fold, Kind, Literal, Tree};
use super::unify::{Known, is_less_specific};

/// What was found
pub(super) struct Checked {
    /// By the numbers of nodes
    types: Vec<Ty>,
    /// Which overloads a call may mean, by its number
    overloads: BTreeMap<usize, Vec<&'static Overload>>,
}

struct Checker<'e> {
    known: Known,
    types: Vec<Ty>,
    overloads: BTreeMap<usize, Vec<&'static Overload>>,
    /// Names, the innermost last
    names: Vec<(&'e str, Ty)>,
    issues: Vec<Issue>,
}

/// The types of an expression with these names, and what does not fit
pub(super) fn check<'e>(tree: &'e Tree, names: Vec<(&'e str, Ty)>) -> (Checked, Vec<Issue>) {
    let mut checker = Checker {
        known: Known::default(),
        types: vec![Ty::Error; tree.nodes],
        overloads: BTreeMap::new(),
        names,
        issues: Vec::new(),
    };
    checker.expr(&tree.root);
    let types = checker.types.iter().map(|ty| checker.known.resolve(ty, true)).collect();
    (Checked { types, overloads: checker.overloads }, checker.issues)
}

/// The type that a name stands for, if it is that of one
pub(super) fn type_named(name: &str) -> Option<Ty> {
    Some(match name {
        "list" => Ty::list(Ty::Dyn),
        "map" => Ty::map(Ty::Dyn, Ty::Dyn),
        "optional_type" => Ty::optional(Ty::Dyn),
        "null_type" => Ty::Null,
        "type" => Ty::Type(Arc::new(Ty::Dyn)),
        "google.protobuf.Timestamp" => Ty::Timestamp,
        "google.protobuf.Duration" => Ty::Duration,
        "bool" | "int" | "uint" | "double" | "string" | "bytes" => Ty::read(name),
        "net.IP" => Ty::Library("net.IP"),
        "net.CIDR" => Ty::Library("net.CIDR"),
        "kubernetes.URL" => Ty::Library("kubernetes.URL"),
        "kubernetes.Quantity" => Ty::Library("kubernetes.Quantity"),
        "kubernetes.Semver" => Ty::Library("kubernetes.Semver"),
        "kubernetes.NamedFormat" => Ty::Library("kubernetes.NamedFormat"),
        _ => return None,
    })
}

// === impl Checked ===

impl Checked {
    pub(super) fn ty(&self, expr: &Expr) -> &Ty {
        &self.types[expr.id]
    }

    pub(super) fn overloads(&self, expr: &Expr) -> &[&'static Overload] {
        self.overloads.get(&expr.id).map_or(&[], Vec::as_slice)
    }
}

// === impl Checker ===

impl<'e> Checker<'e> {
    fn wrong(&mut self, at: usize, message: String) {
        if self.issues.len() < ISSUES_MAX {
            self.issues.push(Issue::new(at, message));
        }
    }

    fn undeclared(&mut self, at: usize, name: &str) -> Ty {
        self.wrong(at, format!("undeclared reference to '{name}' (in container '')"));
        Ty::Error
    }

    fn ty(&self, expr: &Expr) -> Ty {
        self.types[expr.id].clone()
    }

    fn expr(&mut self, expr: &'e Expr) {
        let ty = match &expr.kind {
            Kind::Literal(literal) => literal_type(literal),
            Kind::Ident(name) => self.ident(expr.at, name),
            Kind::Select { operand, field, test } => self.select(expr, operand, field, *test),
            Kind::Call { function, target, args } => self.call(expr, function, target.as_deref(), args),
            Kind::List(elements) => self.list(elements),
            Kind::Map(entries) => self.map(entries),
            Kind::Struct { name, fields } => {
                for field in fields {
                    self.expr(field);
                }
                self.undeclared(expr.at, name)
            }
            Kind::Fold(fold) => self.fold(fold),
        };
        self.types[expr.id] = ty;
    }

    fn ident(&mut self, at: usize, name: &str) -> Ty {
        if let Some((_, ty)) = self.names.iter().rev().find(|(known, _)| *known == name) {
            return ty.clone();
        }
        match type_named(name) {
            Some(ty) => Ty::Type(Arc::new(ty)),
            None => self.undeclared(at, name),
        }
    }

    fn select(&mut self, expr: &'e Expr, operand: &'e Expr, field: &str, test: bool) -> Ty {
        if !test && let Some(ty) = expr.dotted().as_deref().and_then(type_named) {
            return Ty::Type(Arc::new(ty));
        }
        let ty = self.field(expr.at, operand, field, false);
        if test { Ty::Bool } else { self.known.resolve(&ty, false) }
    }

    fn field(&mut self, at: usize, operand: &'e Expr, field: &str, optional: bool) -> Ty {
        self.expr(operand);
        let whole = self.known.resolve(&self.ty(operand), false);
        let (target, was_optional) = match &whole {
            Ty::Optional(inner) => ((**inner).clone(), true),
            _ => (whole, false),
        };
        let found = match &target {
            Ty::Map(of) => of.1.clone(),
            Ty::Object(_) | Ty::Library(_) => known_field(&target, field).unwrap_or_else(|| {
                self.wrong(at, format!("undefined field '{field}'"));
                Ty::Error
            }),
            Ty::Var(_) => {
                self.known.fits(&Ty::Dyn, &target);
                Ty::Dyn
            }
            other => {
                if !other.is_dyn_or_error() {
                    self.wrong(at, format!("type '{other}' does not support field selection"));
                }
                Ty::Dyn
            }
        };
        if optional || was_optional { Ty::optional(found) } else { found }
    }

    fn call(&mut self, expr: &'e Expr, function: &str, target: Option<&'e Expr>, args: &'e [Expr]) -> Ty {
        if function == "_?._"
            && let [operand, Expr { kind: Kind::Literal(Literal::String(field)), id, .. }] = args
        {
            self.types[*id] = Ty::String;
            let ty = self.field(expr.at, operand, field, true);
            return self.known.resolve(&ty, false);
        }
        for arg in args {
            self.expr(arg);
        }
        if let Some(target) = target {
            self.expr(target);
        }
        let declared = overloads(function);
        if declared.is_empty() {
            return self.undeclared(expr.at, function);
        }
        if matches!(function, "_&&_" | "_||_") {
            return self.logical(expr, declared, args);
        }
        let given: Vec<Ty> = target.into_iter().chain(args).map(|arg| self.ty(arg)).collect();
        let mut result: Option<Ty> = None;
        let mut chosen = Vec::new();
        for overload in declared.iter().filter(|overload| overload.member == target.is_some()) {
            let (wanted, made) = self.instantiate(overload);
            if !self.known.all_fit(&given, &wanted) {
                continue;
            }
            chosen.push(overload);
            let made = self.known.resolve(&made, false);
            result = Some(match result {
                None => made,
                Some(before) if before == Ty::Dyn || before == made => before,
                Some(_) => Ty::Dyn,
            });
        }
        let Some(result) = result else {
            return self.no_overload(expr.at, function, &given, target.is_some());
        };
        self.overloads.insert(expr.id, chosen);
        result
    }

    fn no_overload(&mut self, at: usize, function: &str, given: &[Ty], member: bool) -> Ty {
        let shown: Vec<String> = given.iter().map(|ty| self.known.resolve(ty, true).to_string()).collect();
        let (target, rest) = shown.split_at(usize::from(member));
        let dot = if member { "." } else { "" };
        let applied = format!("{}{dot}({})", target.concat(), rest.join(", "));
        self.wrong(at, format!("found no matching overload for '{function}' applied to '{applied}'"));
        Ty::Error
    }

    fn logical(&mut self, expr: &'e Expr, declared: &'static [Overload], args: &'e [Expr]) -> Ty {
        let mut fits = true;
        for arg in args {
            let ty = self.ty(arg);
            if !self.known.fits(&ty, &Ty::Bool) {
                let shown = self.known.resolve(&ty, true);
                self.wrong(arg.at, format!("expected type 'bool' but found '{shown}'"));
                fits = false;
            }
        }
        self.overloads.insert(expr.id, declared.iter().collect());
        if fits { Ty::Bool } else { Ty::Error }
    }

    /// The types of an overload, with types not known yet in place of its parameters
    fn instantiate(&mut self, overload: &Overload) -> (Vec<Ty>, Ty) {
        let mut made: BTreeMap<char, Ty> = BTreeMap::new();
        let mut types: Vec<Ty> =
            overload.args.iter().chain([&overload.result]).map(|ty| self.put_vars(ty, &mut made)).collect();
        let result = types.pop().unwrap_or(Ty::Dyn);
        (types, result)
    }

    fn put_vars(&mut self, ty: &Ty, made: &mut BTreeMap<char, Ty>) -> Ty {
        match ty {
            Ty::Param(name) => made.entry(*name).or_insert_with(|| self.known.fresh()).clone(),
            other => other.with_inner(&mut |inner| self.put_vars(inner, made)),
        }
    }

    /// The most general of two types; `dyn` if they have nothing in common
    fn join(&mut self, before: Option<Ty>, ty: Ty) -> Ty {
        match before {
            Some(before) if !self.known.fits(&before, &ty) => Ty::Dyn,
            Some(before) if is_less_specific(&before, &ty) => before,
            None | Some(_) => ty,
        }
    }

    /// What an optional element or value contributes
    fn unwrapped(&mut self, value: &'e Expr, optional: bool) -> Ty {
        let ty = self.ty(value);
        if !optional {
            return ty;
        }
        match self.known.resolve(&ty, false) {
            Ty::Optional(inner) => (*inner).clone(),
            other => {
                if !other.is_dyn_or_error() {
                    self.wrong(
                        value.at,
                        format!("expected type 'optional_type({other})' but found '{other}'"),
                    );
                }
                other
            }
        }
    }

    fn list(&mut self, elements: &'e [Element]) -> Ty {
        let mut joined = None;
        for element in elements {
            self.expr(&element.value);
            let ty = self.unwrapped(&element.value, element.optional);
            joined = Some(self.join(joined, ty));
        }
        Ty::list(joined.unwrap_or_else(|| self.known.fresh()))
    }

    fn map(&mut self, entries: &'e [Entry]) -> Ty {
        let (mut keys, mut values) = (None, None);
        for entry in entries {
            self.expr(&entry.key);
            let key = self.ty(&entry.key);
            keys = Some(self.join(keys, key));
            self.expr(&entry.value);
            let value = self.unwrapped(&entry.value, entry.optional);
            values = Some(self.join(values, value));
        }
        let mut or_fresh = |ty: Option<Ty>| ty.unwrap_or_else(|| self.known.fresh());
        let keys = or_fresh(keys);
        Ty::map(keys, or_fresh(values))
    }

    fn fold(&mut self, fold: &'e Fold) -> Ty {
        self.expr(&fold.range);
        self.expr(&fold.start);
        let range = self.known.resolve(&self.ty(&fold.range), false);
        let gathered = self.ty(&fold.start);
        let depth = self.names.len();
        self.names.push((&fold.gathered, gathered.clone()));
        let two = fold.second.is_some();
        let (first, second) = match &range {
            Ty::List(of) if two => (Ty::Int, (**of).clone()),
            Ty::List(of) => ((**of).clone(), Ty::Dyn),
            Ty::Map(of) => of.as_ref().clone(),
            Ty::Dyn | Ty::Error | Ty::Var(_) => {
                self.known.fits(&Ty::Dyn, &range);
                (Ty::Dyn, Ty::Dyn)
            }
            other => {
                self.wrong(
                    fold.range.at,
                    format!("expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"),
                );
                (Ty::Error, Ty::Error)
            }
        };
        self.names.push((&fold.first, first));
        if let Some(name) = &fold.second {
            self.names.push((name, second));
        }
        self.expr(&fold.condition);
        self.must_be(&fold.condition, &Ty::Bool);
        self.expr(&fold.step);
        self.must_be(&fold.step, &gathered);
        self.names.truncate(depth + 1);
        self.expr(&fold.result);
        self.names.truncate(depth);
        self.known.resolve(&self.ty(&fold.result), false)
    }

    fn must_be(&mut self, expr: &'e Expr, wanted: &Ty) {
        let found = self.ty(expr);
        if !self.known.fits(wanted, &found) {
            let (wanted, found) = (self.known.resolve(wanted, true), self.known.resolve(&found, true));
            self.wrong(expr.at, format!("expected type '{wanted}' but found '{found}'"));
        }
    }
}

/// The type of a field of an object, if it has one
fn known_field(target: &Ty, field: &str) -> Option<Ty> {
    let Ty::Object(object) = target else { return None };
    object.0.field(field).or_else(|| object.0.field(&reserved(field)?)).map(Declared::ty)
}

/// The identifier of a field whose name is a word of CEL, which may also be written plain
fn reserved(field: &str) -> Option<String> {
    RESERVED.contains(&field).then(|| format!("__{field}__"))
}

fn literal_type(literal: &Literal) -> Ty {
    match literal {
        Literal::Null => Ty::Null,
        Literal::Bool(_) => Ty::Bool,
        Literal::Int(_) => Ty::Int,
        Literal::Uint(_) => Ty::Uint,
        Literal::Double(_) => Ty::Double,
        Literal::String(_) => Ty::String,
        Literal::Bytes(_) => Ty::Bytes,
    }
}
