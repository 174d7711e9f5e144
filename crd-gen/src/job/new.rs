//! Makes a new operator and says what to type next

use super::{JobError, Outcome, print_lines};
use crate::args::Creation;

pub(super) fn run(creation: &Creation) -> Result<Outcome, JobError> {
    let count = creation.project()?.create(&creation.folder)?;
    let folder = creation.folder.display();
    print_lines(&[
        format!("made {folder}, {count} files; in it:"),
        "  cargo test                    its tests, on a Kubernetes in the process".to_owned(),
        "  cargo run --example sandbox   the operator, without a cluster".to_owned(),
        "README.md goes on from here".to_owned(),
    ])?;
    Ok(Outcome::Done)
}
