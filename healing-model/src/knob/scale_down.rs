//! The order in which pods leave on scale-down: the words
//!
//! What follows from them is the engine's business.

use serde::{Deserialize, Serialize};

/// Order in which healthy pods leave on scale-down; unhealthy ones always go first
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleDown {
    /// Younger pods go first, as with Kubernetes' own controllers
    #[default]
    NewestFirst,
    /// Older pods go first
    OldestFirst,
}

// === impl ScaleDown ===

impl ScaleDown {
    /// The order with this word
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "newest-first" => Some(Self::NewestFirst),
            "oldest-first" => Some(Self::OldestFirst),
            _ => None,
        }
    }

    /// Its word
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewestFirst => "newest-first",
            Self::OldestFirst => "oldest-first",
        }
    }
}
