//! The operator as its author writes it: a name, some resources, `main`
//!
//! It owns the builder and the way from the command line to an exit code. Running against a cluster is `run`'s
//! business, printing without one is `command`'s.

use std::{error::Error, fmt::Display, process::ExitCode};

use crd_gen::{DescribedResource, Description};

use healing_engine::election::Timing;
use healing_model::Blueprint;
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Workload,
    args::{self, ArgsError, Command, RunArgs},
    client,
    command::{self, CommandError},
    election::Settings,
    in_process::{Ground, InProcess, InProcessError},
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

/// Not retried: the pods of a cluster-scoped resource are not in a namespace that the operator is limited to
#[derive(Debug, thiserror::Error)]
#[error(
    "`{kind}` is cluster-scoped, and its pods are in namespace `{namespace}`; add `--namespace {namespace}`"
)]
struct Homeless {
    kind: String,
    namespace: String,
}

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
        self.check(namespaces).map_err(|error| InProcessError(error.to_string()))?;
        let ground = Ground { client, now, namespaces, election: None };
        Ok(InProcess::start(&self.name, &self.kinds, ground))
    }

    /// The same as one of several candidates of an election, whose lease is in `lease_namespace`
    ///
    /// It works once it leads, gives the lease back when it is stopped, and ends if it loses it.
    ///
    /// # Errors
    /// As [`Operator::in_process`].
    pub fn in_process_elected(
        self,
        client: kube::Client,
        now: Timestamp,
        namespaces: &[String],
        lease_namespace: &str,
    ) -> Result<InProcess, InProcessError> {
        let description = self.check(namespaces).map_err(|error| InProcessError(error.to_string()))?;
        let election = Some(Settings {
            namespace: lease_namespace.to_owned(),
            name: description.lease_name(),
            timing: Timing::default(),
        });
        let ground = Ground { client, now, namespaces, election };
        Ok(InProcess::start(&self.name, &self.kinds, ground))
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

    fn run(self, mut args: RunArgs) -> ExitCode {
        let limits: Vec<String> = args.namespaces.iter().cloned().collect();
        let described = match self.check(&limits) {
            Ok(description) => description,
            Err(error) => return self.fail(error.exit_code(), &error),
        };
        if let Err(error) = args.complete_election(|| described.lease_name()) {
            return self.fail(ArgsError::EXIT_CODE, &error);
        }
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

    /// Whether what was declared can be run in these namespaces, in all if there are none
    fn check(&self, namespaces: &[String]) -> Result<Description, RunError> {
        let configuration = |error: CommandError| RunError::Configuration(error.to_string());
        let description = self.description().map_err(configuration)?;
        description.check().map_err(|error| configuration(error.into()))?;
        let homeless = self.kinds.iter().find_map(|kind| homeless(kind.blueprint(), namespaces));
        match homeless {
            Some(homeless) => Err(RunError::Configuration(homeless.to_string())),
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

/// Why the pods of a resource would be where nobody looks, if they would
fn homeless(blueprint: &Blueprint, namespaces: &[String]) -> Option<Homeless> {
    let namespace = blueprint.pod_namespace.as_ref()?;
    let is_elsewhere = !namespaces.is_empty() && !namespaces.contains(namespace);
    let kind = || blueprint.identity.kind.clone();
    is_elsewhere.then(|| Homeless { kind: kind(), namespace: namespace.clone() })
}

#[expect(clippy::print_stdout, reason = "help and version were asked for")]
fn print(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HealingResource as _, fixture::Web};

    #[test]
    fn pods_of_a_resource_of_the_cluster_are_where_somebody_looks() {
        let limited = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let told = |blueprint: &Blueprint, namespaces: &[&str]| {
            homeless(blueprint, &limited(namespaces)).map(|homeless| homeless.to_string()).unwrap_or_default()
        };
        let mut blueprint = Web::blueprint().clone();
        assert_eq!(told(&blueprint, &["shop"]), "");
        blueprint.pod_namespace = Some("blogs".to_owned());
        assert_eq!(
            (told(&blueprint, &[]), told(&blueprint, &["shop", "blogs"])),
            (String::new(), String::new())
        );
        assert!(told(&blueprint, &["shop"]).ends_with("add `--namespace blogs`"));
    }
}
