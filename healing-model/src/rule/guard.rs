//! What an object may have no value for: where it is missing, a rule has nothing to say
//!
//! It owns which paths of a rule need that guard. How the guard is written or evaluated is `cel`'s and `evaluate`'s.

use crate::{Expression, Field, Function, Origin, Path, Rule};

/// Whether an expression reads the value at a path or asks whether there is one
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Its value is needed
    Read,
    /// Its absence has a meaning
    Asked,
}

impl Rule {
    /// Fields of the struct, now or before the change, that the rule reads and that may be missing, in order of
    /// appearance
    ///
    /// A field whose absence the rule itself asks for, as with `is_none` or `map_or`, is not guarded there.
    pub(crate) fn guarded(&self, fields: &[Field]) -> Vec<Path> {
        let mut guarded: Vec<Path> = Vec::new();
        self.expression.visit_paths(&mut |path, how| {
            let Some(first) = path.steps.first() else { return };
            if matches!(path.origin, Origin::Variable(_)) || (how == Use::Asked && path.steps.len() == 1) {
                return;
            }
            let missing = fields.iter().any(|field| field.name == *first && field.may_be_missing());
            let start = Path { origin: path.origin.clone(), steps: vec![first.clone()] };
            if missing && !guarded.contains(&start) {
                guarded.push(start);
            }
        });
        guarded
    }
}

impl Expression {
    /// Calls `visit` with each path, from left to right, and how it is used
    pub(crate) fn visit_paths(&self, visit: &mut impl FnMut(&Path, Use)) {
        match self {
            Self::Integer(_) | Self::Decimal(_) | Self::Boolean(_) | Self::Text(_) | Self::Constant(_) => {}
            Self::Path(path) => visit(path, Use::Read),
            Self::Unary { operand, .. } => operand.visit_paths(visit),
            Self::Binary { left, right, .. } => {
                left.visit_paths(visit);
                right.visit_paths(visit);
            }
            Self::Conditional { condition, then, otherwise } => {
                condition.visit_paths(visit);
                then.visit_paths(visit);
                otherwise.visit_paths(visit);
            }
            Self::Call { function: Function::IsSome | Function::IsNone, receiver, .. } => match &**receiver {
                Self::Path(path) => visit(path, Use::Asked),
                other => other.visit_paths(visit),
            },
            Self::Call { receiver, arguments, .. } => {
                receiver.visit_paths(visit);
                for argument in arguments {
                    argument.visit_paths(visit);
                }
            }
            Self::OneOf { element, values } => {
                element.visit_paths(visit);
                for value in values {
                    value.visit_paths(visit);
                }
            }
            Self::Each { over, body, .. } => {
                over.visit_paths(visit);
                body.visit_paths(visit);
            }
            Self::MapOr { over, otherwise, body, .. } => {
                visit(over, Use::Asked);
                otherwise.visit_paths(visit);
                body.visit_paths(visit);
            }
        }
    }
}
