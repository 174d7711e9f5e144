//! Names that something else has already: kubectl then takes the other one, or an API server refuses them

use serde_json::Value;

use super::{Report, Rule, Subject};

/// What `kubectl` takes for kinds of Kubernetes itself: plural, kind and short names
const BUILT_IN: &[(&str, &str, &[&str])] = &[
    ("apiservices", "APIService", &[]),
    ("bindings", "Binding", &[]),
    ("certificatesigningrequests", "CertificateSigningRequest", &["csr"]),
    ("clusterrolebindings", "ClusterRoleBinding", &[]),
    ("clusterroles", "ClusterRole", &[]),
    ("clustertrustbundles", "ClusterTrustBundle", &[]),
    ("componentstatuses", "ComponentStatus", &["cs"]),
    ("configmaps", "ConfigMap", &["cm"]),
    ("controllerrevisions", "ControllerRevision", &[]),
    ("cronjobs", "CronJob", &["cj"]),
    ("csidrivers", "CSIDriver", &[]),
    ("csinodes", "CSINode", &[]),
    ("csistoragecapacities", "CSIStorageCapacity", &[]),
    ("customresourcedefinitions", "CustomResourceDefinition", &["crd", "crds"]),
    ("daemonsets", "DaemonSet", &["ds"]),
    ("deployments", "Deployment", &["deploy"]),
    ("deviceclasses", "DeviceClass", &[]),
    ("devicetaintrules", "DeviceTaintRule", &[]),
    ("endpoints", "Endpoints", &["ep"]),
    ("endpointslices", "EndpointSlice", &[]),
    ("events", "Event", &["ev"]),
    ("flowschemas", "FlowSchema", &[]),
    ("horizontalpodautoscalers", "HorizontalPodAutoscaler", &["hpa"]),
    ("ingressclasses", "IngressClass", &[]),
    ("ingresses", "Ingress", &["ing"]),
    ("ipaddresses", "IPAddress", &["ip"]),
    ("jobs", "Job", &[]),
    ("leases", "Lease", &[]),
    ("limitranges", "LimitRange", &["limits"]),
    ("localsubjectaccessreviews", "LocalSubjectAccessReview", &[]),
    ("mutatingadmissionpolicies", "MutatingAdmissionPolicy", &[]),
    ("mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", &[]),
    ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", &[]),
    ("namespaces", "Namespace", &["ns"]),
    ("networkpolicies", "NetworkPolicy", &["netpol"]),
    ("nodes", "Node", &["no"]),
    ("persistentvolumeclaims", "PersistentVolumeClaim", &["pvc"]),
    ("persistentvolumes", "PersistentVolume", &["pv"]),
    ("poddisruptionbudgets", "PodDisruptionBudget", &["pdb"]),
    ("pods", "Pod", &["po"]),
    ("podtemplates", "PodTemplate", &[]),
    ("priorityclasses", "PriorityClass", &["pc"]),
    ("prioritylevelconfigurations", "PriorityLevelConfiguration", &[]),
    ("replicasets", "ReplicaSet", &["rs"]),
    ("replicationcontrollers", "ReplicationController", &["rc"]),
    ("resourceclaims", "ResourceClaim", &[]),
    ("resourceclaimtemplates", "ResourceClaimTemplate", &[]),
    ("resourcequotas", "ResourceQuota", &["quota"]),
    ("resourceslices", "ResourceSlice", &[]),
    ("rolebindings", "RoleBinding", &[]),
    ("roles", "Role", &[]),
    ("runtimeclasses", "RuntimeClass", &[]),
    ("secrets", "Secret", &[]),
    ("selfsubjectaccessreviews", "SelfSubjectAccessReview", &[]),
    ("selfsubjectreviews", "SelfSubjectReview", &[]),
    ("selfsubjectrulesreviews", "SelfSubjectRulesReview", &[]),
    ("serviceaccounts", "ServiceAccount", &["sa"]),
    ("servicecidrs", "ServiceCIDR", &[]),
    ("services", "Service", &["svc"]),
    ("statefulsets", "StatefulSet", &["sts"]),
    ("storageclasses", "StorageClass", &["sc"]),
    ("storageversionmigrations", "StorageVersionMigration", &[]),
    ("storageversions", "StorageVersion", &[]),
    ("subjectaccessreviews", "SubjectAccessReview", &[]),
    ("tokenreviews", "TokenReview", &[]),
    ("validatingadmissionpolicies", "ValidatingAdmissionPolicy", &[]),
    ("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", &[]),
    ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", &[]),
    ("volumeattachments", "VolumeAttachment", &[]),
    ("volumeattributesclasses", "VolumeAttributesClass", &["vac"]),
];

/// The words that a resource is asked for by, each with its place in the definition
fn words(spec: &Value) -> Vec<(String, &str)> {
    let names = &spec["names"];
    let mut words: Vec<(String, &str)> = ["plural", "singular"]
        .into_iter()
        .filter_map(|key| Some((format!("spec.names.{key}"), names[key].as_str()?)))
        .collect();
    let short = names["shortNames"].as_array().into_iter().flatten().enumerate();
    words.extend(
        short.filter_map(|(index, name)| Some((format!("spec.names.shortNames[{index}]"), name.as_str()?))),
    );
    words
}

/// Looks at the names of a definition; those before it have been looked at
pub(super) fn check(before: &[Subject<'_>], report: &mut Report<'_>) {
    let spec = report.subject.definition.spec();
    for (path, word) in words(spec) {
        if let Some(kind) = built_in(word) {
            let message = format!("`{word}` is {kind} of Kubernetes: `kubectl get {word}` shows that");
            report.note(Rule::NameClash, &path, message, "choose another name");
        }
        for other in before {
            let theirs = other.definition.spec();
            // an API server refuses it within a group
            let is_other_group = theirs["group"] != spec["group"];
            if is_other_group && words(theirs).iter().any(|(_, known)| *known == word) {
                let message = format!("`{word}` is a name of `{}` too", other.definition.name());
                report.note(Rule::NameClash, &path, message, "choose another name in one of the two");
            }
        }
    }
    let kind = spec["names"]["kind"].as_str().unwrap_or_default();
    if BUILT_IN.iter().any(|(_, known, _)| *known == kind) {
        let message = format!("`{kind}` is a kind of Kubernetes: people and tools mistake one for the other");
        report.note(Rule::NameClash, "spec.names.kind", message, "choose another kind");
    }
}

fn built_in(word: &str) -> Option<&'static str> {
    let has = |(plural, kind, short): &&(&'static str, &'static str, &[&str])| {
        *plural == word || kind.to_lowercase() == word || short.contains(&word)
    };
    BUILT_IN.iter().find(has).map(|(_, kind, _)| *kind)
}
