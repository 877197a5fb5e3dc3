//! What the kernel tells of processes, in `/proc` of Linux, and how groups of them end.

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

#[cfg(unix)]
use rustix::process::{Pid, Signal};

/// Where the fields of `/proc/PID/stat` stand that follow upon the name of the program.
const GROUP: usize = 2;
const OWN_TIME: [usize; 2] = [11, 12];
const CHILDREN_TIME: [usize; 2] = [13, 14];

fn fields(pid: &str) -> Option<Vec<i64>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything. The state is a letter; all else are numbers.
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(|word| word.parse().unwrap_or(0)).collect())
}

#[cfg(unix)]
fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

#[cfg(not(unix))]
const fn ticks_per_second() -> u64 {
    1
}

fn time(fields: &[i64], which: &[usize]) -> Duration {
    let ticks: i64 = which.iter().filter_map(|at| fields.get(*at)).sum();
    Duration::from_secs_f64(ticks as f64 / ticks_per_second() as f64)
}

/// Waits until all that was written is on the disk.
#[cfg(unix)]
pub(crate) fn write_all() {
    rustix::fs::sync();
}

#[cfg(not(unix))]
pub(crate) const fn write_all() {}

/// CPU time of all processes that this one has waited for.
pub(crate) fn waited_for() -> Duration {
    fields("self").map(|fields| time(&fields, &CHILDREN_TIME)).unwrap_or_default()
}

/// The processes of a group, those that are gone and not waited for included.
fn members(group: u32) -> Vec<(String, Vec<i64>)> {
    let all = fs::read_dir("/proc").unwrap();
    let pids = all.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let numbers = pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()));
    let with_fields = numbers.filter_map(|pid| fields(&pid).map(|fields| (pid, fields)));
    with_fields.filter(|(_, fields)| fields.get(GROUP) == Some(&i64::from(group))).collect()
}

/// CPU time of a group of processes, and of those that they have waited for.
pub(crate) fn of_group(group: u32) -> Duration {
    let members = members(group);
    members.iter().map(|(_, of)| time(of, &OWN_TIME) + time(of, &CHILDREN_TIME)).sum()
}

/// Bytes that the processes of a group have in memory now. What they share counts for each of them.
pub(crate) fn memory_of_group(group: u32) -> u64 {
    members(group).iter().filter_map(|(pid, _)| status(pid, "VmRSS:")).sum()
}

/// Most bytes that a process has had in memory.
pub(crate) fn peak_of(pid: u32) -> Option<u64> {
    status(&pid.to_string(), "VmHWM:")
}

/// A line of `/proc/PID/status` that tells kilobytes, in bytes.
fn status(pid: &str, word: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1024)
}

/// Bytes that a process has had written to disk.
pub(crate) fn written_by(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("write_bytes:")).unwrap();
    line.trim().parse().unwrap()
}

/// Has a process lead a group of its own, to which all belong that it starts.
#[cfg(unix)]
pub(crate) fn lead_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
pub(crate) fn lead_group(_: &mut Command) {}

/// Ends a process with its group, and waits for it.
pub(crate) fn end_group(leader: &mut Child) {
    // It may have ended by itself.
    #[cfg(unix)]
    rustix::process::kill_process_group(Pid::from_child(leader), Signal::TERM).ok();
    #[cfg(not(unix))]
    leader.kill().ok();
    leader.wait().ok();
}
