//! Pure emitters: description in, manifests out
//!
//! Documents are JSON values, never typed Kubernetes structs: their types change with the Kubernetes version that
//! k8s-openapi is built for, the documents must not. Each file below makes one kind of document; this one says which
//! belong together and in which order an API server takes them.

mod names;
mod settings;
mod crd;
mod rbac;
mod deployment;
mod network;
mod webhook;
mod monitoring;
mod sample;
mod kustomize;
mod helm;

pub use crd::crd;
pub use deployment::{deployment, disruption_budget, namespace};
pub use helm::chart;
pub use kustomize::tree;
pub use monitoring::{prometheus_rule, service_monitor};
pub use names::Names;
pub use network::{metrics_policy, metrics_service, webhook_policy};
pub use rbac::{
    ManagerRules, access_roles, is_cluster_scoped, leader_election, manager_role_bindings, manager_roles,
    manager_rules, service_account, webhook_roles,
};
pub use sample::{full_sample, sample};
pub use settings::{Settings, SettingsError, WebhookParts, namespace_name};
pub use webhook::{
    certificate, injection, issuer, webhook_configuration, webhook_names, webhook_path, webhook_service,
};

use serde_json::Value;

use crate::Description;

/// Which documents are asked for
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The `CustomResourceDefinition` of each resource
    Crd,
    /// The service account, what it may do, and roles for people who use the resources
    Rbac,
    /// Everything that runs the operator in a cluster
    Manifests,
}

/// The documents that install an operator, under their final names and in an order that can be applied as it is
///
/// The namespace is first, the Deployment last. With [`Selection::Rbac`] alone, the namespace is expected to exist, and
/// so are the namespaces that the operator is limited to. [`Settings::check`] says whether there are such documents.
pub fn install(description: &Description, selection: Selection, settings: &Settings) -> Vec<Value> {
    let names = Names::prefixed(&description.operator);
    let mut documents = Vec::new();
    if selection == Selection::Manifests {
        documents.push(namespace(&names));
    }
    if selection != Selection::Rbac {
        documents.extend(description.resources.iter().map(|one| crd(&one.blueprint, &one.schema)));
    }
    if selection != Selection::Crd {
        documents.push(service_account(&names));
        documents.extend(manager_roles(&names, description, settings));
        documents.extend(description.resources.iter().flat_map(|one| access_roles(&names, &one.blueprint)));
        documents.extend(manager_role_bindings(&names, description, settings));
        documents.extend(leader_election(&names, description));
    }
    if selection == Selection::Manifests {
        documents.extend([metrics_service(&names), metrics_policy(&names), disruption_budget(&names)]);
        documents.extend(webhook_documents(&names, description, settings));
        if settings.monitoring {
            documents.extend([service_monitor(&names), prometheus_rule(&names, &names)]);
        }
        documents.push(deployment(&names, settings));
    }
    documents
}

fn webhook_documents(names: &Names, description: &Description, settings: &Settings) -> Vec<Value> {
    let mut configuration = webhook_configuration(names, description, settings);
    let mut documents = vec![webhook_service(names), webhook_policy(names)];
    match settings.webhook {
        WebhookParts::Off => return Vec::new(),
        WebhookParts::OwnCertificate => documents.extend(webhook_roles(names, names)),
        WebhookParts::CertManager => {
            documents.extend([issuer(names), certificate(names, names)]);
            configuration["metadata"]["annotations"] = injection(names);
        }
    }
    documents.push(configuration);
    documents
}

#[cfg(test)]
mod tests;
