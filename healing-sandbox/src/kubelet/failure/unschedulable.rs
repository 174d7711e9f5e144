//! A pod that asks for more than any node has

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Unschedulable { message: "no nodes are available: insufficient cpu".to_owned() }
}
