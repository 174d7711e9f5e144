//! The operator as its author writes it: a name, some resources, `main`
//!
//! It owns the builder and the way from the command line to an exit code. Running against a cluster is `run`'s
//! business, printing without one is `command`'s.

use std::{fmt::Display, process::ExitCode};

use crd_gen::{DescribedResource, Description};

use healing_model::Scope;

use crate::{
    Workload,
    args::{self, ArgsError, Command, RunArgs},
    client, command,
    kind::{Kind, Registered},
    log,
    run::{self, RunError},
};

/// An operator: the process that keeps the pods of some resources healthy
///
/// ```no_run
/// # use std::process::ExitCode;
/// # fn main() -> ExitCode {
/// # #[cfg(any())]
/// healing::Operator::new("healing-operator").resource::<HealingService>().main()
/// # ; ExitCode::SUCCESS
/// # }
/// ```
#[must_use = "an operator does nothing before `main` or `run`"]
pub struct Operator {
    name: String,
    version: String,
    kinds: Vec<Box<dyn Registered>>,
}

/// Not retried: the pods of a cluster-scoped resource would be in no namespace
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is cluster-scoped, and it is not settled yet in which namespace its pods would be; use scope = \"Namespaced\""
)]
struct ClusterScoped(String);

// === impl Operator ===

impl Operator {
    /// An operator without resources
    ///
    /// `name` is a DNS label, such as `healing-operator`: it becomes the pods' `app.kubernetes.io/managed-by` label,
    /// the reporter of events, the field manager, and the prefix of everything that is installed for the operator.
    /// Two operators with one name in one cluster would watch each other's pods.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), version: env!("CARGO_PKG_VERSION").to_owned(), kinds: Vec::new() }
    }

    /// What `--version` prints; default: the version of healing. Give `env!("CARGO_PKG_VERSION")` for your own
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Adds a resource to look after
    pub fn resource<R: Workload>(mut self) -> Self {
        self.kinds.push(Box::new(Kind::<R>::new()));
        self
    }

    /// Does what the command line asks for, and says how that ended
    ///
    /// Parses flags and environment, sets up TLS and logging, builds the async runtime and ends it within a deadline.
    ///
    /// # Errors
    /// None are returned: each is one line on standard error. Exit code 0 is a clean end, 2 a wrong flag, a
    /// configuration that cannot be followed or no cluster, 1 everything else.
    pub fn main(self) -> ExitCode {
        let asked = match args::from_process(&self.name, &self.version) {
            Ok(asked) => asked,
            Err(error) => return self.fail(ArgsError::EXIT_CODE, &error),
        };
        match asked {
            Command::Print(text) => print(&text),
            Command::Offline(asked) => {
                match command::print(&asked, &self.description(), &mut std::io::stdout().lock()) {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(error) => self.fail(1, &error),
                }
            }
            Command::Run(args) => self.run(*args),
        }
    }

    fn run(self, args: RunArgs) -> ExitCode {
        if let Err(error) = self.description().check() {
            return self.fail(RunError::CONFIGURATION, &error);
        }
        if let Some(kind) = self.kinds.iter().find(|kind| kind.blueprint().identity.scope == Scope::Cluster) {
            return self
                .fail(RunError::CONFIGURATION, &ClusterScoped(kind.blueprint().identity.kind.clone()));
        }
        client::install_crypto_provider();
        log::install(args.log);
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return self.fail(1, &error),
        };
        let ended = runtime.block_on(run::run(&self.name, &self.kinds, args));
        // Everything that must end has ended in the drain; what is left is not waited for.
        runtime.shutdown_background();
        match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => self.fail(error.exit_code(), &error),
        }
    }

    fn description(&self) -> Description {
        let resources = self
            .kinds
            .iter()
            .map(|kind| DescribedResource { blueprint: kind.blueprint().clone(), schema: kind.schema() });
        Description { operator: self.name.clone(), resources: resources.collect() }
    }

    #[expect(clippy::print_stderr, reason = "the one line that says why the process ends")]
    fn fail(&self, code: u8, error: &dyn Display) -> ExitCode {
        eprintln!("{}: {error}", self.name);
        ExitCode::from(code)
    }
}

#[expect(clippy::print_stdout, reason = "help and version were asked for")]
fn print(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
}
