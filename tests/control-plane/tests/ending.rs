//! Nothing outlives a run: not one that ends, not one that is killed, not one whose supervisor is killed too
//!
//! They run the program of this package, which starts a control plane as a test binary does.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Bounds a failing run only
const LIMIT: Duration = Duration::from_mins(1);

/// A control plane in a process of its own, after it said that it is ready
struct Started {
    program: Child,
    run_dir: PathBuf,
    output: BufReader<ChildStdout>,
}

impl Started {
    /// Starts one that keeps its run directory in `folder`: there is nobody else there to clean up
    fn start(folder: &Path) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_control-plane"))
            .env("TMPDIR", folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program of this package runs");
        let mut output = BufReader::new(program.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        while !line.starts_with("export KUBECONFIG=") {
            line.clear();
            let read = output.read_line(&mut line).expect("its output is text");
            assert!(read > 0, "it ended before it was ready");
        }
        let kubeconfig = Path::new(line.trim().trim_start_matches("export KUBECONFIG="));
        let run_dir = kubeconfig.parent().expect("a file is in a folder").to_owned();
        Self { program, run_dir, output }
    }

    /// The processes that work in the run directory: the components, not the supervisor
    fn components(&self) -> BTreeSet<u32> {
        processes(|process| {
            std::fs::read_link(process.join("cwd")).is_ok_and(|folder| folder.starts_with(&self.run_dir))
        })
    }

    fn supervisor(&self) -> u32 {
        let parent = format!("PPid:\t{}", self.program.id());
        let children = processes(|process| {
            let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
            status.lines().any(|line| line == parent)
        });
        *children.first().expect("the supervisor is a child of the program")
    }
}

/// Ids of all processes whose folder in `/proc` is accepted
fn processes(accept: impl Fn(&Path) -> bool) -> BTreeSet<u32> {
    let entries = std::fs::read_dir("/proc").expect("this system has /proc");
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| accept(path));
    folders.filter_map(|path| path.file_name()?.to_str()?.parse().ok()).collect()
}

fn kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    kill_process(pid, Signal::KILL).expect("the process is ours");
}

/// Waits until none of the processes is left, nor the run directory
async fn gone(components: &BTreeSet<u32>, run_dir: &Path) {
    let looked = control_plane::until(LIMIT, async || {
        let left: Vec<_> =
            components.iter().filter(|pid| Path::new(&format!("/proc/{pid}/exe")).exists()).collect();
        if left.is_empty() && !run_dir.exists() {
            Ok(())
        } else {
            Err(format!("{left:?}, {}", run_dir.display()))
        }
    });
    looked.await.expect("all processes end and the run directory is removed");
}

#[tokio::test]
async fn a_run_that_ends_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut started = Started::start(folder.path());
    let components = started.components();
    assert_eq!(components.len(), 3, "etcd, API server, controllers: {components:?}");
    drop(started.program.stdin.take());
    assert!(started.program.wait().unwrap().success());
    gone(&components, &started.run_dir).await;
}

#[tokio::test]
async fn a_killed_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut started = Started::start(folder.path());
    let components = started.components();
    assert_eq!(components.len(), 3, "etcd, API server, controllers: {components:?}");
    kill(started.program.id());
    started.program.wait().unwrap();
    gone(&components, &started.run_dir).await;
}

#[tokio::test]
async fn the_next_run_removes_what_a_killed_supervisor_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = Started::start(folder.path());
    let components = killed.components();
    kill(killed.supervisor());
    kill(killed.program.id());
    killed.program.wait().unwrap();
    assert_eq!(killed.components(), components, "nobody is left who could have ended them");

    let mut next = Started::start(folder.path());
    gone(&components, &killed.run_dir).await;
    assert_eq!(next.components().len(), 3, "the sweep spares the living");
    drop(next.program.stdin.take());
    next.program.wait().unwrap();
    let mut rest = String::new();
    next.output.read_line(&mut rest).unwrap();
}
