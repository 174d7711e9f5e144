//! How the process logs: text or JSON, one line per event, to standard error
//!
//! It owns format and level. What is worth a line is decided where it happens: state changes at info, the rest at
//! debug, nothing in steady state. Nothing that a credential or a whole object could ride on is a field.

mod json;
#[cfg(test)]
mod tests;

use std::io;

use clap::ValueEnum;
use tracing::{Level, Span, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter, format::JsonFields},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// How to log
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogArgs {
    /// The form of a line
    pub(crate) format: LogFormat,
    /// The least important level that is logged
    pub(crate) level: LogLevel,
}

/// The form of a log line
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

/// The least important level that is logged
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Somebody must act
    Error,
    /// Somebody should look
    Warn,
    /// State changes
    Info,
    /// Each decision
    Debug,
    /// Everything
    Trace,
}

// === impl LogLevel ===

impl LogLevel {
    fn filter(self) -> LevelFilter {
        LevelFilter::from_level(match self {
            Self::Error => Level::ERROR,
            Self::Warn => Level::WARN,
            Self::Info => Level::INFO,
            Self::Debug => Level::DEBUG,
            Self::Trace => Level::TRACE,
        })
    }
}

/// Crates whose lines below warn speak of bytes and connections, with whatever credentials are among them
const QUIET: &[&str] = &["axum", "hyper", "hyper_util", "kube_client", "kube_core", "rustls", "tower"];

/// Says of every failed call what whoever made it says as well
const TOLD_TWICE: &str = "kube_client::client::builder";

/// Makes these the settings of the process; a program that has set up its own logging before keeps it
pub(crate) fn install(args: LogArgs) {
    // An error means that a subscriber is there: the program's own, which is meant to win.
    let _ = match args.format {
        LogFormat::Text => text(args.level, io::stderr).try_init(),
        LogFormat::Json => json(args.level, io::stderr).try_init(),
    };
}

fn text<W>(level: LogLevel, out: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::registry().with(filter(level)).with(fmt::layer().with_ansi(false).with_writer(out))
}

fn json<W>(level: LogLevel, out: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = fmt::layer().fmt_fields(JsonFields::new()).event_format(json::JsonLine).with_writer(out);
    tracing_subscriber::registry().with(filter(level)).with(layer)
}

/// The level for all, but never the inner life of [`QUIET`]
fn filter(level: LogLevel) -> Targets {
    let level = level.filter();
    let quiet = level.min(LevelFilter::WARN);
    let quiet = QUIET.iter().map(|target| (*target, quiet));
    Targets::new().with_default(level).with_targets(quiet).with_target(TOLD_TWICE, LevelFilter::OFF)
}

/// The span of one reconcile: every line below it carries these fields
///
/// `reconcile_id` is the same for all lines of one pass and for no other.
pub(crate) fn reconcile_span(controller: &str, namespace: &str, name: &str, reconcile_id: &str) -> Span {
    tracing::info_span!("reconcile", controller, namespace, name, reconcileID = reconcile_id)
}
