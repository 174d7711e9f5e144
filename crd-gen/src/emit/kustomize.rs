//! The `config/` tree: the same documents as files, in the layout that kubebuilder made familiar
//!
//! The files carry bare names; `config/default` adds the prefix and the namespace. They are generated and are
//! overwritten: a change of one's own belongs into an overlay that names `config/default` as its base.

use healing_model::Identity;
use serde_json::{Value, json};

use super::{
    Names, Selection, Settings, access_roles, crd, deployment, leader_election, manager_role_bindings,
    manager_roles, namespace, sample, service_account,
};
use crate::{Description, File, yaml::YamlError};

/// The files of the `config/` tree, paths relative to it, in a stable order
///
/// What is in the namespaces that an operator is limited to stands apart, in `namespaces/` and under final names:
/// kustomize would move it to the operator's own namespace.
///
/// # Errors
/// [`YamlError`], as [`crate::yaml::document`].
pub fn tree(
    description: &Description,
    selection: Selection,
    settings: &Settings,
) -> Result<Vec<File>, YamlError> {
    let names = Names::bare(&description.operator);
    let mut files = Vec::new();
    if selection != Selection::Rbac {
        files.extend(folder("crd", &crds(description))?);
    }
    if selection != Selection::Crd {
        files.extend(folder("rbac", &rbac(&names, description, settings))?);
        if !settings.namespaces.is_empty() {
            files.extend(folder("namespaces", &namespaces(description, settings))?);
        }
    }
    if selection == Selection::Manifests {
        let manager = [("manager.yaml".to_owned(), vec![namespace(&names), deployment(&names, settings)])];
        files.extend(folder("manager", &manager)?);
        files.extend(folder("samples", &samples(description))?);
        let prefixed = prefixed(&description.operator);
        if settings.namespaces.is_empty() {
            files.push(File::new("default/kustomization.yaml", &[prefixed])?);
        } else {
            files.push(File::new("operator/kustomization.yaml", &[prefixed])?);
            let both = kustomization(&json!({ "resources": ["../operator", "../namespaces"] }));
            files.push(File::new("default/kustomization.yaml", &[both])?);
        }
    }
    Ok(files)
}

/// A file's name within its folder, and its documents
type Page = (String, Vec<Value>);

/// The pages of a folder, and the kustomization that lists them
fn folder(name: &str, pages: &[Page]) -> Result<Vec<File>, YamlError> {
    let paths: Vec<&str> = pages.iter().map(|(path, _)| path.as_str()).collect();
    let index = kustomization(&json!({ "resources": paths }));
    let pages = pages.iter().map(|(path, documents)| (path.as_str(), documents.as_slice()));
    pages
        .chain([("kustomization.yaml", [index].as_slice())])
        .map(|(path, documents)| File::new(&format!("{name}/{path}"), documents))
        .collect()
}

fn crds(description: &Description) -> Vec<Page> {
    let page = |identity: &Identity, document| {
        (format!("bases/{}_{}.yaml", identity.group, identity.plural), vec![document])
    };
    let resources = description.resources.iter();
    resources.map(|one| page(&one.blueprint.identity, crd(&one.blueprint, &one.schema))).collect()
}

fn rbac(names: &Names, description: &Description, settings: &Settings) -> Vec<Page> {
    let [leader_role, leader_binding] = leader_election(names);
    let in_cluster = |mut documents: Vec<Value>| {
        documents.retain(|one| one["metadata"]["namespace"].is_null());
        documents
    };
    let mut pages = vec![
        ("service_account.yaml".to_owned(), vec![service_account(names)]),
        ("role.yaml".to_owned(), in_cluster(manager_roles(names, description, settings))),
        ("role_binding.yaml".to_owned(), in_cluster(manager_role_bindings(names, description, settings))),
        ("leader_election_role.yaml".to_owned(), vec![leader_role]),
        ("leader_election_role_binding.yaml".to_owned(), vec![leader_binding]),
    ];
    pages.retain(|(_, documents)| !documents.is_empty());
    for blueprint in description.resources.iter().map(|one| &one.blueprint) {
        let roles = ["admin", "editor", "viewer"].into_iter().zip(access_roles(names, blueprint));
        pages.extend(
            roles.map(|(who, role)| (format!("{}_{who}_role.yaml", blueprint.identity.singular), vec![role])),
        );
    }
    pages
}

fn namespaces(description: &Description, settings: &Settings) -> Vec<Page> {
    let names = Names::prefixed(&description.operator);
    let in_namespaces = |mut documents: Vec<Value>| {
        documents.retain(|one| !one["metadata"]["namespace"].is_null());
        documents
    };
    vec![
        ("role.yaml".to_owned(), in_namespaces(manager_roles(&names, description, settings))),
        ("role_binding.yaml".to_owned(), in_namespaces(manager_role_bindings(&names, description, settings))),
    ]
}

fn samples(description: &Description) -> Vec<Page> {
    let page = |Identity { group, version, kind, .. }: &Identity, document| {
        let family = group.split('.').next().unwrap_or(group);
        (format!("{family}_{version}_{}.yaml", kind.to_lowercase()), vec![document])
    };
    let resources = description.resources.iter();
    resources.map(|one| page(&one.blueprint.identity, sample(&one.blueprint, &one.schema))).collect()
}

/// What is named without the operator's prefix, with it and in the operator's namespace
fn prefixed(operator: &str) -> Value {
    kustomization(&json!({
        "namespace": Names::prefixed(operator).namespace(),
        "namePrefix": Names::prefix(operator),
        "resources": ["../crd", "../rbac", "../manager"],
    }))
}

fn kustomization(fields: &Value) -> Value {
    let mut document = json!({ "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization" });
    for (key, value) in fields.as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    document
}
