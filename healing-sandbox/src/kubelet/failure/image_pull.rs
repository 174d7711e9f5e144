//! An image that no registry has: one failed pull, then the kubelet waits between pulls

use super::{Failure, Verdict};
use crate::kubelet::scene::{Scene, waiting_reason};

pub(super) fn verdict(_: &Failure, scene: &Scene<'_>) -> Verdict {
    let image =
        scene.containers().first().and_then(|container| container.image.as_deref()).unwrap_or_default();
    match scene.target().and_then(waiting_reason) {
        Some("ErrImagePull" | "ImagePullBackOff") => Verdict::Hold {
            reason: "ImagePullBackOff",
            message: format!("Back-off pulling image \"{image}\""),
        },
        _ => Verdict::Hold {
            reason: "ErrImagePull",
            message: format!("failed to pull and unpack image \"{image}\": not found"),
        },
    }
}
