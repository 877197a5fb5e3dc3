//! A repository of this process as a server.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use outcrop_repo::Repo;

use crate::{BoxFuture, HandleOptions, Reply, Request, Transport, TransportError, handle_sync};

/// Answers requests with a repository of this process: for tests, and for copies on the same
/// machine.
///
/// Each request is answered on a thread of its own, so that whoever waits may do something else; no
/// particular runtime is needed.
///
/// ```
/// use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
/// use outcrop_sync::{Env, HandleOptions, MemoryTransport, ping};
/// # let folder = tempfile::tempdir().unwrap();
/// # let now = Moment::parse(b"2024-05-06T07:08:09").unwrap();
/// # let path = folder.path().join("new.fossil");
/// # let repo = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {}).unwrap().repo;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let server = MemoryTransport::new(repo, HandleOptions::default());
/// let pong = ping(&server, Env::system(), None).await?;
/// assert!(pong.version.is_some() && pong.errors.is_empty());
/// # Ok::<(), outcrop_sync::SyncError>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct MemoryTransport {
    repo: Repo,
    options: HandleOptions<'static>,
}

impl MemoryTransport {
    /// Answers with this repository.
    #[must_use]
    pub fn new(repo: Repo, options: HandleOptions<'static>) -> Self {
        Self { repo, options }
    }
}

impl Transport for MemoryTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let (repo, options) = (self.repo.clone(), self.options.clone());
        let answer = Arc::new(Mutex::new(Slot { waker: None, state: State::Waiting }));
        let for_thread = OnEnd(Arc::clone(&answer));
        let answering = move || {
            let reply = handle_sync(&repo, request, &options);
            for_thread.put(State::Answered(
                reply.map_err(|error| TransportError::Handler(Box::new(error))),
            ));
        };
        match thread::Builder::new().name("outcrop-memory".to_owned()).spawn(answering) {
            Ok(_) => Box::pin(Answer(answer)),
            Err(source) => {
                let origin = "a repository in memory".to_owned();
                Box::pin(async { Err(TransportError::Unreachable { origin, source }) })
            }
        }
    }
}

/// Where the thread leaves the answer.
#[derive(Debug)]
struct Slot {
    waker: Option<Waker>,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting,
    Answered(Result<Reply, TransportError>),
    /// The thread ended without an answer, or the answer was taken.
    Over,
}

/// The thread's side of the slot. Dropped without an answer, it says so.
struct OnEnd(Arc<Mutex<Slot>>);

impl OnEnd {
    fn put(&self, state: State) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(slot.state, State::Waiting) {
            slot.state = state;
        }
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for OnEnd {
    fn drop(&mut self) {
        self.put(State::Over);
    }
}

/// The caller's side of the slot.
struct Answer(Arc<Mutex<Slot>>);

impl Future for Answer {
    type Output = Result<Reply, TransportError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut slot.state, State::Over) {
            State::Waiting => {
                slot.state = State::Waiting;
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
            State::Answered(answer) => Poll::Ready(answer),
            State::Over => Poll::Ready(Err(TransportError::Interrupted {
                origin: "a repository in memory".to_owned(),
                reason: "its thread ended early".to_owned(),
            })),
        }
    }
}
