//! Defaults in a CRD's schema: what is put into an object must itself be right
//!
//! It owns where defaults are looked for. What makes a value right is `prune`'s and `validate`'s business.

use crate::field_error::FieldError;
use crate::schema::Schema;

/// Everything that is wrong with the defaults below a node
pub(super) fn check(_schema: &Schema, _path: &str) -> Vec<FieldError> {
    Vec::new()
}
