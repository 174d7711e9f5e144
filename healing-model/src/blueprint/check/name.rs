//! Rules about names: what the API server takes as group, version, kind, resource name and finalizer

use crate::{Blueprint, BlueprintError, Identity, Place, Scope};

const LABEL_LENGTH_MAX: usize = 63;
const SUBDOMAIN_LENGTH_MAX: usize = 253;

pub(super) fn identity(identity: &Identity, errors: &mut Vec<BlueprintError>) {
    let mut report = |place, problem: Option<String>| {
        errors.extend(problem.map(|message| BlueprintError::new(place, message)));
    };
    report(Place::Group, group(&identity.group));
    report(Place::Version, version(&identity.version));
    report(Place::Kind, kind(&identity.kind));
    report(Place::Plural, resource("plural", &identity.plural));
    report(Place::Singular, resource("singular", &identity.singular));
    for (at, name) in identity.short_names.iter().enumerate() {
        let repeated =
            identity.short_names[..at].contains(name).then(|| format!("short name `{name}` is there twice"));
        report(Place::ShortName(at), resource("short name", name).or(repeated));
    }
    for (at, name) in identity.categories.iter().enumerate() {
        let repeated =
            identity.categories[..at].contains(name).then(|| format!("category `{name}` is there twice"));
        report(Place::Category(at), resource("category", name).or(repeated));
    }
}

/// The pods of a namespaced resource are in its namespace; those of any other are in one with a valid name.
pub(super) fn pod_namespace(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    let Some(namespace) = &blueprint.pod_namespace else {
        if blueprint.identity.scope == Scope::Cluster {
            let problem =
                "the pods of a cluster-scoped resource need a namespace; add `pod_namespace = \"...\"`";
            errors.push(BlueprintError::new(Place::Scope, problem.to_owned()));
        }
        return;
    };
    let problem = if blueprint.identity.scope == Scope::Namespaced {
        "the pods of a namespaced resource are in its namespace; leave `pod_namespace` out, or add `scope = \"Cluster\"`"
            .to_owned()
    } else if !is_label(namespace) {
        format!(
            "namespace `{namespace}` must be a DNS label: at most 63 of a-z, 0-9 and `-`, such as `blogs`"
        )
    } else {
        return;
    };
    errors.push(BlueprintError::new(Place::PodNamespace, problem));
}

/// A finalizer is `domain/name`: a bare name could be anyone's, and the API server warns about it.
pub(super) fn finalizer(finalizer: Option<&str>, errors: &mut Vec<BlueprintError>) {
    let Some(text) = finalizer else { return };
    let sound = text.split_once('/').is_some_and(|(domain, name)| {
        is_subdomain(domain) && domain.contains('.') && is_qualified_name(name)
    });
    if !sound {
        errors.push(BlueprintError::new(
            Place::Finalizer,
            format!("finalizer `{text}` must be `domain/name`, such as `example.com/cleanup-protection`"),
        ));
    }
}

/// A group is a DNS subdomain with a dot, and not one that Kubernetes keeps for itself.
fn group(group: &str) -> Option<String> {
    if !is_subdomain(group) || !group.contains('.') {
        return Some(format!(
            "group `{group}` must be a DNS name in lower case with a dot in it, such as `example.com`"
        ));
    }
    let kept = ["k8s.io", "kubernetes.io"];
    let protected = kept.iter().any(|domain| {
        group.strip_suffix(domain).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
    });
    protected.then(|| format!("group `{group}` belongs to the Kubernetes project; use a domain of your own"))
}

/// A version sorts as Kubernetes' own do: `v1`, `v2beta1`, `v1alpha3`.
fn version(version: &str) -> Option<String> {
    let sound = version.strip_prefix('v').is_some_and(|rest| {
        let stages = ["alpha", "beta"];
        let staged = stages.iter().find_map(|stage| rest.split_once(stage));
        staged.map_or_else(|| is_count(rest), |(major, minor)| is_count(major) && is_count(minor))
    });
    (!sound).then(|| format!("version `{version}` must look like `v1`, `v1beta1` or `v2alpha3`"))
}

/// A kind is in `PascalCase`; its lower-case form must be a DNS label, and it names a Rust type.
fn kind(kind: &str) -> Option<String> {
    let sound = kind.starts_with(|c: char| c.is_ascii_uppercase())
        && kind.chars().all(|c| c.is_ascii_alphanumeric())
        && kind.len() <= LABEL_LENGTH_MAX
        && kind != "Self";
    (!sound).then(|| {
        format!("kind `{kind}` must be in PascalCase, letters and digits only, such as `HealingService`")
    })
}

/// Resource names are DNS labels in lower case that begin with a letter.
fn resource(what: &str, name: &str) -> Option<String> {
    let sound = name.starts_with(|c: char| c.is_ascii_lowercase()) && is_label(name);
    (!sound)
        .then(|| format!("{what} `{name}` must be in lower case: letters, digits and `-`, a letter first"))
}

fn is_count(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty()
        && text.len() <= LABEL_LENGTH_MAX
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

pub(super) fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN_LENGTH_MAX && text.split('.').all(is_label)
}

/// A key of a label or an annotation: `name` or `domain/name`
pub(super) fn is_key(text: &str) -> bool {
    text.split_once('/').map_or_else(
        || is_qualified_name(text),
        |(domain, name)| is_subdomain(domain) && is_qualified_name(name),
    )
}

pub(super) fn is_qualified_name(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.len() <= LABEL_LENGTH_MAX
        && text.starts_with(edge)
        && text.ends_with(edge)
        && text.chars().all(|c| edge(c) || matches!(c, '-' | '_' | '.'))
}
