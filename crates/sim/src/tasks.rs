//! Sessions that go on at the same time, in one thread and one order.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use outcrop_sync::{BoxFuture, SyncError, Workers};

use crate::time;

/// The moments that someone waits for.
static AWAITED: Mutex<BTreeSet<u64>> = Mutex::new(BTreeSet::new());

fn awaited<T>(act: impl FnOnce(&mut BTreeSet<u64>) -> T) -> T {
    act(&mut AWAITED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Waits until so many milliseconds have passed since the world began.
pub(crate) async fn until(moment: u64) {
    poll_fn(|_| {
        if time::now() >= moment {
            return Poll::Ready(());
        }
        awaited(|moments| moments.insert(moment));
        Poll::Pending
    })
    .await;
}

/// Does the work of sessions at once, and waits in virtual time.
#[derive(Debug)]
pub(crate) struct OneThread;

impl Workers for OneThread {
    fn work(&self, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        work();
        Ok(())
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, Result<(), SyncError>> {
        let end = time::after(time);
        Box::pin(async move {
            until(end).await;
            Ok(())
        })
    }
}

/// A session.
struct Task {
    node: usize,
    future: BoxFuture<'static, ()>,
}

/// The sessions that are not over.
#[derive(Default)]
pub(crate) struct Tasks(Vec<Task>);

impl Tasks {
    pub(crate) fn new() -> Self {
        awaited(BTreeSet::clear);
        Self::default()
    }

    /// Begins a session of a node.
    pub(crate) fn begin(&mut self, node: usize, future: BoxFuture<'static, ()>) {
        self.0.push(Task { node, future });
    }

    /// A node has crashed, and its sessions with it.
    pub(crate) fn end(&mut self, node: usize) {
        self.0.retain(|task| task.node != node);
    }

    /// Lets all sessions go on as far as they can at this moment.
    pub(crate) fn go_on(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        self.0.retain_mut(|task| task.future.as_mut().poll(&mut context).is_pending());
    }

    /// Goes to the next moment that someone waits for, but not past `limit`. Says whether there was
    /// one.
    pub(crate) fn wait(limit: u64) -> bool {
        let next = awaited(|moments| {
            let next = moments.first().copied().filter(|next| *next <= limit);
            next.inspect(|next| assert!(moments.remove(next)))
        });
        match next {
            Some(next) => time::reach(next),
            None => time::reach(limit),
        }
        next.is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
