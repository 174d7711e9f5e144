//! A container that names a `ConfigMap` which does not exist

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(_: &Failure, _: &Scene<'_>) -> Verdict {
    Verdict::Hold {
        reason: "CreateContainerConfigError",
        message: "configmap \"simulated-settings\" not found".to_owned(),
    }
}
