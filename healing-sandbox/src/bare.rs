//! A control plane with no nodes: what etcd, the API server and the controllers are in a cluster
//!
//! It owns neither time nor pods: it runs on the machine's clock, and a pod stays pending until a client moves it.

use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;
use crate::host::Host;
use crate::serve::User;
use crate::service::InProcess;

/// An API server with its controllers in this process, in real time and with no nodes
#[derive(Debug)]
pub struct Bare {
    host: Host,
    _controllers: AbortOnDropHandle<()>,
}

// === impl Bare ===

impl Bare {
    /// Starts one in the runtime that this is called in; chance comes from `seed` alone
    pub fn start(seed: u64) -> Self {
        let host = Host::new(seed, Clock::system());
        let controllers = host.start_controllers();
        Self { host, _controllers: controllers }
    }

    /// A client that may do everything, in the namespace `default`
    pub fn client(&self) -> kube::Client {
        InProcess::client(&self.host, User::admin(), "default")
    }
}
