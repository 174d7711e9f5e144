//! What is refused although the object itself is right: namespaces that end, definitions that go, new finalizers
//!
//! It owns what other controllers of admission do in a cluster; what pods get is their kind's. Webhooks are never called.

use serde_json::{Value, json};

use crate::kind::Kind;
use crate::meta::Meta;
use crate::{ApiServer, Refusal};

// === impl ApiServer ===

impl ApiServer {
    /// Whether an object may be made where it is to be
    pub(super) fn admit_create(&self, kind: &Kind, object: &Value) -> Result<(), Refusal> {
        if kind.namespaced {
            self.admit_namespace(object.namespace(), kind, object.name())?;
        }
        if let Some(custom) = kind.custom()
            && custom.terminating
        {
            let why = "create not allowed while custom resource definition is terminating";
            return Err(Refusal {
                details: json!({ "group": kind.group(), "kind": kind.plural() }),
                ..Refusal::new(405, "MethodNotAllowed", why)
            });
        }
        Ok(())
    }
}

/// What is being deleted gets no new finalizers
pub(super) fn finalizers(kind: &Kind, new: &Value, live: &Value) -> Result<(), Refusal> {
    if !live.is_terminating() {
        return Ok(());
    }
    let old = live.finalizers();
    let added: Vec<&str> = new.finalizers().into_iter().filter(|name| !old.contains(name)).collect();
    if added.is_empty() {
        return Ok(());
    }
    let error = structural_schema::FieldError::new(
        structural_schema::Reason::Forbidden,
        "metadata.finalizers",
        format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            added.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
        ),
    );
    Err(Refusal::invalid(&kind.object(new.name()), &[error]))
}
