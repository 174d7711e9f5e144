//! Where an operator runs that has no cluster: a sandbox that the author of the program brings along
//!
//! It owns the agreement with it and when it is used. What a sandbox is, this crate does not know: an operator's
//! program in production holds none.

use std::{error::Error, future::poll_fn, sync::Arc};

use crd_gen::{
    Description,
    emit::{Selection, Settings, install, sample},
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;

/// What a sandbox gives: how to reach it, and what ends when it has nothing more to show; it lives as long as that
pub(crate) type Staged = (kube::Config, BoxFuture<'static, Result<(), StageFailure>>);

/// Why a sandbox does not start
pub(crate) type StageFailure = Box<dyn Error + Send + Sync>;

/// A start that is under way
type Starting = BoxFuture<'static, Result<Staged, StageFailure>>;

/// Starts a sandbox
#[derive(Clone)]
pub(crate) struct Stage(Arc<dyn Fn(Vec<Value>, bool) -> Starting + Send + Sync>);

// === impl Stage ===

impl Stage {
    pub(crate) fn new<F, R, S, E>(start: F) -> Self
    where
        F: Fn(Vec<Value>, bool) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(kube::Config, S), E>> + Send + 'static,
        S: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<StageFailure> + 'static,
    {
        Self(Arc::new(move |objects, demo| {
            let started = start(objects, demo);
            async move {
                let (config, show) = started.await.map_err(Into::into)?;
                // not dropped when it is done: the sandbox has to outlive the drain of the operator
                let mut show = Box::pin(show);
                let kept = poll_fn(move |cx| show.as_mut().poll(cx).map(|ended| ended.map_err(Into::into)));
                Ok((config, kept.boxed()))
            }
            .boxed()
        }))
    }

    /// Starts it with what the operator needs and something to look after
    pub(crate) async fn start(&self, description: &Description, demo: bool) -> Result<Staged, StageFailure> {
        (self.0)(props(description), demo).await
    }
}

/// The definition of each resource
pub(crate) fn definitions(description: &Description) -> Vec<Value> {
    // a definition says nothing of how its operator is installed
    install(description, Selection::Crd, &Settings::default())
}

/// The definitions, and a sample of each resource
fn props(description: &Description) -> Vec<Value> {
    let mut objects = definitions(description);
    objects.extend(description.resources.iter().map(|one| sample(&one.blueprint, &one.schema)));
    objects
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn nothing() -> Description {
        Description { operator: "healing-operator".into(), resources: Vec::new() }
    }

    #[tokio::test]
    async fn what_a_sandbox_says_is_passed_on() {
        let config = || kube::Config::new("https://127.0.0.1:1".parse().unwrap());
        let good = Stage::new(move |objects: Vec<Value>, demo| async move {
            assert!(objects.is_empty() && demo);
            Ok::<_, io::Error>((config(), async { Ok(()) }))
        });
        let (config, show) = good.start(&nothing(), true).await.unwrap();
        assert_eq!(config.cluster_url.to_string(), "https://127.0.0.1:1/");
        show.await.unwrap();
        let bad = Stage::new(|_, _| async {
            Err::<(kube::Config, futures::future::Pending<io::Result<()>>), _>(io::Error::other("no room"))
        });
        assert_eq!(bad.start(&nothing(), false).await.err().unwrap().to_string(), "no room");
    }
}
