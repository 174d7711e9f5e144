//! A control plane to try things on by hand: starts one, says how to use it, ends it with its standard input
//!
//! With the argument `kinds` it prints the schemas of the sandbox's built-in kinds instead:
//! `cargo run -p control-plane -- kinds > healing-api-server/src/open_api/kinds.json`. With `merging` it prints how it merges
//! fields of Kubernetes' types: `cargo run -p control-plane -- merging > healing-runtime/src/schema/embedded/merging.txt`.

use std::error::Error;
use std::io::Read;
use std::process::ExitCode;

use control_plane::{ControlPlane, KindsError, Options};
use kube::Client;

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let done = match std::env::args().nth(1).as_deref() {
        Some("kinds") => print(control_plane::kinds),
        Some("merging") => print(control_plane::merging),
        _ => serve(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.as_ref()),
    }
}

#[expect(clippy::print_stdout, reason = "the program's output")]
fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let plane = runtime.block_on(ControlPlane::start(&Options::default()))?;
    let took = plane.timings();
    let (found, started) = (took.binaries.as_secs_f64(), took.start.as_secs_f64());
    println!("# programs after {found:.1} s, ready {started:.1} s later; Ctrl-D or an interrupt ends it");
    println!("export KUBECONFIG={}", plane.admin_kubeconfig().display());
    println!("alias kubectl={}", plane.kubectl().file().display());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Prints what `ask` makes of the answers of an API server
#[expect(clippy::print_stdout, reason = "the program's output")]
fn print(ask: impl AsyncFnOnce(&Client) -> Result<String, KindsError>) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let text = runtime.block_on(async {
        let plane = ControlPlane::start(&Options::default()).await?;
        ask(&plane.client()).await.map_err(Box::<dyn Error>::from)
    })?;
    print!("{text}");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the program's output")]
fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("control-plane: {error}");
    ExitCode::FAILURE
}
