//! How often a text may be looked at.

use crate::limits::{MARKUP_EFFORT, MARKUP_EFFORT_PER_BYTE};

/// The bytes that may still be looked at.
pub(super) struct Effort {
    left: usize,
}

impl Effort {
    /// What is spent on a text at most.
    pub(super) fn for_text(text: &[u8]) -> Self {
        Self {
            left: MARKUP_EFFORT.saturating_add(text.len().saturating_mul(MARKUP_EFFORT_PER_BYTE)),
        }
    }

    /// Counts bytes that were looked at.
    pub(super) fn spend(&mut self, bytes: usize) {
        // A call is worth something too, even if it looks at nothing.
        self.left = self.left.saturating_sub(bytes.saturating_add(1));
    }

    /// Whether it is time to stop.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}
