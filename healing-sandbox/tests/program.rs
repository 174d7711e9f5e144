//! The program as a shell sees it: what it prints, what it leaves behind, how it ends

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A running program, ended with the test
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails where it has ended already, as it should have.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(arguments: &[&str], private: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_healing-sandbox"));
    command.args(arguments).env("XDG_RUNTIME_DIR", private);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it and reads what it says to the last command to try
fn start(arguments: &[&str], private: &Path) -> (Running, String) {
    let mut running = Running(program(arguments, private).spawn().expect("it is built"));
    let mut said = String::new();
    for line in BufReader::new(running.0.stdout.take().expect("piped")).lines() {
        let line = line.expect("text");
        said.push_str(&line);
        said.push('\n');
        if line.contains("crash-loop") {
            return (running, said);
        }
    }
    let mut error = String::new();
    running.0.stderr.take().expect("piped").read_to_string(&mut error).expect("text");
    panic!("it ended after {said:?}: {error}");
}

fn kubeconfig(said: &str) -> PathBuf {
    said.lines()
        .find_map(|line| line.trim().strip_prefix("export KUBECONFIG="))
        .expect("it says where")
        .into()
}

fn end(mut running: Running, signal: Signal) -> (Option<i32>, String) {
    kill_process(Pid::from_child(&running.0), signal).expect("it runs");
    let mut error = String::new();
    running.0.stderr.take().expect("piped").read_to_string(&mut error).expect("text");
    (running.0.wait().expect("it was started here").code(), error)
}

#[test]
fn it_says_what_to_type_and_leaves_nothing_behind() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let private = tempfile::tempdir().unwrap();
        let (running, said) = start(&["serve", "--nodes", "1"], private.path());
        assert!(said.contains("Everything is in memory"), "{said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("  kubectl ")).count(), 3, "{said}");
        let kubeconfig = kubeconfig(&said);
        assert!(kubeconfig.starts_with(private.path()) && kubeconfig.exists(), "{said}");
        assert_eq!(end(running, signal), (Some(0), String::new()), "{signal:?}");
        assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0, "{signal:?}");
    }
}

#[test]
fn the_kubeconfig_is_where_it_was_asked_for() {
    let private = tempfile::tempdir().unwrap();
    let path = private.path().join("new/config");
    let (running, said) = start(&["serve", "--kubeconfig", path.to_str().unwrap()], private.path());
    assert_eq!(kubeconfig(&said), path);
    assert!(path.exists());
    end(running, Signal::INT);
    assert_eq!(fs::read_dir(private.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_done_is_one_line_and_a_code() {
    let private = tempfile::tempdir().unwrap();
    let mine = private.path().join("mine");
    fs::write(&mine, "apiVersion: v1\n").unwrap();
    let mine = mine.to_str().unwrap();
    let taken =
        format!("'{mine}' exists and is not a sandbox's kubeconfig; it is left alone, give another path");
    for (arguments, code, expected) in [
        (&["serve", "--nodes", "many"][..], 2, "invalid value 'many' for '--nodes <NUMBER>'"),
        (&["swerve"], 2, "unrecognized subcommand 'swerve'"),
        (&[], 2, "say what to do, such as 'healing-sandbox serve'"),
        (&["serve", "--kubeconfig", mine], 1, &taken),
    ] {
        let Output { status, stdout, stderr } = program(arguments, private.path()).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!((status.code(), stdout.len(), said.lines().count()), (Some(code), 0, 1), "{said}");
        assert!(said.starts_with(&format!("healing-sandbox: {expected}")), "{said}");
    }
    assert_eq!(fs::read_to_string(mine).unwrap(), "apiVersion: v1\n");
}
