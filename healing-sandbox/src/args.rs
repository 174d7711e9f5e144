//! What the program was asked to do: the command line, and where the environment says that private files belong
//!
//! This is the one place that reads either. It decides nothing: what is asked is done in `main`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing::Level;

/// What one start of the program shall do
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve until told to stop
    Serve(ServeArgs),
    /// Print this text, which was asked for with `--help` or `--version`, and end well
    Print(String),
}

/// Everything that `serve` can be told
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServeArgs {
    pub(crate) nodes: u32,
    pub(crate) port: u16,
    /// The kubeconfig to write; `None`: one in a new folder in `private`
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Where the system keeps what is this user's alone and gone with the session
    pub(crate) private: Option<PathBuf>,
    pub(crate) log_level: LogLevel,
}

/// The command line cannot be followed
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; try '--help'")]
pub(crate) struct Wrong(String);

/// A Kubernetes in this process: everything is in memory, and gone when it ends
#[derive(Debug, Parser)]
#[command(name = "healing-sandbox", version)]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do
#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve an API server with simulated nodes on 127.0.0.1, until Ctrl-C
    Serve(Flags),
}

/// The flags of `serve`
#[derive(Debug, Args)]
struct Flags {
    /// Simulated nodes, 0 to 1000
    #[arg(long, value_name = "NUMBER", default_value_t = 3, allow_hyphen_values = true,
          value_parser = clap::value_parser!(u32).range(0..=1000))]
    nodes: u32,

    /// The port on 127.0.0.1; 0 is a free one
    #[arg(long, value_name = "PORT", default_value_t = 0, allow_hyphen_values = true)]
    port: u16,

    /// Where to write the kubeconfig; a file that is not a sandbox's is left alone [default: a new private folder]
    #[arg(long, value_name = "FILE", value_parser = path)]
    kubeconfig: Option<PathBuf>,

    /// The least important level that is logged to standard error
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    log_level: LogLevel,
}

/// The least important level that is logged
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

// === impl Wrong ===

impl Wrong {
    /// What the process ends with
    pub(crate) const EXIT_CODE: u8 = 2;
}

// === impl LogLevel ===

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Trace => Self::TRACE,
        }
    }
}

/// What the process was asked to do
///
/// # Errors
/// One line for standard error; the process ends with [`Wrong::EXIT_CODE`].
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub(crate) fn from_process() -> Result<Command, Wrong> {
    parse(std::env::args_os(), std::env::var_os("XDG_RUNTIME_DIR"))
}

/// What `argv`, which begins with the program's name, asks for
fn parse(
    argv: impl IntoIterator<Item = OsString>,
    runtime_folder: Option<OsString>,
) -> Result<Command, Wrong> {
    let flags = match Line::try_parse_from(argv) {
        Ok(Line { verb: Verb::Serve(flags) }) => flags,
        Err(error) => {
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                    Ok(Command::Print(error.render().to_string()))
                }
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                    Err(Wrong("say what to do, such as 'healing-sandbox serve'".to_owned()))
                }
                _ => Err(Wrong(one_line(&error))),
            };
        }
    };
    // Where it is not mounted, and on systems that do not have it, files for a while will do.
    let private = runtime_folder.map(PathBuf::from).filter(|folder| folder.is_absolute() && folder.is_dir());
    Ok(Command::Serve(ServeArgs {
        nodes: flags.nodes,
        port: flags.port,
        kubeconfig: flags.kubeconfig,
        private,
        log_level: flags.log_level,
    }))
}

/// A path of a file
fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() || text.ends_with('/') { Err("it names no file") } else { Ok(PathBuf::from(text)) }
}

/// What is wrong and what clap suggests, without the block about usage
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let mut line = String::new();
    for part in said {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Command, Wrong> {
        let argv = std::iter::once("healing-sandbox").chain(line.split_whitespace());
        parse(argv.map(OsString::from), Some(OsString::from("/")))
    }

    #[test]
    fn flags_are_followed() {
        let default = ServeArgs {
            nodes: 3,
            port: 0,
            kubeconfig: None,
            private: Some("/".into()),
            log_level: LogLevel::Warn,
        };
        for (line, expected) in [
            ("serve", default.clone()),
            ("serve --nodes 0 --port 6443", ServeArgs { nodes: 0, port: 6443, ..default.clone() }),
            (
                "serve --kubeconfig=a/b --log-level debug",
                ServeArgs { kubeconfig: Some("a/b".into()), log_level: LogLevel::Debug, ..default },
            ),
        ] {
            assert_eq!(asked(line), Ok(Command::Serve(expected)), "{line}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_used() {
        for folder in [None, Some(""), Some("tmp"), Some("/nonexistent")] {
            let argv = ["healing-sandbox", "serve"].map(OsString::from);
            let Ok(Command::Serve(args)) = parse(argv, folder.map(OsString::from)) else {
                panic!("{folder:?}")
            };
            assert_eq!(args.private, None, "{folder:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_one_line() {
        for (line, expected) in [
            ("", "say what to do, such as 'healing-sandbox serve'; try '--help'"),
            (
                "serve --nodes -1",
                "invalid value '-1' for '--nodes <NUMBER>': -1 is not in 0..=1000; try '--help'",
            ),
            (
                "serve --port 70000",
                "invalid value '70000' for '--port <PORT>': 70000 is not in 0..=65535; try '--help'",
            ),
            (
                "serve --kubeconfig=",
                "invalid value '' for '--kubeconfig <FILE>': it names no file; try '--help'",
            ),
            (
                "serve --kubeconfig a/",
                "invalid value 'a/' for '--kubeconfig <FILE>': it names no file; try '--help'",
            ),
            (
                "serve --node 3",
                "unexpected argument '--node' found; tip: a similar argument exists: '--nodes'; try '--help'",
            ),
            (
                "swerve",
                "unrecognized subcommand 'swerve'; tip: a similar subcommand exists: 'serve'; try '--help'",
            ),
        ] {
            assert_eq!(asked(line).map_err(|wrong| wrong.to_string()), Err(expected.to_owned()), "{line}");
        }
    }

    #[test]
    fn help_and_version_are_printed() {
        for line in ["--help", "serve --help", "--version"] {
            assert!(matches!(asked(line), Ok(Command::Print(_))), "{line}");
        }
    }
}
