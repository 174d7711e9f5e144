//! How long a slot waits between two attempts: doubling, with an upper bound
//!
//! It does not know when the last attempt was; `decide` does.

use healing_model::Knobs;

/// Seconds to wait after attempt number `attempt` of a slot; 0 where there was none
pub(crate) fn backoff_secs(knobs: &Knobs, attempt: u32) -> u32 {
    let Some(doublings) = attempt.checked_sub(1) else { return 0 };
    let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
    knobs.heal_backoff_secs.saturating_mul(factor).min(knobs.heal_backoff_max_secs)
}

/// Seconds between two trial heals while a breaker is open
pub(crate) fn trial_secs(knobs: &Knobs) -> u32 {
    knobs.heal_backoff_max_secs.saturating_mul(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_bound() {
        let knobs = Knobs::default();
        let waits: Vec<u32> = (0..8).map(|attempt| backoff_secs(&knobs, attempt)).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff_secs(&knobs, u32::MAX), 300);
    }
}
