//! What the installed objects are called, with and without the operator's prefix

use serde_json::{Value, json};

/// The names of an operator's own objects
///
/// Under `config/` they carry no prefix, because kustomize adds it; in a stream they carry it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    operator: String,
    prefix: String,
    namespace: String,
    account: String,
}

// === impl Names ===

impl Names {
    /// Final names, such as `healing-operator-manager-role`
    pub fn prefixed(operator: &str) -> Self {
        Self::with(operator, Self::prefix(operator))
    }

    /// Names that kustomize completes, such as `manager-role`
    pub fn bare(operator: &str) -> Self {
        Self::with(operator, String::new())
    }

    /// Names with marks for what is filled in later: the operator's name, its namespace, and its service account
    pub(super) fn marked(operator: &str, namespace: &str, account: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            account: account.to_owned(),
            ..Self::with(operator, Self::prefix(operator))
        }
    }

    fn with(operator: &str, prefix: String) -> Self {
        Self {
            namespace: format!("{prefix}system"),
            account: format!("{prefix}controller-manager"),
            operator: operator.to_owned(),
            prefix,
        }
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
        self.namespace.clone()
    }

    /// The service account that the operator runs as
    pub fn service_account(&self) -> String {
        self.account.clone()
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
