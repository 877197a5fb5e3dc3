//! How work on whole repositories gets its memory.
//!
//! A clone or a rebuild looks up hundreds of thousands of artifacts in tables of many megabytes, in no
//! order. With pages of 4 KB the processor spends a good part of that time looking for the pages. And
//! its threads hand each other contents of megabytes: if each thread has a heap of its own, what one has
//! freed lies idle while another asks the system for more, which has to clear it first.
//!
//! The C library does otherwise only if it is told so before a program starts: so these commands start
//! once more, as the same process.

use std::env;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Where the C library looks for what it is told. Whoever has set this has decided.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// Pages of 2 MB; two heaps for all threads, since at one of them they would wait for each other; and
/// what was freed kept for what comes next, but for pieces of 8 MB and more.
const WANTED: &str = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=2:\
    glibc.malloc.trim_threshold=1073741824:glibc.malloc.mmap_threshold=8388608";

/// This program, even if its file has another name by now, or none.
const THIS: &str = "/proc/self/exe";

/// Starts the program again with such memory, unless it has been started so. If that fails, it goes on
/// as it is.
pub(crate) fn tell() {
    if env::var_os(TUNABLES).is_some() {
        return;
    }
    let mut typed = env::args_os();
    let mut again = Command::new(THIS);
    again.arg0(typed.next().as_deref().unwrap_or(OsStr::new("outcrop")));
    // It only comes back if it has failed.
    let _ = again.args(typed).env(TUNABLES, WANTED).exec();
}
