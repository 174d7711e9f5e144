//! One of the two servers as kubectl sees it: a kubeconfig, and a home with nothing of the user's in it

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use control_plane::until;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::normal::Normal;
use crate::script::{self, Script, Step};

/// Bounds each command, and each wait for an output
const LIMIT: Duration = Duration::from_mins(2);

/// A server
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    pub(crate) kubectl: PathBuf,
    pub(crate) kubeconfig: PathBuf,
    /// Folder of this arm: home of kubectl, and files of scripts
    pub(crate) folder: PathBuf,
    /// Prefix of its namespaces; two arms on one control plane have two
    pub(crate) prefix: &'static str,
}

/// What a command printed, masked
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A script that is being played
struct Player<'a> {
    arm: &'a Arm,
    namespace: String,
    folder: PathBuf,
    normal: Normal,
    watches: Vec<(String, Child)>,
}

// === impl Arm ===

impl Arm {
    /// The outputs of a script's commands, one for each step
    pub(crate) async fn play(&self, script: &Script, namespace: &str) -> Result<Vec<Output>, String> {
        let namespace = format!("{}{namespace}", self.prefix);
        let folder = self.folder.join(&namespace);
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        // not `create namespace`, which sends protobuf
        let object = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}");
        let created = self.run(&folder, &["create", "-f", "-"], &object, None).await?;
        if created.code != 0 {
            return Err(created.stderr);
        }
        // a pod cannot be created before its default service account is there
        let account = ["get", "serviceaccount", "default", "--namespace", &namespace];
        self.eventually(&folder, &account, |output| output.code == 0).await?;
        let normal = Normal::new(&namespace);
        let mut player = Player { arm: self, namespace, folder, normal, watches: Vec::new() };
        let mut outputs = Vec::with_capacity(script.steps.len());
        for step in &script.steps {
            outputs.push(player.step(step).await.map_err(|why| format!("{}: {step:?}: {why}", self.prefix))?);
        }
        Ok(outputs)
    }

    /// Runs a command; one that hangs is an error
    pub(crate) async fn run(
        &self,
        folder: &Path,
        args: &[&str],
        input: &str,
        editor: Option<&str>,
    ) -> Result<Output, String> {
        let mut command = self.command(folder, args);
        if let Some(expression) = editor {
            let file = folder.join("editor.sh");
            let text = format!("#!/bin/sh\nexec sed -i -e '{expression}' \"$1\"\n");
            std::fs::write(&file, text).map_err(|error| error.to_string())?;
            command.env("KUBE_EDITOR", format!("sh {}", file.display()));
        }
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        if let Some(mut stdin) = child.stdin.take() {
            // a command that does not read its input closes the pipe
            let _unread = stdin.write_all(input.as_bytes()).await;
        }
        let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
        let output = output.map_err(|_elapsed| format!("it did not end: {args:?}"))?;
        let output = output.map_err(|error| error.to_string())?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .env_clear()
            .env("HOME", &self.folder)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("KUBECONFIG", &self.kubeconfig)
            .current_dir(folder)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command again and again; gives its last output whether it was the wanted one or not
    async fn eventually(
        &self,
        folder: &Path,
        args: &[&str],
        holds: impl Fn(&Output) -> bool,
    ) -> Result<Output, String> {
        let probe = async || {
            let output = self.run(folder, args, "", None).await.map_err(Err)?;
            if holds(&output) { Ok(output) } else { Err(Ok(output)) }
        };
        match until(LIMIT, probe).await {
            Ok(output) | Err(Some(Ok(output))) => Ok(output),
            Err(Some(Err(why))) => Err(why),
            Err(None) => Err(format!("no answer to {args:?}")),
        }
    }
}

// === impl Player ===

impl Player<'_> {
    async fn step(&mut self, step: &Step) -> Result<Output, String> {
        let output = match step {
            Step::File { name, text } => {
                let text = text.replace("$ns", &self.namespace);
                std::fs::write(self.folder.join(name), text).map_err(|error| error.to_string())?;
                return Ok(Output::default());
            }
            Step::Run(command) => self.command(command).await?,
            Step::Watch { name, args } => {
                let args = self.filled(args);
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                let child = self.arm.command(&self.folder, &args).stdin(Stdio::null()).spawn();
                self.watches.push((name.clone(), child.map_err(|error| error.to_string())?));
                return Ok(Output::default());
            }
            Step::Lines { name, count } => self.lines(name, *count).await?,
        };
        let (stdout, stderr) = (self.normal.text(&output.stdout), self.normal.text(&output.stderr));
        Ok(Output { stdout, stderr, ..output })
    }

    /// Arguments with the script's namespace, which is also the one that a command is about
    fn filled(&self, args: &[String]) -> Vec<String> {
        let mut filled = vec![format!("--namespace={}", self.namespace)];
        filled.extend(args.iter().map(|arg| arg.replace("$ns", &self.namespace)));
        filled
    }

    async fn command(&self, command: &script::Command) -> Result<Output, String> {
        let args = self.filled(&command.args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let Some(wanted) = &command.until else {
            let input = command.input.replace("$ns", &self.namespace);
            return self.arm.run(&self.folder, &args, &input, command.editor.as_deref()).await;
        };
        let holds = |output: &Output| (output.stdout.clone() + &output.stderr).contains(wanted.as_str());
        self.arm.eventually(&self.folder, &args, holds).await
    }

    /// The first lines of a command that goes on, which is then ended
    async fn lines(&mut self, name: &str, count: usize) -> Result<Output, String> {
        let index = self.watches.iter().position(|(known, _)| known == name).ok_or("no such watch")?;
        let (_, mut child) = self.watches.remove(index);
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let mut text = String::new();
        let read = async {
            for _ in 0..count {
                let Some(line) = lines.next_line().await.map_err(|error| error.to_string())? else { break };
                text.push_str(&line);
                text.push('\n');
            }
            Ok::<(), String>(())
        };
        match tokio::time::timeout(LIMIT, read).await {
            Ok(read) => read?,
            Err(_elapsed) => text.push_str("no more lines came\n"),
        }
        child.kill().await.map_err(|error| error.to_string())?;
        Ok(Output { code: 0, stdout: text, stderr: String::new() })
    }
}
