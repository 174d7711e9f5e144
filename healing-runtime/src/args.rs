//! What the operator was asked to do: the command line, and behind it the environment
//!
//! This is the one place that reads either. A flag wins over its variable, a variable over the default. It decides
//! nothing beyond what was asked: addresses are bound in `serve`, the cluster is found in `client`.

mod flags;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, ffi::OsString, path::PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use healing_engine::election::{Timing, TimingError};

use crate::{
    election::Settings,
    log::{LogArgs, LogFormat, LogLevel},
    serve::address::BindAddress,
    webhook::WebhookArgs,
};
use flags::{ENVIRONMENT, Flags, Verb};

/// What one start of the operator shall do
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Watch, decide, heal, until told to stop
    Run(Box<RunArgs>),
    /// Print something that needs no cluster
    Offline(Offline),
    /// Print this text, which was asked for with `--help` or `--version`, and end well
    Print(String),
}

/// What can be printed without a cluster
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offline {
    /// The custom resource definitions, as YAML
    Crd,
    /// The service account, roles and bindings, as YAML
    Rbac {
        /// The namespaces that the operator is limited to; empty: none
        namespaces: BTreeSet<String>,
    },
    /// Everything that an installation needs, as YAML
    Manifests {
        /// The container image that the Deployment names
        image: String,
        /// The namespaces that the operator is limited to; empty: none
        namespaces: BTreeSet<String>,
    },
    /// What was declared, as JSON
    Describe,
}

/// Everything that `run` can be told
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunArgs {
    /// Where `/metrics` is served; `None`: as [`RunArgs::addresses`] says
    pub(crate) metrics_bind_address: Option<BindAddress>,
    /// Where `/healthz` and `/readyz` are served; `None`: as [`RunArgs::addresses`] says
    pub(crate) health_probe_bind_address: Option<BindAddress>,
    /// The validating webhook
    pub(crate) webhook: WebhookArgs,
    /// The kubeconfig file; `None`: found as kubectl finds it
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context inside the kubeconfig; `None`: its current one
    pub(crate) context: Option<String>,
    /// Run on the embedded sandbox even where a cluster is configured
    pub(crate) sandbox: bool,
    /// Show the tour of the embedded sandbox, and end
    pub(crate) demo: bool,
    /// Namespaces to work in; empty: all
    pub(crate) namespaces: BTreeSet<String>,
    /// Resources of one kind that are worked on at the same time, 1 to 1000
    pub(crate) concurrency: usize,
    /// The form of a log line
    pub(crate) log_format: LogFormat,
    /// The least important level that is logged; `None`: as [`RunArgs::log`] says
    pub(crate) log_level: Option<LogLevel>,
    /// The election to take part in, if there is one; an empty name stands for the default
    pub(crate) election: Option<Settings>,
    /// Who reports events: the name of the pod or host, as far as the environment tells it (`POD_NAME`, `HOSTNAME`)
    pub(crate) instance: Option<String>,
    /// Variables that are set and that kube's own way to find a cluster obeys, silently: another user, group or server
    /// for every request. Ours does not; worth a warning
    pub(crate) kube_overrides: Vec<&'static str>,
}

/// Why the command line or the environment cannot be followed
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgsError {
    /// Not retried: a flag or a variable is not understood
    #[error("{0}; try '--help'")]
    Wrong(String),
    /// Not retried: outside of a pod nobody can know where the lease is to be
    #[error(
        "leader election needs a namespace for its lease, and this is no pod in a cluster; \
         give '--leader-election-namespace'"
    )]
    NoLeaseNamespace,
    /// Not retried: with these durations two replicas could work at a time, or none
    #[error(
        "{0}; see '--leader-election-lease-duration', '--leader-election-renew-deadline' and \
         '--leader-election-retry-period'"
    )]
    Timing(TimingError),
}

// === impl ArgsError ===

impl ArgsError {
    /// What the process ends with
    pub(crate) const EXIT_CODE: u8 = 2;
}

// === impl RunArgs ===

impl RunArgs {
    /// Where the system tells a pod its namespace
    const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

    /// Fills in what an election lacks: the name of the lease, and the namespace of the pod
    ///
    /// # Errors
    /// [`ArgsError::NoLeaseNamespace`] if this is no pod.
    pub(crate) fn complete_election(&mut self, name: impl FnOnce() -> String) -> Result<(), ArgsError> {
        let Some(settings) = &mut self.election else { return Ok(()) };
        if settings.name.is_empty() {
            settings.name = name();
        }
        if settings.namespace.is_empty() {
            let told = std::fs::read_to_string(Self::NAMESPACE_FILE).unwrap_or_default();
            told.trim().clone_into(&mut settings.namespace);
        }
        if settings.namespace.is_empty() { Err(ArgsError::NoLeaseNamespace) } else { Ok(()) }
    }

    /// Where to serve metrics and health
    ///
    /// On a sandbox that somebody tries, nothing listens wider than on this machine, and no port that is in use is in
    /// the way.
    pub(crate) fn addresses(&self, on_sandbox: bool) -> [BindAddress; 2] {
        let otherwise =
            |port| if on_sandbox { BindAddress::loopback() } else { BindAddress::everywhere(port) };
        [
            self.metrics_bind_address.unwrap_or(otherwise(8080)),
            self.health_probe_bind_address.unwrap_or(otherwise(8081)),
        ]
    }

    /// How to log; the sandbox shows state changes itself, and two tellers would talk over each other
    pub(crate) fn log(&self, on_sandbox: bool) -> LogArgs {
        let otherwise = if on_sandbox { LogLevel::Warn } else { LogLevel::Info };
        LogArgs { format: self.log_format, level: self.log_level.unwrap_or(otherwise) }
    }
}

/// Where the environment tells the name of the pod or host; the first that is set counts
const INSTANCE: &[&str] = &["POD_NAME", "HOSTNAME"];

/// Where the environment tells the namespace of the pod
const POD_NAMESPACE: &str = "POD_NAMESPACE";

/// What makes kube act as somebody else or talk to somebody else
const KUBE_OVERRIDES: &[&str] =
    &["KUBE_RS_DEBUG_IMPERSONATE_USER", "KUBE_RS_DEBUG_IMPERSONATE_GROUP", "KUBE_RS_DEBUG_OVERRIDE_URL"];

/// What the process was asked to do
///
/// # Errors
/// [`ArgsError`], one line for standard error; the process ends with [`ArgsError::EXIT_CODE`].
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub(crate) fn from_process(operator: &str, version: &str) -> Result<Command, ArgsError> {
    parse(operator, version, std::env::args_os(), |name| std::env::var_os(name))
}

/// What `argv`, which begins with the program's name, and the variables that `env` knows ask for
///
/// An empty variable counts as not set.
///
/// # Errors
/// As [`from_process`].
pub(crate) fn parse(
    operator: &str,
    version: &str,
    argv: impl IntoIterator<Item = OsString>,
    env: impl Fn(&str) -> Option<OsString>,
) -> Result<Command, ArgsError> {
    let verb = match flags::parse(operator, argv) {
        Ok(parsed) => parsed,
        Err(error) => {
            return match error.kind() {
                ErrorKind::DisplayHelp => Ok(Command::Print(error.render().to_string())),
                ErrorKind::DisplayVersion => Ok(Command::Print(format!("{operator} {version}\n"))),
                _ => Err(ArgsError::Wrong(one_line(&error))),
            };
        }
    };
    Ok(match verb {
        Verb::Run(said) => Command::Run(Box::new(run_args(said, &env)?)),
        Verb::Crd => Command::Offline(Offline::Crd),
        Verb::Rbac { namespace } => {
            Command::Offline(Offline::Rbac { namespaces: namespace.into_iter().collect() })
        }
        Verb::Manifests { image, namespace } => Command::Offline(Offline::Manifests {
            namespaces: namespace.into_iter().collect(),
            image: image.unwrap_or_else(|| format!("{operator}:{version}")),
        }),
        Verb::Describe => Command::Offline(Offline::Describe),
    })
}

/// Fills what was not said on the command line, from the environment and then from the defaults
fn run_args(said: Flags, env: &impl Fn(&str) -> Option<OsString>) -> Result<RunArgs, ArgsError> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let flags = said.or(from_environment(&set)?);
    Ok(RunArgs {
        election: election(&flags, &set)?,
        metrics_bind_address: flags.metrics_bind_address,
        health_probe_bind_address: flags.health_probe_bind_address,
        webhook: WebhookArgs {
            bind_address: flags.webhook_bind_address.unwrap_or(BindAddress::Off),
            cert_path: flags.webhook_cert_path,
            service: flags.webhook_service,
            secret: flags.webhook_certificate,
            configuration: flags.webhook_configuration,
        },
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        sandbox: flags.sandbox.unwrap_or(flags.demo),
        demo: flags.demo,
        namespaces: flags.namespace.into_iter().collect(),
        concurrency: flags.concurrency.map_or(4, usize::from),
        log_format: flags.log_format.unwrap_or(LogFormat::Text),
        log_level: flags.log_level,
        instance: INSTANCE.iter().find_map(|name| set(name)).and_then(|name| name.into_string().ok()),
        kube_overrides: KUBE_OVERRIDES.iter().copied().filter(|name| set(name).is_some()).collect(),
    })
}

/// The election that was asked for
fn election(flags: &Flags, set: &impl Fn(&str) -> Option<OsString>) -> Result<Option<Settings>, ArgsError> {
    let usual = Timing::default();
    let timing = Timing {
        lease: flags.leader_election_lease_duration.unwrap_or(usual.lease),
        renew_deadline: flags.leader_election_renew_deadline.unwrap_or(usual.renew_deadline),
        retry: flags.leader_election_retry_period.unwrap_or(usual.retry),
    };
    timing.check().map_err(ArgsError::Timing)?;
    // A sandbox is this process's own.
    if flags.leader_elect != Some(true) || flags.sandbox.unwrap_or(flags.demo) {
        return Ok(None);
    }
    let of_pod = || set(POD_NAMESPACE).and_then(|name| name.into_string().ok());
    let namespace = flags.leader_election_namespace.clone().or_else(of_pod).unwrap_or_default();
    Ok(Some(Settings { namespace, name: flags.leader_election_id.clone().unwrap_or_default(), timing }))
}

/// The variables as if they had been given as flags
fn from_environment(set: &impl Fn(&str) -> Option<OsString>) -> Result<Flags, ArgsError> {
    let mut argv = vec![OsString::from("environment")];
    for (flag, variable) in ENVIRONMENT {
        let Some(value) = set(variable) else { continue };
        let Ok(value) = value.into_string() else {
            return Err(ArgsError::Wrong(format!("'{variable}' in the environment is not UTF-8")));
        };
        argv.push(format!("{flag}={value}").into());
    }
    match flags::parse("environment", argv) {
        Ok(Verb::Run(flags)) => Ok(flags),
        Ok(_) => Ok(Flags::default()),
        Err(error) => Err(ArgsError::Wrong(name_variable(&error))),
    }
}

/// An error about a flag as one about the variable that it came from
fn name_variable(error: &clap::Error) -> String {
    let line = one_line(error);
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return line };
    let flag = argument.split([' ', '[', '=']).next().unwrap_or(argument);
    let variable =
        ENVIRONMENT.iter().find(|(known, _)| *known == flag).map_or(flag, |(_, variable)| variable);
    line.replace(&format!("'{argument}'"), &format!("'{variable}' in the environment"))
}

/// What is wrong and what clap suggests, without the block about usage
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let mut line = String::new();
    for part in text.lines().map(str::trim).filter(|part| !part.is_empty()) {
        if part.starts_with("Usage:") || part.starts_with("For more information") {
            break;
        }
        let separator = match part {
            _ if line.is_empty() => "",
            _ if part.starts_with("tip:") => "; ",
            _ => " ",
        };
        line.push_str(separator);
        line.push_str(part.strip_prefix("error: ").unwrap_or(part));
    }
    line
}
