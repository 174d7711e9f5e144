//! Leader election: of two operators one works, and the other one takes over when it is gone

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::api::DeleteParams;
use serde_json::json;

use super::Case;
use crate::failure::Failure;
use crate::operator::{Operator, RunningOperator};
use crate::proxy::Proxy;
use crate::service::{self, EXAMPLE, Service};
use crate::wait::eventually;
use crate::world::{LEADER_ELECT, World};

/// The generated role, where it is, and the lease that it is for
const ROLE: &str = "healing-operator-leader-election-role";
const ROLE_NAMESPACE: &str = "healing-operator-system";
const LEASE: &str = "healing-operator.example.com";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(a_killed_leader_is_followed_with_no_pod_too_many),
        Case::new(a_leader_that_ends_gives_the_lease_back),
        Case::new(a_leader_that_is_cut_off_ends_by_itself),
        Case::new(a_leader_whose_lease_is_deleted_stays),
    ]
}

/// Killed without a chance to give anything back: the standby waits for the lease to end, then goes on
async fn a_killed_leader_is_followed_with_no_pod_too_many(world: World) -> Result<(), Failure> {
    let scene = Scene::new(&world).await?;
    scene.leader.kill9().await?;
    scene.web.scale(5).await?;

    scene.is_followed().await?;

    scene.nobody_wrote_twice(5)
}

/// Ended as Kubernetes does it: it finishes, gives the lease back, and the standby goes on at once
async fn a_leader_that_ends_gives_the_lease_back(world: World) -> Result<(), Failure> {
    let scene = Scene::new(&world).await?;
    scene.leader.terminate()?;
    let exit = scene.leader.wait_exit().await?;
    assert_eq!(exit.code, Some(0), "{exit}");
    let left = lease(&world).await?;
    assert_ne!(left.holder_identity, scene.term.holder_identity, "given back before the process ended");
    scene.web.scale(5).await?;

    scene.is_followed().await?;

    scene.nobody_wrote_twice(5)
}

/// A leader that reaches nobody ends with an error before the standby works
async fn a_leader_that_is_cut_off_ends_by_itself(world: World) -> Result<(), Failure> {
    let scene = Scene::new(&world).await?;
    let cut_off = scene.proxy.hold_before(|_| true);
    scene.web.scale(5).await?;
    let exit = scene.leader.wait_exit().await?;
    assert_eq!(exit.code, Some(1), "{exit}");
    drop(cut_off);

    scene.is_followed().await?;

    scene.nobody_wrote_twice(5)
}

/// The leader makes it anew; whoever finds none takes nothing
async fn a_leader_whose_lease_is_deleted_stays(world: World) -> Result<(), Failure> {
    let scene = Scene::new(&world).await?;
    world.api::<Lease>().delete(LEASE, &DeleteParams::default()).await?;
    eventually("the leader has its lease again", async || {
        let lease = lease(&world).await?;
        let same = lease.holder_identity == scene.term.holder_identity;
        Failure::unless(same, || format!("{lease:?}"))
    })
    .await?;
    scene.web.scale(5).await?;
    scene.web.converged(5).await?;
    let term = lease(&world).await?;
    assert_eq!(term.lease_transitions, scene.term.lease_transitions, "the same term");
    scene.nobody_wrote_twice(5)
}

/// Two operators, of which the first one leads, and a resource with three pods
struct Scene {
    world: World,
    proxy: Proxy,
    leader: RunningOperator,
    standby: RunningOperator,
    web: Service,
    /// The lease while the first one held it
    term: LeaseSpec,
}

// === impl Scene ===

impl Scene {
    async fn new(world: &World) -> Result<Self, Failure> {
        service::install(world).await?;
        world.allow_election(ROLE, ROLE_NAMESPACE).await?;
        let proxy = world.proxy().await?;
        let elected = Operator { args: &[LEADER_ELECT], ..Operator::example(EXAMPLE) };
        let leader = world.operator(Operator { proxy: Some(&proxy), ..elected }).await?;
        let term = eventually("the first one leads", async || {
            let lease = lease(world).await?;
            let held = lease.holder_identity.as_deref().is_some_and(|holder| !holder.is_empty());
            Failure::unless(held, || format!("{lease:?}"))?;
            Ok(lease)
        })
        .await?;
        let standby = world.operator(elected).await?;
        let web = Service::create(world, "web", json!({ "replicaCount": 3 })).await?;
        web.converged(3).await?;
        let told = "leader_election_master_status{name=\"healing-operator.example.com\"}";
        eventually("the standby is ready and says what it is", async || {
            standby.health("/readyz").await?;
            let metrics = standby.metrics().await?;
            Failure::unless(metrics.contains(&format!("{told} 0")), || metrics.clone())
        })
        .await?;
        let metrics = leader.metrics().await?;
        Failure::unless(metrics.contains(&format!("{told} 1")), || metrics.clone())?;
        Ok(Self { world: world.clone(), proxy, leader, standby, web, term })
    }

    /// The standby leads the next term and does what was left to do
    async fn is_followed(&self) -> Result<(), Failure> {
        self.web.converged(5).await?;
        let next = lease(&self.world).await?;
        assert_ne!(next.holder_identity, self.term.holder_identity);
        assert_eq!(next.lease_transitions, self.term.lease_transitions.map(|term| term + 1));
        let metrics = self.standby.metrics().await?;
        Failure::unless(metrics.contains("leader_election_master_status"), || metrics.clone())
    }

    /// One create for each pod, and no delete
    fn nobody_wrote_twice(&self, pods: usize) -> Result<(), Failure> {
        let (creates, deletes) = (self.web.requests("create", "pods")?, self.web.requests("delete", "pods")?);
        assert_eq!((creates.len(), deletes.len()), (pods, 0));
        Ok(())
    }
}

async fn lease(world: &World) -> Result<LeaseSpec, Failure> {
    let lease = world.api::<Lease>().get(LEASE).await?;
    lease.spec.ok_or_else(|| Failure::new("a lease without a spec"))
}
