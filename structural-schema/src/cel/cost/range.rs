//! A range of costs or sizes, whose arithmetic ends at the largest number
//!
//! It owns the arithmetic. What is counted is its users' business.

/// 2 to the power of 64
const TWO_64: f64 = 18_446_744_073_709_551_616.0;

/// From the least to the most
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: u64,
    pub(super) max: u64,
}

// === impl Range ===

impl Range {
    pub(super) const ZERO: Self = Self { min: 0, max: 0 };
    pub(super) const UNKNOWN: Self = Self { min: 0, max: u64::MAX };

    pub(super) fn fixed(value: u64) -> Self {
        Self { min: value, max: value }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { min: self.min.saturating_add(other.min), max: self.max.saturating_add(other.max) }
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self { min: self.min.saturating_mul(other.min), max: self.max.saturating_mul(other.max) }
    }

    /// Scaled, and rounded up
    pub(super) fn scaled(self, factor: f64) -> Self {
        Self { min: scaled(self.min, factor), max: scaled(self.max, factor) }
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the server counts in floating point here, and the range is checked"
)]
fn scaled(value: u64, factor: f64) -> u64 {
    let product = (value as f64 * factor).ceil();
    if product >= TWO_64 { u64::MAX } else { product as u64 }
}
