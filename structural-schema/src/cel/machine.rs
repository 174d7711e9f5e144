//! Evaluates an expression
//!
//! It owns the order of evaluation, what cuts it short, the names in scope and the budget. What a function does is
//! `function`'s business.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::function;
use super::syntax::{Element, Entry, Expr, Fold, Kind};
use super::value::{Fault, Key, List, Map, Outcome, Text, Val};
use super::weight;

/// What one expression may cost: the server's limit, in units that are near to its own
pub(super) const COST_MAX: u64 = 1_000_000;

/// One evaluation
pub(super) struct Machine<'e, 'a> {
    /// Names, the innermost last
    names: Vec<(&'e str, Val<'a>)>,
    /// What it has cost so far
    spent: u64,
}

// === impl Machine ===

impl<'e, 'a> Machine<'e, 'a> {
    pub(super) fn new(names: Vec<(&'e str, Val<'a>)>) -> Self {
        Self { names, spent: 0 }
    }

    /// What it has cost
    pub(super) fn spent(&self) -> u64 {
        self.spent
    }

    fn spend(&mut self, cost: usize) -> Result<(), Fault> {
        self.spent = self.spent.saturating_add(u64::try_from(cost).unwrap_or(u64::MAX));
        if self.spent > COST_MAX { Err(Fault::Budget) } else { Ok(()) }
    }

    pub(super) fn evaluate(&mut self, expr: &'e Expr) -> Outcome<'a> {
        match &expr.kind {
            Kind::Literal(literal) => Ok(Val::constant(literal)),
            Kind::Ident(name) => self.name(name),
            Kind::Select { operand, field, test } => self.select(operand, field, *test),
            Kind::Call { function, target, args } => match (function.as_str(), target, args.as_slice()) {
                ("_&&_", None, [left, right]) => self.logical(left, right, false),
                ("_||_", None, [left, right]) => self.logical(left, right, true),
                ("_?_:_", None, [condition, yes, no]) => self.choose(condition, yes, no),
                ("@not_strictly_false", None, [value]) => self.not_strictly_false(value),
                ("or" | "orValue", Some(target), [other]) => self.or(function, target, other),
                _ => self.call(function, target.as_deref(), args),
            },
            Kind::List(elements) => self.list(elements),
            Kind::Map(entries) => self.map(entries),
            Kind::Struct { name, .. } => Fault::failed(format!("unknown type: {name}")),
            Kind::Fold(fold) => self.fold(fold),
        }
    }

    fn name(&mut self, name: &str) -> Outcome<'a> {
        self.spend(1)?;
        if let Some((_, value)) = self.names.iter().rev().find(|(known, _)| *known == name) {
            return Ok(value.clone());
        }
        let type_name = match name {
            "bool" | "int" | "uint" | "double" | "string" | "bytes" | "list" | "map" | "type"
            | "null_type" | "optional_type" => name,
            _ => return Fault::failed(format!("no such attribute(s): {name}")),
        };
        Ok(Val::Type(Arc::from(type_name)))
    }

    fn select(&mut self, operand: &'e Expr, field: &str, test: bool) -> Outcome<'a> {
        if let Kind::Select { .. } | Kind::Ident(_) = operand.kind
            && let Some(name) = operand
                .dotted()
                .filter(|name| name.starts_with("google") || name == "net" || name == "kubernetes")
        {
            return Ok(Val::Type(Arc::from(format!("{name}.{field}"))));
        }
        let target = self.evaluate(operand)?;
        self.spend(usize::from(!test))?;
        let key = Val::Text(Text::Made(Arc::from(field)));
        match target {
            Val::Map(map) => match (map.find(&key)?, test) {
                (found, true) => Ok(Val::Bool(found.is_some())),
                (Some(value), false) => Ok(value),
                (None, false) => Fault::failed(format!("no such key: {field}")),
            },
            Val::Optional(_) => {
                let found = function::optional_index(&target, &key)?;
                Ok(if test { Val::Bool(matches!(found, Val::Optional(Some(_)))) } else { found })
            }
            _ => Err(Fault::NoOverload),
        }
    }

    /// `&&` and `||`: a value that decides wins over a fault on the other side
    fn logical(&mut self, left: &'e Expr, right: &'e Expr, decides: bool) -> Outcome<'a> {
        let left = self.evaluate(left);
        if matches!(left, Ok(Val::Bool(value)) if value == decides) || matches!(left, Err(Fault::Budget)) {
            return left;
        }
        let right = self.evaluate(right);
        match (left, right) {
            (_, Ok(Val::Bool(value))) if value == decides => Ok(Val::Bool(decides)),
            (_, Err(Fault::Budget)) => Err(Fault::Budget),
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
            (Ok(Val::Bool(_)), Ok(Val::Bool(value))) => Ok(Val::Bool(value)),
            _ => Err(Fault::NoOverload),
        }
    }

    fn choose(&mut self, condition: &'e Expr, yes: &'e Expr, no: &'e Expr) -> Outcome<'a> {
        match self.evaluate(condition)? {
            Val::Bool(true) => self.evaluate(yes),
            Val::Bool(false) => self.evaluate(no),
            _ => Err(Fault::NoOverload),
        }
    }

    fn not_strictly_false(&mut self, value: &'e Expr) -> Outcome<'a> {
        match self.evaluate(value) {
            Err(Fault::Budget) => Err(Fault::Budget),
            value => Ok(Val::Bool(!matches!(value, Ok(Val::Bool(false))))),
        }
    }

    /// The other value is looked at only if the optional is empty
    fn or(&mut self, function: &str, target: &'e Expr, other: &'e Expr) -> Outcome<'a> {
        self.spend(1)?;
        match (self.evaluate(target)?, function) {
            (Val::Optional(Some(value)), "orValue") => Ok((*value).clone()),
            (present @ Val::Optional(Some(_)), _) => Ok(present),
            (Val::Optional(None), _) => self.evaluate(other),
            _ => Err(Fault::NoOverload),
        }
    }

    fn call(&mut self, function: &str, target: Option<&'e Expr>, args: &'e [Expr]) -> Outcome<'a> {
        let mut values = Vec::with_capacity(args.len() + 1);
        for arg in target.into_iter().chain(args) {
            values.push(self.evaluate(arg)?);
        }
        self.spend(weight::of_call(function, &values))?;
        function::call(function, target.is_some(), &values)
    }

    fn list(&mut self, elements: &'e [Element]) -> Outcome<'a> {
        self.spend(10)?;
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            match self.evaluate(&element.value)? {
                Val::Optional(value) if element.optional => {
                    values.extend(value.map(|value| (*value).clone()));
                }
                _ if element.optional => return Err(Fault::NoOverload),
                value => values.push(value),
            }
        }
        Ok(Val::list(values))
    }

    fn map(&mut self, entries: &'e [Entry]) -> Outcome<'a> {
        self.spend(30)?;
        let mut made = BTreeMap::new();
        for entry in entries {
            let key = self.evaluate(&entry.key)?;
            let value = match self.evaluate(&entry.value)? {
                Val::Optional(None) if entry.optional => continue,
                Val::Optional(Some(value)) if entry.optional => (*value).clone(),
                value => value,
            };
            let Some(place) = Key::of(&key) else {
                return Fault::failed(format!("unsupported key type: {}", key.type_name()));
            };
            made.insert(place, value);
        }
        Ok(Val::Map(Map::Made(Arc::new(made))))
    }

    fn fold(&mut self, fold: &'e Fold) -> Outcome<'a> {
        let range = self.evaluate(&fold.range)?;
        let start = self.evaluate(&fold.start)?;
        let depth = self.names.len();
        self.names.push((&fold.gathered, start));
        let outcome = self.turns(fold, &range, depth).and_then(|()| self.evaluate(&fold.result));
        self.names.truncate(depth);
        outcome
    }

    fn turns(&mut self, fold: &'e Fold, range: &Val<'a>, depth: usize) -> Result<(), Fault> {
        let keys = match range {
            Val::Map(map) => Some(map.keys()),
            Val::List(_) => None,
            _ => return Err(Fault::NoOverload),
        };
        let count = match range {
            Val::List(list) => list.len(),
            _ => keys.as_ref().map_or(0, Vec::len),
        };
        // faults of `all` and `exists` stay in the loop: a later element may still decide
        let mut fault = None;
        for turn in 0..count {
            let index = || Val::Int(i64::try_from(turn).unwrap_or(i64::MAX));
            let (first, second) = match (range, &keys) {
                (Val::List(list), _) => {
                    let value = list.get(turn).unwrap_or(Err(Fault::NoOverload))?;
                    if fold.second.is_some() { (index(), Some(value)) } else { (value, None) }
                }
                (Val::Map(map), Some(keys)) => {
                    let key = keys[turn].clone();
                    let value = if fold.second.is_some() { map.find(&key)? } else { None };
                    (key, value)
                }
                _ => return Err(Fault::NoOverload),
            };
            self.names.push((&fold.first, first));
            if let (Some(name), Some(value)) = (&fold.second, second) {
                self.names.push((name, value));
            }
            self.spend(1)?;
            let goes_on = matches!(self.evaluate(&fold.condition)?, Val::Bool(true));
            let step = if goes_on { self.step(fold, depth) } else { Ok(()) };
            self.names.truncate(depth + 1);
            match step {
                Err(Fault::Budget) => return Err(Fault::Budget),
                Err(found) if is_quantifier(fold) => fault = fault.or(Some(found)),
                Err(found) => return Err(found),
                Ok(()) => {}
            }
            if !goes_on {
                break;
            }
        }
        let decided = matches!((&self.names[depth].1, &fold.start.kind),
            (Val::Bool(value), Kind::Literal(super::syntax::Literal::Bool(start))) if value != start);
        fault.filter(|_| !decided).map_or(Ok(()), Err)
    }

    /// One turn: what is appended to the gathered list is not copied with it
    fn step(&mut self, fold: &'e Fold, depth: usize) -> Result<(), Fault> {
        let mut step = &fold.step;
        if let Kind::Call { function, args, .. } = &step.kind
            && function == "_?_:_"
            && matches!(&args[2].kind, Kind::Ident(name) if *name == fold.gathered)
        {
            match self.evaluate(&args[0])? {
                Val::Bool(true) => step = &args[1],
                Val::Bool(false) => return Ok(()),
                _ => return Err(Fault::NoOverload),
            }
        }
        if let Kind::Call { function, args, .. } = &step.kind
            && function == "_+_"
            && matches!(&args[0].kind, Kind::Ident(name) if *name == fold.gathered)
            && let Kind::List(elements) = &args[1].kind
        {
            let Val::List(List::Made(mut added)) = self.list(elements)? else {
                return Err(Fault::NoOverload);
            };
            self.spend(2)?;
            return match &mut self.names[depth].1 {
                Val::List(List::Made(gathered)) => {
                    Arc::make_mut(gathered).append(Arc::make_mut(&mut added));
                    Ok(())
                }
                _ => Err(Fault::NoOverload),
            };
        }
        let value = self.evaluate(step)?;
        self.names[depth].1 = value;
        Ok(())
    }
}

/// `all` and `exists`, which go on after a fault
fn is_quantifier(fold: &Fold) -> bool {
    matches!(&fold.step.kind, Kind::Call { function, .. } if matches!(function.as_str(), "_&&_" | "_||_"))
}
