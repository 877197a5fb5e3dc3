//! Bugs that stand in the product on purpose, in builds for the simulator only.
//!
//! A build with `--cfg outcrop_planted` has all of them, asleep; the simulator wakes one at a time
//! and must find it. In any other build [`planted!`](crate::planted!) is `false`, and the compiler
//! leaves out what hangs on it.

/// Lists the bugs once.
macro_rules! bugs {
    ($( $(#[doc = $about:literal])+ $bug:ident )+) => {
        /// A bug that is planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $( $(#[doc = $about])+ $bug, )+
        }

        impl Bug {
            /// All of them.
            pub const ALL: &'static [Self] = &[$( Self::$bug, )+];
        }
    };
}

bugs! {
    /// An artifact is stored whatever it hashes to.
    SkipHashCheck
    /// That an artifact is missing is not written down.
    DropPhantom
    /// What comes as private is stored as public.
    ForgetPrivate
    /// What is private is given to whoever asks.
    ShowPrivate
    /// Artifacts are committed before it is committed what they mean.
    CommitHalf
    /// A commit does not wait for the disk.
    SkipSync
    /// A deleted file leaves nothing behind.
    LoseTombstone
    /// A login is good for any message.
    IgnoreNonce
    /// A clone goes on some artifacts too far.
    ResumeTooFar
    /// Who clones gets what was there before the last commit.
    StaleBatch
    /// A copy is called whole when a part of it is there.
    HalfCopy
    /// The hash of all unversioned files stays when one of them changes.
    StaleHash
}

#[cfg(outcrop_planted)]
mod awake {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Bug;

    /// No bug.
    const NONE: usize = usize::MAX;

    static AWAKE: AtomicUsize = AtomicUsize::new(NONE);

    /// Wakes a bug, and lets any other fall asleep.
    pub fn wake(bug: Option<Bug>) {
        AWAKE.store(bug.map_or(NONE, |bug| bug as usize), Ordering::Relaxed);
    }

    /// Whether a bug is awake.
    #[must_use]
    pub fn is_awake(bug: Bug) -> bool {
        AWAKE.load(Ordering::Relaxed) == bug as usize
    }
}

#[cfg(outcrop_planted)]
pub use awake::{is_awake, wake};

/// Whether a bug is awake: here none ever is.
#[cfg(not(outcrop_planted))]
#[must_use]
pub const fn is_awake(_: Bug) -> bool {
    false
}

/// Whether a bug of this name is planted, and awake.
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        $crate::planted::is_awake($crate::planted::Bug::$bug)
    };
}
