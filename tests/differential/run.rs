//! Runs sequences on the two servers, collects what is different, and judges it by the table of explanations

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use explained::Explained;
use libtest_mimic::{Completion, Failed};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::play::{self, Found};
use crate::sequence::Sequence;
use crate::world::{NoWorld, World};
use crate::{difference, environment, report};

/// Bounds a sequence that hangs
const LIMIT: Duration = Duration::from_mins(3);
/// Differences that a failed sequence shows
const SHOWN: usize = 12;

/// What all sequences share
pub(crate) struct Harness {
    runtime: Runtime,
    world: OnceCell<Result<Arc<World>, NoWorld>>,
    explained: Explained,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    played: usize,
    found: Vec<Found>,
}

// === impl Harness ===

impl Harness {
    pub(crate) fn new() -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        let explained = difference::table()?;
        Ok(Self { runtime, world: OnceCell::new(), explained, seen: Mutex::default() })
    }

    /// Plays one sequence to its end
    pub(crate) fn run(&self, sequence: &Sequence, namespace: &str) -> Result<Completion, Failed> {
        let start = self.world.get_or_init(async || World::start().await.map(Arc::new));
        let world = match self.runtime.block_on(start) {
            Ok(world) => Arc::clone(world),
            Err(NoWorld::NotHere(why)) if !environment::is_ci() => {
                return Ok(Completion::ignored_with(format!("not run: {why}")));
            }
            Err(NoWorld::NotHere(why) | NoWorld::Broken(why)) => return Err(why.into()),
        };
        let mut found = self.play(&world, sequence, namespace)?;
        if found.iter().any(|one| self.is_unexplained(one)) {
            // times have whole seconds, and one may begin on one server between two writes and not on the other:
            // what differs for that alone does not differ again
            found = self.play(&world, sequence, &format!("{namespace}-again"))?;
        }
        let unexplained: Vec<&Found> = found.iter().filter(|one| self.is_unexplained(one)).collect();
        let lines: Vec<String> = unexplained.iter().take(SHOWN).map(|one| difference::text(one)).collect();
        let count = unexplained.len();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.played += 1;
        seen.found.extend(found);
        if count == 0 {
            return Ok(Completion::Completed);
        }
        Err(format!("{count} unexplained differences\n{}\n\n{sequence}", lines.join("\n")).into())
    }

    fn play(&self, world: &World, sequence: &Sequence, namespace: &str) -> Result<Vec<Found>, Failed> {
        let played = async { tokio::time::timeout(LIMIT, world.play(sequence, namespace)).await };
        let (one, two) = self
            .runtime
            .block_on(played)
            .map_err(|_elapsed| format!("it did not end within {LIMIT:?}"))??;
        Ok(play::differences(sequence, &one, &two))
    }

    fn is_unexplained(&self, found: &Found) -> bool {
        !self.explained.covers(&difference::text(found))
    }

    /// Ends the servers, writes the report if asked to, and says what is wrong with the run as a whole
    pub(crate) fn end(&self, is_whole: bool) -> Result<(), String> {
        let Some(Ok(world)) = self.world.get() else { return Ok(()) };
        world.end()?;
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = environment::report() {
            let (explained, unexplained): (Vec<&Found>, Vec<&Found>) =
                seen.found.iter().partition(|one| self.explained.covers(&difference::text(one)));
            let text = report::text(&unexplained, explained.len(), seen.played);
            std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        let unused = self.explained.unused();
        if is_whole && environment::against_sandbox() && !unused.is_empty() {
            return Err(format!("explained.txt has lines that explain nothing:\n{}", unused.join("\n")));
        }
        Ok(())
    }
}
