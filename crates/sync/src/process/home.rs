//! The runtime that something was begun in, and whether it is still there.

use std::future::pending;

use tokio::{
    runtime::{Handle, Id},
    task::JoinHandle,
};

/// The runtime that pipes belong to. In another one nobody would see what comes through them.
#[derive(Debug)]
pub(super) struct Home {
    id: Id,
    /// Ends only with the runtime: once that is gone, another may have its id.
    resident: JoinHandle<()>,
}

impl Home {
    /// The runtime that this is called in.
    pub(super) fn here() -> Self {
        Self { id: Handle::current().id(), resident: tokio::spawn(pending()) }
    }

    /// Whether this is called in that runtime.
    pub(super) fn is_here(&self) -> bool {
        !self.resident.is_finished() && Handle::current().id() == self.id
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.resident.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_left_and_lost() {
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (one, other) = (runtime(), runtime());
        let home = one.block_on(async { Home::here() });
        assert!(one.block_on(async { home.is_here() }));
        assert!(!other.block_on(async { home.is_here() }));
        drop(one);
        assert!(!runtime().block_on(async { home.is_here() }));
    }
}
