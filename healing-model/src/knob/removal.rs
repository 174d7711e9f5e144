//! How a Ready pod is made to leave: the words
//!
//! When one of them is asked for is the engine's business.

use serde::{Deserialize, Serialize};

/// How a pod is removed
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// By DELETE, which nothing holds up
    #[default]
    Delete,
    /// By the Eviction API, which asks the pod's disruption budget
    Evict,
}

// === impl Removal ===

impl Removal {
    /// The way of removal with this word
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "delete" => Some(Self::Delete),
            "evict" => Some(Self::Evict),
            _ => None,
        }
    }

    /// Its word
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Evict => "evict",
        }
    }

    /// Whether it is the usual one
    pub fn is_delete(&self) -> bool {
        *self == Self::Delete
    }
}
