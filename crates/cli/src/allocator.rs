//! How work on whole repositories gets its memory.
//!
//! The threads of a clone or a rebuild hand each other contents of megabytes. If each thread has a heap
//! of its own, what one has freed lies idle while another asks the system for more, which has to clear it
//! first. And a heap that grows by a page at a time asks thousands of times.
//!
//! Pages of 2 MB would be found faster. But a machine that is virtual has often given back large pages
//! that nothing used for seconds, and gets each anew when it is touched: with them a rebuild is slower
//! after a pause, and only a little faster right after another one.
//!
//! The C library does otherwise only if it is told so before a program starts: so these commands start
//! once more, as the same process.

use std::env;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Where the C library looks for what it is told. Whoever has set this has decided.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// Two heaps for all threads, since at one of them they would wait for each other; a megabyte at a time
/// from the system at least; and what was freed kept for what comes next, but for pieces of 8 MB and more.
const WANTED: &str = "glibc.malloc.arena_max=2:glibc.malloc.top_pad=1048576:\
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
