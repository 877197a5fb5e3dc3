//! A world of repositories in which everything fails, and nothing may be lost.
//!
//! From one number, the seed, follows a whole world: two to twelve repositories that users commit
//! to, clone and sync, on a network that loses and garbles messages, on disks that fail, on machines
//! that lose their power in the middle of a write, by clocks that are wrong by days. It all happens
//! in one thread and in a virtual time, so the same seed gives the same world to the last byte. The
//! product runs in it as it is: the client's sessions with their retries, the handler, the
//! repository, and SQLite on disks of the simulation. At every step the promises are looked at, and
//! in the end, when nothing fails any more, all repositories must come to have the same.
//!
//! | file | holds |
//! |---|---|
//! | `plan.rs` | [`Part`]: what is to happen, and which of it is left out |
//! | `world.rs` | [`play`]: the nodes, and what happens to them |
//! | `deeds.rs`, `users.rs` | what users do |
//! | `copies.rs` | copies of repositories in use |
//! | `sessions.rs` | clones and syncs |
//! | `forger.rs` | one who may not write, and tries |
//! | `server.rs` | the side that answers, and what it must not answer |
//! | `network.rs` | a network that fails |
//! | `disk/` | disks that fail |
//! | `time.rs`, `tasks.rs` | virtual time, and sessions that share it |
//! | `stage.rs`, `ledger.rs` | what the nodes share: what has happened, and what must be so |
//! | `raw.rs`, `promises.rs` | what stands in a file, and whether it may |
//! | `quiet.rs` | the end, in which all converge |
//! | `shrink.rs` | [`shrink()`]: making a failure small |
//!
//! ```
//! let outcome = outcrop_sim::play(&outcrop_sim::Part::whole(1), false);
//! assert_eq!(outcome.broken, None);
//! ```
//!
//! A world is all that a process can hold at a time: the disks are SQLite's only ones.
// What goes wrong here fails a test, loudly.
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod copies;
mod deeds;
mod disk;
mod forger;
mod ledger;
mod network;
mod plan;
mod promises;
mod quiet;
mod raw;
mod server;
mod sessions;
mod shrink;
mod stage;
mod tasks;
mod time;
mod users;
mod world;

pub use plan::{Faults, Kind, Part, Step};
pub use shrink::shrink;
pub use world::{Outcome, play};
