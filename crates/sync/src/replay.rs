//! Canned replies.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use outcrop_xfer::MediaType;

use crate::{BoxFuture, Reply, Request, Transport, TransportError};

/// Answers each request with the next of some replies that were made beforehand: for tests of
/// whatever uses a [`Transport`].
///
/// ```
/// use outcrop_sync::{ReplayTransport, Request, Transport};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
///
/// let server = ReplayTransport::new(["message hello\n"]);
/// let reply = server.exchange(Request::new(Default::default())).await?;
/// assert_eq!(reply.text(), "message hello\n");
///
/// assert_eq!(server.requests().len(), 1);
/// assert!(server.exchange(Request::new(Default::default())).await.is_err());
/// # Ok::<(), outcrop_sync::TransportError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Default)]
pub struct ReplayTransport {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    replies: VecDeque<Result<Reply, TransportError>>,
    requests: Vec<Request>,
}

impl ReplayTransport {
    /// A transport that gives these card texts, in their order.
    pub fn new<T: Into<Bytes>>(replies: impl IntoIterator<Item = T>) -> Self {
        Self::with_results(
            replies
                .into_iter()
                .map(|text| Ok(Reply { cards: text.into().into(), media: MediaType::Compressed })),
        )
    }

    /// A transport that gives these replies and errors, in their order.
    pub fn with_results(results: impl IntoIterator<Item = Result<Reply, TransportError>>) -> Self {
        let state = State { replies: results.into_iter().collect(), requests: Vec::new() };
        Self { state: Mutex::new(state) }
    }

    /// The requests that came so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for ReplayTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        Box::pin(async move {
            let mut state = self.state();
            state.requests.push(request);
            let next = state.replies.pop_front();
            next.unwrap_or(Err(TransportError::ReplayEnded))
        })
    }
}
