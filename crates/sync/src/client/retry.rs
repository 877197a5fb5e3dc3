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
    /// How long to wait before the second attempt, at most. Each further wait may be twice as long,
    /// and none is longer than a minute. Half of each is left to chance, so that clients that were
    /// turned away together do not come back together.
    pub wait: Duration,
    /// How long the waits of a session may be in all. A server that asks for more patience than is
    /// left is not waited for.
    pub budget: Duration,
}

impl Retry {
    /// One attempt, as stock makes.
    pub const NEVER: Self = Self { attempts: 1, wait: Duration::ZERO, budget: Duration::ZERO };

    /// How long to wait after so many failed attempts, if the server has asked to wait for some time
    /// and `chance` is between 0 and 255; `None` to give up.
    pub(super) fn wait_after(
        &self,
        failed: u32,
        asked: Option<Duration>,
        waited: Duration,
        chance: u8,
    ) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        let doubled = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        let half = self.wait.saturating_mul(doubled).min(LONGEST_WAIT) / 2;
        let wait = half + half * u32::from(chance) / u32::from(u8::MAX);
        let wait = asked.map_or(wait, |asked| wait.max(asked));
        (waited.saturating_add(wait) <= self.budget).then_some(wait)
    }
}

impl Default for Retry {
    /// Four attempts, within half a minute of waiting.
    fn default() -> Self {
        Self { attempts: 4, wait: Duration::from_secs(1), budget: Duration::from_secs(30) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(10);

    #[test]
    fn waits_double_and_end() {
        let retry = Retry { attempts: 4, wait: Duration::from_secs(20), budget: LONG };
        let waits = |chance| {
            (1..=4).map(move |failed| retry.wait_after(failed, None, Duration::ZERO, chance))
        };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert!(waits(u8::MAX).eq([seconds(20), seconds(40), seconds(60), None]));
        assert!(waits(0).eq([seconds(10), seconds(20), seconds(30), None]));
        assert_eq!(Retry::NEVER.wait_after(1, None, Duration::ZERO, 9), None);
    }

    #[test]
    fn the_server_may_ask_for_patience_within_the_budget() {
        let retry = Retry::default();
        let wait = |asked, waited| {
            let seconds = Duration::from_secs;
            retry.wait_after(1, Some(seconds(asked)), seconds(waited), 0)
        };
        assert_eq!(wait(5, 0), Some(Duration::from_secs(5)));
        assert_eq!(wait(0, 0), Some(Duration::from_millis(500)));
        assert_eq!(wait(5, 25), Some(Duration::from_secs(5)));
        assert_eq!(wait(5, 26), None);
        assert_eq!(wait(31, 0), None);
    }
}
