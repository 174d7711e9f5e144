//! Other tools are asked about the corpus of changes: where they judge differently, a line of `explained.txt` says why
//!
//! Without Go it is reported as not run, and as a failure where `CI` is set.

mod environment;
mod tool;

use std::process::ExitCode;

use control_plane::{StartError, Supervisor};
use crd_gen::definition;
use crd_gen::diff::{self, Class};
use crd_tools::Case;
use explained::Explained;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::Value;

use crate::tool::{MODULE, Tools};

const BASE: &str = include_str!("../../../../crd-gen/tests/corpus/diff/base.yaml");
const CHANGES: &str = include_str!("../../../../crd-gen/tests/corpus/diff/changes.yaml");
const EXPLAINED: &str = include_str!("../../../../crd-gen/tests/corpus/diff/explained.txt");

fn main() -> ExitCode {
    if let Some(code) = control_plane::supervise_if_asked() {
        return code;
    }
    let trial = Trial::ignorable_test("other_tools_judge_alike_or_a_line_says_why", compare);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

async fn tools() -> Result<Tools, StartError> {
    let supervisor = Supervisor::start()?;
    let folder = MODULE.find_or_build(&supervisor).await;
    supervisor.end();
    Ok(Tools { folder: folder? })
}

fn compare() -> Result<Completion, Failed> {
    let tools = match tokio::runtime::Runtime::new()?.block_on(tools()) {
        Ok(tools) => tools,
        Err(error @ StartError::GoMissing) if !environment::is_ci() => {
            return Ok(Completion::ignored_with(format!("not run: {error}")));
        }
        Err(error) => return Err(error.to_string().into()),
    };
    let table = Explained::parse(EXPLAINED)?;
    let mut unexplained = Vec::new();
    for case in crd_tools::cases(BASE, CHANGES)? {
        let differences = differences(&tools, &case)?;
        unexplained.extend(differences.into_iter().filter(|difference| !table.covers(difference)));
    }
    let stale = table.unused().into_iter().map(|line| format!("explains nothing any more: {line}"));
    unexplained.extend(stale);
    if unexplained.is_empty() { Ok(Completion::Completed) } else { Err(unexplained.join("\n").into()) }
}

/// `CASE: TOOL: ours -> its checks`, for each tool that judges differently
fn differences(tools: &Tools, case: &Case) -> Result<Vec<String>, Failed> {
    let ours = ours(&case.old, &case.new)?;
    let differ = tools
        .judge(case)?
        .into_iter()
        .filter(|verdict| verdict.broken.is_empty() != (ours == Class::Compatible));
    Ok(differ
        .map(|verdict| {
            let theirs =
                if verdict.broken.is_empty() { "right".to_owned() } else { verdict.broken.join(", ") };
            format!("{}: {}: {ours} -> {theirs}", case.name, verdict.tool)
        })
        .collect())
}

/// The worst that follows from a change; whatever is not compatible is not right to tools that know two verdicts
fn ours(old: &Value, new: &Value) -> Result<Class, Failed> {
    let read = |side: &Value| definition::read(&side.to_string());
    let changes = diff::changes(&read(old)?, &read(new)?);
    Ok(changes.iter().map(|change| change.class).max().unwrap_or(Class::Compatible))
}
