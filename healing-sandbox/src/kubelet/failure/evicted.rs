//! A node under pressure that throws a running pod out

use super::{End, Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::End(End::Evicted)
}
