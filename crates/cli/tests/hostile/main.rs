//! Peers who mean harm, as tables of cases: what each does, the answer that it gets, and the memory
//! that it may cost. The real program is on our side, and its peak is what the system has counted.
//!
//! | file | holds |
//! |---|---|
//! | `table.rs` | a case, and how a table of them is run |
//! | `scene.rs` | a server process, and bytes for it |
//! | `servers.rs` | a server that says what it is told to, and a client process that believes it |
//! | `messages.rs` | messages of clients: bombs, lies, floods |
//! | `deltas.rs` | deltas that copy from nowhere, go round in circles, or have no end |
//! | `logins.rs` | logins that come late, twice, again, or not quite |
//! | `heads.rs` | paths, headers and lengths |
//! | `crowds.rs` | slow ones, half-closed ones, and very many |
//! | `replies.rs` | replies of servers |
//!
//! `OUTCROP_HOSTILE=full` has the largest of them come at their full size, `OUTCROP_HOSTILE=10` at ten
//! times the size that they have in every run.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::format_collect,
    clippy::too_many_lines,
    reason = "tests say what they expect by unwrapping, and tables are to be read"
)]

mod crowds;
mod deltas;
mod heads;
mod logins;
mod messages;
mod replies;
mod scene;
mod servers;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each test uses a part")]
mod support;
mod table;
