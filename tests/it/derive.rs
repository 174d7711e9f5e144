//! What `#[derive(HealingResource)]` gives: sound declarations, as ordinary modules
//!
//! Each module below is a user's file; declarations with mistakes are in `tests/ui/fail`.

pub(crate) mod documented;
mod constraints;
mod defaults;
mod every_attribute;
mod hygiene;
mod own_status;
mod presence;
mod roles;
mod rules;
mod status;
