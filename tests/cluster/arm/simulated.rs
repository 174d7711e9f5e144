//! A sandbox, one for each case: time is virtual, and operators run in this process

use healing_sandbox::{Clock, Sandbox};
use kube::Client;

use crate::failure::Failure;
use crate::record::Record;

/// All chance comes from it: a case that fails fails again in the same way
const SEED: u64 = 1;

/// A running sandbox and what was asked of it
pub(crate) struct Simulated {
    pub(crate) sandbox: Sandbox,
    pub(crate) record: Record,
    pub(crate) clock: Clock,
}

impl Simulated {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let sandbox = Sandbox::start(SEED).await?;
        let clock = Clock::starting_at(sandbox.now());
        Ok(Self { record: Record::new(clock.clone()), sandbox, clock })
    }

    /// A client of the case itself
    pub(crate) fn client(&self) -> Client {
        self.client_as("sandbox-admin")
    }

    /// A client whose requests are recorded as those of `user`
    pub(crate) fn client_as(&self, user: &str) -> Client {
        self.record.client(self.sandbox.client(), user)
    }
}
