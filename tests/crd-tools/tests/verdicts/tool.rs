//! What the other tools say of a change
//!
//! It owns which they are, how they are called and how their answers are read. Both know two verdicts: right, or not.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Output};

use control_plane::Module;
use crd_tools::Case;
use serde_json::Value;

/// Their programs
pub(crate) const MODULE: Module = Module {
    name: "crd-tools",
    go_mod: include_str!("../../go.mod"),
    go_sum: include_str!("../../go.sum"),
    packages: &["sigs.k8s.io/crdify", "github.com/openshift/crd-schema-checker/cmd/crd-schema-checker"],
};

/// Both tools
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    /// The folder with their programs
    pub(crate) folder: PathBuf,
}

/// What a tool says of a change
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Name of the tool
    pub(crate) tool: &'static str,
    /// The names of its checks that found something, sorted; none if the change is right
    pub(crate) broken: Vec<String>,
}

/// A tool that says nothing
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerdictError {
    /// Not retried: the system says why
    #[error("cannot ask: {0}")]
    Io(#[from] io::Error),
    /// Not retried: what it printed is no answer
    #[error("{tool} gave no answer: {output}")]
    NoAnswer {
        /// Which tool
        tool: &'static str,
        /// What it printed
        output: String,
    },
}

// === impl Tools ===

impl Tools {
    /// What both tools say of a change, crdify first
    ///
    /// # Errors
    /// [`VerdictError`] for a tool that does not run or prints something else.
    pub(crate) fn judge(&self, case: &Case) -> Result<[Verdict; 2], VerdictError> {
        let folder = tempfile::tempdir()?;
        let [old, new] = ["old.yaml", "new.yaml"].map(|name| folder.path().join(name));
        // JSON is YAML
        fs::write(&old, case.old.to_string())?;
        fs::write(&new, case.new.to_string())?;
        let crdify = Command::new(self.folder.join("crdify"))
            .args(["--output", "json"])
            .args([&old, &new].map(|path| format!("file://{}", path.display())))
            .output()?;
        let checker = Command::new(self.folder.join("crd-schema-checker"))
            .arg("check-manifests")
            .arg(format!("--existing-crd-filename={}", old.display()))
            .arg(format!("--new-crd-filename={}", new.display()))
            .output()?;
        Ok([of_crdify(&crdify)?, of_checker(&checker)?])
    }
}

fn of_crdify(output: &Output) -> Result<Verdict, VerdictError> {
    let tool = "crdify";
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| no_answer(tool, output))?;
    let mut broken = Vec::new();
    collect(&answer, &mut broken);
    verdict(tool, broken, output)
}

/// The names of all checks with errors, wherever they are
fn collect(answer: &Value, broken: &mut Vec<String>) {
    match answer {
        Value::Object(fields) => {
            let has_errors =
                fields.get("errors").is_some_and(|errors| !errors.as_array().is_none_or(Vec::is_empty));
            if let (Some(Value::String(name)), true) = (fields.get("name"), has_errors) {
                broken.push(name.clone());
            }
            fields.values().for_each(|field| collect(field, broken));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, broken)),
        _ => {}
    }
}

fn of_checker(output: &Output) -> Result<Verdict, VerdictError> {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let named = |line: &str| Some(line.strip_prefix("ERROR: \"")?.split('"').next()?.to_owned());
    verdict("crd-schema-checker", text.lines().filter_map(named).collect(), output)
}

fn verdict(tool: &'static str, mut broken: Vec<String>, output: &Output) -> Result<Verdict, VerdictError> {
    broken.sort();
    broken.dedup();
    // the code and the words must agree, else something else went wrong
    if output.status.code() == Some(i32::from(!broken.is_empty())) {
        Ok(Verdict { tool, broken })
    } else {
        Err(no_answer(tool, output))
    }
}

fn no_answer(tool: &'static str, output: &Output) -> VerdictError {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    VerdictError::NoAnswer { tool, output: text.concat() }
}
