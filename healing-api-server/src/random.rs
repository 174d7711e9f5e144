//! Chance from a seed: UIDs and the ends of generated names
//!
//! The only randomness of the server; the same seed gives the same sequence.

use fastrand::Rng;

/// Letters of generated names: none that make words
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Letters that are added to `generateName`
const SUFFIX: usize = 5;
/// Longest part of `generateName` that is kept
const BASE_MAX: usize = 58;

/// A source of chance
#[derive(Clone, Debug)]
pub(crate) struct Random(Rng);

// === impl Random ===

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// A UID of version 4
    pub(crate) fn uid(&mut self) -> String {
        let bits = self.0.u128(..);
        let bits = bits & !(0xf << 76) | (0x4 << 76);
        let bits = bits & !(0x3 << 62) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// A name that begins with `base`
    pub(crate) fn name(&mut self, base: &str) -> String {
        let kept: String = base.chars().take(BASE_MAX).collect();
        let suffix: String =
            (0..SUFFIX).map(|_| char::from(LETTERS[self.0.usize(..LETTERS.len())])).collect();
        kept + &suffix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_uids_and_names() {
        let (mut one, mut other) = (Random::new(7), Random::new(7));
        let uid = one.uid();
        assert_eq!(uid, other.uid());
        assert_ne!(uid, one.uid());
        assert_eq!((uid.len(), &uid[14..15]), (36, "4"));
        let name = Random::new(1).name(&"a".repeat(70));
        assert_eq!(name.len(), 63);
        assert_eq!(name, Random::new(1).name(&"a".repeat(70)));
    }
}
