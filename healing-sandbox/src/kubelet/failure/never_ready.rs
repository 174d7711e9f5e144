//! A program that runs and never answers its readiness probe

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Unready { once_ready: false }
}
