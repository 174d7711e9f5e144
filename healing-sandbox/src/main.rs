//! The program `healing-sandbox`: a Kubernetes in a process, for `kubectl` and whatever else speaks to one
//!
//! It owns the process: exit codes, signals, what is printed. What runs is the library's [`Embedded`].

mod args;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use futures::StreamExt;
use futures::stream::{self, Stream};
use healing_sandbox::serve::Options;
use healing_sandbox::{Embedded, EmbeddedOptions};
use tokio::signal::unix::{SignalKind, signal};

use args::{Command, ServeArgs, Wrong};

fn main() -> ExitCode {
    match args::from_process() {
        Ok(Command::Serve(args)) => serve(args),
        Ok(Command::Print(text)) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(wrong) => fail(Wrong::EXIT_CODE, &wrong),
    }
}

fn serve(args: ServeArgs) -> ExitCode {
    let level = tracing::Level::from(args.log_level);
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(1, &error),
    };
    match runtime.block_on(serve_until_told(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error),
    }
}

/// Serves until a signal says that it is enough; a second one does not wait for what is under way
async fn serve_until_told(args: ServeArgs) -> Result<(), Box<dyn std::error::Error>> {
    // Before anything is written, so that no signal can leave it behind.
    let mut signals = signals()?;
    let serve = Options { port: args.port, kubeconfig: args.kubeconfig, folder: args.private };
    let options = EmbeddedOptions { nodes: args.nodes, serve, ..EmbeddedOptions::default() };
    let embedded = tokio::select! {
        embedded = Embedded::start(options) => embedded?,
        _ = signals.next() => return Ok(()),
    };
    say(&greeting(embedded.kubeconfig()));
    signals.next().await;
    tokio::select! {
        () = embedded.stop() => {}
        _ = signals.next() => {}
    }
    Ok(())
}

/// What asks the process to end: Ctrl-C, a supervisor, the end of the terminal
fn signals() -> io::Result<impl Stream<Item = ()> + Unpin> {
    let asked = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let asked = asked.into_iter().collect::<io::Result<Vec<_>>>()?;
    Ok(stream::select_all(asked.into_iter().map(|signal| {
        Box::pin(stream::unfold(signal, |mut signal| async { signal.recv().await.map(|()| ((), signal)) }))
    })))
}

/// What to type next
fn greeting(kubeconfig: &Path) -> String {
    let kubeconfig = quoted(&kubeconfig.display().to_string());
    format!(
        "A Kubernetes API server runs in this process. Everything is in memory: Ctrl-C ends it and leaves nothing \
         behind.\n\n  export KUBECONFIG={kubeconfig}\n\nThen try:\n\n  kubectl get nodes\n  \
         kubectl run web --image=nginx\n  kubectl annotate pod web {fail}=crash-loop\n\n\
         A node is down while it is annotated: kubectl annotate node node-1 {fail}=down\n\n",
        fail = healing_sandbox::FAIL_ANNOTATION
    )
}

/// As a shell reads it as one word
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@%".contains(letter);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Prints it now: whoever reads may be a program at the other end of a pipe
fn say(text: &str) {
    let mut out = io::stdout().lock();
    // Whoever does not want to read it may still want the server.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn fail(code: u8, error: &dyn Display) -> ExitCode {
    // Nothing is left to be done where even this fails.
    let _ = writeln!(io::stderr(), "healing-sandbox: {error}");
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_for_a_shell() {
        for (path, expected) in [
            ("/run/user/1/a-b_c.d", "/run/user/1/a-b_c.d"),
            ("/a b", "'/a b'"),
            ("/it's", r"'/it'\''s'"),
            ("/$x", "'/$x'"),
        ] {
            assert_eq!(quoted(path), expected);
        }
    }
}
