//! What the outside world gives a round: the time and random bytes.
//!
//! Rounds never read a clock and never draw random bytes on their own. They are handed an [`Env`],
//! so that a test, or a simulation with a virtual clock, replays the same round to the byte.

use std::{
    fmt, io,
    sync::LazyLock,
    time::{Duration, Instant, SystemTime},
};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The date and time of day.
    fn now(&self) -> SystemTime;

    /// The time since some fixed moment. Never runs backwards: what durations are measured with.
    fn elapsed(&self) -> Duration;
}

/// Draws random bytes.
pub trait Rng: Send + Sync {
    /// Fills `bytes`.
    ///
    /// They end up in a comment that makes each message unique, so they need not be secret, but
    /// must never repeat: servers refuse a login whose nonce they have seen.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// The clock and the randomness of a round.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Draws random bytes.
    pub rng: &'a dyn Rng,
}

impl Env<'static> {
    /// Those of the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: &SystemClock, rng: &SystemRng }
    }
}

impl fmt::Debug for Env<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").finish_non_exhaustive()
    }
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// The operating system's source of random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(io::Error::other)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A world in which nothing happens by chance.

    use super::*;

    /// Every message takes 250 ms on the way, and every byte is 0xAB.
    #[derive(Debug, Default)]
    pub(crate) struct Frozen(std::sync::atomic::AtomicU64);

    impl Frozen {
        /// 2026-01-31 12:00:00 UTC.
        pub(crate) const NOW: u64 = 1_769_860_800;

        pub(crate) fn env(&self) -> Env<'_> {
            Env { clock: self, rng: self }
        }
    }

    impl Clock for Frozen {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(Self::NOW)
        }

        fn elapsed(&self) -> Duration {
            let readings = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Duration::from_millis(250 * readings)
        }
    }

    impl Rng for Frozen {
        fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
            bytes.fill(0xab);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_has_a_clock_and_randomness() {
        let env = Env::system();
        let before = env.clock.elapsed();
        assert!(env.clock.elapsed() >= before);
        assert!(env.clock.now() > SystemTime::UNIX_EPOCH);

        let (mut one, mut two) = ([0; 20], [0; 20]);
        env.rng.fill(&mut one).unwrap();
        env.rng.fill(&mut two).unwrap();
        assert_ne!(one, two);
    }
}
