//! What a test may choose about its control plane

/// What a test may choose about its control plane
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How soon a silent node counts as dead
    pub node_lifecycle: NodeLifecycle,
}

/// How soon a silent node counts as dead
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeLifecycle {
    /// Kubernetes' own times: not ready after 50 s, evictions at one node in 10 s
    #[default]
    Kubernetes,
    /// Not ready 6 s after the last heartbeat, evictions at once; nodes must renew their leases every 2 s or so
    Fast,
}
