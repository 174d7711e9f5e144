//! Knobs that contradict each other: which pairs can, and what is said about it
//!
//! Each pair is written once. What is fixed when the operator is compiled, by `policy(...)` and by defaults, is refused
//! there; where an object decides, a rule of its definition does. A field that an object leaves out counts as the knob.

use serde_json::Value;

use crate::{
    Amount, BinaryOperator, Blueprint, BlueprintError, Expression, Field, FieldKind, Origin, Path, Place,
    Replacement, Role, Rule,
};

/// Two knobs that can contradict each other
pub(super) struct Contradiction {
    /// They do in every object, or in one that sets neither
    pub(super) certain: Option<BlueprintError>,
    /// Holds for objects in which they do not; absent where no object has a say
    pub(super) rule: Option<Rule>,
}

/// One of the two, and who says what it is
struct Knob<'b> {
    role: Role,
    /// The field that an object sets
    field: Option<&'b Field>,
}

/// What is said of a number and its limit
struct Limit {
    operator: BinaryOperator,
    /// The relation in words
    must: &'static str,
    /// What the limit is good for
    because: &'static str,
    /// The relation seen from the other one
    reversed: (BinaryOperator, &'static str),
    /// What the two numbers are
    meanings: [&'static str; 2],
}

/// Something that is well with one knob alone, so that the other one may be anything
struct Safe<'b> {
    knob: Knob<'b>,
    /// That, about the value of the field
    test: fn(&Field, Expression) -> Expression,
    /// The same about a value as JSON
    of_value: fn(&Value) -> bool,
    /// Whether the knob itself is so
    fixed: bool,
}

// === impl Blueprint ===

impl Blueprint {
    /// Each pair of knobs that can contradict each other
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut pairs = vec![self.backoff(), self.deadline()];
        pairs.extend(self.rollout());
        pairs
    }

    /// A wait is not above its upper bound.
    fn backoff(&self) -> Contradiction {
        let limit = Limit {
            operator: BinaryOperator::LessOrEqual,
            must: "must not exceed",
            because: "",
            reversed: (BinaryOperator::GreaterOrEqual, "must be at least"),
            meanings: ["the shortest wait between heals", "the longest wait between heals"],
        };
        let knobs = [self.knobs.heal_backoff_secs, self.knobs.heal_backoff_max_secs];
        self.limited([Role::HealBackoff, Role::HealBackoffMax], knobs, &limit)
    }

    /// A pod can become available before the deadline for that.
    fn deadline(&self) -> Contradiction {
        let limit = Limit {
            operator: BinaryOperator::Less,
            must: "must be less than",
            because: ": no pod would become available in time",
            reversed: (BinaryOperator::Greater, "must be more than"),
            meanings: ["the time until a pod is available", "the time that a new spec may stand still"],
        };
        let knobs = [self.knobs.min_ready_secs, self.knobs.progress_deadline_secs];
        self.limited([Role::MinReadySeconds, Role::ProgressDeadline], knobs, &limit)
    }

    fn limited(&self, roles: [Role; 2], knobs: [u32; 2], limit: &Limit) -> Contradiction {
        let [low, high] = roles.map(|role| self.knob(role));
        let [least, most] = knobs.map(i64::from);
        let (low_word, high_word) = (low.role.as_str(), high.role.as_str());
        let usual = low.usual(least).zip(high.usual(most));
        let certain = usual.filter(|(low, high)| !limit.holds(*low, *high)).map(|(least, most)| {
            let message = format!(
                "`{low_word}` ({least} s) {} `{high_word}` ({most} s){}; raise `{high_word}` or lower `{low_word}`",
                limit.must, limit.because
            );
            BlueprintError::new(place(&low, &high, &low), message)
        });
        let rule = match (low.field, high.field) {
            (None, None) => None,
            (Some(low), None) => {
                let message = format!("{} {} {most}, {}", low.name, limit.must, limit.meanings[1]);
                Some(Rule::bound(&low.name, limit.operator, most, &message))
            }
            (None, Some(high)) => {
                let (operator, must) = limit.reversed;
                let message = format!("{} {must} {least}, {}", high.name, limit.meanings[0]);
                Some(Rule::bound(&high.name, operator, least, &message))
            }
            (Some(low), Some(high)) => {
                let ((left, left_name), (right, right_name)) = (number(low, least), number(high, most));
                let message = format!("{left_name} {} {right_name}", limit.must);
                Some(Rule::new(Some(&low.name), Expression::binary(limit.operator, left, right), &message))
            }
        };
        Contradiction { certain, rule }
    }

    /// A rollout can move, and where a slot never has two pods it makes none beyond the desired number.
    fn rollout(&self) -> [Contradiction; 3] {
        let knobs = &self.knobs;
        let other_than_gone = || Safe {
            knob: self.knob(Role::Replacement),
            test: |_, value| {
                let gone = Expression::Text(Replacement::Gone.as_str().to_owned());
                Expression::binary(BinaryOperator::NotEqual, value, gone)
            },
            of_value: |value| *value != Replacement::Gone.as_str(),
            fixed: knobs.replacement != Replacement::Gone,
        };
        let some = |role, fixed| Safe {
            knob: self.knob(role),
            test: |field, value| zero(field, &value, BinaryOperator::NotEqual, BinaryOperator::And),
            of_value: |value| !is_zero(value),
            fixed,
        };
        // what nobody says is as it must be
        let no_surge = Safe {
            knob: self.knob(Role::MaxSurge),
            test: |field, value| zero(field, &value, BinaryOperator::Equal, BinaryOperator::Or),
            of_value: is_zero,
            fixed: knobs.max_surge.is_none_or(Amount::is_none),
        };
        let some_surge = some(Role::MaxSurge, knobs.max_surge.is_none_or(|surge| !Amount::is_none(surge)));
        let some_unavailable = || some(Role::MaxUnavailable, !knobs.max_unavailable.is_none());
        [
            either(
                &other_than_gone(),
                &no_surge,
                "`max_surge` must be 0 with `replacement = \"gone\"`: a pod is replaced only when it is gone; drop \
                 `max_surge`",
                [
                    "must not be gone: a rollout makes pods beyond the desired number",
                    "must be 0: a pod is replaced only when it is gone",
                    "must be 0 where {} is gone",
                ],
            ),
            either(
                &other_than_gone(),
                &some_unavailable(),
                "`max_unavailable` must not be 0 with `replacement = \"gone\"`: no pod could ever be replaced; raise it",
                [
                    "must not be gone: as no pod may be missing, none could ever be replaced",
                    "must not be 0: no pod could ever be replaced",
                    "must not be 0 where {} is gone: no pod could ever be replaced",
                ],
            ),
            either(
                &some_unavailable(),
                &some_surge,
                "`max_surge` and `max_unavailable` must not both be 0: no pod could ever be replaced; raise one of them",
                [
                    "must not be 0: there is no pod beyond the desired number, so none could ever be replaced",
                    "must not be 0: no pod may be missing, so none could ever be replaced",
                    "must not be 0 where {} is 0: no pod could ever be replaced",
                ],
            ),
        ]
    }

    fn knob(&self, role: Role) -> Knob<'_> {
        Knob { role, field: self.role(role).and_then(|binding| self.field(&binding.field)) }
    }
}

/// One of the two is as it must be; the messages are about the first alone, the second alone, and the second beside the
/// first
fn either(first: &Safe<'_>, second: &Safe<'_>, certain: &str, messages: [&str; 3]) -> Contradiction {
    let is_certain = first.usual() == Some(false) && second.usual() == Some(false);
    let certain =
        is_certain.then(|| BlueprintError::new(place(&first.knob, &second.knob, &second.knob), certain));
    let rule = match (first.expression(), second.expression()) {
        (Err(true), _) | (_, Err(true)) | (Err(_), Err(_)) => None,
        (Ok((field, holds)), Err(_)) => {
            Some(Rule::new(Some(field), holds, &format!("{field} {}", messages[0])))
        }
        (Err(_), Ok((field, holds))) => {
            Some(Rule::new(Some(field), holds, &format!("{field} {}", messages[1])))
        }
        (Ok((other, left)), Ok((field, right))) => {
            let message = format!("{field} {}", messages[2].replace("{}", other));
            Some(Rule::new(Some(field), Expression::binary(BinaryOperator::Or, left, right), &message))
        }
    };
    Contradiction { certain, rule }
}

/// Where a contradiction was written: a default, else a role, else the knob itself
fn place(first: &Knob<'_>, second: &Knob<'_>, fixed: &Knob<'_>) -> Place {
    let fields = || [first, second].into_iter().filter_map(|knob| Some((knob.role, knob.field?)));
    let defaulted = fields().find(|(_, field)| field.default.is_some());
    match (defaulted, fields().next()) {
        (Some((_, field)), _) => Place::Default(field.name.clone()),
        (None, Some((role, field))) => Place::Role(role, field.name.clone()),
        (None, None) => Place::Knob(fixed.role.as_str()),
    }
}

/// The value of a field, as a number that is there in every object, and what to call it
fn number(field: &Field, absent: i64) -> (Expression, String) {
    if field.may_be_missing() {
        let name = format!("{} ({absent} where it is absent)", field.name);
        (or_absent(field, Expression::Integer(absent), |value| value), name)
    } else {
        (Expression::field(&field.name), field.name.clone())
    }
}

/// Something about the value of a field, and what stands for it where an object has none
fn or_absent(field: &Field, absent: Expression, body: impl FnOnce(Expression) -> Expression) -> Expression {
    let variable = "value".to_owned();
    let value = Path { origin: Origin::Variable(variable.clone()), steps: Vec::new() };
    Expression::MapOr {
        over: Path::this(vec![field.name.clone()]),
        otherwise: Box::new(absent),
        variable,
        body: Box::new(body(Expression::Path(value))),
    }
}

/// Whether an amount is, or is not, 0 or 0%; only a type that is not a number has percentages
fn zero(field: &Field, value: &Expression, is: BinaryOperator, joined: BinaryOperator) -> Expression {
    let count = Expression::binary(is, value.clone(), Expression::Integer(0));
    if field.kind != FieldKind::Other {
        return count;
    }
    let percent = Expression::binary(is, value.clone(), Expression::Text("0%".to_owned()));
    Expression::binary(joined, count, percent)
}

fn is_zero(value: &Value) -> bool {
    *value == 0 || *value == "0%"
}

// === impl Knob ===

impl Knob<'_> {
    /// The number in an object that does not set it, if that is known when the operator is compiled
    fn usual(&self, fixed: i64) -> Option<i64> {
        match self.field {
            Some(field) if !field.may_be_missing() => field.default.as_ref()?.as_i64(),
            _ => Some(fixed),
        }
    }
}

// === impl Limit ===

impl Limit {
    fn holds(&self, low: i64, high: i64) -> bool {
        if self.operator == BinaryOperator::Less { low < high } else { low <= high }
    }
}

// === impl Safe ===

impl<'b> Safe<'b> {
    /// Whether it holds in an object that does not set the field, if that is known when the operator is compiled
    fn usual(&self) -> Option<bool> {
        match self.knob.field {
            Some(field) if !field.may_be_missing() => {
                field.default.as_ref().filter(|value| !value.is_null()).map(self.of_value)
            }
            _ => Some(self.fixed),
        }
    }

    /// The field and what must hold of it, or what is so in every object
    fn expression(&self) -> Result<(&'b str, Expression), bool> {
        let field = self.knob.field.ok_or(self.fixed)?;
        let holds = if field.may_be_missing() {
            or_absent(field, Expression::Boolean(self.fixed), |value| (self.test)(field, value))
        } else {
            (self.test)(field, Expression::field(&field.name))
        };
        Ok((&field.name, holds))
    }
}

#[cfg(test)]
mod tests;
