//! A program that the kernel kills for its use of memory, run after run

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Exit { code: 137, reason: "OOMKilled" }
}
