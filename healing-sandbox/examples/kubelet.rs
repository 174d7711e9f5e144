//! Runs a simulated kubelet against the cluster of the kubeconfig, until Ctrl-C
//!
//! `cargo run -p healing-sandbox --example kubelet -- [quick|real] [NODES]`; pods choose failures by the annotation
//! `sandbox.healing.dev/fail`.

use std::error::Error;
use std::time::Duration;

use healing_sandbox::{Kubelet, Pace};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let pace = match args.next().as_deref() {
        Some("quick") => restful(),
        None | Some("real") => Pace::real(),
        Some(other) => return Err(format!("unknown pace `{other}`; write `quick` or `real`").into()),
    };
    let nodes = args.next().map_or(Ok(3), |text| text.parse())?;
    let client = kube::Client::try_default().await?;
    let kubelet = Kubelet::builder(client).nodes(nodes).pace(pace).start().await?;
    tokio::signal::ctrl_c().await?;
    kubelet.stop().await;
    Ok(())
}

/// Quick, but a crash loop comes to rest between two crashes, as with a real kubelet: it is seen more than once
fn restful() -> Pace {
    let mut pace = Pace::quick();
    pace.backoff_max = Duration::from_secs(30);
    pace
}
