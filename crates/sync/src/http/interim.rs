//! Answers before the answer, which a server may send for as long as it likes.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use ::http::Request;
use hyper::ext::on_informational;
use tokio::sync::Notify;

/// Answers that are none (100, 103) before the one that counts. A server has use for a few.
const MOST: usize = 100;

/// Too many answers that are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {MOST} answers of status 1xx came, and none that says something")]
pub(super) struct TooMany;

/// Counts what comes before the answer to a request.
#[derive(Debug, Default)]
pub(super) struct Interim(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    count: AtomicUsize,
    too_many: Notify,
}

impl Interim {
    pub(super) fn watch<B>(request: &mut Request<B>) -> Self {
        let seen = Arc::new(Seen::default());
        let counted = Arc::clone(&seen);
        on_informational(request, move |_| {
            if counted.count.fetch_add(1, Ordering::Relaxed) == MOST {
                counted.too_many.notify_one();
            }
        });
        Self(seen)
    }

    /// Awaits the answer, as long as it is not too many others that come.
    pub(super) async fn bound<W: Future>(&self, answer: W) -> Result<W::Output, TooMany> {
        let (mut answer, mut too_many) = (pin!(answer), pin!(self.0.too_many.notified()));
        poll_fn(|cx| {
            if too_many.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(TooMany));
            }
            answer.as_mut().poll(cx).map(Ok)
        })
        .await
    }
}
