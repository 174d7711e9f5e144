//! A program that ends badly once and then runs well
//!
//! "Once" is read from the status, so that a restart of the simulator does not strike a second time.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus};

use super::{Failure, Verdict};
use crate::kubelet::scene::Scene;

pub(super) fn verdict(failure: &Failure, scene: &Scene<'_>) -> Verdict {
    let Failure::ExitNonZero { code } = failure else { return Verdict::Run };
    if scene.target().is_some_and(|target| has_exited_with(target, *code)) {
        return Verdict::Run;
    }
    Verdict::Exit { code: *code, reason: "Error" }
}

fn has_exited_with(target: &ContainerStatus, code: i32) -> bool {
    let ended =
        |state: &ContainerState| state.terminated.as_ref().is_some_and(|ended| ended.exit_code == code);
    target.state.as_ref().is_some_and(ended) || target.last_state.as_ref().is_some_and(ended)
}
