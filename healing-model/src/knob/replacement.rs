//! When a slot gets its next pod: the word, and whether two pods of a slot may be there at once
//!
//! What follows from it is the engine's business.

use serde::{Deserialize, Serialize};

/// When a pod that goes away makes room for the next one of its slot
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// As soon as it is being deleted: for a while both may run
    #[default]
    Terminating,
    /// Only when it is gone: at most one pod per slot, with no pods beyond the desired number in a rollout
    Gone,
}

// === impl Replacement ===

impl Replacement {
    /// The one with this word
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "terminating" => Some(Self::Terminating),
            "gone" => Some(Self::Gone),
            _ => None,
        }
    }

    /// Its word
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminating => "terminating",
            Self::Gone => "gone",
        }
    }
}
