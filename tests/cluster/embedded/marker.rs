//! The smallest operator, for the tests of the harness itself: creates one `ConfigMap`, watches it, waits for TERM
//!
//! It does by hand what the framework does for real operators, so that the harness is tested without it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use control_plane::client_of;
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, PostParams, WatchEvent, WatchParams};
use kube::{Api, ResourceExt};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// Its name, also that of its `ConfigMap`
pub(crate) const NAME: &str = "marker";

/// What it is told on its command line
struct Arguments {
    kubeconfig: PathBuf,
    namespace: String,
    servers: Vec<SocketAddr>,
}

#[expect(clippy::print_stderr, reason = "its log is its standard error")]
pub(crate) fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("this system can start threads");
    match runtime.block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("marker: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments = arguments()?;
    let mut terminate = signal(SignalKind::terminate())?;
    let client = client_of(&arguments.kubeconfig).await?;
    let maps: Api<ConfigMap> = Api::namespaced(client, &arguments.namespace);
    let working = async {
        mark(&maps).await?;
        tokio::try_join!(serve(&arguments.servers), watch(&maps)).map(drop)
    };
    tokio::select! {
        worked = working => worked,
        _asked = terminate.recv() => Ok(()),
    }
}

fn arguments() -> Result<Arguments, Failure> {
    let mut found = Arguments { kubeconfig: PathBuf::new(), namespace: String::new(), servers: Vec::new() };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("--kubeconfig", path)) => found.kubeconfig = path.into(),
            Some(("--namespace", name)) => name.clone_into(&mut found.namespace),
            Some(("--metrics-bind-address" | "--health-probe-bind-address", address)) => {
                found.servers.push(address.parse()?);
            }
            _ => return Err(Failure::new(format!("unknown argument `{argument}`"))),
        }
    }
    Ok(found)
}

/// Creates its `ConfigMap`; one that is there already is from an earlier life
async fn mark(maps: &Api<ConfigMap>) -> Result<(), Failure> {
    let metadata = ObjectMeta { name: Some(NAME.to_owned()), ..ObjectMeta::default() };
    let map = ConfigMap { metadata, ..ConfigMap::default() };
    match maps.create(&PostParams::default(), &map).await {
        Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// Says in its log what happens to `ConfigMaps`
#[expect(clippy::print_stderr, reason = "its log is its standard error")]
async fn watch(maps: &Api<ConfigMap>) -> Result<(), Failure> {
    let mut events = maps.watch(&WatchParams::default(), "0").await?.boxed();
    while let Some(event) = events.try_next().await? {
        match event {
            WatchEvent::Added(map) => eprintln!("marker: added {}", map.name_any()),
            WatchEvent::Deleted(map) => eprintln!("marker: deleted {}", map.name_any()),
            _ => {}
        }
    }
    Err(Failure::new("the watch ended"))
}

async fn serve(addresses: &[SocketAddr]) -> Result<(), Failure> {
    let router = Router::new()
        .route("/readyz", get(|| async { "ok" }))
        .route("/metrics", get(|| async { "marker_up 1\n" }));
    let servers = addresses.iter().map(|address| {
        let router = router.clone();
        async move { axum::serve(TcpListener::bind(address).await?, router).await }
    });
    futures::future::try_join_all(servers).await?;
    Ok(())
}
