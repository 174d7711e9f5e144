//! Definitions (CRDs) as files have them, without what an API server adds
//!
//! It owns what a definition must have so that it can be looked at. Whether an API server would take it is `validate`'s business.

use serde_json::{Map, Value, json};

use crate::manifest::{self, Content, Node, Position};
use crate::validate;

/// A `CustomResourceDefinition` of `apiextensions.k8s.io/v1`
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// As written
    node: Node,
    name: String,
    /// Its spec, with what goes without saying
    spec: Value,
    /// The versions that objects may be stored in, as an API server remembers them
    stored: Vec<String>,
}

/// A text that no definitions can be taken from
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Not retried: it is no YAML
    #[error(transparent)]
    Syntax(#[from] manifest::SyntaxError),
    /// Not retried: it has other objects only
    #[error("1:1: has no CustomResourceDefinition of apiextensions.k8s.io/v1{found}")]
    None {
        /// What there is instead, as the end of the sentence
        found: String,
    },
    /// Not retried: no API server since Kubernetes 1.22 takes it
    #[error(
        "{at}: CustomResourceDefinition `{name}` is of apiextensions.k8s.io/v1beta1, which no API server since Kubernetes \
         1.22 takes; write it as v1: a schema in each of `spec.versions`, columns with `jsonPath`"
    )]
    Beta {
        /// Where it is
        at: Position,
        /// Its name
        name: String,
    },
    /// Not retried: it lacks what a definition is known by
    #[error("{at}: CustomResourceDefinition `{name}` has no `{field}`")]
    Incomplete {
        /// Where it should be
        at: Position,
        /// Its name
        name: String,
        /// What is missing, or is something else than it must be
        field: &'static str,
    },
}

/// The definitions in a text; other objects in it are left out
///
/// # Errors
/// [`DefinitionError`], the first one; so a text with a definition of v1beta1 among others is refused as a whole.
pub fn read(text: &str) -> Result<Vec<Definition>, DefinitionError> {
    let documents = manifest::read(text)?;
    let objects: Vec<&Node> = documents.iter().flat_map(validate::objects).collect();
    let mut definitions = Vec::new();
    for object in &objects {
        if validate::is_definition(object) {
            definitions.push(Definition::new((*object).clone())?);
        } else if object.text("kind") == Some("CustomResourceDefinition")
            && object.text("apiVersion") == Some("apiextensions.k8s.io/v1beta1")
        {
            return Err(DefinitionError::Beta { at: object.at, name: name_of(object) });
        }
    }
    if definitions.is_empty() {
        let kinds = objects.iter().filter_map(|object| object.text("kind"));
        let found = match kinds.take(3).collect::<Vec<_>>().join(", ") {
            kinds if kinds.is_empty() => String::new(),
            kinds => format!("; it has: {}", kinds.escape_debug()),
        };
        return Err(DefinitionError::None { found });
    }
    Ok(definitions)
}

fn name_of(object: &Node) -> String {
    let name = object.field("metadata").and_then(|metadata| metadata.text("name"));
    name.unwrap_or_default().escape_debug().to_string()
}

// === impl Definition ===

impl Definition {
    fn new(node: Node) -> Result<Self, DefinitionError> {
        let name = name_of(&node);
        let written = serde_json::to_value(&node).unwrap_or_default();
        let is_text =
            |path: &str| written.pointer(path).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let versions = written["spec"]["versions"].as_array();
        let has_versions = versions.is_some_and(|versions| {
            !versions.is_empty() && versions.iter().all(|version| version["name"].is_string())
        });
        let missing = [
            ("metadata.name", is_text("/metadata/name")),
            ("spec.group", is_text("/spec/group")),
            ("spec.names.kind", is_text("/spec/names/kind")),
            ("spec.names.plural", is_text("/spec/names/plural")),
            ("spec.versions", has_versions),
        ];
        if let Some((field, _)) = missing.into_iter().find(|(_, is_there)| !is_there) {
            return Err(DefinitionError::Incomplete { at: node.find(field, true), name, field });
        }
        let stored = written["status"]["storedVersions"].as_array();
        let stored = stored.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        Ok(Self { node, name, spec: plain(written["spec"].clone()), stored })
    }

    /// The name of the definition, such as `healingservices.example.com`
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What was written, with places
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// What somebody would write to create it: without what an API server adds
    pub fn to_create(&self) -> Node {
        const METADATA: [&str; 3] = ["name", "labels", "annotations"];
        let kept = |node: &Node, keys: &[&str]| {
            let entries = node.entries().iter().filter(|entry| keys.contains(&entry.key.as_str()));
            Node { at: node.at, content: Content::Map(entries.cloned().collect()) }
        };
        let mut node = kept(&self.node, &["apiVersion", "kind", "metadata", "spec"]);
        if let Content::Map(entries) = &mut node.content {
            for entry in entries.iter_mut().filter(|entry| entry.key == "metadata") {
                entry.value = kept(&entry.value, &METADATA);
            }
        }
        node
    }

    /// Its spec, with what an API server fills in and without what means nothing
    pub fn spec(&self) -> &Value {
        &self.spec
    }

    /// Its versions in their order
    pub fn versions(&self) -> &[Value] {
        self.spec["versions"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The version of this name
    pub fn version(&self, name: &str) -> Option<&Value> {
        self.versions().iter().find(|version| version["name"] == name)
    }

    /// The versions that objects may be stored in, where an API server has told
    pub fn stored_versions(&self) -> impl Iterator<Item = &str> {
        self.stored.iter().map(String::as_str)
    }
}

/// A spec as an API server answers it, whether it comes from one or not
fn plain(mut spec: Value) -> Value {
    let kind = spec["names"]["kind"].as_str().unwrap_or_default().to_owned();
    for (name, value) in [("listKind", format!("{kind}List")), ("singular", kind.to_lowercase())] {
        if spec["names"][name].as_str().is_none_or(str::is_empty) {
            spec["names"][name] = json!(value);
        }
    }
    if spec["conversion"]["strategy"] == "None" {
        spec["conversion"] = Value::Null;
    }
    without_nothing(&mut spec);
    spec
}

/// Takes away what means the same as nothing: null and empty lists beside a schema
fn without_nothing(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    let means_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let kept: Map<String, Value> =
        std::mem::take(fields).into_iter().filter(|(_, value)| !means_nothing(value)).collect();
    *fields = kept;
    for (name, field) in fields.iter_mut() {
        match field {
            Value::Array(versions) if name == "versions" => versions.iter_mut().for_each(without_nothing),
            Value::Object(_) if matches!(name.as_str(), "names" | "subresources") => without_nothing(field),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
