//! Where in an object the walk is, without a text until there is an error to tell
//!
//! It owns the way down. How paths to errors of other steps are written is `place`'s business.

use std::fmt;

/// A step, and all those before it
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    before: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

// === impl Path ===

impl<'a> Path<'a> {
    /// The object itself
    pub(super) const ROOT: Path<'static> = Path { before: None, step: Step::Root };

    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self { before: Some(self), step: Step::Field(name) }
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self { before: Some(self), step: Step::Index(index) }
    }

    pub(super) fn is_root(&self) -> bool {
        matches!(self.step, Step::Root)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            before.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if self.before.is_some_and(|before| !before.is_root()) => {
                write!(f, ".{name}")
            }
            Step::Field(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}
