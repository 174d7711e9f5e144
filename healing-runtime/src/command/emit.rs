//! `crd`, `rbac`, `manifests`: YAML streams for `kubectl apply --server-side -f -`

use crd_gen::{
    Description,
    emit::{Selection, Settings, install},
    yaml,
};

use super::CommandError;

/// The documents of a selection
pub(super) fn stream(
    description: &Description,
    selection: Selection,
    settings: &Settings,
) -> Result<String, CommandError> {
    settings.check(description)?;
    Ok(yaml::stream(&install(description, selection, settings))?)
}
