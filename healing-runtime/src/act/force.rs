//! Deletes pods without their grace period: those that are stuck on a node that is off, which is looked at once more
//!
//! It does not choose: which pod goes, and why, is in the plan.

use healing_engine::{ForceDelete, NodeState};
use k8s_openapi::api::core::v1::Node;
use kube::core::ApiResource;
use tracing::{info, warn};

use super::{
    ActError, Outcome,
    delete::{Answer, answered},
};
use crate::{cache::NodeDocument, context::Hands, subject::Subject};

/// Carries out one forced delete
///
/// # Flow
/// 1. read the node 2. send DELETE with grace period 0, UID and resourceVersion 3. note what came back and hand out the event
/// # Guarantees
/// Never a pod of a node that is neither gone nor out of service at that moment, whatever a watch showed; never a pod with
/// another UID, or one that changed, since it was decided on. One request of each, no hidden retry.
/// # Assumptions
/// The pod is being deleted already, and its time is over.
/// # Caveats
/// A timeout means "may have happened"; only a later observation may conclude. Finalizers hold a pod all the same.
/// # Errors
/// In `outcome`. A pod that is gone is done; one that changed, or whose node did, is looked at again.
pub(crate) async fn delete(hands: &Hands, subject: &Subject, forced: &ForceDelete, outcome: &mut Outcome) {
    match is_off(hands, forced).await {
        Ok(true) => {}
        Ok(false) => {
            outcome.look_again = true;
            return;
        }
        Err(error) => {
            outcome.errors.push(error);
            return;
        }
    }
    let pod = subject.owned(&forced.name, &forced.uid, &forced.resource_version);
    match answered(hands, subject, &pod, hands.writer.delete_pod_now(&pod).await) {
        Ok(Answer::Accepted) => {
            info!(
                pod = pod.name,
                node = forced.node,
                "pod of a node that is off deleted without grace period"
            );
            outcome.events.push(forced.event.clone());
        }
        Ok(Answer::Gone) => {}
        Ok(Answer::Changed) => outcome.look_again = true,
        Err(stopped) => stopped.tell(outcome),
    }
}

/// Whether the node is gone or out of service now
async fn is_off(hands: &Hands, forced: &ForceDelete) -> Result<bool, ActError> {
    let node = ApiResource::erase::<Node>(&());
    match hands.reader.get::<NodeDocument>(&node, "", &forced.node).await {
        Ok(node) => Ok(node.content.is_ok_and(|node| node.state().is_off())),
        Err(error) if error.is_not_found() => Ok(NodeState::Gone.is_off()),
        Err(source) => {
            warn!(pod = forced.name, node = forced.node, error = %source, "node not read; its pod is not forced");
            Err(ActError::Node { node: forced.node.clone(), source })
        }
    }
}

#[cfg(test)]
mod tests;
