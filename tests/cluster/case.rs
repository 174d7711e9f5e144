//! The cases, one topic a file; a case is an async function that takes a [`World`]

mod agreement;
mod breaker;
mod cluster_scope;
mod crash;
mod corpus;
mod declared;
mod deletion;
mod election;
mod evicted;
mod fleet;
mod harness;
mod heal;
mod human;
mod kinds;
mod nodes;
mod owned;
mod ownership;
mod permission;
mod rollout;
mod scale;
mod stale;
mod steady;
mod storm;
mod told;
mod warmup;
mod webhook;

use std::future::Future;
use std::pin::Pin;

use crate::failure::Failure;
use crate::world::World;

type Running = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// One case
pub(crate) struct Case {
    name: String,
    is_real_only: bool,
    run: Box<dyn Fn(World) -> Running + Send>,
}

impl Case {
    /// A case for both arms, named after its function, with the path from this module
    fn new<F, R>(run: F) -> Self
    where
        F: Fn(World) -> R + Send + 'static,
        R: Future<Output = Result<(), Failure>> + 'static,
    {
        let path = std::any::type_name::<F>();
        let name = path.rsplit_once("case::").map_or(path, |(_, name)| name).to_owned();
        Self { name, is_real_only: false, run: Box::new(move |world| Box::pin(run(world))) }
    }

    /// A case that is about what only a real control plane has: processes, kubectl, RBAC, its own documents
    fn real<F, R>(run: F) -> Self
    where
        F: Fn(World) -> R + Send + 'static,
        R: Future<Output = Result<(), Failure>> + 'static,
    {
        Self { is_real_only: true, ..Self::new(run) }
    }

    pub(crate) fn is_real_only(&self) -> bool {
        self.is_real_only
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn run(&self, world: World) -> Running {
        (self.run)(world)
    }
}

/// All cases
pub(crate) fn all() -> Vec<Case> {
    let topics = [
        harness::cases(),
        declared::cases(),
        agreement::cases(),
        corpus::cases(),
        scale::cases(),
        rollout::cases(),
        heal::cases(),
        kinds::cases(),
        nodes::cases(),
        breaker::cases(),
        owned::cases(),
        ownership::cases(),
        permission::cases(),
        cluster_scope::cases(),
        crash::cases(),
        stale::cases(),
        steady::cases(),
        storm::cases(),
        told::cases(),
        deletion::cases(),
        fleet::cases(),
        election::cases(),
        warmup::cases(),
        evicted::cases(),
        human::cases(),
        webhook::cases(),
    ];
    topics.into_iter().flatten().collect()
}
