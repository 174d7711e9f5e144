//! The proof of least privilege: what the generated roles grant, held against what operators asked in all cases
//!
//! It owns the verdict over a whole run. That an operator's account has the generated role alone is the cases' business.

use std::collections::BTreeSet;
use std::fmt;

use control_plane::AuditEntry;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject};
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt};

use crate::failure::Failure;
use crate::wait::eventually;
use crate::world::ACCOUNT;

/// Granted, and never asked for by any case: group, resource, verb, and why it is granted nevertheless
const UNUSED: &[(&str, &str, &str, &str)] = &[
    ("", "configmaps", "create", APPLY),
    ("", "services", "create", APPLY),
    ("policy", "poddisruptionbudgets", "create", APPLY),
    (OWN, "resources/finalizers", "update", FINALIZERS),
];
const APPLY: &str = "no request: the API server looks at it when an apply makes an object, which is a patch";
const FINALIZERS: &str = "no request: strict API servers look at it when a pod with an owner is created (OwnerReferencesPermissionEnforcement)";
/// Stands for the group of any operator's own resources, whose rules are the same for each
const OWN: &str = "its own";

/// Refused, and meant to be: part of the account's name, verb, resource, and why it is asked nevertheless
const REFUSED: &[(&str, &str, &str, &str)] =
    &[("harness-namespaces-are-apart", "get", "configmaps", "the case asks whether namespaces are apart")];

/// Roles that allow a request of an account and are none of ours
const OTHERS: &[(&str, &str)] = &[
    ("system:basic-user", "whoever is known has it"),
    ("system:discovery", "whoever is known has it"),
    ("system:public-info-viewer", "everybody has it"),
    ("edit", "of the harness' own marker, which is made by hand and has no generated role"),
];

/// One thing that a role grants, or that was asked for; an operator's own resources are `resources` of [`OWN`]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Permission {
    group: String,
    /// With its subresource, such as `pods/status`
    resource: String,
    verb: String,
}

/// What the generated service accounts are granted
#[derive(Debug, Default)]
struct Granted {
    /// Names of their roles
    roles: BTreeSet<String>,
    permissions: BTreeSet<Permission>,
}

/// Says of a run in which all cases ended whether the generated roles were enough, and not too much
pub(crate) async fn judge(
    client: Client,
    entries: impl Fn() -> Result<Vec<std::sync::Arc<AuditEntry>>, Failure>,
) -> Result<(), Failure> {
    let granted = Granted::read(client).await?;
    // an entry may come some time after the answer
    eventually("the generated roles are enough, and all of them is used", async || {
        let entries = entries()?;
        let findings = findings(&granted, entries.iter().map(AsRef::as_ref));
        Failure::unless(findings.is_empty(), || findings.join("\n"))
    })
    .await
}

/// A line for each thing that is wrong
fn findings<'e>(granted: &Granted, entries: impl IntoIterator<Item = &'e AuditEntry>) -> Vec<String> {
    let mut findings = BTreeSet::new();
    let mut used = BTreeSet::new();
    let mut met = BTreeSet::new();
    for entry in entries.into_iter().filter(|entry| is_of_an_operator(entry)) {
        if let Some(why) = refusal(entry) {
            let expected = REFUSED.iter().position(|(account, verb, resource, _)| {
                entry.user.username.contains(account) && entry.verb == *verb && entry.is_about(resource)
            });
            match expected {
                Some(index) => drop(met.insert(index)),
                None => drop(findings.insert(format!("refused: {why}: {entry}"))),
            }
        } else if let Some(role) = allowing_role(entry) {
            if granted.roles.contains(role) {
                used.extend(Permission::asked(entry));
            } else if !OTHERS.iter().any(|(other, _)| *other == role)
                || (role == "edit" && !entry.user.username.contains("harness-"))
            {
                findings.insert(format!("allowed by role {role}, which is not generated: {entry}"));
            }
        }
    }
    let excused: BTreeSet<Permission> = UNUSED.iter().map(Permission::of_exception).collect();
    let unused = granted.permissions.difference(&used).filter(|one| !excused.contains(one));
    findings.extend(unused.map(|one| format!("granted, but never asked for by any case: {one}")));
    let stale = excused.iter().filter(|one| used.contains(one) || !granted.permissions.contains(one));
    findings.extend(stale.map(|one| format!("no exception any more, take it from the list: {one}")));
    let missed = REFUSED.iter().enumerate().filter(|(index, _)| !met.contains(index));
    findings.extend(missed.map(|(_, one)| format!("no refusal any more, take it from the list: {one:?}")));
    findings.into_iter().collect()
}

fn is_of_an_operator(entry: &AuditEntry) -> bool {
    let account = entry.user.username.strip_prefix("system:serviceaccount:");
    account.is_some_and(|account| account.ends_with(&format!(":{ACCOUNT}")))
}

/// Why a request was refused, where that is for lack of a permission
fn refusal(entry: &AuditEntry) -> Option<&str> {
    let decision = entry.annotations.get("authorization.k8s.io/decision");
    if decision.is_some_and(|decision| decision == "forbid") {
        return Some("RBAC");
    }
    let message = entry.response_status.as_ref().map_or("", |status| &status.message);
    message.contains("cannot set blockOwnerDeletion").then_some("owner references")
}

/// The role that allowed a request
fn allowing_role(entry: &AuditEntry) -> Option<&str> {
    let reason = entry.annotations.get("authorization.k8s.io/reason")?;
    let (_, role) = reason.split_once("Role \"").filter(|_| reason.starts_with("RBAC: allowed by "))?;
    role.split_once('"').map(|(role, _)| role)
}

// === impl Permission ===

impl Permission {
    /// What a request about an object asks for; none for other paths
    fn asked(entry: &AuditEntry) -> Option<Self> {
        let object = entry.object_ref.as_ref()?;
        let resource = match object.subresource.as_str() {
            "" => object.resource.clone(),
            subresource => format!("{}/{subresource}", object.resource),
        };
        Some(Self::of(&object.api_group, &resource, &entry.verb))
    }

    fn of(group: &str, resource: &str, verb: &str) -> Self {
        let verb = verb.to_owned();
        // groups of Kubernetes itself have no dot, or its own domain
        if !group.contains('.') || group.ends_with(".k8s.io") {
            return Self { group: group.to_owned(), resource: resource.to_owned(), verb };
        }
        let subresource = resource.find('/').map_or("", |slash| &resource[slash..]);
        Self { group: OWN.to_owned(), resource: format!("resources{subresource}"), verb }
    }

    fn of_exception(&(group, resource, verb, _): &(&str, &str, &str, &str)) -> Self {
        Self { group: group.to_owned(), resource: resource.to_owned(), verb: verb.to_owned() }
    }

    /// Each thing that a rule grants; one that grants all there is can never be all used
    fn of_rule(rule: &PolicyRule) -> Vec<Self> {
        let mut all = Vec::new();
        for group in rule.api_groups.iter().flatten() {
            for resource in rule.resources.iter().flatten() {
                all.extend(rule.verbs.iter().map(|verb| Self::of(group, resource, verb)));
            }
        }
        all
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} in group \"{}\"", self.verb, self.resource, self.group)
    }
}

// === impl Granted ===

impl Granted {
    /// What is bound to the service accounts of all operators that were installed
    async fn read(client: Client) -> Result<Self, Failure> {
        let mut granted = Self::default();
        let all = ListParams::default();
        let in_cluster = Api::<ClusterRoleBinding>::all(client.clone()).list(&all).await?;
        let in_cluster = in_cluster.items.into_iter().map(|one| (None, one.role_ref, one.subjects));
        let there = Api::<RoleBinding>::all(client.clone()).list(&all).await?;
        let there = there.items.into_iter().map(|one| (one.namespace(), one.role_ref, one.subjects));
        for (namespace, role, subjects) in in_cluster.chain(there) {
            if !subjects.iter().flatten().any(is_generated_account) {
                continue;
            }
            let rules = match namespace.filter(|_| role.kind == "Role") {
                Some(namespace) => {
                    Api::<Role>::namespaced(client.clone(), &namespace).get(&role.name).await?.rules
                }
                None => Api::<ClusterRole>::all(client.clone()).get(&role.name).await?.rules,
            };
            granted.permissions.extend(rules.iter().flatten().flat_map(Permission::of_rule));
            granted.roles.insert(role.name);
        }
        Failure::unless(!granted.roles.is_empty(), || "no operator was installed".to_owned())?;
        Ok(granted)
    }
}

fn is_generated_account(subject: &Subject) -> bool {
    let namespace = subject.namespace.as_deref().unwrap_or_default();
    subject.kind == "ServiceAccount"
        && subject.name.ends_with("-operator-controller-manager")
        && namespace.ends_with("-system")
}
