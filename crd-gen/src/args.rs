//! The command line of crd-gen
//!
//! It owns what is said of operators and their manifests; what is said of definitions is `inspect`'s, of new
//! operators `new`'s.

mod inspect;
mod new;

use std::{collections::BTreeSet, ffi::OsString, path::PathBuf};

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use crd_gen::{
    drive::{Source, Target},
    emit::{self, Selection, WebhookParts},
};

pub(crate) use inspect::{Compared, Comparison, Format, Linting};
use inspect::{Diff, Lint};
pub(crate) use new::Creation;
use new::New;

/// Writes the Kubernetes manifests of a healing operator
#[derive(Debug, Parser)]
#[command(
    name = "crd-gen",
    version,
    after_help = "\
Exit codes:
  0  done; with --check: all files are up to date
  1  with --check: some file differs; validate: some object is not right;
     lint: an API server would refuse the definition; diff: a change breaks somebody
  2  it could not be done; the message says why"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The definition (CRD) of each resource
    Crd(Common),
    /// The service account, what it may do, and roles for people who use the resources
    Rbac(Placed),
    /// Everything that runs the operator in a cluster
    Manifests(Manifests),
    /// The same as a Helm chart, written into --out
    Helm(Manifests),
    /// Checks manifests as an API server would, without one
    Validate(Validate),
    /// Looks for what an API server would refuse in a definition, and for what its users would regret
    Lint(Lint),
    /// Says what a change of a definition does to those who have objects of the old one
    Diff(Diff),
    /// Makes a new operator: a small complete project
    New(New),
    /// Prints what a shell needs to complete this program's commands and flags
    Completion(Completion),
}

/// Which operator is meant
#[derive(Debug, clap::Args)]
struct Operator {
    /// The operator is this example
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    example: Option<String>,

    /// The operator is this binary; default: the only one there is
    #[arg(long, value_name = "NAME")]
    bin: Option<String>,

    /// Package with the operator; needed where several have one of this name
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,

    /// Path of a Cargo.toml; default: found from the current directory upwards
    #[arg(long, value_name = "FILE")]
    manifest_path: Option<PathBuf>,

    /// The cargo that builds the operator; set by cargo itself
    #[arg(long, hide = true, env = "CARGO", default_value = "cargo", value_name = "PROGRAM")]
    cargo: OsString,
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    operator: Operator,

    /// Write the files of a config/ tree into this folder instead of one stream to standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Write nothing; say which files under --out differ
    #[arg(long, requires = "out")]
    check: bool,
}

#[derive(Debug, clap::Args)]
struct Placed {
    #[command(flatten)]
    common: Common,

    /// A namespace that the operator is limited to; repeat it or separate by commas. Default: all
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = emit::namespace_name)]
    namespace: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Manifests {
    #[command(flatten)]
    placed: Placed,

    /// Image of the operator; default: <operator>:<version of its package>, which nobody has pushed
    #[arg(long, value_name = "IMAGE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    image: Option<String>,

    #[command(flatten)]
    parts: Parts,
}

/// Who makes the webhook's certificate
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum WebhookCertificate {
    /// The operator itself
    Own,
    /// cert-manager
    CertManager,
}

/// What needs something of the cluster and is off without its flag
#[derive(Clone, Copy, Debug, Default, clap::Args)]
struct Parts {
    /// Let the API server ask the operator about each object, with a certificate that the operator makes (own, the
    /// default) or cert-manager, which the cluster then needs
    #[arg(long, value_name = "CERTIFICATE", num_args = 0..=1, require_equals = true, default_missing_value = "own")]
    webhook: Option<WebhookCertificate>,

    /// Scraping and alerts; needs the definitions of the Prometheus operator
    #[arg(long)]
    monitoring: bool,
}

#[derive(Debug, clap::Args)]
struct Validate {
    /// Files of YAML or JSON, with any number of documents; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    operator: Operator,

    /// Take the definitions in this file instead of an operator's; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with_all = ["example", "bin", "package", "manifest_path"])]
    crd: Vec<PathBuf>,

    /// Tell of objects of kinds that are not known, but do not fail because of them
    #[arg(long)]
    skip_unknown_kinds: bool,
}

#[derive(Debug, clap::Args)]
struct Completion {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// What is asked for
#[derive(Debug)]
pub(crate) enum Job {
    /// Something that is ready to be printed
    Print(String),
    /// Manifests are made
    Emit(Emit),
    /// Manifests are checked
    Validate(Validation),
    /// Definitions are looked at
    Lint(Linting),
    /// Definitions are compared
    Diff(Comparison),
    /// An operator is made
    New(Creation),
}

/// Which manifests are checked, and against what
#[derive(Debug)]
pub(crate) struct Validation {
    /// The manifests; `-` is standard input
    pub(crate) files: Vec<PathBuf>,
    /// Where definitions come from
    pub(crate) definitions: Definitions,
    /// Whether objects of kinds that are not known are no failure
    pub(crate) skip_unknown_kinds: bool,
}

/// Where definitions come from
#[derive(Debug)]
pub(crate) enum Definitions {
    /// From files
    Files(Vec<PathBuf>),
    /// From an operator
    Operator(Source),
}

/// Which manifests are made
#[derive(Debug)]
pub(crate) struct Emit {
    /// Which documents
    pub(crate) selection: Selection,
    /// Whether they are made into a Helm chart
    pub(crate) is_chart: bool,
    /// Of which operator
    pub(crate) source: Source,
    /// Image of the operator, where one is named
    pub(crate) image: Option<String>,
    /// The namespaces that the operator is limited to; empty: none
    pub(crate) namespaces: BTreeSet<String>,
    /// Whether the API server asks the operator about objects
    pub(crate) webhook: WebhookParts,
    /// Whether the operator is scraped
    pub(crate) monitoring: bool,
    /// What is done with the documents
    pub(crate) output: Output,
    /// The command that would write the files, for a hint
    pub(crate) update: String,
}

/// What is done with the documents
#[derive(Debug)]
pub(crate) enum Output {
    /// One stream on standard output
    Stream,
    /// A tree of files
    Write(PathBuf),
    /// A comparison with a tree of files
    Check(PathBuf),
}

// === impl Args ===

impl Args {
    /// The job that the flags describe
    pub(crate) fn job(self) -> Job {
        let everywhere = |common| Placed { common, namespace: Vec::new() };
        let alone = |placed| Manifests { placed, image: None, parts: Parts::default() };
        let (name, selection, manifests) = match self.command {
            Command::Crd(common) => ("crd", Selection::Crd, alone(everywhere(common))),
            Command::Rbac(placed) => ("rbac", Selection::Rbac, alone(placed)),
            Command::Manifests(manifests) => ("manifests", Selection::Manifests, manifests),
            Command::Helm(manifests) => ("helm", Selection::Manifests, manifests),
            Command::Validate(validate) => return Job::Validate(validate.job()),
            Command::Lint(lint) => return Job::Lint(lint.job()),
            Command::Diff(diff) => return Job::Diff(diff.job()),
            Command::New(new) => return Job::New(new.job()),
            Command::Completion(completion) => return Job::Print(completion.text()),
        };
        Job::Emit(manifests.job(name, selection))
    }
}

// === impl Operator ===

impl Operator {
    fn source(self) -> Source {
        let target = match (self.example, self.bin) {
            (Some(example), _) => Target::Example(example),
            (None, Some(bin)) => Target::Bin(bin),
            (None, None) => Target::OnlyBin,
        };
        Source { cargo: self.cargo, manifest_path: self.manifest_path, package: self.package, target }
    }
}

// === impl Completion ===

impl Completion {
    fn text(&self) -> String {
        let (mut command, mut text) = (Args::command(), Vec::new());
        clap_complete::generate(self.shell, &mut command, "crd-gen", &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

// === impl Validate ===

impl Validate {
    fn job(self) -> Validation {
        let definitions = Definitions::of(self.crd, self.operator);
        Validation { files: self.files, definitions, skip_unknown_kinds: self.skip_unknown_kinds }
    }
}

// === impl Definitions ===

impl Definitions {
    /// From files where any are named
    fn of(files: Vec<PathBuf>, operator: Operator) -> Self {
        if files.is_empty() { Self::Operator(operator.source()) } else { Self::Files(files) }
    }
}

// === impl Manifests ===

impl Manifests {
    fn job(self, name: &str, selection: Selection) -> Emit {
        let update = self.update(name);
        let Self { placed: Placed { common, namespace }, image, parts } = self;
        Emit {
            selection,
            is_chart: name == "helm",
            source: common.operator.source(),
            image,
            namespaces: namespace.into_iter().collect(),
            webhook: match parts.webhook {
                None => WebhookParts::Off,
                Some(WebhookCertificate::Own) => WebhookParts::OwnCertificate,
                Some(WebhookCertificate::CertManager) => WebhookParts::CertManager,
            },
            monitoring: parts.monitoring,
            output: match common.out {
                None => Output::Stream,
                Some(folder) if common.check => Output::Check(folder),
                Some(folder) => Output::Write(folder),
            },
            update,
        }
    }

    /// The same command without `--check`
    fn update(&self, name: &str) -> String {
        let Self { placed: Placed { common, namespace }, image, parts } = self;
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let Common { operator, out, .. } = common;
        let flags = [
            ("--example", operator.example.clone()),
            ("--bin", operator.bin.clone()),
            ("--package", operator.package.clone()),
            ("--manifest-path", path(&operator.manifest_path)),
            ("--image", image.clone()),
            ("--namespace", (!namespace.is_empty()).then(|| namespace.join(","))),
            ("--out", path(out)),
        ];
        let given = flags.into_iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", value?)));
        let webhook = match parts.webhook {
            Some(WebhookCertificate::CertManager) => " --webhook=cert-manager",
            _ => " --webhook",
        };
        let on = [(webhook, parts.webhook.is_some()), (" --monitoring", parts.monitoring)];
        let on = on.into_iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| flag.to_owned());
        format!("crd-gen {name}{}", given.chain(on).collect::<String>())
    }
}
