//! Makes a new operator and says what to type next

use super::{JobError, Outcome, print_lines};
use crate::args::Creation;

pub(super) fn run(creation: &Creation) -> Result<Outcome, JobError> {
    creation.project()?.create(&creation.folder)?;
    print_lines(&[
        format!("made {}; in it:", creation.folder.display()),
        "  cargo test                    its tests, on a Kubernetes in the process".to_owned(),
        "  cargo run --example sandbox   the operator, without a cluster".to_owned(),
        "README.md goes on from here".to_owned(),
    ])?;
    Ok(Outcome::Done)
}
