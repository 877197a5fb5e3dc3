//! Cases, and how they are run.

use std::fs;

use crate::scene::{Scene, Serves};

/// Memory of a program that has nothing large to do, as it is built for tests.
pub(crate) const USUAL: u64 = 160 << 20;

/// One thing that a client does, and what comes of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Does it, and gives what was answered.
    pub(crate) act: fn(&Scene) -> String,
    /// Words of the answer; or others, behind a bar.
    pub(crate) answer: &'static str,
    /// Bytes of memory that the server may have needed at its peak.
    pub(crate) memory: u64,
}

/// Runs each case against a server of its own, with these options.
pub(crate) fn run(options: &[&str], cases: &[Case]) {
    run_at(options, cases, Serves::File);
}

/// The same where a folder is served, in which the repository is `project`.
pub(crate) fn run_in_folder(options: &[&str], cases: &[Case]) {
    run_at(options, cases, Serves::Folder);
}

fn run_at(options: &[&str], cases: &[Case], what: Serves) {
    for case in cases {
        let scene = Scene::new(options, what);
        let answer = (case.act)(&scene);
        let peak = peak_of(scene.server_id()).expect("the server lives");
        tell(case.name, &answer, peak);
        let is_as_told = case.answer.split('|').any(|words| answer.contains(words));
        assert!(is_as_told, "{}: {answer}", case.name);
        assert!(peak <= case.memory, "{}: {} MiB", case.name, peak >> 20);
        scene.is_well();
        scene.end();
    }
}

/// A row of the table that is printed.
pub(crate) fn tell(name: &str, answer: &str, peak: u64) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or(("", answer));
    let status = head.lines().next().unwrap_or_default();
    let last = body.trim_end().lines().next_back().unwrap_or_default();
    let shown: String = last.chars().take(110).collect();
    println!("| {name} | {status} {shown} | {} MiB |", peak >> 20);
}

/// Bytes of memory that a process has had at most; none if it is gone.
pub(crate) fn peak_of(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// Whether the largest cases are to come larger than usual.
pub(crate) fn is_full() -> bool {
    std::env::var_os("OUTCROP_HOSTILE").is_some()
}

/// A number for every run; the one that is meant, or so many times the usual one, if that is asked
/// for.
pub(crate) fn scaled(usual: usize, full: usize) -> usize {
    match std::env::var("OUTCROP_HOSTILE").as_deref() {
        Err(_) => usual,
        Ok("full") => full,
        Ok(times) => full.min(usual * times.parse::<usize>().expect("`full`, or a number")),
    }
}
