//! Where it was measured.

use std::fmt;
use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use crate::stage::Stage;

/// What a figure depends on beside the programs.
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    gigabytes: f64,
    system: String,
    rust: String,
    fossil: String,
    load: f64,
    /// Whether the CPU has AVX-512, which the bars are meant for.
    pub(crate) has_wide_lanes: bool,
}

impl Machine {
    pub(crate) fn look(stage: &Stage) -> Self {
        let line = |file, word| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(word));
            line.and_then(|line| line.split_once([':', '=']))
                .map(|(_, value)| value.trim().trim_matches('"').to_owned())
        };
        let kilobytes = line("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kilobytes: f64 = kilobytes.trim_end_matches(" kB").parse().unwrap_or(0.0);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let rust = Command::new("rustc").arg("--version").output();
        let rust = rust.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
        let word =
            |number: usize, text: &str| text.split(' ').nth(number).unwrap_or("?").to_owned();
        Self {
            cpu: line("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".to_owned()),
            cores: available_parallelism().map_or(1, Into::into),
            gigabytes: kilobytes * 1024.0 / 1e9,
            system: line("/etc/os-release", "PRETTY_NAME").unwrap_or_else(|| "Linux".to_owned()),
            rust: rust.map_or_else(|_| "?".to_owned(), |said| word(1, &said)),
            fossil: stage.stock.version().to_owned(),
            load: word(0, &load).parse().unwrap_or(0.0),
            has_wide_lanes: has_wide_lanes(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_wide_lanes() -> bool {
    std::is_x86_feature_detected!("avx512f")
}

#[cfg(not(target_arch = "x86_64"))]
const fn has_wide_lanes() -> bool {
    false
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, gigabytes, system, rust, fossil, load, has_wide_lanes } = self;
        let lanes = if *has_wide_lanes { "AVX-512" } else { "no AVX-512" };
        write!(
            f,
            "Machine: {cpu} ({lanes}), {cores} cores, {gigabytes:.0} GB of memory, {system}, \
             Rust {rust}, fossil {fossil}; load {load:.1} when it began."
        )
    }
}
