//! The OpenAPI schemas of the kinds that the sandbox has built in, as a real API server describes them
//!
//! It owns which kinds these are and how their definitions are shortened. The result is committed in the crate of the
//! sandbox's API server, which is where it is read.

use std::collections::BTreeMap;

use kube::Client;
use serde_json::Value;

/// Where kinds are described, what their names there begin with, and which of them are wanted
const WANTED: &[(&str, &str, &[&str])] = &[
    (
        "api/v1",
        "io.k8s.api.core.v1.",
        &[
            "Binding",
            "ConfigMap",
            "Endpoints",
            "Event",
            "Namespace",
            "Node",
            "PersistentVolumeClaim",
            "Pod",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    (
        "api/v1",
        "io.k8s.apimachinery.pkg.apis.meta.v1.",
        &["APIResourceList", "DeleteOptions", "Patch", "Status"],
    ),
    ("api/v1", "io.k8s.api.policy.v1.", &["Eviction"]),
    (
        "apis/admissionregistration.k8s.io/v1",
        "io.k8s.api.admissionregistration.v1.",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ),
    (
        "apis/apiextensions.k8s.io/v1",
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.",
        &["CustomResourceDefinition"],
    ),
    ("apis/apps/v1", "io.k8s.api.apps.v1.", &["ControllerRevision", "Deployment", "ReplicaSet"]),
    ("apis/apps/v1", "io.k8s.api.autoscaling.v1.", &["Scale"]),
    ("apis/authentication.k8s.io/v1", "io.k8s.api.authentication.v1.", &["SelfSubjectReview"]),
    (
        "apis/authorization.k8s.io/v1",
        "io.k8s.api.authorization.v1.",
        &["SelfSubjectAccessReview", "SelfSubjectRulesReview"],
    ),
    ("apis/coordination.k8s.io/v1", "io.k8s.api.coordination.v1.", &["Lease"]),
    ("apis/discovery.k8s.io/v1", "io.k8s.api.discovery.v1.", &["EndpointSlice"]),
    ("apis/events.k8s.io/v1", "io.k8s.api.events.v1.", &["Event"]),
    ("apis/policy/v1", "io.k8s.api.policy.v1.", &["PodDisruptionBudget"]),
    (
        "apis/rbac.authorization.k8s.io/v1",
        "io.k8s.api.rbac.v1.",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    ("apis/scheduling.k8s.io/v1", "io.k8s.api.scheduling.v1.", &["PriorityClass"]),
];
/// What a reference to a definition begins with
const REFERENCE: &str = "#/components/schemas/";
/// Ends of words with a full stop that end no sentence
const ABBREVIATIONS: &[&str] = &["e.g.", "i.e.", "etc.", "vs."];

/// Why there are no schemas
#[derive(Debug, thiserror::Error)]
pub enum KindsError {
    /// Not retried: the API server did not answer
    #[error("cannot read the API server's OpenAPI: {0}")]
    Client(#[from] kube::Error),
    /// Not retried: another version of Kubernetes, most likely
    #[error(
        "`{document}` does not define `{name}`; look for its new place and change the table of wanted kinds"
    )]
    Missing {
        /// Group and version
        document: &'static str,
        /// Name of the definition
        name: String,
    },
}

/// The schemas of the wanted kinds, of their lists, and of everything that they refer to: one definition a line
///
/// # Errors
/// [`KindsError`].
pub async fn kinds(client: &Client) -> Result<String, KindsError> {
    let mut documents: BTreeMap<&str, Value> = BTreeMap::new();
    let mut kept = BTreeMap::new();
    for &(document, prefix, names) in WANTED {
        if !documents.contains_key(document) {
            documents.insert(document, read(client, document).await?);
        }
        let known = &documents[document]["components"]["schemas"];
        for name in names {
            let name = format!("{prefix}{name}");
            if known.get(&name).is_none() {
                return Err(KindsError::Missing { document, name });
            }
            let list = format!("{name}List");
            keep(known, &name, &mut kept);
            keep(known, &list, &mut kept);
        }
    }
    let lines: Vec<String> = kept
        .iter()
        .map(|(name, definition)| format!("{}: {definition}", Value::from(name.as_str())))
        .collect();
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// What the API server says about the kinds of a group and version
pub(crate) async fn read(client: &Client, document: &str) -> Result<Value, KindsError> {
    let request = http::Request::get(format!("/openapi/v3/{document}")).body(Vec::new());
    let request = request.map_err(kube::Error::HttpError)?;
    Ok(client.request(request).await?)
}

/// Takes over a definition, if there is one, and all that it refers to
fn keep(known: &Value, name: &str, kept: &mut BTreeMap<String, Value>) {
    let Some(definition) = known.get(name).filter(|_| !kept.contains_key(name)) else { return };
    let mut definition = definition.clone();
    if name.ends_with(".DeleteOptions") {
        // it names every group that the API server was built with, in another order in each document
        definition.as_object_mut().map(|definition| definition.remove("x-kubernetes-group-version-kind"));
    }
    let mut references = Vec::new();
    shorten(&mut definition, &mut references);
    kept.insert(name.to_owned(), definition);
    for reference in references {
        keep(known, &reference, kept);
    }
}

/// Leaves the first sentence of each description, and collects references to other definitions
fn shorten(node: &mut Value, references: &mut Vec<String>) {
    match node {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field) {
                    ("description", Value::String(text)) => *text = first_sentence(text),
                    ("$ref", Value::String(text)) => {
                        references.push(text.trim_start_matches(REFERENCE).to_owned());
                    }
                    (_, field) => shorten(field, references),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| shorten(element, references)),
        _ => {}
    }
}

fn first_sentence(text: &str) -> String {
    let mut sentence = String::new();
    for word in text.split_whitespace() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        let is_abbreviation = ABBREVIATIONS.iter().any(|abbreviation| word.ends_with(abbreviation));
        if word.ends_with('.') && !is_abbreviation {
            break;
        }
    }
    sentence
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn descriptions_end_with_their_first_sentence() {
        for (text, sentence) in [
            ("one", "one"),
            ("One (e.g. this\none). Two.", "One (e.g. this one)."),
            ("v1.2 is one. Two", "v1.2 is one."),
        ] {
            assert_eq!(first_sentence(text), sentence);
        }
    }

    #[test]
    fn a_definition_comes_with_what_it_refers_to() {
        let reference = |name: &str| json!({ "$ref": format!("{REFERENCE}{name}") });
        let known = json!({
            "a": { "properties": { "b": { "allOf": [reference("b")] }, "description": { "type": "string" } } },
            "b": { "items": reference("a"), "description": "One. Two." },
            "c": {},
        });
        let mut kept = BTreeMap::new();
        keep(&known, "a", &mut kept);
        assert_eq!(kept.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(kept["b"]["description"], "One.");
        assert_eq!(kept["a"]["properties"]["description"]["type"], "string");
    }
}
