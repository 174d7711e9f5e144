//! Runs one case: a fresh namespace, the case itself, a report where it failed, the namespace's deletion
//!
//! On a sandbox each case has a runtime of its own, on virtual time; on the control plane all share one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::{Completion, Failed};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::OnceCell;

use crate::arm::{Arm, Cluster, NoArm, Simulated};
use crate::case::Case;
use crate::world::World;
use crate::{environment, permission, report};

/// Ends a case that hangs; far above what any case takes
const CASE_LIMIT: Duration = Duration::from_mins(10);
/// The same in virtual time
const VIRTUAL_CASE_LIMIT: Duration = Duration::from_hours(12);

/// What all cases share: the threads, and the control plane once the first case needs it
pub(crate) struct Harness {
    runtime: Runtime,
    arm: OnceCell<Result<Arc<Arm>, NoArm>>,
    told: AtomicBool,
    /// Cases that came to their end, well or not
    ended: Mutex<usize>,
    one_more_ended: Condvar,
}

/// Counts a case when it ends, however it ends
struct Counted<'h>(&'h Harness);

impl Harness {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().expect("this system can start threads");
        Self {
            runtime,
            arm: OnceCell::new(),
            told: AtomicBool::new(false),
            ended: Mutex::new(0),
            one_more_ended: Condvar::new(),
        }
    }

    /// Runs one case to its end on the control plane
    pub(crate) fn run(&self, case: &Case) -> Result<Completion, Failed> {
        let _counted = Counted(self);
        let start = self.arm.get_or_init(async || {
            let cluster = Cluster::start().await?;
            Ok(Arc::new(Arm::Real(Box::new(cluster))))
        });
        let arm = match self.runtime.block_on(start) {
            Ok(arm) => Arc::clone(arm),
            Err(NoArm::NotHere(why)) if !environment::is_ci() => {
                return Ok(Completion::ignored_with(format!("not run: {why}")));
            }
            Err(NoArm::NotHere(why) | NoArm::Broken(why)) => return Err(self.told_once(why).into()),
        };
        let world = self.runtime.block_on(World::create(arm, case.name()))?;
        let result = outcome(&self.runtime, CASE_LIMIT, case, &world);
        let failed = result.map_err(|why| self.runtime.block_on(report::explain(&world, &why)));
        self.runtime.block_on(world.delete())?;
        failed?;
        Ok(Completion::Completed)
    }

    /// Waits for the end of all cases, then holds the permissions of operators against what they asked
    ///
    /// It has to be the last to start, so that it waits for cases that run and not for those that would run after it.
    pub(crate) fn judge_permissions(&self, cases: usize, left_out: usize) -> Result<Completion, Failed> {
        if left_out > 0 {
            let why = format!("not judged: {left_out} of {cases} cases are filtered out");
            return Ok(Completion::ignored_with(why));
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.one_more_ended.wait_while(ended, |ended| *ended < cases);
        drop(all.unwrap_or_else(PoisonError::into_inner));
        let Some(Ok(arm)) = self.arm.get() else {
            return Ok(Completion::ignored_with("not judged: there is no control plane"));
        };
        let plane = &arm.real().map_err(|why| why.to_string())?.plane;
        let log = plane.audit();
        let judged = permission::judge(plane.client(), || Ok(log.entries()?));
        Ok(self.runtime.block_on(judged).map(|()| Completion::Completed)?)
    }

    /// The whole reason for the first case, a short one for all others
    fn told_once<'a>(&self, why: &'a str) -> &'a str {
        if self.told.swap(true, Ordering::Relaxed) { "no control plane; another case says why" } else { why }
    }

    /// Ends the control plane, if there is one
    pub(crate) fn end(&self) {
        let started = self.arm.get().and_then(|arm| arm.as_ref().ok());
        if let Some(cluster) = started.and_then(|arm| arm.real().ok()) {
            cluster.plane.end();
        }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.one_more_ended.notify_all();
    }
}

/// Runs one case to its end on a sandbox
///
/// Virtual time stands still in a case that never waits: a limit in real time ends the wait for it.
pub(crate) fn run_simulated(case: Case) -> Result<(), Failed> {
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // nobody listens any more where the limit has passed
        let _late = sender.send(simulate(&case));
    });
    match ended.recv_timeout(CASE_LIMIT) {
        Ok(result) => result,
        Err(_) => Err(format!("it did not end within {CASE_LIMIT:?}, or its thread panicked").into()),
    }
}

fn simulate(case: &Case) -> Result<(), Failed> {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let world = runtime.block_on(async {
        let arm = Arm::Simulated(Box::new(Simulated::start().await?));
        World::create(Arc::new(arm), case.name()).await
    })?;
    let _listening = world.listen();
    let result = outcome(&runtime, VIRTUAL_CASE_LIMIT, case, &world);
    Ok(result.map_err(|why| runtime.block_on(report::explain(&world, &why)))?)
}

/// What the case says; a panic is a failure like any other
fn outcome(runtime: &Runtime, limit: Duration, case: &Case, world: &World) -> Result<(), String> {
    let running = async { tokio::time::timeout(limit, case.run(world.clone())).await };
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(running)));
    match ended {
        Ok(Ok(result)) => result.map_err(|failure| failure.to_string()),
        Ok(Err(_elapsed)) => Err(format!("it did not end within {limit:?}")),
        Err(panic) => Err(format!("it panicked: {}", panic_message(panic.as_ref()))),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "with no message".to_owned())
}
