//! The command line as it was written: nothing is filled in here, and no variable is read
//!
//! The doc comments below are the text of `--help`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{
    ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, builder::BoolishValueParser,
};
use crd_gen::emit::namespace_name;
use healing_model::KnobSpec;

use crate::{
    log::{LogFormat, LogLevel},
    serve::address::BindAddress,
};

/// A self-healing Kubernetes operator
///
/// Without a command it runs.
#[derive(Debug, Parser)]
#[command(version = "", args_conflicts_with_subcommands = true)]
struct Line {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    flags: Flags,
}

/// What to do
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub(super) enum Verb {
    /// Watch the declared resources and heal their pods (default)
    Run(Flags),
    /// Print the custom resource definitions as YAML
    Crd,
    /// Print the service account, roles and bindings as YAML
    Rbac {
        /// A namespace that the operator is limited to; repeat it or separate by commas [default: all]
        #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = namespace_name)]
        namespace: Vec<String>,
    },
    /// Print everything that an installation needs as YAML
    Manifests {
        /// The container image of the Deployment [default: the operator's name and version]
        #[arg(long, value_name = "IMAGE")]
        image: Option<String>,
        /// A namespace that the operator is limited to; repeat it or separate by commas [default: all]
        #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = namespace_name)]
        namespace: Vec<String>,
    },
    /// Print what was declared as JSON
    Describe,
}

/// The flags of `run`, as far as they were written
#[derive(Debug, Default, Args)]
pub(super) struct Flags {
    /// Where to serve /metrics; ':8080' is every interface, '0' switches it off [default: :8080]
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    pub(super) metrics_bind_address: Option<BindAddress>,

    /// Where to serve /healthz and /readyz; '0' switches it off [default: :8081]
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    pub(super) health_probe_bind_address: Option<BindAddress>,

    /// Where to answer the API server's questions about objects, over HTTPS; ':9443' is every interface [default: 0]
    #[arg(long, value_name = "ADDRESS", allow_hyphen_values = true)]
    pub(super) webhook_bind_address: Option<BindAddress>,

    /// A folder with the webhook's certificate: tls.crt and tls.key, read again when they change [default: the operator
    /// makes a certificate of its own]
    #[arg(long, value_name = "FOLDER")]
    pub(super) webhook_cert_path: Option<PathBuf>,

    /// The Service by which the API server asks, in the operator's namespace [default: OPERATOR-webhook-service]
    #[arg(long, value_name = "NAME")]
    pub(super) webhook_service: Option<String>,

    /// The Secret for the webhook's own certificate [default: OPERATOR-webhook-certificate]
    #[arg(long, value_name = "NAME")]
    pub(super) webhook_certificate: Option<String>,

    /// The validating webhook configuration that is to trust it [default: OPERATOR-validating-webhook-configuration]
    #[arg(long, value_name = "NAME")]
    pub(super) webhook_configuration: Option<String>,

    /// Let one of several replicas work at a time, the one that holds a lease [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new())]
    pub(super) leader_elect: Option<bool>,

    /// Namespace of the lease [default: the pod's own]
    #[arg(long, alias = "leader-elect-resource-namespace", value_name = "NAME", value_parser = namespace_name)]
    pub(super) leader_election_namespace: Option<String>,

    /// Name of the lease; the generated role allows the default alone [default: the operator's name, a dot, the group]
    #[arg(long, alias = "leader-elect-resource-name", value_name = "NAME", value_parser = lease_name)]
    pub(super) leader_election_id: Option<String>,

    /// How long others wait for a leader that has gone silent [default: 15s]
    #[arg(long, alias = "leader-elect-lease-duration", value_name = "DURATION", value_parser = duration)]
    pub(super) leader_election_lease_duration: Option<Duration>,

    /// How long a leader may write after it asked for its last renewal [default: 10s]
    #[arg(long, alias = "leader-elect-renew-deadline", value_name = "DURATION", value_parser = duration)]
    pub(super) leader_election_renew_deadline: Option<Duration>,

    /// Wait between two attempts to get or renew the lease [default: 2s]
    #[arg(long, alias = "leader-elect-retry-period", value_name = "DURATION", value_parser = duration)]
    pub(super) leader_election_retry_period: Option<Duration>,

    /// The kubeconfig file [default: KUBECONFIG, ~/.kube/config, then the pod's service account]
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,

    /// The context inside the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,

    /// Run on the embedded sandbox, whatever cluster is configured; without a cluster that is the default of programs
    /// that have one [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), conflicts_with_all = ["kubeconfig", "context"])]
    pub(super) sandbox: Option<bool>,

    /// Show a tour of two minutes on the embedded sandbox, and end
    #[arg(long, conflicts_with_all = ["kubeconfig", "context"])]
    pub(super) demo: bool,

    /// A namespace to work in; repeat it or separate by commas [default: all]
    #[arg(long, value_name = "NAME", action = ArgAction::Append, value_delimiter = ',', value_parser = namespace_name)]
    pub(super) namespace: Vec<String>,

    /// Resources of a kind that are worked on at the same time [default: 4]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) concurrency: Option<u16>,

    /// The form of a log line [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(super) log_format: Option<LogFormat>,

    /// The least important level that is logged [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub(super) log_level: Option<LogLevel>,
}

/// The flags of `run` that have a form in the environment
///
/// `--kubeconfig` has none of ours: `KUBECONFIG` is a list of files and belongs to kube.
pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    ("--metrics-bind-address", "METRICS_BIND_ADDRESS"),
    ("--health-probe-bind-address", "HEALTH_PROBE_BIND_ADDRESS"),
    ("--webhook-bind-address", "WEBHOOK_BIND_ADDRESS"),
    ("--webhook-cert-path", "WEBHOOK_CERT_PATH"),
    ("--webhook-service", "WEBHOOK_SERVICE"),
    ("--webhook-certificate", "WEBHOOK_CERTIFICATE"),
    ("--webhook-configuration", "WEBHOOK_CONFIGURATION"),
    ("--leader-elect", "LEADER_ELECT"),
    ("--leader-election-namespace", "LEADER_ELECTION_NAMESPACE"),
    ("--leader-election-id", "LEADER_ELECTION_ID"),
    ("--leader-election-lease-duration", "LEADER_ELECTION_LEASE_DURATION"),
    ("--leader-election-renew-deadline", "LEADER_ELECTION_RENEW_DEADLINE"),
    ("--leader-election-retry-period", "LEADER_ELECTION_RETRY_PERIOD"),
    ("--context", "KUBE_CONTEXT"),
    ("--sandbox", "SANDBOX"),
    ("--namespace", "NAMESPACE"),
    ("--concurrency", "CONCURRENCY"),
    ("--log-format", "LOG_FORMAT"),
    ("--log-level", "LOG_LEVEL"),
];

// === impl Flags ===

impl Flags {
    /// These flags, and where they are silent, those
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            metrics_bind_address: self.metrics_bind_address.or(other.metrics_bind_address),
            health_probe_bind_address: self.health_probe_bind_address.or(other.health_probe_bind_address),
            webhook_bind_address: self.webhook_bind_address.or(other.webhook_bind_address),
            webhook_cert_path: self.webhook_cert_path.or(other.webhook_cert_path),
            webhook_service: self.webhook_service.or(other.webhook_service),
            webhook_certificate: self.webhook_certificate.or(other.webhook_certificate),
            webhook_configuration: self.webhook_configuration.or(other.webhook_configuration),
            leader_elect: self.leader_elect.or(other.leader_elect),
            leader_election_namespace: self.leader_election_namespace.or(other.leader_election_namespace),
            leader_election_id: self.leader_election_id.or(other.leader_election_id),
            leader_election_lease_duration: self
                .leader_election_lease_duration
                .or(other.leader_election_lease_duration),
            leader_election_renew_deadline: self
                .leader_election_renew_deadline
                .or(other.leader_election_renew_deadline),
            leader_election_retry_period: self
                .leader_election_retry_period
                .or(other.leader_election_retry_period),
            kubeconfig: self.kubeconfig.or(other.kubeconfig),
            context: self.context.or(other.context),
            sandbox: self.sandbox.or(other.sandbox),
            demo: self.demo || other.demo,
            namespace: if self.namespace.is_empty() { other.namespace } else { self.namespace },
            concurrency: self.concurrency.or(other.concurrency),
            log_format: self.log_format.or(other.log_format),
            log_level: self.log_level.or(other.log_level),
        }
    }
}

/// A duration with one unit, such as `15s`, `1m`, `500ms`; a bare number is seconds
fn duration(text: &str) -> Result<Duration, String> {
    let millis = text.strip_suffix("ms").and_then(|digits| digits.parse().ok()).map(Duration::from_millis);
    let secs = || KnobSpec::seconds(text).map(|secs| Duration::from_secs(secs.into()));
    millis.or_else(secs).ok_or_else(|| "not a duration such as '15s', '1m' or '500ms'".to_owned())
}

/// The name of a Lease is a DNS subdomain
fn lease_name(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        edge(label.chars().next())
            && edge(label.chars().next_back())
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if text.len() <= 253 && text.split('.').all(is_label) {
        Ok(text.to_owned())
    } else {
        Err("not a DNS subdomain, such as 'healing-operator.example.com'".to_owned())
    }
}

/// Reads a command line that begins with the program's name
pub(super) fn parse(operator: &str, argv: impl IntoIterator<Item = OsString>) -> Result<Verb, clap::Error> {
    let mut command =
        name_variables(Line::command().bin_name(operator)).mut_subcommand("run", name_variables);
    let line = Line::from_arg_matches(&command.try_get_matches_from_mut(argv)?)
        .map_err(|error| error.format(&mut command))?;
    Ok(line.verb.unwrap_or(Verb::Run(line.flags)))
}

/// Adds to the help of each flag how the environment calls it
fn name_variables(command: Command) -> Command {
    command.mut_args(|argument| {
        let flag = argument.get_long().map(|long| format!("--{long}"));
        let entry = ENVIRONMENT.iter().find(|(known, _)| Some(*known) == flag.as_deref());
        match (entry, argument.get_help().map(ToString::to_string)) {
            (Some((_, variable)), Some(help)) => argument.help(format!("{help} [env: {variable}]")),
            _ => argument,
        }
    })
}
