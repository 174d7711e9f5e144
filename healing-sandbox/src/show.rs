//! A sandbox to be looked at: what `cargo run --example` starts on a machine without a cluster
//!
//! It owns what is printed and in which order things are set up. What happens is told by `feed`, the tour by `tour`.

mod feed;
mod tour;

use std::future::poll_fn;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::{Api, Client};
use serde_json::Value;

pub use self::tour::{TourError, tour};
use crate::clock::Clock;
use crate::{Embedded, EmbeddedError, EmbeddedOptions, FAIL_ANNOTATION, Pace};

/// Name under which the objects of the show are applied
const FIELD_MANAGER: &str = "healing-sandbox";

/// Why there is nothing to be looked at
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// Not retried: the sandbox did not start
    #[error(transparent)]
    Start(#[from] EmbeddedError),
    /// Not retried: an object was refused
    #[error("cannot apply {what}: {source}")]
    Apply {
        /// Kind and name
        what: String,
        /// What the API server says
        source: Box<kube::Error>,
    },
    /// Not retried: an object does not say what it is
    #[error("an object to apply has no apiVersion, kind or name: {0}")]
    Nameless(String),
    /// Not retried: the tour did not go as it should
    #[error(transparent)]
    Tour(#[from] TourError),
}

/// Where lines go; clones write to the same place
#[derive(Clone)]
pub(crate) struct Out(Arc<Mutex<dyn Write + Send>>);

/// Starts an embedded Kubernetes for a program that has no cluster, and says on standard output how to use it
///
/// It applies `objects`, definitions first, and from then on tells what happens to pods. With `demo` it goes through a
/// tour of about two minutes. The first part of the answer is the way to the API server. The second ends when there is
/// nothing more to show: with the tour, else never; the Kubernetes lives as long as it is kept.
///
/// # Errors
/// [`ShowError`]; nothing is left behind then.
pub async fn embedded(
    objects: Vec<Value>,
    demo: bool,
) -> Result<(kube::Config, impl Future<Output = Result<(), ShowError>> + Send + 'static), ShowError> {
    let options = EmbeddedOptions { pace: Pace::lively(), ..EmbeddedOptions::default() };
    let embedded = Embedded::start(options).await?;
    let out = Out(Arc::new(Mutex::new(io::stdout())));
    apply(&embedded.client(), &objects).await?;
    out.say(&greeting(embedded.kubeconfig(), &objects));
    let config = embedded.config().clone();
    let mut showing = Box::pin(show(embedded.client(), objects, demo, out));
    // it lives until the future is dropped, and not only until it is done: who uses it ends first
    let shown = poll_fn(move |cx| {
        let _kept = &embedded;
        showing.as_mut().poll(cx)
    });
    Ok((config, shown))
}

async fn show(client: Client, objects: Vec<Value>, demo: bool, out: Out) -> Result<(), ShowError> {
    let clock = Clock::system();
    let telling = feed::tell(client.clone(), clock.clone(), out.clone());
    let touring = async {
        if demo {
            return tour(client, clock, &objects, |line| out.say(&format!("\n>>> {line}\n"))).await;
        }
        std::future::pending().await
    };
    let ended = tokio::select! {
        () = telling => Ok(()),
        ended = touring => ended,
    };
    Ok(ended?)
}

/// Applies objects, definitions before what they define
pub(crate) async fn apply(client: &Client, objects: &[Value]) -> Result<(), ShowError> {
    let is_definition = |object: &&Value| object["kind"] == "CustomResourceDefinition";
    let first = objects.iter().filter(is_definition);
    for object in first.chain(objects.iter().filter(|object| !is_definition(object))) {
        let (api, name) = api(client, object)?;
        let params = PatchParams::apply(FIELD_MANAGER).force();
        api.patch(&name, &params, &Patch::Apply(object)).await.map_err(|source| ShowError::Apply {
            what: format!("{} {name}", object["kind"].as_str().unwrap_or_default()),
            source: Box::new(source),
        })?;
    }
    Ok(())
}

/// The way to an object, and its name
fn api(client: &Client, object: &Value) -> Result<(Api<DynamicObject>, String), ShowError> {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let nameless = || ShowError::Nameless(object.to_string());
    let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let (version, kind) = version.zip(kind).ok_or_else(nameless)?;
    let name = text(&object["metadata"]["name"]).ok_or_else(nameless)?;
    let (group, version) = version.rsplit_once('/').unwrap_or(("", &version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, &kind));
    if kind == "CustomResourceDefinition" {
        return Ok((Api::all_with(client.clone(), &resource), name));
    }
    let namespace = text(&object["metadata"]["namespace"]).unwrap_or_else(|| "default".to_owned());
    Ok((Api::namespaced_with(client.clone(), &namespace, &resource), name))
}

/// What runs, where, and what to type next
fn greeting(kubeconfig: &Path, objects: &[Value]) -> String {
    let sample = objects.iter().find(|object| object["kind"] != "CustomResourceDefinition");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    let sample =
        sample.map(|sample| format!("{}/{}", text(&sample["kind"]), text(&sample["metadata"]["name"])));
    let mut lines = vec![
        "No cluster is used: an embedded sandbox runs in this process, a Kubernetes with three simulated nodes."
            .to_owned(),
        "Everything is in memory; Ctrl-C ends it and leaves nothing behind. In another terminal:".to_owned(),
        String::new(),
        format!("  export KUBECONFIG={}", kubeconfig.display()),
        "  kubectl get pods -w".to_owned(),
        format!("  kubectl annotate pod NAME {FAIL_ANNOTATION}=crash-loop"),
    ];
    lines.extend(sample.map(|sample| format!("  kubectl scale {sample} --replicas=7")));
    lines.push(String::new());
    lines.join("\n")
}

// === impl Out ===

impl Out {
    /// Writes a line now
    pub(crate) fn say(&self, line: &str) {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // whoever reads may have gone; what runs goes on
        let _gone = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}
