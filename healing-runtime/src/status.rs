//! The part of a status of the user's that healing writes
//!
//! It owns how that part is found. What it says is the engine's business, writing it is `record`'s.

use healing_engine::Status;

/// A struct that has the fields of another one among its own
///
/// Implemented by `#[derive(HealingSchema)]` for each field with `#[serde(flatten)]`.
#[diagnostic::on_unimplemented(
    message = "the status `{Self}` does not have the fields of `{Part}`",
    label = "has no field `#[serde(flatten)] healing: healing::Status`",
    note = "a status of your own derives `HealingSchema` and has `healing::Status` as a field with `#[serde(flatten)]`, \
            where healing writes what it knows"
)]
pub trait Embeds<Part> {
    /// The other struct
    fn part(&self) -> &Part;
}

// === impl Status ===

impl Embeds<Self> for Status {
    fn part(&self) -> &Self {
        self
    }
}

/// Healing's part of a status, where there is one
pub fn healing<S: Embeds<Status>>(status: Option<&S>) -> Option<&Status> {
    status.map(S::part)
}
