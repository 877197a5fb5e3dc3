//! Trying a request again that got no reply.

use std::time::Duration;

use super::limits::LONGEST_WAIT;

/// How often a request is tried, and how long to wait before each further attempt.
///
/// Only what may pass is tried again: see [`TransportError::is_transient`]. Each attempt is a
/// message of its own, signed anew.
///
/// [`TransportError::is_transient`]: crate::TransportError::is_transient
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts in all, for each request.
    pub attempts: u32,
    /// How long to wait before the second attempt. Each further wait is twice as long, and none
    /// longer than a minute.
    pub wait: Duration,
}

impl Retry {
    /// One attempt, as stock makes.
    pub const NEVER: Self = Self { attempts: 1, wait: Duration::ZERO };

    /// How long to wait after so many failed attempts; `None` to give up.
    pub(super) fn wait_after(&self, failed: u32) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        let doubled = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        Some(self.wait.saturating_mul(doubled).min(LONGEST_WAIT))
    }
}

impl Default for Retry {
    /// One attempt: who calls may know better whether to wait.
    fn default() -> Self {
        Self::NEVER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let retry = Retry { attempts: 4, wait: Duration::from_secs(20) };
        let waits: Vec<_> = (1..=4).map(|failed| retry.wait_after(failed)).collect();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(waits, [seconds(20), seconds(40), seconds(60), None]);
        assert_eq!(Retry::NEVER.wait_after(1), None);
    }
}
