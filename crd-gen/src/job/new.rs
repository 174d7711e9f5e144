//! Makes a new operator and says what to type next

use crd_gen::new::Origin;

use super::{JobError, Outcome, print_lines, remark};
use crate::args::Creation;

pub(super) fn run(creation: &Creation) -> Result<Outcome, JobError> {
    let project = creation.project()?;
    project.create(&creation.folder)?;
    if matches!(project.origin, Origin::Path(_)) {
        remark(
            "its CI and `docker build` see its folder alone and will not find this checkout; before they can pass, name healing \
             by a git address in Cargo.toml and .github/workflows/ci.yml",
        );
    }
    print_lines(&[
        format!("made {}; in it:", creation.folder.display()),
        "  cargo test                    its tests, on a Kubernetes in the process".to_owned(),
        "  cargo run --example sandbox   the operator, without a cluster".to_owned(),
        "README.md goes on from here".to_owned(),
    ])?;
    Ok(Outcome::Done)
}
