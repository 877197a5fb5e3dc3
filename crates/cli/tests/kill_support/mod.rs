//! Work that is killed, and what is looked at afterwards.
//!
//! | file | holds |
//! |---|---|
//! | `campaign.rs` | one kind of work, killed again and again |
//! | `scene.rs` | a repository, who serves it, and the commands that are killed |
//! | `load.rs` | who works beside it, and hears what is acknowledged |
//! | `pace.rs` | when to kill, and how often it has hit |
//! | `judge.rs` | what is amiss with a file |

pub(crate) mod campaign;
pub(crate) mod judge;
mod load;
mod pace;
mod scene;

/// What a process is doing when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Commit,
    UvAdd,
    Rebuild,
    Compact,
    Clone,
    Push,
    Sync,
    UvSync,
}

impl Work {
    /// Every kind of work with whom it is killed: so many campaigns there are.
    const CAMPAIGNS: usize = 12;

    /// Whether two repositories take part.
    const fn is_exchange(self) -> bool {
        matches!(self, Self::Clone | Self::Push | Self::Sync | Self::UvSync)
    }
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Victim {
    /// The command that does the work.
    Client,
    /// The server that it works with.
    Server,
}
