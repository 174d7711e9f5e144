//! `crd`, `rbac`, `manifests`: YAML streams for `kubectl apply --server-side -f -`

use crd_gen::{
    Description,
    emit::{Selection, install},
    yaml::{self, YamlError},
};

/// The definition of each resource
pub(super) fn crd(description: &Description) -> Result<String, YamlError> {
    // No definition names an image.
    stream(description, Selection::Crd, "")
}

/// The service account, its role, and roles for people
pub(super) fn rbac(description: &Description) -> Result<String, YamlError> {
    stream(description, Selection::Rbac, "")
}

/// All of it and what runs the operator, from `image`
pub(super) fn manifests(description: &Description, image: &str) -> Result<String, YamlError> {
    stream(description, Selection::Manifests, image)
}

fn stream(description: &Description, selection: Selection, image: &str) -> Result<String, YamlError> {
    yaml::stream(&install(description, selection, image))
}
