//! The operator as its author writes it: a name, some resources, `main`
//!
//! It owns the builder and the way from the command line to an exit code. Running against a cluster is `run`'s
//! business, printing without one is `command`'s.

use std::{error::Error, fmt::Display, process::ExitCode};

use crd_gen::{DescribedResource, Description};

use healing_model::Scope;
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Workload,
    args::{self, ArgsError, Command, RunArgs},
    client,
    command::{self, CommandError},
    in_process::{InProcess, InProcessError},
    kind::{Kind, Registered},
    log,
    run::{self, RunError},
    stage::{self, Stage},
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
    stage: Option<Stage>,
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
        Self {
            name: name.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            kinds: Vec::new(),
            stage: None,
        }
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

    /// Where to run if no cluster is configured, or if `--sandbox` or `--demo` asks for it; none by default
    ///
    /// `start` gets the definitions and a sample of each resource as JSON, and whether to show the tour. It gives the
    /// way to an API server and a future: the sandbox lives as long as that is kept, and when it ends by itself the
    /// operator does too. `healing_sandbox::embedded` is such a function. Leave it out of what you ship: an operator
    /// that finds no cluster should say so.
    pub fn sandbox<F, R, S, E>(mut self, start: F) -> Self
    where
        F: Fn(Vec<Value>, bool) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(kube::Config, S), E>> + Send + 'static,
        S: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        self.stage = Some(Stage::new(start));
        self
    }

    /// Runs inside a test, on its runtime, until the returned value is dropped
    ///
    /// `client` is whoever the operator is to be, such as a sandbox's client; `now` is what the clock of its API server
    /// shows. Time goes on with tokio's timer, so that paused time moves everything. It works in `namespaces`, in all
    /// if there are none.
    ///
    /// # Errors
    /// [`InProcessError`] for declarations that cannot be run.
    pub fn in_process(
        self,
        client: kube::Client,
        now: Timestamp,
        namespaces: &[String],
    ) -> Result<InProcess, InProcessError> {
        self.check().map_err(|error| InProcessError(error.to_string()))?;
        Ok(InProcess::start(&self.name, &self.kinds, client, (now, namespaces)))
    }

    /// The definitions of its resources, as JSON, for a test that installs them
    ///
    /// # Panics
    /// Where a type in them has no structural schema.
    pub fn definitions(&self) -> Vec<Value> {
        stage::definitions(&self.description().unwrap_or_else(|error| panic!("{error}")))
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
                let printed = self.description().and_then(|description| {
                    command::print(&asked, &description, &mut std::io::stdout().lock())
                });
                match printed {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(error) => self.fail(error.exit_code(), &error),
                }
            }
            Command::Run(args) => self.run(*args),
        }
    }

    fn run(self, args: RunArgs) -> ExitCode {
        let described = match self.check() {
            Ok(description) => description,
            Err(error) => return self.fail(error.exit_code(), &error),
        };
        client::install_crypto_provider();
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return self.fail(1, &error),
        };
        let ended = runtime.block_on(async {
            let place = run::find(&self.name, &args, self.stage.as_ref(), &described).await?;
            log::install(args.log(place.is_sandbox()));
            run::run(&self.name, &self.kinds, args, place).await
        });
        // Everything that must end has ended in the drain; what is left is not waited for.
        runtime.shutdown_background();
        match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => self.fail(error.exit_code(), &error),
        }
    }

    /// Whether what was declared can be run
    fn check(&self) -> Result<Description, RunError> {
        let configuration = |error: CommandError| RunError::Configuration(error.to_string());
        let description = self.description().map_err(configuration)?;
        description.check().map_err(|error| configuration(error.into()))?;
        let mut identities = self.kinds.iter().map(|kind| &kind.blueprint().identity);
        match identities.find(|identity| identity.scope == Scope::Cluster) {
            Some(identity) => Err(RunError::Configuration(ClusterScoped(identity.kind.clone()).to_string())),
            None => Ok(description),
        }
    }

    fn description(&self) -> Result<Description, CommandError> {
        let resources = self.kinds.iter().map(|kind| {
            let blueprint = kind.blueprint().clone();
            let unfit = |error| CommandError::Schema { kind: blueprint.identity.kind.clone(), error };
            let schema = kind.schema().map_err(unfit)?;
            Ok(DescribedResource { blueprint, schema })
        });
        let resources = resources.collect::<Result<_, CommandError>>()?;
        Ok(Description { operator: self.name.clone(), resources })
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
