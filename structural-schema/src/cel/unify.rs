//! Which types fit where, and what that says of types that are not known yet
//!
//! It owns the rules of assignability, which are cel-go's. What they are asked for is `checker`'s business.

use std::collections::BTreeMap;

use super::kind::Ty;

/// What is known of types that are not known yet
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    types: BTreeMap<usize, Ty>,
    made: usize,
}

// === impl Known ===

impl Known {
    /// A type that is not known yet
    pub(super) fn fresh(&mut self) -> Ty {
        self.made += 1;
        Ty::Var(self.made - 1)
    }

    /// The type with all that is known put in; with `finally`, what is still not known is `dyn`
    pub(super) fn resolve(&self, ty: &Ty, finally: bool) -> Ty {
        match ty {
            Ty::Var(var) => match self.types.get(var) {
                Some(found) => self.resolve(found, finally),
                None if finally => Ty::Dyn,
                None => ty.clone(),
            },
            other => other.with_inner(&mut |inner| self.resolve(inner, finally)),
        }
    }

    /// Whether values of one type may stand where the other is wanted; what follows from it is kept only if so
    pub(super) fn fits(&mut self, wanted: &Ty, given: &Ty) -> bool {
        self.all_fit(std::slice::from_ref(wanted), std::slice::from_ref(given))
    }

    /// The same of several, all or none
    pub(super) fn all_fit(&mut self, wanted: &[Ty], given: &[Ty]) -> bool {
        if wanted.len() != given.len() {
            return false;
        }
        let before = self.types.clone();
        let fit = wanted.iter().zip(given).all(|(wanted, given)| self.assign(wanted, given));
        if !fit {
            self.types = before;
        }
        fit
    }

    fn assign(&mut self, left: &Ty, right: &Ty) -> bool {
        if let Ty::Var(var) = right {
            let (valid, known) = self.substitute(left, *var);
            if valid || known {
                return valid;
            }
        }
        if let Ty::Var(var) = left {
            return self.substitute(right, *var).0;
        }
        if left.is_dyn_or_error() || right.is_dyn_or_error() {
            return true;
        }
        match (left, right) {
            (Ty::Null, other) | (other, Ty::Null) => {
                matches!(
                    other,
                    Ty::Null
                        | Ty::Object(_)
                        | Ty::Library(_)
                        | Ty::Optional(_)
                        | Ty::Duration
                        | Ty::Timestamp
                )
            }
            (Ty::Type(_), Ty::Type(_)) => true,
            (Ty::List(left), Ty::List(right)) | (Ty::Optional(left), Ty::Optional(right)) => {
                self.assign(left, right)
            }
            (Ty::Map(left), Ty::Map(right)) => {
                self.assign(&left.0, &right.0) && self.assign(&left.1, &right.1)
            }
            _ => left == right,
        }
    }

    /// Whether a type may be what a variable stands for, and whether that was known before
    fn substitute(&mut self, ty: &Ty, var: usize) -> (bool, bool) {
        if *ty == Ty::Var(var) {
            return (true, true);
        }
        if let Some(known) = self.types.get(&var).cloned() {
            if *ty == known {
                return (true, true);
            }
            if !self.assign(ty, &known) {
                return (false, true);
            }
            let general = if is_less_specific(ty, &known) { ty.clone() } else { known };
            if !self.occurs(var, &general) {
                self.types.insert(var, general);
            }
            return (true, true);
        }
        if self.occurs(var, ty) {
            return (false, false);
        }
        self.types.insert(var, ty.clone());
        (true, false)
    }

    fn occurs(&self, var: usize, ty: &Ty) -> bool {
        match ty {
            Ty::Var(other) if *other == var => true,
            Ty::Var(other) => self.types.get(other).is_some_and(|known| self.occurs(var, known)),
            other => other.inner().into_iter().any(|inner| self.occurs(var, inner)),
        }
    }
}

/// Whether the first type says less than the second, or the same
pub(super) fn is_less_specific(first: &Ty, second: &Ty) -> bool {
    match (first, second) {
        (Ty::Dyn | Ty::Var(_) | Ty::Param(_), _) | (Ty::Type(_), Ty::Type(_)) => true,
        (_, Ty::Dyn | Ty::Var(_) | Ty::Param(_)) => false,
        (Ty::List(first), Ty::List(second)) | (Ty::Optional(first), Ty::Optional(second)) => {
            is_less_specific(first, second)
        }
        (Ty::Map(first), Ty::Map(second)) => {
            is_less_specific(&first.0, &second.0) && is_less_specific(&first.1, &second.1)
        }
        _ => first == second,
    }
}
