//! What the commands share that talk to another repository.
//!
//! | file | holds |
//! |---|---|
//! | `options.rs` | how the network is used: the arguments, and what they come to |
//! | `remote.rs` | with whom: the address, the login, what is remembered of them |
//! | `watch.rs` | how far a session has come, on terminals |
//! | `summary.rs` | what has come of a session, as a line and as JSON |
//! | `session.rs` | carrying out a session that Ctrl-C ends safely |

mod options;
mod remote;
mod session;
mod summary;
mod watch;

pub(crate) use options::{NetworkArgs, WayArgs};
pub(crate) use remote::{Keep, Remote, RemoteArgs, Stored, parsed};
pub(crate) use session::until_interrupted;
pub(crate) use summary::{Summary, warn};
pub(crate) use watch::Watch;
