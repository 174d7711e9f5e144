//! Fields that are a number of pods or a percentage of them

use healing_model::Amount;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A type whose values are a number of pods, or a percentage of them
#[diagnostic::on_unimplemented(
    message = "a field that is a number or a percentage must be `IntOrString` or `i32`, or either in an `Option`",
    label = "neither a number nor a percentage",
    note = "`IntOrString` is in `healing::prelude`"
)]
pub trait AsAmount {
    /// The amount; `None` where there is none, or text that is no percentage
    fn as_amount(&self) -> Option<Amount>;
}

// === impl AsAmount ===

impl AsAmount for i32 {
    fn as_amount(&self) -> Option<Amount> {
        Some(Amount::Count(u32::try_from(*self).unwrap_or(0)))
    }
}

impl AsAmount for IntOrString {
    fn as_amount(&self) -> Option<Amount> {
        match self {
            Self::Int(count) => count.as_amount(),
            Self::String(text) => Amount::percent(text),
        }
    }
}

impl<T: AsAmount> AsAmount for Option<T> {
    fn as_amount(&self) -> Option<Amount> {
        self.as_ref()?.as_amount()
    }
}
