//! What crd-gen writes, as the tools that people use take it: kustomize, Helm, kubeconform, kube-score, an API server
//!
//! This file owns the entry and libtest's command line. `output` has all forms of the manifests of an operator, `world` the
//! tools and the server, `check` what each of them must say. Without Go the checks are reported as not run, and as failures
//! where `CI` is set.

mod environment;
mod world;
mod output;
mod schema;
mod linter;
mod check;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::world::{NoWorld, World};

/// What all checks share
struct Harness {
    runtime: Runtime,
    world: OnceCell<Result<World, NoWorld>>,
}

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let arguments = Arguments::from_args();
    let harness = match Runtime::new() {
        Ok(runtime) => Arc::new(Harness { runtime, world: OnceCell::new() }),
        Err(error) => return fail(&error.to_string()),
    };
    let trials = check::CHECKS.iter().map(|(name, check)| {
        let harness = Arc::clone(&harness);
        Trial::ignorable_test(*name, move || harness.run(*check))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Some(Ok(world)) = harness.world.get() {
        world.end();
    }
    conclusion.exit_code()
}

// === impl Harness ===

impl Harness {
    fn run(&self, check: check::Check) -> Result<Completion, Failed> {
        match self.runtime.block_on(self.world.get_or_init(World::start)) {
            Ok(world) => {
                self.runtime.block_on(check(world))?;
                Ok(Completion::Completed)
            }
            Err(NoWorld::NotHere(why)) if !environment::is_ci() => {
                Ok(Completion::ignored_with(format!("not run: {why}")))
            }
            Err(NoWorld::NotHere(why) | NoWorld::Broken(why)) => Err(why.into()),
        }
    }
}

#[expect(clippy::print_stderr, reason = "the end of a test binary's output")]
fn fail(why: &str) -> ExitCode {
    eprintln!("manifests: {why}");
    ExitCode::FAILURE
}
