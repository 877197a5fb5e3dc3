//! Large pages of memory for work on whole repositories.
//!
//! A clone or a rebuild looks up hundreds of thousands of artifacts in tables of many megabytes, in no
//! order. With pages of 4 KB the processor spends a good part of that time looking for the pages. The C
//! library asks the system for pages of 2 MB only if it is told so before a program starts: so these
//! commands start once more, as the same process.

use std::env;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Where the C library looks for what it is told. Whoever has set this has decided.
const TUNABLES: &str = "GLIBC_TUNABLES";
const WANTED: &str = "glibc.malloc.hugetlb=1";

/// This program, even if its file has another name by now, or none.
const THIS: &str = "/proc/self/exe";

/// Starts the program again with large pages, unless it has been started so. If that fails, it goes on
/// as it is.
pub(crate) fn have() {
    if env::var_os(TUNABLES).is_some() {
        return;
    }
    let mut typed = env::args_os();
    let mut again = Command::new(THIS);
    again.arg0(typed.next().as_deref().unwrap_or(OsStr::new("outcrop")));
    // It only comes back if it has failed.
    let _ = again.args(typed).env(TUNABLES, WANTED).exec();
}
