//! One command measured: time, CPU time, peak memory.

use std::io::{self, Seek as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::kernel;

/// How often the memory of a running process is looked at: first so often, and once in such a part of the
/// time that it has run, since looking takes time of the cores too. What it had at most is kept by the
/// kernel, so only the last moments may be missed.
const GLANCE: Duration = Duration::from_millis(2);
const GLANCES: u32 = 100;

/// What something has cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Measured {
    /// From start to end.
    pub(crate) wall: Duration,
    /// CPU time of the process, in user and system mode, its children included.
    pub(crate) cpu: Duration,
    /// Most bytes that it had in memory.
    pub(crate) peak: u64,
    /// CPU time that a server has spent on it, if there is one.
    pub(crate) server: Duration,
}

impl Measured {
    /// The sum of costs, and the most of memory.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            cpu: self.cpu + other.cpu,
            peak: self.peak.max(other.peak),
            server: self.server + other.server,
        }
    }

    /// The cost of one, of so many.
    pub(crate) fn each(self, many: u32) -> Self {
        let Self { wall, cpu, peak, server } = self;
        Self { wall: wall / many, cpu: cpu / many, peak, server: server / many }
    }
}

/// Runs a command, which must succeed, and says what it has cost.
pub(crate) fn run(command: &mut Command) -> Measured {
    // Not a pipe: who outlives the command would hold it open.
    let mut errors = tempfile::tempfile().unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors.try_clone().unwrap());
    let before = kernel::waited_for();
    let began = Instant::now();
    let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (status, ended, peak) = watched(child);
    if !status.success() {
        errors.rewind().unwrap();
        panic!("{command:?}: {status}: {}", io::read_to_string(errors).unwrap());
    }
    let cpu = kernel::waited_for().saturating_sub(before);
    Measured { wall: ended - began, cpu, peak, server: Duration::ZERO }
}

/// Runs a command several times, one after the other; one run's part of the cost.
pub(crate) fn run_often(times: u32, mut command: impl FnMut() -> Command) -> Measured {
    let sum = (0..times).map(|_| run(&mut command())).fold(Measured::default(), Measured::and);
    sum.each(times)
}

/// Waits for a process: how it ended, when, and how much memory it had.
fn watched(mut child: Child) -> (ExitStatus, Instant, u64) {
    let (pid, ended, peak) = (child.id(), AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    let (status, at) = thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                if let Some(bytes) = kernel::peak_of(pid) {
                    peak.fetch_max(bytes, Ordering::Relaxed);
                }
                thread::sleep(GLANCE.max(began.elapsed() / GLANCES));
            }
        });
        let status = child.wait().unwrap();
        let at = Instant::now();
        ended.store(true, Ordering::Relaxed);
        (status, at)
    });
    (status, at, peak.into_inner())
}
