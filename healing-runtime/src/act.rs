//! Act: carry a plan's steps out, in their order
//!
//! It decides nothing. A step that fails is reported and stops only what depends on it; the next pass looks at the
//! world again instead of guessing. The status, which holds a heal's intent, is written by `record`.

pub(crate) mod batch;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod history;
pub(crate) mod evict;
pub(crate) mod force;
pub(crate) mod object;
pub(crate) mod pod;

use healing_engine::{Event, Plan, Step};

use crate::{
    client::CallError,
    context::Hands,
    finalizer::{self, FinalizerError},
    live,
    subject::Subject,
};

/// What came of a plan's steps
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What is to be told once the status is written
    pub(crate) events: Vec<Event>,
    /// Something was not as the plan assumed: look at the world again soon, without an error
    pub(crate) look_again: bool,
    /// What failed; the pass ends as failed and is repeated with backoff
    pub(crate) errors: Vec<ActError>,
}

impl Outcome {
    /// Whether all steps were carried out, and the world was as the plan assumed
    pub(crate) fn is_done(&self) -> bool {
        self.errors.is_empty() && !self.look_again
    }
}

/// Why a step failed
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActError {
    /// Retried with backoff: the create failed or was not answered; the name makes sending it again safe
    #[error("could not create pod `{pod}`: {source}")]
    Create {
        /// Name of the pod
        pod: String,
        /// What the API server or the connection said
        source: CallError,
    },
    /// Retried with backoff: the delete failed or was not answered; UID and resourceVersion make sending it again safe
    #[error("could not delete pod `{pod}`: {source}")]
    Delete {
        /// Name of the pod
        pod: String,
        /// What the API server or the connection said
        source: CallError,
    },
    /// Retried with backoff: the eviction failed or was not answered; UID and resourceVersion make sending it again safe
    #[error("could not evict pod `{pod}`: {source}")]
    Evict {
        /// Name of the pod
        pod: String,
        /// What the API server or the connection said
        source: CallError,
    },
    /// Retried with backoff: it is not known whether the node is off, so its pod is not forced
    #[error("could not read node `{node}`: {source}")]
    Node {
        /// Name of the node
        node: String,
        /// What the API server or the connection said
        source: CallError,
    },
    /// Retried with backoff: an apply or delete failed or was not answered; sending it again changes nothing more
    #[error("could not bring {object} up to date: {source}")]
    Object {
        /// Kind and name
        object: String,
        /// What the API server or the connection said
        source: CallError,
    },
    /// Retried with backoff: the finalizer could not be changed
    #[error(transparent)]
    Finalizer(#[from] FinalizerError),
}

/// Carries out the steps of `plan`
///
/// # Flow
/// 1. finalizer steps, stored templates, objects beside pods, forced deletes and heals one by one, in the plan's order 2. creates, then deletes, each with slow start
/// # Guarantees
/// Each step is sent at most once. No pod is deleted without UID and resourceVersion of the pod that was decided on.
/// # Assumptions
/// If the plan has a heal, its intent is already in the resource's status.
/// # Caveats
/// A step that was not answered may have happened; the cache then asks for a live read before the next decision.
/// # Errors
/// In the outcome; a failed step does not undo the ones before it.
pub(crate) async fn act(hands: &Hands, subject: &Subject, plan: &Plan) -> Outcome {
    let mut outcome = Outcome::default();
    let (mut creates, mut deletes) = (Vec::new(), Vec::new());
    // a template that could not be stored: pods of it wait, or nobody could make them a second time
    let mut missing = None;
    for step in &plan.steps {
        match step {
            Step::AddFinalizer => match finalizer::add(hands, subject).await {
                Ok(()) => {}
                Err(FinalizerError::Changed) => outcome.look_again = true,
                Err(error) => outcome.errors.push(error.into()),
            },
            Step::RemoveFinalizer => match finalizer::remove(hands, subject).await {
                Ok(finalizer::Removed::Done) => {}
                // Pods that the watch does not show, because a label was taken off them: nobody else removes them.
                Ok(finalizer::Removed::PodsLeft(pods)) => {
                    outcome.errors.push(FinalizerError::PodsLeft(pods.len()).into());
                    let ours = pods.into_iter().filter(|pod| !pod.deleting && !subject.is_orphaning());
                    deletes.extend(ours.map(live::LivePod::removal));
                }
                Err(FinalizerError::Changed) => outcome.look_again = true,
                Err(error) => outcome.errors.push(error.into()),
            },
            Step::Apply(apply) => object::apply(hands, subject, apply, &mut outcome).await,
            Step::Prune(prune) => object::prune(hands, subject, prune, &mut outcome).await,
            Step::StoreRevision(store) => {
                if !history::store(hands, subject, store, &mut outcome).await {
                    missing = Some(&store.revision);
                }
            }
            Step::PruneRevision(prune) => history::prune(hands, subject, prune, &mut outcome).await,
            Step::ForceDelete(forced) => force::delete(hands, subject, forced, &mut outcome).await,
            Step::Heal(heal) => delete::heal(hands, subject, heal, &mut outcome).await,
            Step::Create(create) if missing == Some(&create.revision) => {}
            Step::Create(create) => creates.push(create.clone()),
            Step::Delete(delete) => deletes.push(delete.clone()),
        }
    }
    create::all(hands, subject, &creates, &mut outcome).await;
    delete::all(hands, subject, &deletes, &mut outcome).await;
    outcome
}
