//! Work that blocks, waited for without blocking; and the other way round.

use std::future::poll_fn;
use std::io;
use std::sync::mpsc::{SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::{BoxFuture, SyncError};

/// Who does the work of a session that blocks, and waits between its attempts.
///
/// Usually threads of their own do: see [`Threads`]. A simulation does all of it in one place, in an
/// order and a time of its own.
pub trait Workers: Send + Sync {
    /// Does this, now or soon.
    fn work(&self, work: Box<dyn FnOnce() + Send>) -> io::Result<()>;

    /// Does this, which takes a moment, unless others hold the file. It is not told apart from other
    /// work if an implementation does not care.
    fn work_briefly(&self, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        self.work(work)
    }

    /// Lets some time pass.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, Result<(), SyncError>>;
}

/// A thread for each piece of work that is under way. One that is done waits a little for more.
#[derive(Debug, Clone, Copy, Default)]
pub struct Threads;

/// Whoever waits does what takes a moment, and [`Threads`] do the rest: for programs that have nothing
/// else to do meanwhile. Most sessions are over before a thread would have begun in earnest.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadsIfLong;

/// How long work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Moment,
    Unknown,
}

type Work = Box<dyn FnOnce() + Send>;

/// How long a thread waits for more work.
const IDLE: Duration = Duration::from_secs(1);

/// The threads that wait.
static WAITING: Mutex<Vec<(ThreadId, Sender<Work>)>> = Mutex::new(Vec::new());

impl Workers for Threads {
    fn work(&self, work: Work) -> io::Result<()> {
        let mut work = work;
        while let Some((_, thread)) = locked(&WAITING).pop() {
            match thread.send(work) {
                Ok(()) => return Ok(()),
                Err(SendError(refused)) => work = refused,
            }
        }
        let thread = thread::Builder::new().name("outcrop-sync".to_owned());
        thread.spawn(|| work_on(work)).map(drop)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, Result<(), SyncError>> {
        Box::pin(unblock(&Self, Length::Unknown, move || thread::sleep(time)))
    }
}

impl Workers for ThreadsIfLong {
    fn work(&self, work: Work) -> io::Result<()> {
        Threads.work(work)
    }

    fn work_briefly(&self, work: Work) -> io::Result<()> {
        work();
        Ok(())
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, Result<(), SyncError>> {
        Threads.sleep(time)
    }
}

/// Does this, and what comes after it.
fn work_on(mut work: Work) {
    let this = thread::current().id();
    let (sender, more) = channel();
    loop {
        work();
        locked(&WAITING).push((this, sender.clone()));
        let next = more.recv_timeout(IDLE).ok().or_else(|| {
            // Whoever has taken this thread from the list is about to send something.
            if is_taken(this) { more.recv().ok() } else { None }
        });
        let Some(next) = next else { return };
        work = next;
    }
}

/// Takes a thread from the list of those that wait, unless someone else has.
fn is_taken(thread: ThreadId) -> bool {
    let mut waiting = locked(&WAITING);
    let at = waiting.iter().position(|(waits, _)| *waits == thread);
    at.map(|at| waiting.swap_remove(at)).is_none()
}

/// Where a thread leaves its result.
#[derive(Debug)]
struct Slot<T> {
    result: Option<T>,
    over: bool,
    waker: Option<Waker>,
}

/// The thread's side of the slot. However the thread ends, whoever waits is told.
struct End<T>(Arc<Mutex<Slot<T>>>);

impl<T> End<T> {
    fn put(&self, result: Option<T>) {
        let mut slot = locked(&self.0);
        slot.result = slot.result.take().or(result);
        slot.over = true;
        let waker = slot.waker.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        self.put(None);
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds a lock leaves what it keeps half-changed.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has work that blocks done by others.
pub(super) async fn unblock<T: Send + 'static>(
    workers: &dyn Workers,
    length: Length,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SyncError> {
    let slot = Arc::new(Mutex::new(Slot { result: None, over: false, waker: None }));
    let end = End(Arc::clone(&slot));
    let working = move || {
        let result = work();
        end.put(Some(result));
    };
    let begun = match length {
        Length::Moment => workers.work_briefly(Box::new(working)),
        Length::Unknown => workers.work(Box::new(working)),
    };
    begun.map_err(SyncError::Thread)?;
    poll_fn(move |context| {
        let mut slot = locked(&slot);
        if slot.over {
            return Poll::Ready(slot.result.take().ok_or_else(ended_early));
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    })
    .await
}

fn ended_early() -> SyncError {
    SyncError::Thread(io::Error::other("the thread ended early"))
}

/// Waits for a future on a thread of its own, so that it does not matter whether this one is a
/// runtime's.
pub(super) fn wait_for<T: Send>(future: impl Future<Output = T> + Send) -> Result<T, SyncError> {
    thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(future));
        waiting.join().map_err(|_| ended_early())?
    })
}

#[cfg(any(feature = "http", feature = "process"))]
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, SyncError> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    Ok(runtime.enable_all().build().map_err(SyncError::Thread)?.block_on(future))
}

#[cfg(not(any(feature = "http", feature = "process")))]
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, SyncError> {
    struct Unpark(thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return Ok(done);
        }
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn work_is_waited_for_and_lost_work_is_noticed() {
        let done = wait_for(async { unblock(&Threads, Length::Unknown, || 6 * 7).await }).unwrap();
        assert_eq!(done.unwrap(), 42);
        let fail = || -> u8 { panic!("on purpose") };
        let lost = wait_for(async { unblock(&Threads, Length::Unknown, fail).await });
        assert!(matches!(lost.unwrap(), Err(SyncError::Thread(_))));
    }

    #[test]
    fn what_takes_a_moment_is_done_by_who_waits() {
        let here = wait_for(async {
            let id = || thread::current().id();
            let brief = unblock(&ThreadsIfLong, Length::Moment, id).await.unwrap();
            let long = unblock(&ThreadsIfLong, Length::Unknown, id).await.unwrap();
            let usual = unblock(&Threads, Length::Moment, id).await.unwrap();
            [brief, long, usual].map(|by| by == id())
        });
        assert_eq!(here.unwrap(), [true, false, false]);
    }

    #[test]
    fn a_thread_does_one_piece_of_work_after_the_other() {
        let threads = wait_for(async {
            let mut threads = HashSet::new();
            for _ in 0..50 {
                // A piece of work has come to its end before its thread waits for the next.
                thread::sleep(Duration::from_millis(1));
                let id = || thread::current().id();
                threads.insert(unblock(&Threads, Length::Unknown, id).await.unwrap());
            }
            threads.len()
        });
        assert!(threads.unwrap() < 10);
    }
}
