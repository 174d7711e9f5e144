//! What a test author sees: pods that run, fail and go, with no wait in real time
//!
//! The parts have their tests beside them.

use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::ListParams;

use super::*;

#[tokio::test(start_paused = true)]
async fn nodes_are_there_at_once() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let nodes: Api<Node> = Api::all(sandbox.client());
    assert_eq!(nodes.list(&ListParams::default()).await.unwrap().items.len(), 3);
}
