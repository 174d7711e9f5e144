//! The pod of a slot: the user's template, or the stored one that was asked for, with name, owner, labels and annotations of ours
//!
//! Pure: it builds the object and sends nothing.

use std::collections::BTreeMap;

use healing_engine::{
    Create,
    pod::{
        APP_LABEL, ATTEMPT_ANNOTATION, MANAGED_BY_LABEL, OWNER_UID_LABEL, REMEDIATE_ANNOTATION,
        REPLACES_ANNOTATION, REVISION_LABEL, SLOT_LABEL,
    },
};
use k8s_openapi::{
    api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec, PreferredSchedulingTerm},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use crate::subject::Subject;

/// The label by which a node is known to the scheduler
const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

/// Builds the pod that `create` asks for
///
/// Labels and annotations of the template stay, ours win where both name the same key: pods are found and counted
/// by ours. A node to avoid becomes a preference with the highest weight, never a requirement.
pub(crate) fn build(subject: &Subject, operator: &str, create: &Create) -> Pod {
    let template = subject.template_of(&create.revision).clone();
    let meta = template.metadata.unwrap_or_default();
    let mut spec = template.spec.unwrap_or_default();
    if let Some(node) = &create.avoid_node {
        prefer_another_node(&mut spec, node);
    }
    Pod {
        metadata: ObjectMeta {
            name: Some(create.name.clone()),
            namespace: Some(subject.namespace.clone()),
            labels: Some(labels(subject, operator, create, meta.labels.unwrap_or_default())),
            annotations: Some(annotations(create, meta.annotations.unwrap_or_default())),
            finalizers: meta.finalizers,
            owner_references: Some(vec![subject.owner_reference()]),
            ..ObjectMeta::default()
        },
        spec: Some(spec),
        status: None,
    }
}

fn labels(
    subject: &Subject,
    operator: &str,
    create: &Create,
    mut labels: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    labels.extend([
        (APP_LABEL.to_owned(), subject.key.name.clone()),
        (MANAGED_BY_LABEL.to_owned(), operator.to_owned()),
        (OWNER_UID_LABEL.to_owned(), subject.uid.clone()),
        (SLOT_LABEL.to_owned(), create.slot.to_string()),
        (REVISION_LABEL.to_owned(), create.revision.clone()),
    ]);
    labels
}

fn annotations(create: &Create, mut annotations: BTreeMap<String, String>) -> BTreeMap<String, String> {
    // a wish about one pod: in a template it would be had anew with each pod that fulfils it
    annotations.remove(REMEDIATE_ANNOTATION);
    annotations.insert(ATTEMPT_ANNOTATION.to_owned(), create.attempt.to_string());
    if let Some(replaces) = &create.replaces {
        annotations.insert(REPLACES_ANNOTATION.to_owned(), replaces.clone());
    }
    annotations
}

fn prefer_another_node(spec: &mut PodSpec, node: &str) {
    let elsewhere = PreferredSchedulingTerm {
        weight: 100,
        preference: NodeSelectorTerm {
            match_expressions: Some(vec![NodeSelectorRequirement {
                key: HOSTNAME_LABEL.to_owned(),
                operator: "NotIn".to_owned(),
                values: Some(vec![node.to_owned()]),
            }]),
            ..NodeSelectorTerm::default()
        },
    };
    spec.affinity
        .get_or_insert_default()
        .node_affinity
        .get_or_insert_default()
        .preferred_during_scheduling_ignored_during_execution
        .get_or_insert_default()
        .push(elsewhere);
}

#[cfg(test)]
mod tests {
    use kube::core::{ApiResource, GroupVersionKind};

    use super::*;
    use crate::{change::Key, container, pod_template};

    fn subject() -> Subject {
        Subject {
            key: Key::new("shop", "web"),
            namespace: "shop".into(),
            api: ApiResource::from_gvk(&GroupVersionKind::gvk("example.com", "v1", "HealingService")),
            uid: "u-1".into(),
            resource_version: "7".into(),
            generation: 1,
            finalizers: vec![],
            finalizer: None,
            template: pod_template([container("app", "nginx:latest")]),
            stored: BTreeMap::new(),
            objects: crate::owned::Desired::default(),
            foreign_status: serde_json::Map::new(),
        }
    }

    fn create() -> Create {
        Create {
            slot: 2,
            incarnation: 1,
            name: "web-bcdfg".into(),
            revision: "r1".into(),
            attempt: 1,
            replaces: Some("web-xxxxx".into()),
            avoid_node: None,
        }
    }

    #[test]
    fn a_pod_carries_owner_labels_and_attempt() {
        let pod = build(&subject(), "healing-operator", &create());

        let owner = &pod.metadata.owner_references.unwrap()[0];
        assert_eq!((owner.uid.as_str(), owner.controller), ("u-1", Some(true)));
        let labels = pod.metadata.labels.unwrap();
        assert_eq!(labels["app"], "web");
        assert_eq!(labels["app.kubernetes.io/managed-by"], "healing-operator");
        assert_eq!(labels["healing.dev/owner-uid"], "u-1");
        assert_eq!(labels["healing.dev/slot"], "2");
        let annotations = pod.metadata.annotations.unwrap();
        assert_eq!(annotations["healing.dev/attempt"], "1");
        assert_eq!(annotations["healing.dev/replaces"], "web-xxxxx");
    }

    #[test]
    fn a_pod_of_an_older_template_is_made_from_the_stored_one() {
        let mut subject = subject();
        subject.stored.insert("r0".into(), pod_template([container("app", "nginx:1")]).into());
        let image = |revision: &str| {
            let create = Create { revision: revision.into(), ..create() };
            let pod = build(&subject, "healing-operator", &create);
            assert_eq!(pod.metadata.labels.unwrap()["healing.dev/revision"], revision);
            pod.spec.unwrap().containers[0].image.clone().unwrap()
        };
        assert_eq!((image("r0").as_str(), image("r1").as_str()), ("nginx:1", "nginx:latest"));
    }

    #[test]
    fn labels_of_the_template_stay_and_ours_win() {
        let mut subject = subject();
        subject.template.metadata.as_mut().unwrap().labels =
            Some([("team".to_owned(), "a".to_owned()), ("app".to_owned(), "other".to_owned())].into());

        let labels = build(&subject, "healing-operator", &create()).metadata.labels.unwrap();

        assert_eq!((labels["team"].as_str(), labels["app"].as_str()), ("a", "web"));
    }

    /// Each new pod would be replaced at once, for ever
    #[test]
    fn a_template_cannot_ask_for_its_pods_to_be_replaced_now() {
        let mut subject = subject();
        let wishes = [REMEDIATE_ANNOTATION, "healing.dev/skip-remediation"];
        subject.template.metadata.as_mut().unwrap().annotations =
            Some(wishes.map(|wish| (wish.to_owned(), "yes".to_owned())).into());

        let annotations = build(&subject, "healing-operator", &create()).metadata.annotations.unwrap();

        assert!(!annotations.contains_key(REMEDIATE_ANNOTATION));
        assert_eq!(annotations["healing.dev/skip-remediation"], "yes");
    }

    #[test]
    fn a_node_to_avoid_is_a_preference_beside_the_users_own() {
        let mut create = create();
        create.avoid_node = Some("n1".into());

        let spec = build(&subject(), "healing-operator", &create).spec.unwrap();

        let affinity = spec.affinity.unwrap().node_affinity.unwrap();
        assert!(affinity.required_during_scheduling_ignored_during_execution.is_none());
        let terms = affinity.preferred_during_scheduling_ignored_during_execution.unwrap();
        let expression = &terms[0].preference.match_expressions.as_ref().unwrap()[0];
        assert_eq!(expression.values.as_deref(), Some(&["n1".to_owned()][..]));
    }
}
