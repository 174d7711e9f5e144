//! What the installed objects are called, with and without the operator's prefix

use serde_json::{Value, json};

/// The names of an operator's own objects
///
/// Under `config/` they carry no prefix, because kustomize adds it; in a stream they carry it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    operator: String,
    prefix: String,
}

// === impl Names ===

impl Names {
    /// Final names, such as `healing-operator-manager-role`
    pub fn prefixed(operator: &str) -> Self {
        Self { operator: operator.to_owned(), prefix: Self::prefix(operator) }
    }

    /// Names that kustomize completes, such as `manager-role`
    pub fn bare(operator: &str) -> Self {
        Self { operator: operator.to_owned(), prefix: String::new() }
    }

    /// What stands before every final name
    pub fn prefix(operator: &str) -> String {
        format!("{operator}-")
    }

    /// The name of one object
    pub fn of(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The namespace that the operator runs in
    pub fn namespace(&self) -> String {
        self.of("system")
    }

    /// The service account that the operator runs as
    pub fn service_account(&self) -> String {
        self.of("controller-manager")
    }

    /// The labels of every object that is installed for the operator
    pub fn labels(&self) -> Value {
        json!({ "app.kubernetes.io/name": self.operator })
    }

    /// The labels that select the operator's own pods
    pub fn pod_labels(&self) -> Value {
        json!({ "app.kubernetes.io/name": self.operator, "control-plane": "controller-manager" })
    }
}
