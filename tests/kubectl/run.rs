//! Plays scripts on the two servers and judges what is different by the table of explanations

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;

use explained::Explained;
use libtest_mimic::{Completion, Failed};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::arm::Output;
use crate::environment;
use crate::script::{Script, Step};
use crate::world::{NoWorld, World};

/// The committed table
const TABLE: &str = include_str!("explained.txt");

/// What all scripts share
pub(crate) struct Harness {
    runtime: Runtime,
    world: OnceCell<Result<Arc<World>, NoWorld>>,
    explained: Explained,
}

// === impl Harness ===

impl Harness {
    pub(crate) fn new() -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        Ok(Self { runtime, world: OnceCell::new(), explained: Explained::parse(TABLE)? })
    }

    /// Plays one script to its end
    pub(crate) fn run(&self, script: &Script, namespace: &str) -> Result<Completion, Failed> {
        let start = self.world.get_or_init(async || World::start().await.map(Arc::new));
        let world = match self.runtime.block_on(start) {
            Ok(world) => Arc::clone(world),
            Err(NoWorld::NotHere(why)) if !environment::is_ci() => {
                return Ok(Completion::ignored_with(format!("not run: {why}")));
            }
            Err(NoWorld::NotHere(why) | NoWorld::Broken(why)) => return Err(why.into()),
        };
        let (one, two) = self.runtime.block_on(world.play(script, namespace))?;
        if let Some(path) = environment::transcript() {
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            file.write_all(transcript(script, &one).as_bytes())?;
        }
        let mut text = String::new();
        for (step, (one, two)) in script.steps.iter().zip(one.iter().zip(&two)) {
            for line in differences(one, two) {
                let title = format!("{}: {}: {}", script.topic, script.title, command_line(step));
                if !self.explained.covers(&format!("{title}: {line}")) {
                    writeln!(text, "{title}\n    {line}")?;
                }
            }
        }
        if text.is_empty() { Ok(Completion::Completed) } else { Err(text.into()) }
    }

    /// Ends the servers, and says which explanations nothing needed
    pub(crate) fn end(&self, is_whole: bool) -> Result<(), String> {
        let Some(Ok(world)) = self.world.get() else { return Ok(()) };
        world.end();
        let unused = self.explained.unused();
        if is_whole && environment::against_sandbox() && !unused.is_empty() {
            return Err(format!("explained.txt has lines that explain nothing:\n{}", unused.join("\n")));
        }
        Ok(())
    }
}

/// What a person would have seen
fn transcript(script: &Script, outputs: &[Output]) -> String {
    let mut text = format!("\n## {}: {}\n", script.topic, script.title);
    for (step, output) in script.steps.iter().zip(outputs) {
        for part in ["$ ", &command_line(step), "\n", &output.stdout, &output.stderr] {
            text.push_str(part);
        }
    }
    text
}

fn command_line(step: &Step) -> String {
    match step {
        Step::File { name, .. } => format!("file {name}"),
        Step::Run(command) => command.args.join(" "),
        Step::Watch { args, .. } => args.join(" "),
        Step::Lines { name, count } => format!("lines {name} {count}"),
    }
}

/// Lines that only one of two outputs has, in their places
fn differences(one: &Output, two: &Output) -> Vec<String> {
    let mut found = Vec::new();
    if one.code != two.code {
        found.push(format!("exit code {} | {}", one.code, two.code));
    }
    for (name, one, two) in [("stdout", &one.stdout, &two.stdout), ("stderr", &one.stderr, &two.stderr)] {
        let (one, two): (Vec<&str>, Vec<&str>) = (one.lines().collect(), two.lines().collect());
        let missing = one.iter().filter(|line| !two.contains(line)).map(|line| format!("{name} - {line}"));
        let added = two.iter().filter(|line| !one.contains(line)).map(|line| format!("{name} + {line}"));
        let before = found.len();
        found.extend(missing.chain(added));
        // errors of one object are reported in the order of a map, which is chance
        let is_errors = name == "stderr" && one.iter().any(|line| line.starts_with("* "));
        if found.len() == before && one != two && !(is_errors && sorted(&one) == sorted(&two)) {
            found.push(format!("{name} has the same lines in another order or number: {one:?} | {two:?}"));
        }
    }
    found
}

fn sorted<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines
}
