//! The `config/` tree: the same documents as files, in the layout that kubebuilder made familiar
//!
//! The files carry bare names; `config/default` adds the prefix and the namespace. They are generated and are
//! overwritten: a change of one's own belongs into an overlay that names `config/default` as its base.

use healing_model::Identity;
use serde_json::{Value, json};

use super::{
    Names, Selection, Settings, WebhookParts, access_roles, certificate, crd, deployment,
    deployment::{mounted_certificate_patch, own_certificate_patch, webhook_patch},
    disruption_budget, full_sample, injection, issuer, leader_election, manager_role_bindings, manager_roles,
    metrics_policy, metrics_service, namespace, prometheus_rule, sample, service_account, service_monitor,
    webhook_configuration, webhook_policy, webhook_roles, webhook_service,
};
use crate::{DescribedResource, Description, File, yaml::YamlError};

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
        // the webhook is a component's: the same files with it and without
        let plain = Settings { webhook: WebhookParts::Off, ..settings.clone() };
        files.extend(folder(
            "manager",
            &[
                page("manager", vec![namespace(&names), deployment(&names, &plain)]),
                page("metrics_service", vec![metrics_service(&names)]),
                page("pod_disruption_budget", vec![disruption_budget(&names)]),
            ],
        )?);
        files.extend(folder(
            "network-policy",
            &[page("allow-metrics-traffic", vec![metrics_policy(&names)])],
        )?);
        files.extend(webhook(&names, description, settings)?);
        files.extend(own_certificate(&names, description)?);
        files.extend(certmanager(&names, description)?);
        files.extend(prometheus(&names, description)?);
        files.extend(samples(description)?);
        files.push(prefixed(&description.operator, settings)?);
        if !settings.namespaces.is_empty() {
            files.push(File::new(
                "default/kustomization.yaml",
                &[json!({
                    "apiVersion": "kustomize.config.k8s.io/v1beta1",
                    "kind": "Kustomization",
                    "resources": ["../operator", "../namespaces"],
                })],
            )?);
        }
    }
    Ok(files)
}

/// A file's name within its folder, and its documents
type Page = (String, Vec<Value>);

fn page(name: &str, documents: Vec<Value>) -> Page {
    (format!("{name}.yaml"), documents)
}

/// The pages of a folder, and the kustomization that lists them
fn folder(name: &str, pages: &[Page]) -> Result<Vec<File>, YamlError> {
    files(name, pages, kustomization("Kustomization", pages))
}

/// The same as a part that `config/default` takes in or leaves out, with what it changes in the rest
fn component(name: &str, pages: &[Page], changes: &[(&str, Value)]) -> Result<Vec<File>, YamlError> {
    let mut index = kustomization("Component", pages);
    for (key, value) in changes {
        index[*key] = value.clone();
    }
    files(name, pages, index)
}

fn kustomization(kind: &str, pages: &[Page]) -> Value {
    let version = if kind == "Component" { "v1alpha1" } else { "v1beta1" };
    let paths: Vec<&str> = pages.iter().map(|(path, _)| path.as_str()).collect();
    json!({ "apiVersion": format!("kustomize.config.k8s.io/{version}"), "kind": kind, "resources": paths })
}

fn files(folder: &str, pages: &[Page], index: Value) -> Result<Vec<File>, YamlError> {
    let index = ("kustomization.yaml".to_owned(), vec![index]);
    pages
        .iter()
        .chain([&index])
        .map(|(path, documents)| File::new(&format!("{folder}/{path}"), documents))
        .collect()
}

/// A strategic merge patch of the pod's spec: what a kustomization says of it, and its document
fn manager_patch(names: &Names, path: &str, spec: &Value) -> (Value, Value) {
    let target = json!({ "kind": "Deployment", "name": names.of("manager") });
    let patch = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": names.of("manager"), "namespace": names.namespace() },
        "spec": { "template": { "spec": spec } },
    });
    (json!({ "path": path, "target": target }), patch)
}

fn webhook(names: &Names, description: &Description, settings: &Settings) -> Result<Vec<File>, YamlError> {
    let pages = [
        page("service", vec![webhook_service(names)]),
        page("manifests", vec![webhook_configuration(names, description, settings)]),
        page("allow-webhook-traffic", vec![webhook_policy(names)]),
    ];
    let (said, patch) = manager_patch(names, "manager_webhook_patch.yaml", &webhook_patch());
    let mut files = component("webhook", &pages, &[("patches", json!([said]))])?;
    files.push(File::new("webhook/manager_webhook_patch.yaml", &[patch])?);
    Ok(files)
}

fn own_certificate(names: &Names, description: &Description) -> Result<Vec<File>, YamlError> {
    let installed = Names::prefixed(&description.operator);
    let pages = [page("role", webhook_roles(names, &installed).to_vec())];
    let spec = own_certificate_patch(&installed);
    let (said, patch) = manager_patch(names, "manager_certificate_patch.yaml", &spec);
    let mut files = component("webhook-certificate", &pages, &[("patches", json!([said]))])?;
    files.push(File::new("webhook-certificate/manager_certificate_patch.yaml", &[patch])?);
    Ok(files)
}

fn certmanager(names: &Names, description: &Description) -> Result<Vec<File>, YamlError> {
    let installed = Names::prefixed(&description.operator);
    let pages =
        [page("issuer", vec![issuer(names)]), page("certificate", vec![certificate(names, &installed)])];
    let target = json!({ "kind": "ValidatingWebhookConfiguration", "name": names.of("validating-webhook-configuration") });
    let patch = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {
            "name": names.of("validating-webhook-configuration"),
            "annotations": injection(&installed),
        },
    });
    let reference =
        json!({ "group": "cert-manager.io", "kind": "Certificate", "path": "spec/issuerRef/name" });
    let known = json!({
        "nameReference": [{ "kind": "Issuer", "group": "cert-manager.io", "fieldSpecs": [reference] }],
    });
    let (said, mounted) =
        manager_patch(names, "manager_certificate_patch.yaml", &mounted_certificate_patch());
    let mut files = component(
        "certmanager",
        &pages,
        &[
            // what kustomize does not know of cert-manager's kinds
            ("configurations", json!(["kustomizeconfig.yaml"])),
            ("patches", json!([{ "path": "cainjection_patch.yaml", "target": target }, said])),
        ],
    )?;
    files.push(File::new("certmanager/kustomizeconfig.yaml", &[known])?);
    files.push(File::new("certmanager/cainjection_patch.yaml", &[patch])?);
    files.push(File::new("certmanager/manager_certificate_patch.yaml", &[mounted])?);
    Ok(files)
}

fn prometheus(names: &Names, description: &Description) -> Result<Vec<File>, YamlError> {
    let installed = Names::prefixed(&description.operator);
    let pages = [
        page("monitor", vec![service_monitor(names)]),
        page("rules", vec![prometheus_rule(names, &installed)]),
    ];
    component("prometheus", &pages, &[])
}

fn crds(description: &Description) -> Vec<Page> {
    let page = |identity: &Identity, document| {
        (format!("bases/{}_{}.yaml", identity.group, identity.plural), vec![document])
    };
    let resources = description.resources.iter();
    resources.map(|one| page(&one.blueprint.identity, crd(&one.blueprint, &one.schema))).collect()
}

fn rbac(names: &Names, description: &Description, settings: &Settings) -> Vec<Page> {
    let [leader_role, leader_binding] = leader_election(names, description);
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

/// Two of each resource; `kubectl apply -k` applies the short ones
fn samples(description: &Description) -> Result<Vec<File>, YamlError> {
    let (mut short, mut full) = (Vec::new(), Vec::new());
    for DescribedResource { blueprint, schema } in &description.resources {
        let Identity { group, version, kind, .. } = &blueprint.identity;
        let family = group.split('.').next().unwrap_or(group);
        let name = format!("{family}_{version}_{}", kind.to_lowercase());
        short.push(page(&name, vec![sample(blueprint, schema)]));
        let content = full_sample(blueprint, schema)?;
        full.push(File { path: format!("samples/{name}_full.yaml"), content });
    }
    let mut files = folder("samples", &short)?;
    files.extend(full);
    Ok(files)
}

/// Parts that are off without their flag: the folders, and what they do and need
const PARTS: &[(&[&str], &str)] = &[
    (
        &["../webhook"],
        "# The API server asks the operator about each object. Needs one of the two below it; while no operator answers,\n\
         # nothing can be created or changed. Also: crd-gen manifests --webhook\n",
    ),
    (&["../webhook-certificate"], "# The operator makes the certificate that it shows.\n"),
    (
        &["../certmanager"],
        "# Instead of that, cert-manager does, which it needs. Also: crd-gen manifests --webhook=cert-manager\n",
    ),
    (
        &["../prometheus"],
        "# Scraping and alerts. Needs the definitions of the Prometheus operator. Also: crd-gen manifests --monitoring\n",
    ),
];

/// What is named without the operator's prefix, with it and in the operator's namespace; parts that are off stand in a
/// comment
fn prefixed(operator: &str, settings: &Settings) -> Result<File, YamlError> {
    let folder = if settings.namespaces.is_empty() { "default" } else { "operator" };
    let mut file = File::new(
        &format!("{folder}/kustomization.yaml"),
        &[json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": Names::prefixed(operator).namespace(),
            "namePrefix": Names::prefix(operator),
            "resources": ["../crd", "../rbac", "../manager", "../network-policy"],
        })],
    )?;
    let is_on = [
        settings.webhook != WebhookParts::Off,
        settings.webhook == WebhookParts::OwnCertificate,
        settings.webhook == WebhookParts::CertManager,
        settings.monitoring,
    ];
    let parts = PARTS.iter().zip(is_on);
    let any = parts.clone().any(|(_, is_on)| is_on);
    file.content.push_str(if any { "components:\n" } else { "#components:\n" });
    for ((folders, needs), is_on) in parts {
        file.content.push_str(needs);
        for folder in *folders {
            let mark = if is_on { "" } else { "#" };
            file.content.extend([mark, "- ", *folder, "\n"]);
        }
    }
    Ok(file)
}
