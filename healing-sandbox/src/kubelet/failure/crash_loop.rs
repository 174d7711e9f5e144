//! A program that ends with 1 soon after each start

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Exit { code: 1, reason: "Error" }
}
