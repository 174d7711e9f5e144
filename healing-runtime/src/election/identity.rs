//! Who a candidate is: no two processes that ever ran have the same identity

use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// The identity of one start of the process
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    name: String,
    seed: u64,
}

// === impl Identity ===

impl Identity {
    /// `<pod name>_<uuid>`, new with each call
    pub(crate) fn of_process(pod: &str) -> Self {
        // the standard library's own way to chance of the system
        let draw = || RandomState::new().build_hasher().finish();
        let (high, low) = (draw(), draw());
        // version 4, variant 1, as a random UUID says of itself
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        let name = format!(
            "{pod}_{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        );
        Self { name, seed: draw() }
    }

    /// The same for an operator in a test: one after the other, so that a test can be repeated
    pub(crate) fn in_test(operator: &str) -> Self {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let seed = STARTED.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("{operator}_{seed}"), seed }
    }

    /// What makes its jitter differ from that of others
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn is_new_with_each_start() {
        let drawn: BTreeSet<String> = (0..1000).map(|_| Identity::of_process("pod-1").to_string()).collect();
        assert_eq!(drawn.len(), 1000);
        for name in drawn {
            let (pod, uuid) = name.split_once('_').unwrap();
            let parts: Vec<_> = uuid.split('-').map(str::len).collect();
            assert_eq!((pod, parts.as_slice()), ("pod-1", [8, 4, 4, 4, 12].as_slice()), "{name}");
            assert_eq!(uuid.as_bytes()[14], b'4', "{name}");
        }
        assert_ne!(Identity::in_test("op"), Identity::in_test("op"));
    }
}
