//! Running an operation below valgrind.

use crate::operations::Operation;
use std::process::Command;

/// The word by which the program knows that it is to run an operation itself.
pub(crate) const INSIDE: &str = "--run-operation";

/// Rounds of the two runs. The first round also makes what later ones use again.
const ROUNDS: [u64; 2] = [2, 4];

/// Instructions of one round.
pub(crate) fn count(operation: &Operation) -> u64 {
    let [few, more] = ROUNDS.map(|rounds| count_rounds(operation.name, rounds));
    assert!(more > few, "{} does nothing", operation.name);
    (more - few) / (ROUNDS[1] - ROUNDS[0])
}

fn count_rounds(name: &str, rounds: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args([INSIDE, name, &rounds.to_string()])
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "valgrind failed:\n{report}");
    instructions(&report).unwrap_or_else(|| panic!("valgrind told no count:\n{report}"))
}

/// The count in a report: `==77== I   refs:      1,234,567`, with fewer blanks in later releases.
fn instructions(report: &str) -> Option<u64> {
    let mut lines = report.lines();
    let line = lines.find(|line| line.contains(" I ") && line.contains("refs:"))?;
    line.rsplit(' ').next()?.replace(',', "").parse().ok()
}

/// `None` if there is no valgrind.
pub(crate) fn version() -> Option<String> {
    told_by(&mut Command::new("valgrind"))
}

pub(crate) fn compiler() -> String {
    told_by(&mut Command::new("rustc")).unwrap_or_else(|| "a compiler that is not here".to_owned())
}

fn told_by(command: &mut Command) -> Option<String> {
    let output = command.arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What valgrind makes of the processor: no more than AVX2.
pub(crate) fn processor() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return "x86_64 with AVX2";
    }
    std::env::consts::ARCH
}
