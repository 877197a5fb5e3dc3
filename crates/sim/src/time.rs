//! Time that passes when the simulation says so, and clocks that tell it wrongly.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use outcrop_oracle::Random;
use outcrop_sync::{Clock, Env, Rng};

/// Repositories that a world has at most.
pub(crate) const NODES: usize = 12;

/// When every world begins: 2026-01-31 12:00:00 UTC, in milliseconds since 1970.
const START: u64 = 1_769_860_800_000;

/// Milliseconds since the world began.
static NOW: AtomicU64 = AtomicU64::new(0);

/// What a node knows of the time, and of chance.
struct Senses {
    /// Milliseconds by which its clock is wrong.
    wrong: AtomicI64,
    random: Mutex<Option<Random>>,
}

static SENSES: [Senses; NODES] =
    [const { Senses { wrong: AtomicI64::new(0), random: Mutex::new(None) } }; NODES];

/// Begins anew.
pub(crate) fn reset(seed: u64) {
    NOW.store(0, Ordering::Relaxed);
    for (number, senses) in SENSES.iter().enumerate() {
        senses.wrong.store(0, Ordering::Relaxed);
        *senses.random.lock().unwrap() = Some(Random::new(seed ^ ((number as u64 + 1) << 40)));
    }
}

/// Lets time pass.
pub(crate) fn pass(time: Duration) {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    NOW.fetch_add(millis, Ordering::Relaxed);
}

/// It is at least that late.
pub(crate) fn reach(millis: u64) {
    NOW.fetch_max(millis, Ordering::Relaxed);
}

/// Milliseconds since the world began.
pub(crate) fn now() -> u64 {
    NOW.load(Ordering::Relaxed)
}

/// The moment after so much time.
pub(crate) fn after(time: Duration) -> u64 {
    now().saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds since 1970, as a node's clock tells it.
pub(crate) fn told(node: usize) -> u64 {
    (START + now()).saturating_add_signed(SENSES[node].wrong.load(Ordering::Relaxed))
}

/// A node's clock jumps.
pub(crate) fn set_wrong(node: usize, millis: i64) {
    SENSES[node].wrong.store(millis, Ordering::Relaxed);
}

/// What the outside world is to a node.
pub(crate) fn env(node: usize) -> Env<'static> {
    Env { clock: &SENSES[node], rng: &SENSES[node] }
}

impl Clock for Senses {
    fn now(&self) -> SystemTime {
        let millis = (START + now()).saturating_add_signed(self.wrong.load(Ordering::Relaxed));
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(now())
    }
}

impl Rng for Senses {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        let mut random = self.random.lock().unwrap();
        let random = random.get_or_insert_with(|| Random::new(0));
        for byte in bytes {
            *byte = random.any().to_le_bytes()[7];
        }
        Ok(())
    }
}
