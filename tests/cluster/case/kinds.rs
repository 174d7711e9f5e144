//! The schemas of the sandbox's built-in kinds are those of the real API server

use std::path::Path;

use super::Case;
use crate::failure::Failure;
use crate::world::World;

const FILE: &str = "healing-api-server/src/open_api/kinds.json";

pub(super) fn cases() -> Vec<Case> {
    vec![Case::real(the_committed_schemas_are_those_of_the_api_server)]
}

async fn the_committed_schemas_are_those_of_the_api_server(world: World) -> Result<(), Failure> {
    if world.cluster()?.plane.binaries().are_given() {
        // another version of Kubernetes has other fields
        return Ok(());
    }
    let committed = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE))?;
    let generated = control_plane::kinds(&world.client()).await?;
    let stale = committed.lines().zip(generated.lines()).find(|(old, new)| old != new);
    assert!(
        committed == generated,
        "{FILE} is stale, first at {stale:?}; run `cargo run -p control-plane -- kinds > {FILE}` to update"
    );
    Ok(())
}
