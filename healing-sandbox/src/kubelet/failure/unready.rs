//! A program that was ready and stops answering its readiness probe

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Unready { once_ready: true }
}
