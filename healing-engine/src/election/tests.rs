//! Elections among two or three candidates, in virtual time, before a server that can be made to fail

mod world;
mod interleaved;
mod disturbed;
mod handed_over;
mod meddled;

use std::time::Duration;

use super::{Timing, TimingError};

fn timing(lease: u64, renew_deadline: u64, retry: u64) -> Timing {
    let secs = Duration::from_secs;
    Timing { lease: secs(lease), renew_deadline: secs(renew_deadline), retry: secs(retry) }
}

#[test]
fn durations_have_to_fit_together() {
    for (timing, expected) in [
        (Timing::default(), Ok(())),
        (timing(60, 40, 10), Ok(())),
        (timing(15, 15, 2), Err(TimingError::LeaseNotLonger)),
        (timing(15, 16, 2), Err(TimingError::LeaseNotLonger)),
        (timing(15, 12, 10), Err(TimingError::RenewDeadlineNotLonger)),
        (timing(15, 13, 10), Ok(())),
        (timing(601, 10, 2), Err(TimingError::LeaseOutOfRange)),
        (timing(0, 0, 0), Err(TimingError::LeaseOutOfRange)),
        (timing(15, 10, 0), Err(TimingError::RetryTooShort)),
        (
            Timing { lease: Duration::from_millis(15_500), ..Timing::default() },
            Err(TimingError::LeaseOutOfRange),
        ),
    ] {
        assert_eq!(timing.check(), expected, "{timing:?}");
    }
}
