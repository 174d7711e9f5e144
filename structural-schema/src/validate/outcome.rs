//! What came out of a check, and how the errors of a check are worded
//!
//! It owns the collection of errors and the count by which the best of several branches is chosen.

use serde_json::Value;

use super::path::Path;
use crate::field_error::{FieldError, Reason};

/// Errors that are kept of one object: more help nobody, and each is compared with all before it
const ERRORS_MAX: usize = 1000;

/// What is wrong, and how many checks went through
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) errors: Vec<FieldError>,
    /// The API server shows the errors of the branch with the highest count
    pub(super) count: usize,
}

// === impl Outcome ===

impl Outcome {
    pub(super) fn of(error: FieldError) -> Self {
        Self { errors: vec![error], count: 0 }
    }

    /// The same mistake is told once, and of very many only the first
    pub(super) fn push(&mut self, error: FieldError) {
        if self.errors.len() < ERRORS_MAX && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        if self.errors.is_empty() {
            self.errors = other.errors;
        } else {
            other.errors.into_iter().for_each(|error| self.push(error));
        }
        self.count += other.count;
    }
}

/// A value that is not as it should be: `spec.n in body should be …`
pub(super) fn invalid(path: &Path<'_>, value: &Value, should: &str) -> FieldError {
    FieldError::of_value(Reason::Invalid, path.to_string(), value, in_body(path, should))
}

/// The detail of an error at a path
pub(super) fn in_body(path: &Path<'_>, said: &str) -> String {
    format!("{path} in body {said}")
}

/// An error that the API server cannot place: it stands at the object itself and names the place in its text
pub(super) fn unplaced(detail: String) -> FieldError {
    FieldError::of_value(Reason::Invalid, "", &"".into(), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_errors_the_first_are_kept() {
        let mut outcome = Outcome::default();
        for index in 0..100_000 {
            outcome.push(FieldError::new(Reason::Required, format!("spec.list[{index}]"), ""));
        }
        assert_eq!(outcome.errors.len(), ERRORS_MAX);
        assert_eq!(outcome.errors[0].field, "spec.list[0]");
    }
}
