//! A container that is never created, as with a volume that cannot be mounted

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Hold { reason: "ContainerCreating", message: String::new() }
}
