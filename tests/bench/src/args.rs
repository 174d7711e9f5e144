//! What the program was asked to measure: the command line
//!
//! It decides nothing but the defaults.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Measures the sandbox, and beside it a real etcd and kube-apiserver on the same machine
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

/// What to measure
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tests of an operator on a sandbox with virtual time, one after the other on one thread
    Operator(OperatorLoad),
    /// Many pods: creates, lists, gets, and watches that are all told of all of them
    Pods(Asked),
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OperatorLoad {
    /// How many of each kind
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) tests: u32,
}

/// Where to put how many pods
#[derive(Clone, Debug, Args)]
pub(crate) struct Asked {
    /// The server, each one that is named; all three by default
    #[arg(long, value_enum)]
    pub(crate) server: Vec<ServerKind>,

    /// The program that serves the sandbox [default: `healing-sandbox` beside this one]
    #[arg(long, value_name = "FILE")]
    pub(crate) sandbox: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) load: PodLoad,
}

/// How much is asked of a server
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct PodLoad {
    /// Pods
    #[arg(long, default_value_t = 10_000, value_parser = at_least_one())]
    pub(crate) pods: usize,

    /// Watches that are open at the same time
    #[arg(long, default_value_t = 20, value_parser = at_least_one())]
    pub(crate) watchers: usize,

    /// Requests that are under way at the same time
    #[arg(long, default_value_t = 16, value_parser = at_least_one())]
    pub(crate) concurrency: usize,

    /// Pods on a page
    #[arg(long, default_value_t = 500, value_parser = at_least_one())]
    pub(crate) page: usize,
}

/// Of nothing there is nothing to measure
fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}

/// Which API server
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerKind {
    /// A sandbox in this process, asked without a socket
    InProcess,
    /// `healing-sandbox serve`, asked over HTTPS
    Sandbox,
    /// etcd and kube-apiserver, asked over HTTPS
    Real,
}

// === impl ServerKind ===

impl ServerKind {
    pub(crate) const ALL: [Self; 3] = [Self::InProcess, Self::Sandbox, Self::Real];

    /// What the table calls it
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::InProcess => "sandbox, in process",
            Self::Sandbox => "sandbox, HTTPS",
            Self::Real => "etcd + kube-apiserver",
        }
    }
}

/// What the process was asked to do; for what cannot be followed clap ends it with a message
pub(crate) fn from_process() -> Command {
    Line::parse().command
}
