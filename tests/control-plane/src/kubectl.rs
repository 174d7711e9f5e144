//! kubectl, with a home and a kubeconfig of its own: nothing of the user's is read or written

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// kubectl as one user
#[derive(Clone, Debug)]
pub struct Kubectl {
    pub(crate) file: PathBuf,
    pub(crate) kubeconfig: PathBuf,
    pub(crate) home: PathBuf,
    pub(crate) namespace: Option<String>,
}

/// What a kubectl command printed
#[derive(Clone, Debug)]
pub struct KubectlOutput {
    /// Its arguments, for messages
    pub args: Vec<String>,
    /// Whether it succeeded
    pub success: bool,
    /// Standard output
    pub stdout: String,
    /// Standard error, warnings of the API server included
    pub stderr: String,
}

/// Why kubectl did not do it
#[derive(Debug, thiserror::Error)]
pub enum KubectlError {
    /// Not retried: the program could not be run
    #[error("cannot run kubectl: {0}")]
    Run(#[from] std::io::Error),
    /// Not retried: it ran and failed
    #[error("`kubectl {}` failed: {}{}", .0.args.join(" "), .0.stderr, .0.stdout)]
    Failed(KubectlOutput),
}

impl Kubectl {
    /// The same for commands in one namespace, where they name none
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self.clone() }
    }

    /// The program, for who has to run it otherwise
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Runs a command that must succeed
    ///
    /// # Errors
    /// [`KubectlError`], with everything that it printed.
    pub async fn run(&self, args: &[&str]) -> Result<KubectlOutput, KubectlError> {
        self.run_with(args, "").await
    }

    /// Runs a command that must succeed, with `input` as its standard input
    ///
    /// # Errors
    /// [`KubectlError`], with everything that it printed.
    pub async fn run_with(&self, args: &[&str], input: &str) -> Result<KubectlOutput, KubectlError> {
        let output = self.try_with(args, input).await?;
        if output.success { Ok(output) } else { Err(KubectlError::Failed(output)) }
    }

    /// Runs a command that may fail, with `input` as its standard input
    ///
    /// # Errors
    /// [`KubectlError::Run`] alone.
    pub async fn try_with(&self, args: &[&str], input: &str) -> Result<KubectlOutput, KubectlError> {
        let mut command = Command::new(&self.file);
        command
            .env_clear()
            .env("HOME", &self.home)
            .env("KUBECONFIG", &self.kubeconfig)
            .current_dir(&self.home);
        if let Some(namespace) = &self.namespace {
            command.arg("--namespace").arg(namespace);
        }
        let mut child = command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // a command that does not read its input closes the pipe; its exit tells what it thought of it
            let _unread = stdin.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await?;
        Ok(KubectlOutput {
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
