//! What is known of Kubernetes' own types, in the sandbox and in schemas, is what the real API server says

use std::path::Path;

use control_plane::KindsError;

use super::Case;
use crate::failure::Failure;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::real(the_committed_schemas_are_those_of_the_api_server),
        Case::real(lists_of_kubernetes_types_are_merged_as_the_api_server_merges_them),
    ]
}

async fn the_committed_schemas_are_those_of_the_api_server(world: World) -> Result<(), Failure> {
    let generated = control_plane::kinds(&world.client()).await;
    compare(&world, "kinds", "healing-api-server/src/open_api/kinds.json", generated)
}

async fn lists_of_kubernetes_types_are_merged_as_the_api_server_merges_them(
    world: World,
) -> Result<(), Failure> {
    let generated = control_plane::merging(&world.client()).await;
    compare(&world, "merging", "healing-runtime/src/schema/embedded/merging.txt", generated)
}

fn compare(
    world: &World,
    what: &str,
    file: &str,
    generated: Result<String, KindsError>,
) -> Result<(), Failure> {
    if world.cluster()?.plane.binaries().are_given() {
        // another version of Kubernetes has other fields
        return Ok(());
    }
    let committed = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
    let generated = generated?;
    let stale = committed.lines().zip(generated.lines()).find(|(old, new)| old != new);
    assert!(
        committed == generated,
        "{file} is stale, first at {stale:?}; run `cargo run -p control-plane -- {what} > {file}` to update"
    );
    Ok(())
}
